//! The lines of a dump. The same types read and write them; a field that is absent is not written.

use crate::chat::policy::{Posting, Role, Visibility};
use crate::chat::preferences::Notify;
use crate::chat::privacy::{PresenceSetting, ReceiptsSetting};
use crate::chat::wire::{Mention, MessageType, without_values};
use crate::named;
use crate::shared::json::read_input;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// Longest line, bytes.
pub const MAX_LINE_BYTES: usize = 256 * 1024;

/// A line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Line {
    /// A person.
    User(UserLine),
    /// A room with its conversation.
    Room(RoomLine),
    /// A direct conversation or a group.
    Conversation(ConversationLine),
    /// A conversation of two people as other systems have it: only imports read it.
    ChatRoom(ChatRoomLine),
    /// A member of a conversation.
    Member(MemberLine),
    /// A message.
    Message(Box<MessageLine>),
    /// A reaction to a message.
    Reaction(ReactionLine),
}

/// Reads a line. The error is the reason for the operator, without values of the line.
pub fn read_line(text: &str) -> Result<Line, String> {
    if text.len() > MAX_LINE_BYTES {
        return Err(format!("the line has more than {MAX_LINE_BYTES} bytes"));
    }
    let value: Value = read_input(text).map_err(|_| "the line is not JSON".to_owned())?;
    if !value.is_object() {
        return Err("the line is not a JSON object".to_owned());
    }
    if value.get("kind").and_then(Value::as_str) == Some("file") {
        return Err("files are not imported yet".to_owned());
    }
    Line::deserialize(value).map_err(|error| without_values(&error))
}

/// A person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserLine {
    /// The application's id, as in `sub` of tokens.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// Display name.
    pub name: String,
    /// Address of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// When they were first seen; the time of the import if it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When name or picture last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// Who sees whether they are online.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<PresenceSetting>,
    /// Whether others see what they have read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipts: Option<ReceiptsSetting>,
}

/// A room with its conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomLine {
    /// The room's id.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// Its conversation's id. Without it one is derived from the room's id, and other lines refer to it by `room_id`.
    #[serde(default, deserialize_with = "id_or_null", skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// Name.
    pub name: String,
    /// Description.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Who finds it.
    pub visibility: Visibility,
    /// Whether it is the tenant's general room.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_general: bool,
    /// Who may write.
    #[serde(default, skip_serializing_if = "is_default")]
    pub post: Posting,
    /// Slow mode, seconds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub slow_mode_s: u32,
    /// Who created it.
    #[serde(deserialize_with = "id")]
    pub created_by: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// Metadata of the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// The newest position of the conversation, which can be after its last message.
    #[serde(default, skip_serializing_if = "is_default")]
    pub last_seq: i64,
}

named! {
    /// Kind of a conversation without a room.
    pub enum ConversationKind {
        /// Of two people.
        Dm = "dm",
        /// A group.
        Group = "group",
    }
}

/// A direct conversation or a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConversationLine {
    /// The conversation's id.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// Direct conversation or group.
    #[serde(rename = "type")]
    pub conversation_kind: ConversationKind,
    /// The two people of a direct conversation.
    #[serde(default, deserialize_with = "ids", skip_serializing_if = "Vec::is_empty")]
    pub user_ids: Vec<String>,
    /// What it is about, as the application names it.
    #[serde(default, deserialize_with = "id_or_null", skip_serializing_if = "Option::is_none")]
    pub report_id: Option<String>,
    /// Free JSON of the application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// Who created it.
    #[serde(deserialize_with = "id")]
    pub created_by: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// The newest position, which can be after the last message.
    #[serde(default, skip_serializing_if = "is_default")]
    pub last_seq: i64,
}

/// A conversation of two people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChatRoomLine {
    /// The conversation's id.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// One of the two.
    #[serde(deserialize_with = "id")]
    pub participant_a: String,
    /// The other.
    #[serde(deserialize_with = "id")]
    pub participant_b: String,
    /// What it is about, as the application names it.
    #[serde(default, deserialize_with = "id_or_null", skip_serializing_if = "Option::is_none")]
    pub report_id: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// Free JSON of the application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
}

