//! Inbox for rows that other objects hand over from their [`Outbox`](crate::outbox::Outbox); each row is taken once.
//!
//! The inbox stores the last number it took from each source (a named numbering). A row up to that number is a
//! repetition: its sender missed the acknowledgement. Rows and number become durable in one transaction, before the
//! acknowledgement leaves.

use crate::sql::{Sql, int, text};
use campana_core::shared::handover::unknown_of;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;

/// The inbox's name in the log, and its statements.
#[derive(Debug, Clone, Copy)]
pub struct Statements {
    /// Name in the log.
    pub log_name: &'static str,
    /// The last number of a source. Parameter: source.
    pub last: &'static str,
    /// Saves the last number of a source. Parameters: source, number, Unix milliseconds.
    pub save: &'static str,
    /// Deletes sources that were silent since a time, the longest silent first. Parameters: Unix milliseconds, maximum
    /// count.
    pub forget: &'static str,
}

/// An inbox in the object's database. Its tables must exist before any call.
pub struct Inbox {
    sql: Sql,
    statements: Statements,
}

/// Sources deleted by one call of [`Inbox::forget_silent`].
const FORGET_AT_ONCE: i64 = 100;

impl Inbox {
    /// An inbox in this database.
    pub fn new(sql: Sql, statements: Statements) -> Self {
        Self { sql, statements }
    }

    /// Takes the new rows of a batch: `take` gets them in order and writes them to the same database. All of it is one
    /// transaction: if `take` fails, nothing is taken. Logs and returns how many rows the sender lost since the last
    /// number.
    pub fn accept<T>(
        &self,
        source: &str,
        numbered: Vec<(i64, T)>,
        now: Timestamp,
        take: impl FnOnce(Vec<T>) -> Result<(), Problem>,
    ) -> Result<u64, Problem> {
        let Some(newest) = numbered.iter().map(|(number, _)| *number).max() else { return Ok(0) };
        let missing = self.sql.transaction(|| {
            let last = self.sql.find(self.statements.last, [text(source)], |row| row.int(0))?;
            let (rows, missing) = unknown_of(numbered, last);
            take(rows)?;
            let newest = last.map_or(newest, |last| last.max(newest));
            self.sql.run(self.statements.save, vec![text(source), int(newest), int(now.millis())])?;
            Ok(missing)
        })?;
        if missing > 0 {
            tracing::warn!(at = self.statements.log_name, lost = missing);
        }
        Ok(missing)
    }

    /// Deletes at most 100 sources that were silent since then. Rows that they repeat later are taken again.
    pub fn forget_silent(&self, since: Timestamp) -> Result<(), Problem> {
        self.sql.run(self.statements.forget, vec![int(since.millis()), int(FORGET_AT_ONCE)])
    }
}
