//! System messages: each reports a change of the conversation, and is committed with the change's event.
//!
//! They are written in private rooms and groups, unless the app's settings turn them off. Nobody is their author: the user
//! who made the change is their sender, and neither edits nor deletes them as their own.

use super::{Conversation, Entry, MessageChange, Stamp};
use crate::chat::flush::FlushedMessage;
use crate::chat::policy::{Place, Visibility};
use crate::chat::wire::{EventName, Message, MessageType, Person, first_version};
use crate::shared::ids::{MessageId, UserId};
use crate::shared::limits::MAX_ROOM_NAME_CHARS;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The change that a system message reports: its `metadata`, without `actor_id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum ReportedChange {
    /// A user became a member.
    Joined {
        /// The user.
        user_id: UserId,
    },
    /// A member left.
    Left {
        /// The former member.
        user_id: UserId,
    },
    /// A member was removed, or banned.
    Removed {
        /// The former member.
        user_id: UserId,
    },
    /// The room or group has another name.
    Renamed {
        /// The new name.
        name: String,
    },
    /// The room became private or public.
    Visibility {
        /// The new visibility.
        visibility: Visibility,
    },
    /// A message was pinned.
    Pinned {
        /// The message.
        message_id: MessageId,
    },
}

/// How a room or group looked before a change of its fields.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Appearance {
    /// Name of the room, or of the group if it has one.
    pub name: Option<String>,
    /// The room's visibility; groups have none.
    pub visibility: Option<Visibility>,
}

impl Appearance {
    /// The name and visibility among fields of a room or group. A group's name is the text `name` in its metadata.
    pub fn among(fields: &Map<String, Value>) -> Self {
        let metadata = fields.get("metadata").and_then(Value::as_object);
        let name = fields.get("name").or_else(|| metadata?.get("name")).and_then(Value::as_str);
        let visibility = fields.get("visibility").and_then(Value::as_str).and_then(Visibility::parse);
        Self { name: name.map(str::to_owned).filter(|name| !name.is_empty()), visibility }
    }
}

/// Whether system messages are written in a place. In a direct conversation nothing changes but pins, which both people see.
const fn are_reported_in(place: Place) -> bool {
    match place {
        Place::PrivateRoom | Place::Group => true,
        Place::App | Place::PublicRoom | Place::Direct => false,
    }
}

impl Conversation {
    /// The entry, followed by system messages of `actor` about the change, if they are written here.
    pub(super) fn reporting(
        &self,
        entry: Entry,
        (actor, changes): (&Person, Vec<ReportedChange>),
        now: Timestamp,
        random: [u8; 10],
    ) -> Entry {
        if are_reported_in(self.place) { self.with_messages(entry, (actor, changes), now, random) } else { entry }
    }

    /// The entry of changed fields, followed by system messages about a new name or visibility. A room that becomes public
    /// still gets them, because its members were in a private room until now.
    pub(super) fn reporting_fields(
        &self,
        entry: Entry,
        (actor, was, is): (&Person, &Appearance, Appearance),
        now: Timestamp,
        random: [u8; 10],
    ) -> Entry {
        let name = is.name.filter(|name| was.name.as_ref() != Some(name));
        let visibility = is.visibility.filter(|visibility| was.visibility.is_some_and(|before| before != *visibility));
        if !are_reported_in(self.place) && visibility.is_none() {
            return entry;
        }
        let renamed =
            name.map(|name| ReportedChange::Renamed { name: name.chars().take(MAX_ROOM_NAME_CHARS).collect() });
        let shown = visibility.map(|visibility| ReportedChange::Visibility { visibility });
        self.with_messages(entry, (actor, renamed.into_iter().chain(shown).collect()), now, random)
    }

    fn with_messages(
        &self,
        mut entry: Entry,
        (actor, changes): (&Person, Vec<ReportedChange>),
        now: Timestamp,
        random: [u8; 10],
    ) -> Entry {
        if !self.limits.system_messages {
            return entry;
        }
        let messages = (1..).zip(changes).map(|(nth, change)| {
            let seq = entry.seq.saturating_add(nth);
            self.system_message((seq, nth), (actor, &change), now, random)
        });
        let messages: Vec<Entry> = messages.collect();
        let first = messages.into_iter().rfold(None, |next, message| Some(Box::new(Entry { next, ..message })));
        entry.next = first;
        entry
    }

    /// The entry at `seq` of the `nth` message, from 1, of one act.
    fn system_message(
        &self,
        (seq, nth): (i64, i64),
        (actor, change): (&Person, &ReportedChange),
        now: Timestamp,
        mut random: [u8; 10],
    ) -> Entry {
        // The messages of one act share their random bytes apart from the last one.
        if let (Some(last), [.., different]) = (random.last_mut(), nth.to_be_bytes()) {
            *last ^= different;
        }
        let mut metadata = match serde_json::to_value(change) {
            Ok(Value::Object(metadata)) => metadata,
            _ => Map::new(),
        };
        metadata.insert("actor_id".to_owned(), actor.user_id.as_str().into());
        let message = Message {
            id: MessageId::new(now, random),
            conversation_id: self.id.clone(),
            seq,
            sender_id: actor.user_id.clone(),
            sender_name: actor.name.clone(),
            message_type: MessageType::System,
            body: Some(String::new()),
            metadata: Some(metadata),
            parent_id: None,
            thread_id: None,
            also_in_channel: false,
            quote_id: None,
            mentions: Vec::new(),
            attachments: Vec::new(),
            client_msg_id: None,
            version: first_version(),
            created_at: now,
            edited_at: None,
            deleted_at: None,
            updated_at: None,
        };
        let stamp = Stamp { now, origin_client_id: None };
        let mut entry = self.entry_at(seq, EventName::MessageCreated, message.id.as_str(), &message, stamp);
        let row = FlushedMessage {
            ordinal: self.counts.sent.saturating_add(nth),
            uncounted: self.counts.uncounted.saturating_add(nth),
            updated_seq: seq,
            replaced: None,
            message,
        };
        entry.message = Some(MessageChange::Created { row: Box::new(row) });
        entry
    }
}
