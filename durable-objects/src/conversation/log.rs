//! Log of the conversation's durable events, in order, in the object's own SQLite.
//!
//! Atomicity: an append is one statement (two for a deletion, in the same turn). The platform holds back all output of
//! the object until the turn's writes are durable.

use super::queries::{log, meta, pending_changes};
use crate::sql::{Param, Row, Sql, int, optional, text};
use campana_core::accounts::audit::Audit;
use campana_core::chat::conversation::{BegunChange, Entry, MessageChange, MessageCounts, Prior};
use campana_core::chat::flush::{FlushedMessage, QuarantineReason, QuarantinedEntry};
use campana_core::chat::history::Anchor;
use campana_core::chat::wire::{Event, EventName, Message};
use campana_core::shared::ids::{MessageId, UserId};
use campana_core::shared::json::read_stored;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_schema::objects::CONVERSATION;

/// Events kept for resume after they are in the record.
pub(crate) const KEPT_EVENTS: i64 = 5_000;
/// Maximum number of changes to older messages that complete a page from the record.
const MAX_CHANGES_OF_A_PAGE: i64 = 200;
/// Greater than every position: JavaScript's largest safe integer, less one.
const LATER_THAN_ALL: i64 = 9_007_199_254_740_990;
/// Events deleted by one trim step.
pub(super) const TRIM_STEP: i64 = 1_000;

/// Access to the log and its metadata.
pub(crate) struct Log {
    sql: Sql,
}

/// Extent of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Position before the oldest stored event.
    pub(crate) floor: i64,
    /// Newest position.
    pub(crate) head: i64,
    /// Numbers of messages ever sent.
    pub(crate) counts: MessageCounts,
}

/// A log row about a message.
pub(crate) struct LoggedMessage {
    /// The message after this event.
    pub(crate) row: FlushedMessage,
    /// Whether the event created the message.
    pub(crate) is_new: bool,
    /// Audit entry of the event.
    pub(crate) audit: Option<Audit>,
}

/// A page of the log to be written to the record.
pub(crate) struct LogPage {
    /// Rows about messages.
    pub(crate) messages: Vec<LoggedMessage>,
    /// Entries that cannot be parsed.
    pub(crate) unreadable: Vec<QuarantinedEntry>,
    /// Last position of the page.
    pub(crate) last: i64,
}

impl Log {
    pub(crate) fn new(sql: Sql) -> Self {
        Self { sql }
    }

    /// Creates the tables, or runs the migration steps that this object lacks.
    pub(crate) fn prepare(&self) -> Result<(), Problem> {
        self.sql.upgrade(&CONVERSATION)
    }

    /// All metadata by key; `None` if this object was never used.
    pub(crate) fn meta(&self) -> Result<Option<Vec<(String, String)>>, Problem> {
        if !self.sql.has_table("meta")? {
            return Ok(None);
        }
        self.sql.list(meta::ALL, [], pair).map(Some)
    }

    /// The log's extent; `base` if the log is empty.
    pub(crate) fn bounds(&self, base: Bounds) -> Result<Bounds, Problem> {
        let bounds = self.sql.find(log::BOUNDS, [], |row| row.int(0).zip(row.int(1)))?;
        let Some((first, head)) = bounds else { return Ok(base) };
        let last = self.sql.find(log::LAST_ORDINAL, [], |row| row.int(0).zip(row.int(1)))?;
        let (ordinal, uncounted) = last.unwrap_or_default();
        let counts =
            MessageCounts { sent: ordinal.max(base.counts.sent), uncounted: uncounted.max(base.counts.uncounted) };
        Ok(Bounds { floor: first.saturating_sub(1), head, counts })
    }

    /// Commits a send. False, without a write, if its sender has already used its `client_msg_id`.
    pub(crate) fn append_send(&self, entry: &Entry) -> Result<bool, Problem> {
        let Some(MessageChange::Created { row }) = &entry.message else { return Err(broken()) };
        self.sql.writes(
            log::APPEND_SEND,
            vec![
                int(entry.seq),
                text(&entry.text),
                text(row.message.id.as_str()),
                int(row.ordinal),
                text(row.message.sender_id.as_str()),
                optional(row.message.client_msg_id.as_deref()),
                int(i64::from(!row.message.is_thread_only())),
                int(row.uncounted),
            ],
        )
    }

