//! A person's own channel, as its app's quota registry knows it.

use super::{Object, Own};
use crate::quota_reporter::{Holder, HoldsConnections, QuotaReporter};
use crate::reclaim;
use crate::sessions::Sessions;
use campana_core::accounts::quota::{Exceeded, Kind, Quota};
use campana_core::shared::timestamp::Timestamp;
use std::cell::RefCell;
use std::rc::Rc;
use worker::{Env, State};

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

    fn holder(&self) -> Option<Holder> {
        let own = self.own.borrow();
        let Own { tenant, user, limits } = own.as_ref()?;
        Some(Holder::new(tenant.clone(), format!("user.{user}"), Kind::Channel, Quota::of(limits)))
    }

    fn turn_away(self: &Rc<Self>, connection: u32, reason: Exceeded) {
        reclaim::turn_away(self, connection, reason);
    }

    fn arm_reporter(&self, at: Timestamp) {
        self.alarm.arm(&self.state, at);
    }
}
