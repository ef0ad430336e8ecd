//! `DELETE /api/me/saved/{message_id}`: removes a message from those that the caller has saved.

use super::event;
use crate::identity::Caller;
use crate::request::Segment;
use crate::response::{Outcome, done};
use campana_core::shared::ids::MessageId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<MessageId>) -> Outcome {
    let removed = caller.store().remove_saved_message(caller.tenant(), caller.user_id(), &id).await?;
    if let Some(conversation) = removed {
        caller.notify_own(event(conversation, &id, None, caller.now())).await;
    }
    Ok(done())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation
        .named("removeSavedMessage", Tag::Me, "Remove a saved message")
        .spares_socket()
        .done("The message is not saved.");
}
