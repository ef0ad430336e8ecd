//! When members last sent a message in a room with slow mode.
//!
//! The table is created by the first message in slow mode, and written in the turn that commits a message, atomically with
//! the log. Rooms without slow mode neither read nor write it. A row is deleted some time after it has lost its effect,
//! when the log is trimmed.

use super::queries::slow_mode;
use crate::sql::{Sql, int, text};
use campana_core::shared::ids::UserId;
use campana_core::shared::limits::MAX_SLOW_MODE_S;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::sql::Tables;
use campana_schema::objects::SLOW_MODE;

/// Rows deleted by one trim step.
const TRIM_STEP: i64 = 1_000;

/// The stored times.
pub(super) struct SlowModeSends {
    sql: Sql,
    tables: Tables,
}

impl SlowModeSends {
    pub(super) fn new(sql: Sql) -> Self {
        Self { tables: Tables::new(sql.clone(), &SLOW_MODE), sql }
    }

    /// When a user last sent a message in slow mode.
    pub(super) fn last(&self, user: &UserId) -> Result<Option<Timestamp>, Problem> {
        if !self.tables.exist() {
            return Ok(None);
        }
        self.sql.find(slow_mode::FIND, [text(user.as_str())], |row| row.time(0))
    }

    /// Stores that a user sends a message now.
    pub(super) fn keep(&self, user: &UserId, now: Timestamp) -> Result<(), Problem> {
        self.tables.make()?;
        self.sql.run(slow_mode::KEEP, [text(user.as_str()), int(now.millis())])
    }

    /// Deletes up to [`TRIM_STEP`] rows that slow mode does not need any more, whatever its interval becomes.
    pub(super) fn forget_old(&self, now: Timestamp) -> Result<(), Problem> {
        if !self.tables.exist() {
            return Ok(());
        }
        let longest_ms = i64::from(MAX_SLOW_MODE_S).saturating_mul(1_000);
        let before = now.plus_millis(longest_ms.saturating_neg());
        self.sql.run(slow_mode::FORGET, [int(before.millis()), int(TRIM_STEP)])
    }
}
