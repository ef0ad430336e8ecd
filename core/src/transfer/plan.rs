//! What a batch of lines writes, given what the record has.
//!
//! A conversation of an import is hidden until the import ends; only then does its object begin, at the position that the
//! record has. Until then the record numbers the messages: in the order of the lines, without gaps in the ordinals.

use super::identity::Identities;
use super::line::{ConversationKind, ImportedVersion, Line, UserLine};
use super::{contents, conversations};
use crate::chat::emoji::Emoji;
use crate::chat::flush::FlushedMessage;
use crate::chat::policy::{Posting, Role, Visibility};
use crate::chat::preferences::Notify;
use crate::chat::privacy::{PresenceSetting, ReceiptsSetting};
use crate::shared::ids::{ConversationId, MessageId, RoomId, TenantId, UserId};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Position of members who have read everything. The end of the import replaces it by the newest position.
pub const EVERYTHING: i64 = 9_007_199_254_740_991;
/// Largest position in a dump: the conversation goes on after it.
pub(super) const MAX_SEQ: i64 = 1 << 52;
const MAX_NAME_CHARS: usize = 200;
const MAX_AVATAR_CHARS: usize = 2_000;

/// What happens with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is written.
    Written,
    /// The record has it already.
    Unchanged,
    /// It is refused, with the reason for the operator.
    Refused(String),
}

/// How far the import of a conversation is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Progress {
    /// The import that writes the conversation.
    pub import: String,
    /// Position of the newest message.
    pub last_seq: i64,
    /// Number of messages.
    pub message_count: i64,
    /// Number of those that do not count as messages of the conversation.
    pub uncounted_count: i64,
    /// When the newest message that counts was sent, Unix milliseconds.
    pub last_message_at: Option<i64>,
    /// When the first message was sent, Unix milliseconds.
    pub oldest_message_at: Option<i64>,
}

/// A conversation of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownConversation {
    /// Whether it belongs to the tenant and is not deleted.
    pub is_there: bool,
    /// `room`, `dm` or `group`.
    pub conversation_type: String,
    /// Key of the two people of a direct conversation.
    pub pair: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// How far its import is; `None` if the conversation is in use.
    pub progress: Option<Progress>,
}

/// A message of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownMessage {
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Its position.
    pub seq: i64,
    /// First message of its thread.
    pub thread_id: Option<MessageId>,
    /// Whether it is deleted.
    pub is_deleted: bool,
}

/// What the record has of what lines refer to.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Names of users.
    pub users: BTreeMap<UserId, String>,
    /// Conversations, also those of other tenants.
    pub conversations: HashMap<ConversationId, KnownConversation>,
    /// Rooms, also those of other tenants, with their conversations.
    pub rooms: HashMap<RoomId, ConversationId>,
    /// Direct conversations by the key of their people, with what they are about.
    pub pairs: HashMap<String, (ConversationId, Option<String>)>,
    /// The general room.
    pub general: Option<RoomId>,
    /// Messages, also those of other tenants.
    pub messages: HashMap<MessageId, KnownMessage>,
    /// Members.
    pub members: HashSet<(ConversationId, UserId)>,
    /// Reactions.
    pub reactions: HashSet<(MessageId, UserId, String)>,
}

/// What lines refer to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// Users.
    pub users: BTreeSet<UserId>,
    /// Conversations.
    pub conversations: BTreeSet<ConversationId>,
    /// Rooms.
    pub rooms: BTreeSet<RoomId>,
    /// Keys of pairs of people.
    pub pairs: BTreeSet<String>,
    /// Messages.
    pub messages: BTreeSet<MessageId>,
    /// Members.
    pub members: BTreeSet<(ConversationId, UserId)>,
    /// Reactions.
    pub reactions: BTreeSet<(MessageId, UserId, String)>,
}

/// A user to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns")]
pub struct NewUser {
    pub id: UserId,
    pub name: String,
    pub avatar: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Option<Timestamp>,
    pub presence: PresenceSetting,
    pub receipts: ReceiptsSetting,
}

/// A room to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns")]
pub struct NewRoom {
    pub id: RoomId,
    pub name: String,
    pub description: String,
    pub visibility: Visibility,
    pub is_general: bool,
    pub post: Posting,
    pub slow_mode_s: u32,
}

/// A conversation to be written.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the columns")]
pub struct NewConversation {
    pub id: ConversationId,
    /// `room`, `dm` or `group`.
    pub conversation_type: &'static str,
    pub pair: Option<String>,
    pub report_id: Option<String>,
    pub metadata: Map<String, Value>,
    pub created_by: UserId,
    pub created_at: Timestamp,
    pub updated_at: Option<Timestamp>,
    /// The newest position, at least.
    pub head: i64,
    pub room: Option<NewRoom>,
}

/// A member to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns")]
pub struct NewMember {
    pub conversation_id: ConversationId,
    pub user_id: UserId,
    pub role: Role,
    pub joined_at: Timestamp,
    pub updated_at: Option<Timestamp>,
    pub last_read_seq: i64,
    pub last_read_at: Option<Timestamp>,
    pub notify: Notify,
    pub notifications_muted_until: Option<Timestamp>,
    pub favorite: bool,
    pub archived_at: Option<Timestamp>,
}

/// A message to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct NewMessage {
    /// Its row.
    pub row: FlushedMessage,
    /// When it was pinned, and the user who pinned it.
    pub pinned: Option<(Timestamp, UserId)>,
    /// Texts that edits replaced.
    pub versions: Vec<ImportedVersion>,
}

/// A reaction to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns")]
pub struct NewReaction {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    pub message_seq: i64,
    pub user_id: UserId,
    pub user_name: String,
    pub emoji: Emoji,
    pub seq: i64,
    pub at: Timestamp,
}

