//! A conversation, as its app's quota registry knows it.

use super::{Loaded, Object};
use crate::quota_reporter::{Holder, HoldsLease, QuotaReporter};
use campana_core::accounts::quota::{Kind, Quota};
use worker::{Env, State};

/// How many of the messages sent here the registry has counted, in `meta`.
pub(super) const COUNTED: &str = "ledger_counted";

impl HoldsLease for Object {
    fn reporter(&self) -> &QuotaReporter {
        &self.reporter
    }

    fn platform(&self) -> (&State, &Env) {
        (&self.state, &self.env)
    }

    /// Also of a conversation that is deleted: the last connections close after that.
    fn holder(&self) -> Option<Holder> {
        let loaded = self.loaded.borrow();
        let Loaded { tenant, room_id, rules, counted, .. } = loaded.as_ref()?;
        let kind = if room_id.is_some() { Kind::Room } else { Kind::Conversation };
        let holder = Holder::new(tenant.clone(), rules.id().as_str().to_owned(), kind, Quota::of(rules.limits()));
        Some(Holder { sent: rules.message_count(), sent_counted: *counted, ..holder })
    }

    fn counted(&self, sent: i64) {
        let mut loaded = self.loaded.borrow_mut();
        let Some(loaded) = loaded.as_mut().filter(|loaded| loaded.counted < sent) else { return };
        loaded.counted = sent;
        // Should this not be kept, the registry still knows it.
        let _reported = self.log.set_meta(COUNTED, &sent.to_string());
    }
}
