//! `DELETE /api/chat/messages/{id}/pin`: unpins a message.

use super::pin;
use crate::api::chat::message_actions::Hint;
use crate::identity::Caller;
use crate::request::{Query, Segment};
use crate::response::Outcome;
use campana_core::shared::ids::MessageId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<MessageId>, Query(hint): Query<Hint>) -> Outcome {
    pin(&caller, &id, hint, false).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation
        .named("unpinMessage", Tag::Messages, "Unpin a message")
        .about("For those who may pin it. A repeat changes nothing.");
    super::describe(operation);
}
