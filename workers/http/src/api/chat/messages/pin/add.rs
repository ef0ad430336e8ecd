//! `PUT /api/chat/messages/{id}/pin`: pins a message.

use super::pin;
use crate::api::chat::message_actions::Hint;
use crate::identity::Caller;
use crate::request::{NoBody, Query, Segment};
use crate::response::Outcome;
use campana_core::shared::ids::MessageId;

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<MessageId>,
    Query(hint): Query<Hint>,
    _: NoBody,
) -> Outcome {
    pin(&caller, &id, hint, true).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation.named("pinMessage", Tag::Messages, "Pin a message").about(
        "For moderators of a room or group, administrators, and either person of a direct conversation. At \
         most 100 messages of a conversation are pinned, and no system message (409); a repeat changes nothing.",
    );
    super::describe(operation);
}
