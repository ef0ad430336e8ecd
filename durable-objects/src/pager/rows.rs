//! The tables of a pager, and what is asked of all of them.

use super::Outcome;
use crate::sql::{Sql, as_int};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::objects::{PAGER, pager};
use std::cell::Cell;

/// Where everything is kept.
pub(super) struct Rows {
    pub(super) sql: Sql,
    are_made: Cell<bool>,
}

impl Rows {
    pub(super) fn of(sql: Sql) -> Self {
        let are_made = sql.has(&PAGER) == Ok(true) && sql.upgrade(&PAGER).is_ok();
        Self { sql, are_made: Cell::new(are_made) }
    }

    /// Whether there ever was anything to keep.
    pub(super) fn are_made(&self) -> bool {
        self.are_made.get()
    }

    /// Makes the tables, the first time.
    pub(super) fn make(&self) -> Outcome<()> {
        if !self.are_made.get() {
            self.sql.upgrade(&PAGER)?;
            self.are_made.set(true);
        }
        Ok(())
    }

    /// When something of what is kept has to be looked after, webhooks aside.
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
