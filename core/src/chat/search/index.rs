//! Requests to the object that holds a tenant's index, and its answers.

use super::words::indexed_words;
use super::{Feature, MessageQuery, Sort, features_of, is_searchable, searched_text};
use crate::chat::flush::FlushedMessage;
use crate::shared::ids::{ConversationId, MessageId, TenantId, UserId};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A key that every message has.
pub(super) const ANY_KEY: &str = "m";

/// Name of the object with a tenant's index.
pub fn object_name(tenant: &TenantId) -> String {
    tenant.to_string()
}

/// What the index stores of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexedMessage {
    /// The message.
    pub id: MessageId,
    /// Its position in the conversation.
    pub seq: i64,
    /// Position of the last event that changed it: an older state never replaces a newer one.
    pub updated_seq: i64,
    /// When it was sent.
    pub created_at: Timestamp,
    /// Its words, and its keys other than the conversation's. `None` if it is not to be found any more.
    pub content: Option<IndexedContent>,
}

/// Words and keys of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexedContent {
    /// The words in order, separated by spaces.
    pub words: String,
    /// Number of words.
    pub length: usize,
    /// Sender and features.
    pub keys: String,
}

impl IndexedMessage {
    /// The state of a message that the record has. `None` for one that is never found.
    pub fn of(row: &FlushedMessage) -> Option<Self> {
        let message = &row.message;
        if message.is_system() {
            return None;
        }
        let content = is_searchable(message).then(|| {
            let words = indexed_words(&searched_text(message));
            let (length, texts) = (words.len(), words.into_iter().map(|word| word.text).collect::<Vec<_>>());
            let keys = [ANY_KEY.to_owned(), sender_key(&message.sender_id)];
            let keys: Vec<String> = keys.into_iter().chain(features_of(message).into_iter().map(feature_key)).collect();
            IndexedContent { words: texts.join(" "), length, keys: keys.join(" ") }
        });
        Some(Self {
            id: message.id.clone(),
            seq: message.seq,
            updated_seq: row.updated_seq,
            created_at: message.created_at,
            content,
        })
    }

    /// A deleted message.
    pub fn removed(id: MessageId, seq: i64, updated_seq: i64, created_at: Timestamp) -> Self {
        Self { id, seq, updated_seq, created_at, content: None }
    }
}

/// Key of a conversation by its number in the index.
pub fn conversation_key(number: i64) -> String {
    format!("c{number}")
}

/// Key of a sender. A user's id can have any characters, so the key is a part of its hash.
pub(super) fn sender_key(user: &UserId) -> String {
    let hash = Sha256::digest(user.as_str());
    hash.iter().take(16).fold(String::from("u"), |key, byte| format!("{key}{byte:02x}"))
}

/// The expression for everything that a user sent.
pub fn of_sender(user: &UserId) -> String {
    format!("keys : \"{}\"", sender_key(user))
}

/// Key of a feature.
pub(super) fn feature_key(feature: Feature) -> String {
    format!("h{}", feature.as_str())
}

/// Messages of a conversation in the order of their events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedMessages {
    /// The tenant.
    pub tenant: TenantId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The messages.
    pub messages: Vec<IndexedMessage>,
}

/// Have the index read a conversation from the record, or remove it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneConversation {
    /// The tenant.
    pub tenant: TenantId,
    /// The conversation.
    pub conversation: ConversationId,
}

/// Remove what a user sent from the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erase {
    /// The tenant.
    pub tenant: TenantId,
    /// The user.
    pub user: UserId,
}

/// Drop the index and read it from the record again, or report how far that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebuild {
    /// The tenant.
    pub tenant: TenantId,
    /// Whether to begin again. Otherwise the state is reported, and work that was cut off continues.
    pub restart: bool,
}

/// How far the index is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct IndexState {
    /// Messages that can be found.
    pub messages: i64,
    /// Conversations that the index knows.
    pub conversations: i64,
    /// Conversations that are still to be read from the record, as far as they are listed.
    pub waiting: i64,
    /// Whether conversations are still being listed.
    pub is_listing: bool,
}

/// A place in the results: the next page begins after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Rank of the last hit, 0 if results are in order of time.
    pub rank: i64,
    /// Number of the last hit in the index, which grows with the time of sending.
    pub number: i64,
    /// Newest number that was ranked, for results in order of rank.
    pub newest: i64,
}

/// A search by one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Find {
    /// The tenant.
    pub tenant: TenantId,
    /// The person.
    pub user: UserId,
    /// Revision of the person's memberships in the record: the index reads them again if it knows another one.
    pub memberships_rev: i64,
    /// What to find.
    pub query: MessageQuery,
    /// The order.
    pub sort: Sort,
    /// Where to continue.
    pub after: Option<Place>,
    /// Most hits.
    pub limit: u32,
}

/// Candidates of a search. The caller checks with the record that the person may read them, and that they still fit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Found {
    /// The messages, in order.
    pub messages: Vec<FoundMessage>,
    /// Where the next page begins. A page may be short, or empty, and have a next one.
    pub next: Option<Place>,
}

/// A candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundMessage {
    /// The message.
    pub id: MessageId,
}
