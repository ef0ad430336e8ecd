//! `POST /api/chat/messages/{id}/read`: moves the caller's read marker to this message.

use crate::api::chat::conversations::mark_read;
use crate::api::chat::message_actions::{Hint, find_message};
use crate::identity::Caller;
use crate::request::{NoBody, Query, Segment};
use crate::response::Outcome;
use campana_core::shared::ids::{ConversationId, MessageId};
use campana_core::shared::problem::Problem;

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<MessageId>,
    Query(hint): Query<Hint>,
    _: NoBody,
) -> Outcome {
    let message = find_message(&caller, &id).await?.ok_or_else(Problem::not_found)?;
    let elsewhere = |hint: &String| ConversationId::parse(hint).is_none_or(|hint| hint != message.conversation_id);
    if hint.conversation_id.as_ref().is_some_and(elsewhere) {
        return Err(Problem::not_found().into());
    }
    mark_read(&caller, &message.conversation_id, Some(message.seq), hint.origin_client_id).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("readMessage", Tag::Messages, "Mark as read up to a message")
        .spares_socket()
        .answers::<crate::api::chat::conversations::LastRead<'_>>(
        200,
        "The position of the caller's read marker, which may be further ahead.",
        examples::read_marker(),
    );
}
