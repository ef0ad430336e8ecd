//! `DELETE /api/me/blocks/{user_id}`: ends a block, if there is one.

use super::announce;
use crate::identity::Caller;
use crate::request::Segment;
use crate::response::{Outcome, done};
use campana_core::shared::ids::UserId;

pub(crate) async fn handle(caller: Caller, Segment(user): Segment<UserId>) -> Outcome {
    announce(&caller, &user).await?;
    caller.store().remove_block(caller.tenant(), caller.user_id(), &user).await?;
    announce(&caller, &user).await?;
    Ok(done())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation.named("unblockUser", Tag::Users, "End a block").spares_socket().done("The user is not blocked.");
}
