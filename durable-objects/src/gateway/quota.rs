//! A gateway, as its app's quota registry knows it.
//!
//! Nobody knows whose a socket is when it opens, so none is refused for its person. Once it is known, by signing in or
//! by a subscription, it counts among the person's connections.

use super::Object;
use super::clients::Clients;
use crate::quota_reporter::{self, Holder, HoldsConnections, HoldsLease, QuotaReporter};
use campana_core::accounts::quota::{Exceeded, Kind, Quota};
use campana_core::pusher::code::Code;
use campana_core::shared::ids::UserId;
use campana_core::shared::timestamp::Timestamp;
use std::cell::RefCell;
use std::rc::Rc;
use worker::{Env, State};

impl Object {
    /// These people have a connection more, or one less.
    pub(super) fn whose_is_changed<'a>(self: &Rc<Self>, people: impl IntoIterator<Item = &'a UserId>) {
        let mut is_any = false;
        for user in people {
            self.reporter.changed(Some(user));
            is_any = true;
        }
        if is_any {
            quota_reporter::report_soon(self);
        }
    }
}

impl HoldsLease for Object {
    fn reporter(&self) -> &QuotaReporter {
        &self.reporter
    }

    fn platform(&self) -> (&State, &Env) {
        (&self.state, &self.env)
    }

    fn holder(&self) -> Option<Holder> {
        let (app, gateway) = self.me()?;
        let quota = Quota { person: None, ..Quota::of(&app.limits) };
        Some(Holder::new(app.tenant, format!("gateway.{}", gateway.as_str()), Kind::Gateway, quota))
    }
}

impl HoldsConnections for Object {
    type Table = Clients;

    fn connections(&self) -> &RefCell<Clients> {
        &self.clients
    }

    /// 4100, so that the client comes back: by then it is known here whether the app is full, which is told with 4004 and
    /// ends its attempts.
    fn turn_away(self: &Rc<Self>, connection: u32, _reason: Exceeded) {
        let client = self.clients.borrow().get(connection).cloned();
        if let Some(client) = client {
            self.dismiss(&client, Code::OverCapacity);
        }
    }

    fn arm_reporter(&self, at: Timestamp) {
        self.alarm.arm(&self.state, at);
    }
}
