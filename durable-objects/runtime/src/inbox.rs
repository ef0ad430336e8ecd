//! The inbox: what other objects hand over from their [`Outbox`](crate::outbox::Outbox), each row taken once.
//!
//! Per numbering the inbox keeps the last number it has taken. A row with a number up to that was handed over again: its
//! sender did not hear the acknowledgement. Rows and number become durable in one transaction, before the acknowledgement
//! leaves.

use crate::sql::{Sql, as_int, int, text};
use campana_core::shared::handover::unknown_of;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;

/// The inbox's statements.
#[derive(Debug, Clone, Copy)]
pub struct Statements {
    /// The last number of a source.
    pub last: &'static str,
    /// Saves the last number of a source, and when: source, number, Unix milliseconds.
    pub save: &'static str,
    /// Deletes some of the sources that were silent since a time, those silent the longest first: Unix milliseconds, how many
    /// at most.
    pub forget: &'static str,
}

/// An inbox in the object's database, whose tables exist before any of this is called.
pub struct Inbox {
    sql: Sql,
    statements: Statements,
}

/// Sources forgotten at once.
const FORGET_AT_ONCE: i64 = 100;

impl Inbox {
    /// An inbox in this database.
    pub fn new(sql: Sql, statements: Statements) -> Self {
        Self { sql, statements }
    }

    /// Takes what is new of a batch: `take` gets it in order and writes it to the same database. All of it is one
    /// transaction: should `take` fail, nothing was taken. Returns how many rows the sender has lost before these.
    pub fn accept<T>(
        &self,
        source: &str,
        numbered: Vec<(i64, T)>,
        now: Timestamp,
        take: impl FnOnce(Vec<T>) -> Result<(), Problem>,
    ) -> Result<u64, Problem> {
        let Some(newest) = numbered.iter().map(|(number, _)| *number).max() else { return Ok(0) };
        self.sql.transaction(|| {
            let row = self.sql.first(self.statements.last, vec![text(source)])?;
            let last = row.and_then(|row| as_int(row.first()));
            let (rows, missing) = unknown_of(numbered, last);
            take(rows)?;
            let newest = last.map_or(newest, |last| last.max(newest));
            self.sql.run(self.statements.save, vec![text(source), int(newest), int(now.millis())])?;
            Ok(missing)
        })
    }

    /// Forgets some of the sources that were silent since then. What they hand over again is taken again.
    pub fn forget_silent(&self, since: Timestamp) -> Result<(), Problem> {
        self.sql.run(self.statements.forget, vec![int(since.millis()), int(FORGET_AT_ONCE)])
    }
}
