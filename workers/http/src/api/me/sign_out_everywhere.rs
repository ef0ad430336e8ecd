//! `POST /api/me/sign-out-everywhere`: ends all of the caller's identities that were issued up to now, the one of this
//! request included. Their connections close within seconds.

use crate::identity::{Caller, hand_over};
use crate::request::NoBody;
use crate::response::{Outcome, ok, uncached};
use campana_core::accounts::audit::Act;
use campana_core::shared::ids::UserId;
use campana_core::shared::timestamp::Timestamp;
use serde::Serialize;
use serde_json::json;

/// A user was signed out.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct SignedOut<'a> {
    user_id: &'a UserId,
    /// Tokens issued up to then are invalid.
    revoked_before: Timestamp,
}

pub(crate) async fn handle(caller: Caller, _: NoBody) -> Outcome {
    let user = caller.user_id().clone();
    sign_out(&caller, &user, "").await
}

/// Commits the revocation of a user's identities with its audit entry, and hands it over.
pub(crate) async fn sign_out(caller: &Caller, user: &UserId, reason: &str) -> Outcome {
    let audit = caller.audit(Act::UserSignedOut, user.as_str(), json!({}))?.because(reason);
    let revocation = caller.store().revoke_user(caller.tenant(), user, &audit, caller.now()).await?;
    // This isolate's copy of the app does not have it.
    caller.app.caches().apps.forget(caller.tenant());
    hand_over(&caller.app, caller.tenant(), &revocation).await;
    Ok(uncached(ok(&SignedOut { user_id: user, revoked_before: revocation.before })?))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("signOutEverywhere", Tag::Me, "Sign out everywhere")
        .about("Revokes all tokens and tickets of the caller that were issued up to now, the one of this request included.")
        .about("All connections of the caller close within 10 s.")
        .uncached()
        .answers::<SignedOut<'_>>(200, "The caller is signed out.", examples::signed_out());
}
