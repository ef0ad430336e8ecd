//! `DELETE /api/chat/messages/{id}/reactions/{emoji}`: takes a reaction back.

use super::{EmojiText, react};
use crate::api::chat::message_actions::Hint;
use crate::identity::Caller;
use crate::request::{Query, Segments};
use crate::response::Outcome;
use campana_core::shared::ids::MessageId;

pub(crate) async fn handle(
    caller: Caller,
    Segments(id, emoji): Segments<MessageId, EmojiText>,
    Query(hint): Query<Hint>,
) -> Outcome {
    react(&caller, (id, emoji), hint, false).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation
        .named("removeReaction", Tag::Messages, "Take a reaction back")
        .about("Takes the caller's own reaction back. A repeat changes nothing.");
    super::describe(operation);
}