    /// Commits an event other than a send. A deletion also removes the text from the message's earlier events, so that
    /// no replay reveals it.
    pub(crate) fn append(&self, entry: &Entry) -> Result<(), Problem> {
        let mut params = vec![int(entry.seq), text(&entry.text)];
        match &entry.message {
            Some(MessageChange::Created { row }) if row.message.is_system() => {
                params.extend([text(row.message.id.as_str()), int(row.ordinal), int(row.uncounted)]);
                return self.sql.run(log::APPEND_SYSTEM, params);
            }
            Some(MessageChange::Created { .. }) => return Err(broken()),
            Some(MessageChange::Changed { row }) => {
                let json = serde_json::to_string(row).map_err(|_| broken())?;
                if entry.name == EventName::MessageDeleted {
                    self.sql.run(log::REDACT, vec![text(row.message.id.as_str())])?;
                }
                let id = text(row.message.id.as_str());
                params.extend([id, Param::Null, Param::Null, Param::Null, Param::Text(json.into())]);
            }
            Some(MessageChange::Annotated { .. }) | None => {
                params.extend([Param::Null, Param::Null, Param::Null, Param::Null, Param::Null]);
            }
        }
        let audit = entry.audit.as_ref().map(serde_json::to_string).transpose().map_err(|_| broken())?;
        params.push(optional(audit.as_deref()));
        self.sql.run(log::APPEND, params)
    }

    /// Stores a change before the record is asked to make it.
    pub(super) fn keep_begun(&self, change: &BegunChange) -> Result<(), Problem> {
        let json = serde_json::to_string(change).map_err(|_| broken())?;
        self.sql.run(pending_changes::SAVE, vec![text(&change.subject()), text(&json)])
    }

    /// Deletes a stored change by its subject.
    pub(super) fn forget_begun(&self, subject: &str) -> Result<(), Problem> {
        self.sql.run(pending_changes::REMOVE, vec![text(subject)])
    }

    /// Stored changes whose outcome may be unknown: subject and JSON.
    pub(super) fn begun(&self, limit: i64) -> Result<Vec<(String, String)>, Problem> {
        self.sql.list(pending_changes::PAGE, [int(limit)], pair)
    }

    /// Wire texts of the events after `after` up to `up_to`, oldest first; `None` for a text that is not JSON.
    pub(crate) fn texts_between(
        &self,
        after: i64,
        up_to: i64,
        limit: i64,
    ) -> Result<Vec<(i64, Option<String>)>, Problem> {
        let read = |row: &Row| Some((row.int(0)?, row.string(1)));
        self.sql.list(log::BETWEEN, [int(after), int(up_to), int(limit)], read)
    }

    /// Total bytes of the wire texts after `after` up to `up_to`.
    pub(crate) fn bytes_between(&self, after: i64, up_to: i64) -> Result<u64, Problem> {
        let bytes = self.sql.find(log::BYTES_BETWEEN, [int(after), int(up_to)], |row| row.number(0))?;
        Ok(bytes.unwrap_or(0))
    }

    /// The events after a position, oldest first, in the record's form.
    pub(crate) fn page_after(&self, after: i64, limit: i64) -> Result<LogPage, Problem> {
        let mut page = LogPage { messages: Vec::new(), unreadable: Vec::new(), last: after };
        for row in self.sql.rows(log::ROWS_AFTER, vec![int(after), int(limit)])? {
            page.last = row.int(0).ok_or_else(broken)?;
            match logged_message(&row) {
                Ok(message) => page.messages.extend(message),
                Err(_) => page.unreadable.push(quarantined(page.last, QuarantineReason::Unreadable, &row)),
            }
        }
        Ok(page)
    }

    /// The event at a position, as a quarantine entry with the reason `Refused`.
    pub(crate) fn refused(&self, seq: i64) -> Result<Option<QuarantinedEntry>, Problem> {
        let rows = self.sql.rows(log::ROWS_AFTER, vec![int(seq.saturating_sub(1)), int(1)])?;
        let row = rows.first().filter(|row| row.int(0) == Some(seq));
        Ok(row.map(|row| quarantined(seq, QuarantineReason::Refused, row)))
    }

