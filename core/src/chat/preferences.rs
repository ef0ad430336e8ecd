//! What a member wants of a conversation. Only they see it, on all of their devices.

use crate::chat::wire::{Event, EventName};
use crate::named;
use crate::shared::ids::ConversationId;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

named! {
    /// Messages that a member is notified of.
    #[derive(Default)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub enum Notify {
        /// All.
        #[default]
        All = "all",
        /// Only those that mention them.
        Mentions = "mentions",
        /// None.
        None = "none",
    }
}

/// A member's preferences of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Preferences {
    /// No notifications until then; `null`, or a time that has passed: they are not muted.
    pub notifications_muted_until: Option<Timestamp>,
    /// Messages to be notified of.
    pub notify: Notify,
    /// Whether it is one of their favorites.
    pub favorite: bool,
    /// Whether it is archived. A new message of another person unarchives it, unless notifications are muted.
    pub archived: bool,
}

impl Preferences {
    /// The event for the member's own channel.
    pub fn to_event(self, conversation: &ConversationId, origin_client_id: Option<String>, at: Timestamp) -> Event {
        Event {
            event: EventName::PreferencesUpdated,
            conversation_id: conversation.clone(),
            seq: None,
            id: Some(conversation.as_str().to_owned()),
            partial: json!(self),
            origin_client_id,
            at,
        }
    }
}

/// A change of a mute of notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MuteChange {
    /// It stays as it is.
    #[default]
    Keep,
    /// It ends.
    End,
    /// It lasts until then.
    Until(Timestamp),
}

/// A change of preferences. Fields that are `None` stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PreferencesChange {
    /// What becomes of the mute of notifications.
    pub mute: MuteChange,
    /// Messages to be notified of.
    pub notify: Option<Notify>,
    /// Whether it is a favorite.
    pub favorite: Option<bool>,
    /// Whether it is archived.
    pub archived: Option<bool>,
}
