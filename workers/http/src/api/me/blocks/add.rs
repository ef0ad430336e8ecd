//! `PUT /api/me/blocks/{user_id}`: blocks a user. Repeating it changes nothing.

use super::announce;
use crate::identity::Caller;
use crate::request::{NoBody, Segment};
use crate::response::{Outcome, made};
use campana_core::shared::ids::UserId;
use campana_core::shared::limits::MAX_BLOCKS;
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::StorageError;

pub(crate) async fn handle(caller: Caller, Segment(user): Segment<UserId>, _: NoBody) -> Outcome {
    if user == *caller.user_id() {
        return Err(Problem::field("user_id", "is yourself").into());
    }
    announce(&caller, &user).await?;
    let blocked = match caller.store().add_block(caller.tenant(), caller.user_id(), &user, caller.now()).await {
        Err(StorageError::Constraint) => return Err(Problem::not_found().into()),
        blocked => blocked?,
    };
    let full = || Problem::new(Kind::Conflict, format!("a person blocks at most {MAX_BLOCKS} others"));
    let (block, is_new) = blocked.ok_or_else(full)?;
    announce(&caller, &user).await?;
    made(is_new, &block)
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("blockUser", Tag::Users, "Block a user")
        .about(
            "Both begin no direct conversation and no group together, and neither writes in the direct conversation that \
             they have. In rooms and groups the messages of the blocked user have `from_blocked`. They are not told.",
        )
        .spares_socket()
        .refuses(&[Kind::Conflict])
        .makes::<campana_storage::Block>("The user is blocked.", "The user was blocked already.", &examples::block());
}
