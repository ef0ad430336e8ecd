//! Names and payloads of events for Pusher clients.
//!
//! Every event is sent under its dotted name with the same JSON as on other transports. For an app with
//! [`EventNames::Laravel`], it is also sent under the class name that Laravel clients listen for
//! (`.listen('MessageSent')` is `App\Events\MessageSent` on the wire), one per event and channel, with the payload that
//! those clients expect. Clients of other applications listen for names of their own (`.listen('.message.sent')`), which
//! have the same payload:
//!
//! | event | channels | class | payload |
//! |---|---|---|---|
//! | `message.created` | `chat`, `presence-chat`, `private-chat.{room}` | `MessageSent` | `{message}` |
//! | | `private-conversation.{id}`, `presence-room.{id}` | `MessageCreated` | `{message}` |
//! | | `private-chat.{a}.{b}` | `PrivateMessageSent` | `{message}`, with `recipient_id` |
//! | | of conversations | `message.sent` (no class) | that of the class |
//! | `message.updated` | of conversations | `MessageUpdated` | `{message}`, changed fields |
//! | `message.deleted` | of conversations | `MessageDeleted` | `{message}`, changed fields |
//! | `reaction.added`, `reaction.removed` | of conversations | `MessageReaction` | `{message_id, conversation_id, emoji, user_id, count, action}` |
//! | `typing.started`, `typing.stopped` | of conversations | `UserTyping` | `{user, typing, expires_in_ms}` |
//! | | of conversations, if clients may publish there | `client-typing` | `{id, name, typing, expires_in_ms}` |
//! | `message.read` | of conversations, `private-user.{id}` | `MessageRead` | `{conversation_id, seq, user, message}` |
//! | `presence.joined`, `presence.left` | `presence-chat` | `UserJoined`, `UserLeft` | `{id, name}` |
//! | | of conversations | `user.online`, `user.offline` (no classes) | `{id, name}` |
//! | `member.*` | of conversations, `private-user.{id}` | `RoomMembershipChanged` | `{room_id, conversation_id, user_id, action, role}` |
//! | `invite.created` | `private-user.invites.{id}`, `private-user.{id}` | `RoomInviteCreated` | `{invite, room, user}` |
//! | `notification.created` | `private-user.{id}` | `NotificationCreated` | `{notification}` |
//! | `notification.read` | `private-user.{id}` | `NotificationRead` | `{ids}`, `{up_to}` or `{conversation_id, up_to_seq}` |
//!
//! A `message` is `{id, conversation_id, message, body, user_id, user: {id, name}, created_at, ...}`; `message` and
//! `body` both contain the text. A `user` is `{id, name}`. An `action` is `joined`, `left`, `removed`, `banned`,
//! `muted`, `unmuted` or `updated`. The whisper `client-typing` is also sent when typing stops: clients that read only
//! whispers let them time out, but clients that read `typing` need the stop. Only a start has `expires_in_ms`.
//!
//! User ids are strings here. Those that are whole numbers are sent as numbers, because clients compare them with
//! `===`.

use super::channel::ChannelName;
use super::family::Family;
use super::settings::EventNames;
use crate::chat::notifications::NotificationEvent;
use crate::chat::wire::{Event, EventName};
use crate::shared::ids::UserId;
use crate::shared::json::set;
use serde_json::{Map, Value, json};

/// Prefix of Laravel's event names.
const NAMESPACE: &str = r"App\Events\";
/// Client event that Laravel clients use for typing.
const WHISPER_TYPING: &str = "client-typing";
/// Largest integer that JavaScript represents exactly.
const MAX_WHOLE: u64 = (1 << 53) - 1;

/// An event as it is sent to Pusher clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// Event name.
    pub event: String,
    /// Payload: JSON.
    pub data: String,
}

/// Renditions of an event for one channel, the dotted name first. `text` is the event's JSON, the same on all
/// transports.
pub fn renditions(event: &Event, text: &str, channel: &ChannelName, names: EventNames) -> Vec<Rendition> {
    let canonical = Rendition { event: event.event.as_str().to_owned(), data: text.to_owned() };
    match names {
        EventNames::Canonical => vec![canonical],
        EventNames::Laravel => std::iter::once(canonical).chain(laravel(event, channel)).collect(),
    }
}

/// Renditions of an event about notifications or a file for `private-user.{id}`, the dotted name first.
pub fn notification_renditions(event: &NotificationEvent, text: &str, names: EventNames) -> Vec<Rendition> {
    let canonical = Rendition { event: event.event.as_str().to_owned(), data: text.to_owned() };
    let laravel = match (names, event.event) {
        (EventNames::Canonical, _) | (EventNames::Laravel, EventName::FileUpdated) => None,
        (EventNames::Laravel, EventName::NotificationCreated) => Some(("NotificationCreated", created(event))),
        (EventNames::Laravel, _) => Some(("NotificationRead", notifications_read(event))),
    };
    let class = |(name, data): (&str, Value)| Rendition { event: format!("{NAMESPACE}{name}"), data: data.to_string() };
    std::iter::once(canonical).chain(laravel.map(class)).collect()
}