    /// Messages that a page of the record lacks because they are newer than `flushed`: sent ones that belong on the
    /// page, and changed ones in their current state.
    pub(crate) fn unflushed(&self, flushed: i64, anchor: Anchor, limit: u32) -> Result<Vec<Message>, Problem> {
        let up_to = |end: i64| self.messages(log::SENT_BETWEEN, vec![int(flushed), int(end), int(limit.into())]);
        let after = |start: i64| self.messages(log::SENT_AFTER, vec![int(flushed.max(start)), int(limit.into())]);
        let mut messages = match anchor {
            Anchor::Newest => up_to(LATER_THAN_ALL)?,
            Anchor::Before(seq) => up_to(seq.min(LATER_THAN_ALL))?,
            Anchor::After(seq) => after(seq.min(LATER_THAN_ALL))?,
            Anchor::Around(seq) => {
                let seq = seq.min(LATER_THAN_ALL);
                let mut messages = up_to(seq.saturating_add(1))?;
                messages.extend(after(seq)?);
                messages
            }
        };
        // The last copy of a message wins, and the query returns the newest first.
        let changed = self.messages(log::CHANGED_AFTER, vec![int(flushed), int(MAX_CHANGES_OF_A_PAGE)])?;
        messages.extend(changed.into_iter().rev().filter(|message| !message.is_thread_only()));
        Ok(messages)
    }

    fn messages(&self, statement: &'static str, params: Vec<Param<'_>>) -> Result<Vec<Message>, Problem> {
        self.sql.list(statement, params, |row| Some(readable_message(row)?.row.message))
    }

    /// A message in its current state, if it is still in the log.
    pub(crate) fn current(&self, id: &MessageId) -> Result<Option<FlushedMessage>, Problem> {
        self.sql.find(log::CURRENT, [text(id.as_str())], |row| Some(readable_message(row)?.row))
    }

    /// The newest message in the log that counts as the conversation's last one, in its current state.
    pub(crate) fn last_message(&self) -> Result<Option<FlushedMessage>, Problem> {
        let Some(row) = self.sql.first(log::LAST_MESSAGE, Vec::new())? else { return Ok(None) };
        self.current(&MessageId::trusted(row.text(0).ok_or_else(broken)?))
    }

    /// The newest message up to a position that a user sent and that is shown in the conversation, as it was sent, if it is
    /// still in the log.
    pub(crate) fn message_up_to(&self, seq: i64) -> Result<Option<Message>, Problem> {
        Ok(self.messages(log::NEWEST_SENT, vec![int(seq.min(LATER_THAN_ALL))])?.pop())
    }

    /// Position of the newest message of a sender after `flushed` that is shown in the conversation.
    pub(crate) fn newest_of_sender(&self, sender: &UserId, flushed: i64) -> Result<Option<i64>, Problem> {
        self.sql.find(log::NEWEST_OF_SENDER, [int(flushed), text(sender.as_str())], |row| row.int(0))
    }

    /// An earlier send with the same `client_msg_id`.
    pub(crate) fn prior(&self, sender: &UserId, client_msg_id: &str) -> Result<Option<Prior>, Problem> {
        let key = || vec![text(sender.as_str()), text(client_msg_id)];
        if let Some(row) = self.sql.first(log::SENT, key())? {
            let Some(logged) = readable_message(&row) else { return self.prior_by_key(&row).map(Some) };
            let original = logged.row.message;
            let message = self.current(&original.id)?.map_or(original, |row| row.message);
            let Message { id, seq, created_at, .. } = message.clone();
            return Ok(Some(Prior { message: Some(message), id, seq, created_at }));
        }
        let row = self.sql.first(log::SENT_BEFORE, key())?;
        row.map(|row| prior_of(row.text(0), row.int(1))).transpose()
    }

    /// An earlier send whose entry cannot be parsed, from its key alone.
    fn prior_by_key(&self, row: &Row) -> Result<Prior, Problem> {
        let seq = row.int(0);
        let id = self.sql.find(log::MESSAGE_ID, [int(seq.ok_or_else(broken)?)], |row| row.string(0))?;
        prior_of(id.as_deref(), seq)
    }

    /// Deletes one bounded step of events that are in the record and no longer kept for resume. The keys of their sends
    /// stay. Returns the new floor.
    pub(crate) fn trim(&self, bounds: Bounds, flushed: i64) -> Result<i64, Problem> {
        let wanted = flushed.min(bounds.head.saturating_sub(KEPT_EVENTS));
        if wanted.saturating_sub(bounds.floor) < TRIM_STEP {
            return Ok(bounds.floor);
        }
        let up_to = bounds.floor.saturating_add(TRIM_STEP);
        self.let_go(up_to, bounds.counts)?;
        Ok(up_to)
    }

