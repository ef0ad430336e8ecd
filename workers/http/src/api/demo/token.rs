//! `POST /api/demo/token`: issues a demo user's token, valid for 12 hours.

use super::TENANT;
use super::people::PEOPLE;
use crate::App;
use crate::identity::signature::sign_hs256;
use crate::request::Body;
use crate::response::{Outcome, ok, uncached};
use axum::extract::State;
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::{Kind, Problem};
use serde::{Deserialize, Serialize};
use serde_json::json;

const LIFETIME_SECONDS: i64 = 12 * 60 * 60;

/// Whose token.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "DemoTokenDraft"))]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenParams {
    /// Id or name.
    user: String,
}

/// A token of a demo user.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct DemoToken {
    token: String,
    user: DemoUser,
}

/// The user of a demo token.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct DemoUser {
    id: &'static str,
    name: &'static str,
}

pub(crate) async fn handle(State(app): State<App>, Body(params): Body<TokenParams>) -> Outcome {
    let person =
        PEOPLE.iter().find(|person| person.id == params.user || person.name.eq_ignore_ascii_case(&params.user));
    let person = person.ok_or_else(|| Problem::field("user", "is not one of the demo's people"))?;
    let record = app.store().app_by_tenant(&TenantId::trusted(TENANT)).await?;
    let record = record.ok_or_else(|| Problem::new(Kind::NotFound, "there is no demo app"))?;
    let issued_at = app.now().millis().div_euclid(1_000);
    let claims = json!({
        "sub": person.id,
        "tenant": TENANT,
        "name": person.name,
        "roles": person.roles,
        "permissions": person.permissions,
        "exp": issued_at.saturating_add(LIFETIME_SECONDS),
        "iat": issued_at,
    });
    let unsigned = || Problem::new(Kind::Internal, "the token cannot be signed");
    let token = sign_hs256(record.secret.as_bytes(), &claims.to_string()).ok_or_else(unsigned)?;
    let user = DemoUser { id: person.id, name: person.name };
    Ok(uncached(ok(&DemoToken { token, user })?))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation
        .named("createDemoToken", Tag::Demo, "Get a token of a demo user")
        .about("Valid for 12 hours.")
        .local()
        .uncached()
        .sends(json!({"user": "Ana"}))
        .refuses(&[Kind::NotFound, Kind::Internal, Kind::Unavailable])
        .answers::<DemoToken>(
            200,
            "The token.",
            json!({"token": "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl", "user": {"id": "7", "name": "Ana"}}),
        );
}
