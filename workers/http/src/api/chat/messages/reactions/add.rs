//! `PUT /api/chat/messages/{id}/reactions/{emoji}`: reacts to a message.

use super::{EmojiText, react};
use crate::api::chat::message_actions::Hint;
use crate::identity::Caller;
use crate::request::{NoBody, Query, Segments};
use crate::response::Outcome;
use campana_core::shared::ids::MessageId;

pub(crate) async fn handle(
    caller: Caller,
    Segments(id, emoji): Segments<MessageId, EmojiText>,
    Query(hint): Query<Hint>,
    _: NoBody,
) -> Outcome {
    react(&caller, (id, emoji), hint, true).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation.named("addReaction", Tag::Messages, "React to a message").about(
        "With an emoji of Unicode, stored fully qualified, or `:name:` of one of the setting `chat.custom_emoji`. For members who \
         may write; a repeat changes nothing. A message has at most 20 kinds of reactions, and 3 of one \
         person, and a system message none (409).",
    );
    super::describe(operation);
}
