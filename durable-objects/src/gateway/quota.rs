//! Quota lease of a gateway at its app's quota registry.
//!
//! A socket's user is unknown when it opens, so no socket is refused for its user's quota at that time. Once a sign-in
//! or a subscription names the user, the socket counts as one of their connections.

use super::Object;
use super::clients::Clients;
use crate::quota_reporter::{self, Holder, HoldsConnections, HoldsLease, QuotaReporter};
use campana_core::accounts::quota::{Exceeded, Kind, Quota};
use campana_core::accounts::revocation::Revocation;
use campana_core::pusher::code::Code;
use campana_core::shared::ids::UserId;
use std::cell::RefCell;
use std::rc::Rc;

impl Object {
    /// Marks these users' connection counts as changed and reports them soon.
    pub(super) fn users_changed<'a>(self: &Rc<Self>, people: impl IntoIterator<Item = &'a UserId>) {
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

    /// Closes with 4100, so that the client reconnects. By then this gateway knows whether the app is over its quota,
    /// and refuses with 4004, which stops the client's retries.
    fn turn_away(self: &Rc<Self>, connection: u32, _reason: Exceeded) {
        let client = self.clients.borrow().get(connection).cloned();
        if let Some(client) = client {
            self.dismiss(&client, Code::OverCapacity);
        }
    }

    fn close_revoked(self: &Rc<Self>, revocations: &[Revocation]) {
        self.end_revoked(revocations);
    }
}
