//! What the app's ledger is told of a person's own channel.

use super::{Object, Own};
use crate::teller::{Standing, Teller, Tells};
use campana_core::accounts::ledger::{Caps, Kind};
use campana_core::shared::ids::UserId;
use campana_core::shared::timestamp::Timestamp;
use worker::{Env, State};

impl Tells for Object {
    fn teller(&self) -> &Teller {
        &self.teller
    }

    fn platform(&self) -> (&State, &Env) {
        (&self.state, &self.env)
    }

    fn standing(&self) -> Option<Standing> {
        let own = self.own.borrow();
        let Own { tenant, user, limits } = own.as_ref()?;
        let sessions = self.sessions.borrow();
        Some(Standing {
            tenant: tenant.clone(),
            source: format!("user.{user}"),
            kind: Kind::Channel,
            connections: sessions.len(),
            people: sessions.people_count(),
            sent: 0,
            sent_counted: 0,
            caps: Caps::of(limits),
        })
    }

    fn open_of(&self, user: &UserId) -> usize {
        self.sessions.borrow().count_of(user)
    }

    fn people(&self) -> Vec<UserId> {
        self.sessions.borrow().user_ids()
    }

    /// Nothing is sent here.
    fn counted(&self, _sent: i64) {}

    fn arm(&self, at: Timestamp) {
        self.alarm.arm(&self.state, at);
    }
}
