//! `DELETE /api/chat/messages/{id}`: deletes a message. Its position stays in the history, without a body.

use crate::api::chat::message_actions::{Hint, change};
use crate::identity::Caller;
use crate::request::{Query, Segment};
use crate::response::Outcome;
use campana_core::chat::command::Command;
use campana_core::shared::ids::MessageId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<MessageId>, Query(hint): Query<Hint>) -> Outcome {
    let conversation = hint.conversation(&caller, &id).await?;
    let command = Command::Delete { message_id: id.to_string() };
    change(&caller, &conversation, hint.origin_client_id, command).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::shared::json::set;

    let mut deleted = examples::message_view();
    set(&mut deleted, "body", serde_json::Value::Null);
    set(&mut deleted, "deleted_at", "2026-01-31T09:06:00.000Z");
    operation
        .named("deleteMessage", Tag::Messages, "Delete a message")
        .about("For its sender and moderators. Its position stays in the history, without a body.")
        .spares_socket()
        .versioned()
        .answers::<super::view::MessageView>(200, "What is left of the message.", deleted);
}
