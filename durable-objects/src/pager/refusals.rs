//! Counts requests that push services refused for another reason than a device that is gone, for the security status: a
//! wrong contact or key, above all. No address of a device is stored.

use super::{Object, Outcome};
use campana_core::alerts::pager::PushStatus;

/// Key in `meta`: the refusals.
const REFUSALS: &str = "push_refusals";

impl Object {
    /// Counts a refusal. The database logs its own failure, and the count misses one then.
    pub(super) fn note_refusal(&self, status: u16) {
        let before = self.push_status().unwrap_or_default();
        let now = PushStatus {
            refusals: before.refusals.saturating_add(1),
            last_refusal_status: Some(status),
            last_refusal_at: Some(self.context.now()),
        };
        let _logged = self.sql.keep_json(REFUSALS, &now);
    }

    /// The refusals so far.
    pub(super) fn push_status(&self) -> Outcome<PushStatus> {
        if !self.tables.exist() {
            return Ok(PushStatus::default());
        }
        Ok(self.sql.recall_json(REFUSALS)?.unwrap_or_default())
    }
}