/// A notification, with ids of users as Laravel clients expect them.
fn created(event: &NotificationEvent) -> Value {
    let mut notification = event.partial.clone();
    if let Some(actor) = notification.get_mut("actor").filter(|actor| !actor.is_null()) {
        *actor = user(actor);
    }
    if let Some(message) = notification.get_mut("message").and_then(Value::as_object_mut) {
        let sender = message.remove("sender_id").unwrap_or_default();
        let name = message.remove("sender_name").unwrap_or_default();
        message.insert("message".to_owned(), message.get("body").cloned().unwrap_or_default());
        message.insert("user_id".to_owned(), number_or_text(&sender));
        message.insert("user".to_owned(), json!({"id": number_or_text(&sender), "name": name}));
    }
    json!({"notification": notification})
}

fn notifications_read(event: &NotificationEvent) -> Value {
    let mut read = event.partial.clone();
    if let Some(conversation) = &event.conversation_id {
        set(&mut read, "conversation_id", json!(conversation));
    }
    read
}

/// Channel category, as far as class names and payloads depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum ChannelCategory {
    General,
    Room(Value),
    Conversation,
    Direct,
    Person,
    Invites,
}

impl ChannelCategory {
    fn of(channel: &ChannelName) -> Option<Self> {
        match channel.family() {
            Family::General => Some(Self::General),
            Family::Room(id) => Some(Self::Room(json!(id))),
            Family::Conversation(_) => Some(Self::Conversation),
            Family::Direct(_) => Some(Self::Direct),
            Family::Person(_) if channel.as_str().starts_with("private-user.invites.") => Some(Self::Invites),
            Family::Person(_) if channel.as_str().starts_with("private-user.") => Some(Self::Person),
            Family::Person(_) | Family::AlertDesk | Family::Other => None,
        }
    }

    fn is_of_user(&self) -> bool {
        matches!(self, Self::Person | Self::Invites)
    }
}

fn laravel(event: &Event, channel: &ChannelName) -> Vec<Rendition> {
    let Some(place) = ChannelCategory::of(channel) else { return Vec::new() };
    let class = |name: &str, data: &Value| Rendition { event: format!("{NAMESPACE}{name}"), data: data.to_string() };
    let one = |name: &str, data: Value| vec![class(name, &data)];
    let dotted = |name: &str, data: &Value| Rendition { event: name.to_owned(), data: data.to_string() };
    let here = |name: &str, class_name: &str| {
        let data = user(&event.partial);
        let classes = is_general_presence(channel).then(|| class(class_name, &data));
        classes.into_iter().chain([dotted(name, &data)]).collect()
    };
    match event.event {
        EventName::MessageCreated if !place.is_of_user() => {
            let name = match place {
                ChannelCategory::Direct => "PrivateMessageSent",
                ChannelCategory::Conversation => "MessageCreated",
                ChannelCategory::Room(_) if channel.is_presence() => "MessageCreated",
                _ => "MessageSent",
            };
            let data = json!({"message": message(event, channel, &place)});
            vec![class(name, &data), dotted("message.sent", &data)]
        }
        EventName::MessageUpdated if !place.is_of_user() => one("MessageUpdated", json!({"message": changed(event)})),
        EventName::MessageDeleted if !place.is_of_user() => one("MessageDeleted", json!({"message": changed(event)})),
        EventName::ReactionAdded | EventName::ReactionRemoved if !place.is_of_user() => {
            one("MessageReaction", reaction(event))
        }
        EventName::TypingStarted | EventName::TypingStopped if !place.is_of_user() => typing(event, channel, class),
        EventName::MessageRead if place != ChannelCategory::Invites => one("MessageRead", read(event)),
        EventName::PresenceJoined if !place.is_of_user() => here("user.online", "UserJoined"),
        EventName::PresenceLeft if !place.is_of_user() => here("user.offline", "UserLeft"),
        EventName::MemberJoined | EventName::MemberLeft | EventName::MemberUpdated | EventName::MemberRemoved
            if place != ChannelCategory::Invites =>
        {
            one("RoomMembershipChanged", membership(event, &place))
        }
        EventName::InviteCreated if place.is_of_user() => one("RoomInviteCreated", invite(event, channel)),
        _ => Vec::new(),
    }
}

fn is_general_presence(channel: &ChannelName) -> bool {
    channel.is_presence() && channel.family() == Family::General
}

fn message(event: &Event, channel: &ChannelName, place: &ChannelCategory) -> Value {
    let sender = field(&event.partial, "sender_id");
    let mut message = event.partial.as_object().cloned().unwrap_or_default();
    message.remove("sender_id");
    let name = message.remove("sender_name").unwrap_or_default();
    message.insert("message".to_owned(), field(&event.partial, "body"));
    message.insert("user_id".to_owned(), number_or_text(&sender));
    message.insert("user".to_owned(), json!({"id": number_or_text(&sender), "name": name}));
    match (place, channel.family()) {
        (ChannelCategory::Room(id), _) => drop(message.insert("room_id".to_owned(), id.clone())),
        (_, Family::Direct(pair)) => {
            let recipient = sender.as_str().and_then(UserId::parse).and_then(|sender| pair.other(&sender));
            let recipient = recipient.map(|user| number_or_text(&json!(user)));
            message.insert("recipient_id".to_owned(), recipient.unwrap_or_default());
        }
        _ => {}
    }
    Value::Object(message)
}

