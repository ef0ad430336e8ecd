//! The object's rows of scheduled messages. The table is created when the first message is scheduled.

use crate::conversation::queries::scheduled;
use crate::sql::{Row, Sql, int, json, text};
use campana_core::chat::scheduled::{EndedMessage, PendingMessage};
use campana_core::shared::ids::{ScheduledId, UserId};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::sql::Tables;
use campana_schema::objects::SCHEDULED;

/// Access to the rows.
pub(super) struct ScheduledTable {
    sql: Sql,
    tables: Tables,
}

/// A message that is due.
pub(super) struct DueRow {
    pub(super) id: ScheduledId,
    pub(super) user_id: UserId,
    /// `None` if it cannot be read.
    pub(super) pending: Option<PendingMessage>,
}

/// A message that is here.
pub(super) struct FoundRow {
    pub(super) user_id: UserId,
    /// How it ended; `None` while it waits.
    pub(super) ended: Option<EndedMessage>,
}

impl ScheduledTable {
    pub(super) fn new(sql: Sql) -> Self {
        Self { tables: Tables::new(sql.clone(), &SCHEDULED), sql }
    }

    /// Whether a message was ever scheduled here.
    pub(super) fn exists(&self) -> bool {
        self.tables.exist()
    }

    /// Stores a message that waits for its time. One that is here already stays as it is.
    pub(super) fn keep(&self, pending: &PendingMessage) -> Result<(), Problem> {
        self.tables.make()?;
        let PendingMessage { id, send_at, author, .. } = pending;
        let params = [text(id.as_str()), text(author.user_id.as_str()), int(send_at.millis()), json(pending)];
        self.sql.run(scheduled::KEEP, params)
    }

    /// Messages that wait and are due by a time, in order.
    pub(super) fn due(&self, by: Timestamp, limit: u32) -> Result<Vec<DueRow>, Problem> {
        let read = |row: &Row| {
            let (id, user_id) = (ScheduledId::trusted(row.text(0)?), UserId::trusted(row.text(1)?));
            Some(DueRow { id, user_id, pending: row.json(2) })
        };
        self.sql.list(scheduled::DUE, [int(by.millis()), int(limit.into())], read)
    }

    /// A message.
    pub(super) fn find(&self, id: &ScheduledId) -> Result<Option<FoundRow>, Problem> {
        if !self.exists() {
            return Ok(None);
        }
        let read = |row: &Row| Some(FoundRow { user_id: UserId::trusted(row.text(0)?), ended: row.json(1) });
        self.sql.find(scheduled::FIND, [text(id.as_str())], read)
    }

    /// Whether a message waits.
    pub(super) fn is_pending(&self, id: &ScheduledId) -> Result<bool, Problem> {
        Ok(self.find(id)?.is_some_and(|row| row.ended.is_none()))
    }

    /// Sets when a message that waits is attempted next.
    pub(super) fn postpone(&self, id: &ScheduledId, until: Timestamp) -> Result<(), Problem> {
        self.sql.run(scheduled::POSTPONE, [text(id.as_str()), int(until.millis())])
    }

    /// Makes all messages due that were due before.
    pub(super) fn release(&self) -> Result<(), Problem> {
        self.sql.run(scheduled::RELEASE, [])
    }

    /// Stores how a message ended. The record is told from `settle_at` on.
    pub(super) fn end(&self, ended: &EndedMessage, settle_at: Timestamp) -> Result<(), Problem> {
        self.sql.run(scheduled::END, [text(ended.id.as_str()), json(ended), int(settle_at.millis())])
    }

    /// Messages that ended and are to be settled by a time.
    pub(super) fn ended(&self, by: Timestamp, limit: u32) -> Result<Vec<EndedMessage>, Problem> {
        if !self.exists() {
            return Ok(Vec::new());
        }
        self.sql.list(scheduled::ENDED, [int(by.millis()), int(limit.into())], |row| row.json(0))
    }

    /// Postpones what is to be settled by a time.
    pub(super) fn settle_later(&self, by: Timestamp, again: Timestamp) -> Result<(), Problem> {
        self.sql.run(scheduled::SETTLE_LATER, [int(by.millis()), int(again.millis())])
    }

    /// Deletes a message that is settled.
    pub(super) fn forget(&self, id: &ScheduledId) -> Result<(), Problem> {
        self.sql.run(scheduled::FORGET, [text(id.as_str())])
    }

    /// When the next message is due to be sent.
    pub(super) fn next_due(&self) -> Result<Option<Timestamp>, Problem> {
        self.sql.find(scheduled::NEXT_DUE, [], |row| row.time(0))
    }

    /// When the next message that ended is due to be settled.
    pub(super) fn next_ended(&self) -> Result<Option<Timestamp>, Problem> {
        self.sql.find(scheduled::NEXT_ENDED, [], |row| row.time(0))
    }
}
