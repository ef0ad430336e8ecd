//! Tables of a pager, and the earliest due time in them.

use super::Outcome;
use crate::sql::{Sql, as_int};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::objects::{PAGER, pager};
use std::cell::Cell;

/// The pager's tables.
pub(super) struct Rows {
    pub(super) sql: Sql,
    are_made: Cell<bool>,
}

impl Rows {
    pub(super) fn of(sql: Sql) -> Self {
        let are_made = sql.has(&PAGER) == Ok(true) && sql.upgrade(&PAGER).is_ok();
        Self { sql, are_made: Cell::new(are_made) }
    }

    /// Whether the tables exist.
    pub(super) fn are_made(&self) -> bool {
        self.are_made.get()
    }

    /// Creates the tables if they do not exist.
    pub(super) fn make(&self) -> Outcome<()> {
        if !self.are_made.get() {
            self.sql.upgrade(&PAGER)?;
            self.are_made.set(true);
        }
        Ok(())
    }

    /// The earliest due time of jobs, pages and devices. Webhooks have their own.
    pub(super) fn next_due(&self) -> Outcome<Option<Timestamp>> {
        if !self.are_made() {
            return Ok(None);
        }
        let mut first: Option<i64> = None;
        for statement in [pager::NEXT_JOB, pager::NEXT_END, pager::NEXT_EXPIRY] {
            let next = self.sql.first(statement, Vec::new())?.and_then(|row| as_int(row.first()));
            first = first.into_iter().chain(next).min();
        }
        Ok(first.map(Timestamp::from_millis))
    }
}