/// A member of a conversation. Without a read marker they have read everything that is imported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberLine {
    /// The conversation.
    #[serde(default, alias = "chat_room_id", deserialize_with = "id_or_null", skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// The room, in place of its conversation.
    #[serde(default, deserialize_with = "id_or_null", skip_serializing_if = "Option::is_none")]
    pub room_id: Option<String>,
    /// The person.
    #[serde(deserialize_with = "id")]
    pub user_id: String,
    /// Role.
    #[serde(default)]
    pub role: Role,
    /// When they joined; when the conversation was created if it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined_at: Option<Timestamp>,
    /// When role or preferences last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// The position up to which they have read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_read_seq: Option<i64>,
    /// The last message that they have read, in place of its position; its line comes before this one.
    #[serde(default, deserialize_with = "id_or_null", skip_serializing_if = "Option::is_none")]
    pub last_read_message_id: Option<String>,
    /// When that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_read_at: Option<Timestamp>,
    /// Which messages notify them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub notify: Notify,
    /// Until when nothing notifies them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notifications_muted_until: Option<Timestamp>,
    /// Whether it is one of their favorites.
    #[serde(default, skip_serializing_if = "is_false")]
    pub favorite: bool,
    /// Since when they have it archived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived_at: Option<Timestamp>,
}

/// A body that an edit replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportedVersion {
    /// Number, from 1.
    pub version: i64,
    /// The text.
    pub body: String,
    /// When it was sent, or edited to this text.
    pub written_at: Timestamp,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageLine {
    /// The message's id.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// Its conversation.
    #[serde(default, alias = "chat_room_id", deserialize_with = "id_or_null", skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// The room, in place of its conversation.
    #[serde(default, deserialize_with = "id_or_null", skip_serializing_if = "Option::is_none")]
    pub room_id: Option<String>,
    /// Its position; without it, the one after the message before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// Who sent it.
    #[serde(deserialize_with = "id")]
    pub sender_id: String,
    /// Their name then; their present name if it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_name: Option<String>,
    /// Text, image, file or system.
    #[serde(default, rename = "type")]
    pub message_type: MessageType,
    /// The text; none in a deleted message.
    #[serde(default, alias = "content", skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Free JSON of the application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// The message that it answers.
    #[serde(default, deserialize_with = "id_or_null", skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// First message of its thread. Absent: that of the answered message, or the answered message itself. Null: a reply in no thread.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<Option<String>>,
    /// Whether a reply is shown in the conversation too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub also_in_channel: bool,
    /// The message that it quotes.
    #[serde(default, deserialize_with = "id_or_null", skip_serializing_if = "Option::is_none")]
    pub quote_id: Option<String>,
    /// Who is mentioned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
    /// Number of the text's version; one more than the earlier ones if it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// Texts that edits replaced, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<ImportedVersion>,
    /// When it was sent.
    pub created_at: Timestamp,
    /// When its text last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// When anything of it last changed; the later of the two times before if it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// When it was pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<Timestamp>,
    /// Who pinned it.
    #[serde(default, deserialize_with = "id_or_null", skip_serializing_if = "Option::is_none")]
    pub pinned_by: Option<String>,
}

/// A reaction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReactionLine {
    /// The conversation of the message.
    #[serde(default, alias = "chat_room_id", deserialize_with = "id_or_null", skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<String>,
    /// The room, in place of its conversation.
    #[serde(default, deserialize_with = "id_or_null", skip_serializing_if = "Option::is_none")]
    pub room_id: Option<String>,
    /// The message.
    #[serde(deserialize_with = "id")]
    pub message_id: String,
    /// Who reacted.
    #[serde(deserialize_with = "id")]
    pub user_id: String,
    /// Their name then; their present name if it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// The emoji.
    pub emoji: String,
    /// Position of the reaction; that of the message if it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// When it was.
    pub created_at: Timestamp,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_false(value: &bool) -> bool {
    !*value
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Ids are strings, or whole numbers, as many applications have them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(u64),
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        match id {
            Id::Text(text) => text,
            Id::Number(number) => number.to_string(),
        }
    }
}

fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Id::deserialize(deserializer).map(Into::into)
}

fn id_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<Id>::deserialize(deserializer)?.map(Into::into))
}

fn ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Vec::<Id>::deserialize(deserializer)?.into_iter().map(Into::into).collect())
}

/// Null is a value here.
#[expect(clippy::option_option, reason = "absent, null and an id are three cases")]
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    id_or_null(deserializer).map(Some)
}
