//! A conversation, as its app's quota registry knows it.

use super::{Loaded, Object};
use crate::quota_reporter::{Holder, HoldsConnections, QuotaReporter};
use crate::reclaim;
use crate::sessions::Sessions;
use campana_core::accounts::quota::{Exceeded, Kind, Quota};
use campana_core::shared::timestamp::Timestamp;
use std::cell::RefCell;
use std::rc::Rc;
use worker::{Env, State};

/// How many of the messages sent here the registry has counted, in `meta`.
pub(super) const COUNTED: &str = "ledger_counted";

impl HoldsConnections for Object {
    type Table = Sessions;

    fn connections(&self) -> &RefCell<Sessions> {
        &self.sessions
    }

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

    fn turn_away(self: &Rc<Self>, connection: u32, reason: Exceeded) {
        reclaim::turn_away(self, connection, reason);
    }

    fn counted(&self, sent: i64) {
        let mut loaded = self.loaded.borrow_mut();
        let Some(loaded) = loaded.as_mut().filter(|loaded| loaded.counted < sent) else { return };
        loaded.counted = sent;
        // Should this not be kept, the registry still knows it.
        let _reported = self.log.set_meta(COUNTED, &sent.to_string());
    }

    fn arm_reporter(&self, at: Timestamp) {
        self.alarm.arm(&self.state, at);
    }
}