/// A conversation whose import goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advanced {
    /// The conversation.
    pub id: ConversationId,
    /// Position of the newest message before the batch. The write fails if another batch has changed it since.
    pub before: i64,
    /// The state after the batch.
    pub progress: Progress,
}

/// What a batch writes.
#[derive(Debug, Clone, PartialEq, Default)]
#[expect(missing_docs, reason = "named for what they are")]
pub struct Writes {
    pub users: Vec<NewUser>,
    pub conversations: Vec<NewConversation>,
    pub members: Vec<NewMember>,
    pub messages: Vec<NewMessage>,
    pub reactions: Vec<NewReaction>,
    pub advanced: Vec<Advanced>,
}

/// What happens with the lines of a batch, one after the other, and what is written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Planned {
    /// The outcome of each line.
    pub outcomes: Vec<Outcome>,
    /// The writes.
    pub writes: Writes,
}

/// Key of the direct conversation of two people, a JSON array in order.
pub fn pair_key(one: &UserId, other: &UserId) -> String {
    serde_json::to_string(&BTreeSet::from([one, other])).unwrap_or_default()
}

/// What the lines of a batch refer to, to be read from the record. What a line has wrong is found when it is planned.
pub fn references(tenant: &TenantId, lines: &[Result<Line, String>]) -> References {
    let identities = Identities { tenant };
    let mut found = References::default();
    for line in lines.iter().flatten() {
        match line {
            Line::User(line) => found.users.extend(UserId::parse(&line.id)),
            Line::Room(_) | Line::Conversation(_) | Line::ChatRoom(_) => {
                conversations::refer(&mut found, identities, line);
            }
            Line::Member(_) | Line::Message(_) | Line::Reaction(_) => contents::refer(&mut found, identities, line),
        }
    }
    found
}

/// The state of planning: the record, and what earlier lines of the batch add to it.
pub(super) struct Planner<'a> {
    pub(super) identities: Identities<'a>,
    pub(super) import: &'a str,
    pub(super) custom_emoji: &'a [String],
    pub(super) now: Timestamp,
    pub(super) record: Record,
    pub(super) writes: Writes,
    /// Positions before the batch, by conversation.
    pub(super) before: BTreeMap<ConversationId, i64>,
}

/// Plans the lines in order. `import` names the import: only it adds to the conversations that it has created.
pub fn plan(
    (tenant, import, custom_emoji): (&TenantId, &str, &[String]),
    lines: Vec<Result<Line, String>>,
    record: Record,
    now: Timestamp,
) -> Planned {
    let mut planner = Planner {
        identities: Identities { tenant },
        import,
        custom_emoji,
        now,
        record,
        writes: Writes::default(),
        before: BTreeMap::new(),
    };
    let outcomes = lines.into_iter().map(|line| planner.line(line)).collect();
    let Planner { record, mut writes, before, .. } = planner;
    writes.advanced = before
        .into_iter()
        .filter_map(|(id, before)| {
            let progress = record.conversations.get(&id)?.progress.clone()?;
            Some(Advanced { id, before, progress })
        })
        .collect();
    Planned { outcomes, writes }
}

impl Planner<'_> {
    fn line(&mut self, line: Result<Line, String>) -> Outcome {
        let outcome = line.and_then(|line| match line {
            Line::User(line) => self.user(line),
            Line::Room(line) => self.room(line),
            Line::Conversation(line) => self.conversation(line),
            Line::ChatRoom(line) => self.chat_room(line),
            Line::Member(line) => self.member(&line),
            Line::Message(line) => self.message(*line),
            Line::Reaction(line) => self.reaction(&line),
        });
        match outcome {
            Ok(true) => Outcome::Written,
            Ok(false) => Outcome::Unchanged,
            Err(reason) => Outcome::Refused(reason),
        }
    }

    fn user(&mut self, line: UserLine) -> Result<bool, String> {
        let id = user_id("id", &line.id)?;
        if self.record.users.contains_key(&id) {
            return Ok(false);
        }
        let name = name("name", &line.name)?;
        if line.avatar.as_ref().is_some_and(|avatar| avatar.chars().count() > MAX_AVATAR_CHARS) {
            return Err(format!("avatar has more than {MAX_AVATAR_CHARS} characters"));
        }
        self.record.users.insert(id.clone(), name.clone());
        self.writes.users.push(NewUser {
            id,
            name,
            avatar: line.avatar,
            created_at: line.created_at.unwrap_or(self.now),
            updated_at: line.updated_at,
            presence: line.presence.unwrap_or_default(),
            receipts: line.receipts.unwrap_or_default(),
        });
        Ok(true)
    }

    /// The name of a user of the app.
    pub(super) fn known(&self, field: &str, id: &UserId) -> Result<&str, String> {
        let name = self.record.users.get(id).map(String::as_str);
        name.ok_or_else(|| format!("{field} is not a user: the line of the user comes first"))
    }
}

/// An id of a user in a line.
pub(super) fn user_id(field: &str, text: &str) -> Result<UserId, String> {
    UserId::parse(text).ok_or_else(|| format!("{field} is not the id of a user"))
}

/// A display name in a line.
pub(super) fn name(field: &str, text: &str) -> Result<String, String> {
    if text.is_empty() || text.chars().count() > MAX_NAME_CHARS || text.contains('\0') {
        return Err(format!("{field} does not have 1 to {MAX_NAME_CHARS} characters"));
    }
    Ok(text.to_owned())
}

pub(super) const fn type_name(kind: ConversationKind) -> &'static str {
    kind.as_str()
}
