//! Exports: pages of lines of the dump form in its canonical order, which is that of kinds, and within a kind by key.

mod rows;

use crate::Store;
use crate::database::{Row, Statement, StorageError, Value};
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::transfer::Line;
use campana_schema::{Query, exports};
use serde::{Deserialize, Serialize};

/// What an export has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exported<'a> {
    /// Everything of the tenant.
    All,
    /// One conversation, and the people in it.
    Conversation(&'a ConversationId),
    /// What one person is, is a member of, and wrote.
    User(&'a UserId),
}

/// The position after which an export goes on: the kind of lines, and the keys of the last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the keys of each kind")]
pub enum ExportPlace {
    Users { id: String },
    Conversations { id: String },
    Members { conversation: String, user: String },
    Messages { conversation: String, seq: i64 },
    Reactions { conversation: String, message_seq: i64, seq: i64, user: String, emoji: String },
}

impl ExportPlace {
    /// The beginning of an export.
    pub const fn start() -> Self {
        Self::Users { id: String::new() }
    }

    /// The beginning of the kind after this one.
    fn next_kind(&self) -> Option<Self> {
        let conversation = String::new;
        match self {
            Self::Users { .. } => Some(Self::Conversations { id: String::new() }),
            Self::Conversations { .. } => Some(Self::Members { conversation: conversation(), user: String::new() }),
            Self::Members { .. } => Some(Self::Messages { conversation: conversation(), seq: 0 }),
            Self::Messages { .. } => Some(Self::Reactions {
                conversation: conversation(),
                message_seq: 0,
                seq: 0,
                user: String::new(),
                emoji: String::new(),
            }),
            Self::Reactions { .. } => None,
        }
    }
}

/// A page of an export.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportPage {
    /// The lines.
    pub lines: Vec<Line>,
    /// Where it goes on; `None` at the end.
    pub next: Option<ExportPlace>,
}

impl Store {
    /// A page of at most `limit` lines of one kind. It may be empty and yet not the last.
    pub async fn export(
        &self,
        tenant: &TenantId,
        what: Exported<'_>,
        after: &ExportPlace,
        limit: u32,
    ) -> Result<ExportPage, StorageError> {
        let statements = statements(tenant, what, after, limit);
        let is_single = statements
            .iter()
            .all(|statement| [exports::USERS_ONE, exports::CONVERSATIONS_ONE].contains(&statement.query));
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let rows: Vec<Row> = self.db.batch(statements).await?.into_iter().flatten().take(wanted).collect();
        let is_full = rows.len() == wanted && !is_single;
        let mut lines = Vec::with_capacity(rows.len());
        let mut last = None;
        for row in rows {
            let (line, place) = rows::read(after, row)?;
            lines.push(line);
            last = Some(place);
        }
        let next = last.filter(|_| is_full).or_else(|| after.next_kind());
        Ok(ExportPage { lines, next })
    }
}

/// The statements of a page, whose rows follow one another: the rest of a conversation, and the next conversations.
fn statements(tenant: &TenantId, what: Exported<'_>, after: &ExportPlace, limit: u32) -> Vec<Statement> {
    let statement = |query: Query, params: Vec<Value>| Statement { query, params };
    let tenant = || Value::from(tenant);
    match (after, what) {
        (ExportPlace::Users { id }, Exported::All) => {
            vec![statement(exports::USERS_ALL, vec![tenant(), id.into(), limit.into()])]
        }
        (ExportPlace::Users { id }, Exported::Conversation(of)) => {
            let params = vec![tenant(), id.into(), limit.into(), of.into()];
            vec![statement(exports::USERS_OF_CONVERSATION, params)]
        }
        (ExportPlace::Users { .. }, Exported::User(user)) => {
            vec![statement(exports::USERS_ONE, vec![tenant(), user.into()])]
        }
        (ExportPlace::Conversations { id }, Exported::All) => {
            vec![statement(exports::CONVERSATIONS_ALL, vec![tenant(), id.into(), limit.into()])]
        }
        (ExportPlace::Conversations { .. }, Exported::Conversation(of)) => {
            vec![statement(exports::CONVERSATIONS_ONE, vec![tenant(), of.into()])]
        }
        (ExportPlace::Conversations { id }, Exported::User(user)) => {
            let params = vec![tenant(), id.into(), limit.into(), user.into()];
            vec![statement(exports::CONVERSATIONS_OF_USER, params)]
        }
        (ExportPlace::Members { conversation, .. }, Exported::User(user)) => {
            let params = vec![tenant(), conversation.into(), limit.into(), user.into()];
            vec![statement(exports::MEMBERS_OF_USER, params)]
        }
        (ExportPlace::Messages { conversation, seq }, Exported::User(of)) => {
            let params = vec![tenant(), conversation.into(), (*seq).into(), limit.into(), of.into()];
            vec![statement(exports::MESSAGES_OF_USER, params)]
        }
        (ExportPlace::Reactions { conversation, message_seq, emoji, .. }, Exported::User(of)) => {
            let place = [conversation.into(), (*message_seq).into(), emoji.into()];
            let params = [vec![tenant()], place.into(), vec![limit.into(), of.into()]].concat();
            vec![statement(exports::REACTIONS_OF_USER, params)]
        }
        (
            ExportPlace::Members { conversation, .. }
            | ExportPlace::Messages { conversation, .. }
            | ExportPlace::Reactions { conversation, .. },
            Exported::All | Exported::Conversation(_),
        ) => {
            let (of, has_later) = match what {
                Exported::Conversation(of) => (of.as_str(), false),
                Exported::All | Exported::User(_) => (conversation.as_str(), true),
            };
            let rest = || vec![tenant(), of.into()];
            let (rest, later) = match after {
                ExportPlace::Messages { seq, .. } => {
                    let params = [rest(), vec![(*seq).into(), limit.into()]].concat();
                    (statement(exports::MESSAGES_REST, params), exports::MESSAGES_LATER)
                }
                ExportPlace::Reactions { message_seq, seq, user, emoji, .. } => {
                    let place = vec![(*message_seq).into(), (*seq).into(), user.into(), emoji.into(), limit.into()];
                    (statement(exports::REACTIONS_REST, [rest(), place].concat()), exports::REACTIONS_LATER)
                }
                ExportPlace::Members { user, .. } => {
                    let params = [rest(), vec![user.into(), limit.into()]].concat();
                    (statement(exports::MEMBERS_REST, params), exports::MEMBERS_LATER)
                }
                ExportPlace::Users { .. } | ExportPlace::Conversations { .. } => return Vec::new(),
            };
            let later = has_later.then(|| statement(later, vec![tenant(), of.into(), limit.into()]));
            [Some(rest), later].into_iter().flatten().collect()
        }
    }
}
