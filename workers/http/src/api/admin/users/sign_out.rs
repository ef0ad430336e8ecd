//! `POST /api/admin/users/{id}/sign-out`: ends all identities of a user that were issued up to now. The user need not
//! have been seen yet.

use crate::api::admin::only_administrators;
use crate::api::me::sign_out;
use crate::identity::Caller;
use crate::request::{OptionalBody, Segment, text};
use crate::response::Outcome;
use campana_core::accounts::audit::MAX_REASON_CHARS;
use campana_core::shared::ids::UserId;
use serde::Deserialize;

/// Why the user is signed out.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "SignOutDraft"))]
#[serde(deny_unknown_fields)]
pub(crate) struct SignOutBody {
    /// Reason for the audit log.
    #[serde(default)]
    reason: String,
}

pub(crate) async fn handle(
    caller: Caller,
    Segment(user): Segment<UserId>,
    OptionalBody(body): OptionalBody<SignOutBody>,
) -> Outcome {
    only_administrators(&caller)?;
    let reason = text("reason", &body.reason, MAX_REASON_CHARS)?;
    sign_out(&caller, &user, &reason).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag, examples};
    use serde_json::json;
    operation
        .named("signOutUser", Tag::Administration, "Sign a user out everywhere")
        .about("Revokes all their tokens and tickets that were issued up to now. The user need not have been seen yet.")
        .by(Security::Administrator)
        .uncached()
        .sends(json!({"reason": "a lost phone"}))
        .answers::<crate::api::me::SignedOut<'_>>(200, "The user is signed out.", examples::signed_out());
}