    /// Deletes the events up to a position. The keys of their sends stay, and `meta` gets the extent of an empty log.
    pub(super) fn let_go(&self, up_to: i64, counts: MessageCounts) -> Result<(), Problem> {
        self.sql.keep_json("base_seq", &up_to)?;
        self.sql.keep_json("base_message_count", &counts.sent)?;
        self.sql.keep_json("base_uncounted_count", &counts.uncounted)?;
        self.sql.run(log::KEEP_KEYS, vec![int(up_to)])?;
        self.sql.run(log::TRIM, vec![int(up_to)])
    }

    /// Removes the text from changes, up to a position, of messages sent before `before`.
    pub(super) fn erase(&self, up_to: i64, before: Timestamp) -> Result<(), Problem> {
        self.sql.run(log::ERASE, vec![int(up_to), text(&before.to_rfc3339())])
    }

    /// Removes the name of a message's sender, who is being erased, and their id for the message from its events.
    pub(super) fn forget_sender(&self, message: &Message) -> Result<(), Problem> {
        self.sql.run(log::FORGET_SENDER, vec![text(message.id.as_str()), text(message.sender_id.as_str())])
    }

    /// Removes the keys of a user's sends before a message from what is kept of trimmed events, and their name from events of their
    /// memberships.
    pub(super) fn forget_user(&self, user: &UserId, before: &MessageId) -> Result<(), Problem> {
        self.sql.run(log::FORGET_KEYS, vec![text(user.as_str()), text(before.as_str())])?;
        self.sql.run(log::FORGET_MEMBER, vec![text(user.as_str())])
    }

    /// Times of the events after `after` up to `up_to`, oldest first.
    pub(super) fn times(&self, after: i64, up_to: i64, limit: i64) -> Result<Vec<(i64, Timestamp)>, Problem> {
        let mut times = Vec::new();
        let mut at = Timestamp::default();
        for row in self.sql.rows(log::TIMES, vec![int(after), int(up_to), int(limit)])? {
            // An unreadable entry gets the time of the one before it.
            at = row.text(1).and_then(Timestamp::parse_rfc3339).unwrap_or(at);
            times.push((row.int(0).ok_or_else(broken)?, at));
        }
        Ok(times)
    }
}

fn pair(row: &Row) -> Option<(String, String)> {
    Some((row.string(0)?, row.string(1)?))
}

fn prior_of(id: Option<&str>, seq: Option<i64>) -> Result<Prior, Problem> {
    let (Some(id), Some(seq)) = (id, seq) else { return Err(broken()) };
    let id = MessageId::trusted(id);
    let created_at = id.created_at().unwrap_or_default();
    Ok(Prior { message: None, id, seq, created_at })
}

/// A quarantine entry with the stored text, so that it can be repaired.
fn quarantined(seq: i64, reason: QuarantineReason, row: &Row) -> QuarantinedEntry {
    let entry = row.text(3).or_else(|| row.text(1)).unwrap_or_default().to_owned();
    QuarantinedEntry { seq, reason, entry }
}

/// [`logged_message`] for readers: an unreadable row is logged and left out; the flush quarantines it.
pub(super) fn readable_message(row: &Row) -> Option<LoggedMessage> {
    logged_message(row).unwrap_or_else(|problem| {
        let seq = row.int(0);
        tracing::error!(at = "conversation.log", seq, detail = problem.detail);
        None
    })
}

/// Parses `seq, event, ordinal, changed_row, uncounted`, and `audit` if selected.
fn logged_message(row: &Row) -> Result<Option<LoggedMessage>, Problem> {
    let seq = row.int(0).ok_or_else(broken)?;
    if let Some(changed) = row.text(3) {
        let changed = read_stored(changed).map_err(|_| broken())?;
        let audit = row.text(5).map(read_stored).transpose().map_err(|_| broken())?;
        return Ok(Some(LoggedMessage { row: changed, is_new: false, audit }));
    }
    let Some(ordinal) = row.int(2) else { return Ok(None) };
    let event = read_stored(row.text(1).ok_or_else(broken)?);
    let Event::<Message> { partial: message, .. } = event.map_err(|_| broken())?;
    Ok(Some(LoggedMessage {
        row: FlushedMessage { message, ordinal, uncounted: row.int(4).unwrap_or(0), updated_seq: seq, replaced: None },
        is_new: true,
        audit: None,
    }))
}

fn broken() -> Problem {
    Problem::internal("a row of the conversation's log cannot be read")
}

/// A position stored in `meta`; 0 if absent.
pub(crate) fn number(meta: &[(String, String)], key: &str) -> i64 {
    value(meta, key).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// A text stored in `meta`.
pub(crate) fn value<'a>(meta: &'a [(String, String)], key: &str) -> Option<&'a str> {
    meta.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
}
