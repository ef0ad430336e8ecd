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

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignOutBody {
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
