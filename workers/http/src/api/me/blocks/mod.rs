//! `/api/me/blocks`: whom the caller has blocked.

pub(super) mod add;
pub(super) mod list;
pub(super) mod remove;

use crate::identity::Caller;
use crate::response::Refusal;
use campana_core::chat::command::Command;
use campana_core::shared::ids::UserId;

/// Tells the object of the caller's direct conversation with another user, if there is one, to ask the record about
/// blocks. Called before a block changes and after it: a conversation that begins in between is told too.
async fn announce(caller: &Caller, other: &UserId) -> Result<(), Refusal> {
    if let Some(conversation) = caller.store().dm_of(caller.tenant(), caller.user_id(), other).await? {
        caller.app.objects().remember(caller.tenant(), &conversation);
        caller.command(&conversation, None, Command::BlocksChanged).await?;
    }
    Ok(())
}
