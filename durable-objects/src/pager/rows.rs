//! Tables of a pager, and the earliest due time in them.

use super::Outcome;
use crate::sql::{Sql, as_int};
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::sql::Tables;
use campana_schema::objects::{PAGER, pager};

/// The pager's tables.
pub(super) struct Rows {
    pub(super) sql: Sql,
    pub(super) tables: Tables,
}

impl Rows {
    pub(super) fn of(sql: Sql) -> Self {
        Self { tables: Tables::new(sql.clone(), &PAGER), sql }
    }

    /// The earliest due time of jobs, pages and devices. Webhooks have their own.
    pub(super) fn next_due(&self) -> Outcome<Option<Timestamp>> {
        if !self.tables.exist() {
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
