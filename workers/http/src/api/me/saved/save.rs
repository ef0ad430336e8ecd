//! `PUT /api/me/saved/{message_id}`: saves a message that the caller may read.

use super::event;
use crate::api::chat::{find_message, personal};
use crate::identity::Caller;
use crate::request::{NoBody, Segment};
use crate::response::{Outcome, ok};
use campana_core::shared::ids::MessageId;
use campana_core::shared::problem::Problem;
use campana_storage::SavedMessage;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<MessageId>, _: NoBody) -> Outcome {
    let found = find_message(&caller, &id).await?;
    let message = found.filter(|message| message.deleted_at.is_none()).ok_or_else(Problem::not_found)?;
    personal(&caller, &message.conversation_id).await?;
    let now = caller.now();
    let saved = caller.store().save_message(caller.tenant(), caller.user_id(), &id, now).await?;
    // The membership or the message may have ended since they were looked up.
    let saved_at = saved.ok_or_else(Problem::not_found)?;
    if saved_at == now {
        caller.notify_own(event(message.conversation_id.clone(), &id, Some(saved_at), now)).await;
    }
    ok(&SavedMessage { saved_at, message })
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("saveMessage", Tag::Me, "Save a message")
        .about("For those who may read it. Saved again, it keeps its time.")
        .spares_socket()
        .answers::<SavedMessage>(200, "The saved message.", examples::saved_message());
}
