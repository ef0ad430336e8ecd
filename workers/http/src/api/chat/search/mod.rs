//! `/api/chat/search`: messages that the caller may read, people and rooms.

pub(super) mod find;
mod messages;
mod names;

use campana_core::chat::search::Excerpt;
use campana_storage::{FoundConversation, Room, User};
use serde::Serialize;

use super::messages::view::MessageView;

/// What was found.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "SearchHit"))]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Hit {
    /// A message.
    #[cfg_attr(feature = "schema", schemars(title = "MessageHit"))]
    Message {
        /// The message as the caller sees it.
        message: Box<MessageView>,
        /// Its conversation.
        conversation: FoundConversation,
        /// Where the words occur in its text: start and length in code points.
        highlights: Vec<[usize; 2]>,
        /// The part of its text around the first highlight.
        context: Excerpt,
    },
    /// A user of the tenant.
    #[cfg_attr(feature = "schema", schemars(title = "PersonHit"))]
    Person {
        /// The user.
        user: Box<User>,
    },
    /// A room that the caller can find.
    #[cfg_attr(feature = "schema", schemars(title = "RoomHit"))]
    Room {
        /// The room.
        room: Box<Room>,
    },
}
