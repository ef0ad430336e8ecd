//! `GET /api/me`: the caller, from their token and D1.

use crate::identity::Caller;
use crate::response::{Outcome, ok};
use campana_core::chat::privacy::Privacy;
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use serde::Serialize;

/// The caller.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct Me<'a> {
    id: &'a UserId,
    name: &'a str,
    avatar: Option<&'a str>,
    tenant: &'a TenantId,
    roles: &'a [&'static str],
    permissions: &'a [String],
    #[serde(flatten)]
    privacy: Privacy,
    created_at: Timestamp,
    updated_at: Option<Timestamp>,
}

pub(crate) async fn handle(caller: Caller) -> Outcome {
    let privacy = caller.store().privacy(caller.tenant(), caller.user_id()).await?;
    show(&caller, privacy.unwrap_or_default()).await
}

/// The caller with these settings.
pub(super) async fn show(caller: &Caller, privacy: Privacy) -> Outcome {
    let user = caller.store().user(caller.tenant(), caller.user_id(), caller.now()).await?;
    let user = user.ok_or_else(|| Problem::unavailable("the record has not taken you in yet"))?;
    let principal = &caller.principal;
    ok(&Me {
        id: &principal.user_id,
        name: &principal.name,
        avatar: principal.avatar.as_deref(),
        tenant: &principal.tenant,
        roles: if principal.admin { &["admin"] } else { &[] },
        permissions: &principal.permissions,
        privacy,
        created_at: user.created_at,
        updated_at: user.updated_at,
    })
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation.named("getMe", Tag::Me, "Get the caller").about("From their token and the record.").answers::<Me<'_>>(
        200,
        "The caller.",
        example(),
    );
}

/// A caller.
#[cfg(feature = "schema")]
pub(super) fn example() -> serde_json::Value {
    serde_json::json!({
        "id": "7",
        "name": "Ana",
        "avatar": null,
        "tenant": "demo",
        "roles": [],
        "permissions": [],
        "presence": "visible",
        "receipts": "public",
        "created_at": "2026-01-30T08:00:00.000Z",
        "updated_at": null,
    })
}
