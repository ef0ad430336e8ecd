//! Conversation as a lease holder at its app's quota registry.

use super::{Loaded, Object};
use crate::quota_reporter::{Holder, HoldsLease, QuotaReporter};
use campana_core::accounts::quota::{Kind, Quota};

/// `meta` key: count of messages sent here that the registry has counted.
pub(super) const COUNTED: &str = "ledger_counted";

impl HoldsLease for Object {
    fn reporter(&self) -> &QuotaReporter {
        &self.reporter
    }

    /// Also for a deleted conversation: its last connections close after the deletion.
    fn holder(&self) -> Option<Holder> {
        let loaded = self.loaded.borrow();
        let Loaded { tenant, room_id, rules, counted, .. } = loaded.as_ref()?;
        let kind = if room_id.is_some() { Kind::Room } else { Kind::Conversation };
        let holder = Holder::new(tenant.clone(), rules.id().as_str().to_owned(), kind, Quota::of(rules.limits()));
        Some(Holder { sent: rules.counts().sent, sent_counted: *counted, ..holder })
    }

    fn counted(&self, sent: i64) {
        let mut loaded = self.loaded.borrow_mut();
        let Some(loaded) = loaded.as_mut().filter(|loaded| loaded.counted < sent) else { return };
        loaded.counted = sent;
        // If this write fails, the registry still has the count.
        let _reported = self.context.sql.keep_json(COUNTED, &sent);
    }
}