/// Changed fields of a message, with its ids.
fn changed(event: &Event) -> Value {
    let mut message = event.partial.as_object().cloned().unwrap_or_default();
    if let Some(body) = message.get("body").cloned() {
        message.insert("message".to_owned(), body);
    }
    message.insert("id".to_owned(), json!(event.id));
    message.insert("conversation_id".to_owned(), json!(event.conversation_id));
    Value::Object(message)
}

fn reaction(event: &Event) -> Value {
    let action = if event.event == EventName::ReactionAdded { "added" } else { "removed" };
    json!({
        "message_id": event.id,
        "conversation_id": event.conversation_id,
        "emoji": field(&event.partial, "emoji"),
        "user_id": number_or_text(&field(&event.partial, "user_id")),
        "count": field(&event.partial, "count"),
        "action": action,
    })
}

fn typing(event: &Event, channel: &ChannelName, class: impl Fn(&str, &Value) -> Rendition) -> Vec<Rendition> {
    let typing = event.event == EventName::TypingStarted;
    let user = user(&event.partial);
    let with_expiry = |mut data: Value| {
        if let Some(millis) = event.partial.get("expires_in_ms") {
            set(&mut data, "expires_in_ms", millis.clone());
        }
        data
    };
    let mut sent = vec![class("UserTyping", &with_expiry(json!({"user": user, "typing": typing})))];
    if channel.takes_client_events() {
        let data = json!({"id": field(&user, "id"), "name": field(&user, "name"), "user": user, "typing": typing});
        let data = with_expiry(data);
        sent.push(Rendition { event: WHISPER_TYPING.to_owned(), data: data.to_string() });
    }
    sent
}

/// Payload of a read marker: `message` is the message at the position `seq`, up to which all is read.
fn read(event: &Event) -> Value {
    let (conversation_id, seq) = (json!(event.conversation_id), field(&event.partial, "seq"));
    let mut message = json!({"conversation_id": conversation_id, "seq": seq});
    if let Some(id) = event.partial.get("message_id") {
        set(&mut message, "id", id.clone());
    }
    json!({"conversation_id": conversation_id, "seq": seq, "user": user(&event.partial), "message": message})
}

fn membership(event: &Event, place: &ChannelCategory) -> Value {
    let partial = &event.partial;
    let action = match event.event {
        EventName::MemberJoined => "joined",
        EventName::MemberLeft => "left",
        EventName::MemberRemoved if partial["banned"] == true => "banned",
        EventName::MemberRemoved => "removed",
        _ => match partial.get("muted_until") {
            None => "updated",
            Some(Value::Null) => "unmuted",
            Some(_) => "muted",
        },
    };
    let mut changed = Map::new();
    let room = match place {
        ChannelCategory::Room(id) => Some(id.clone()),
        _ => partial.get("room_id").cloned(),
    };
    changed.extend(room.map(|id| ("room_id".to_owned(), id)));
    changed.extend(partial.get("name").map(|_| ("user".to_owned(), user(partial))));
    changed.insert("conversation_id".to_owned(), json!(event.conversation_id));
    changed.insert("user_id".to_owned(), number_or_text(&field(partial, "user_id")));
    changed.insert("action".to_owned(), action.into());
    changed.insert("role".to_owned(), field(partial, "role"));
    changed.extend(partial.get("muted_until").map(|until| ("muted_until".to_owned(), until.clone())));
    Value::Object(changed)
}

fn invite(event: &Event, channel: &ChannelName) -> Value {
    let card = &event.partial;
    let by = user(&card["invited_by"]);
    let invited = match channel.family() {
        Family::Person(user) => number_or_text(&json!(user)),
        _ => Value::Null,
    };
    let invite = json!({
        "id": event.id,
        "room_id": field(&card["room"], "id"),
        "conversation_id": event.conversation_id,
        "user_id": invited,
        "role": card["role"],
        "expires_at": card["expires_at"],
        "created_at": card["created_at"],
        "created_by": field(&by, "id"),
    });
    json!({"invite": invite, "room": card["room"], "user": by})
}

/// `{id, name}` of a user, from the fields `user_id` and `name`.
fn user(value: &Value) -> Value {
    json!({"id": number_or_text(&field(value, "user_id")), "name": field(value, "name")})
}

fn field(value: &Value, name: &str) -> Value {
    value.get(name).cloned().unwrap_or_default()
}

/// A user id as a JSON number if it is a canonical decimal integer up to [`MAX_WHOLE`], otherwise unchanged.
fn number_or_text(id: &Value) -> Value {
    let number = id.as_str().and_then(|text| text.parse::<u64>().ok().filter(|number| number.to_string() == text));
    number.filter(|number| *number <= MAX_WHOLE).map_or_else(|| id.clone(), Value::from)
}

#[cfg(feature = "schema")]
pub mod schema;
#[cfg(test)]
mod tests;
