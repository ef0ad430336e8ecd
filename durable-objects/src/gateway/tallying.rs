//! What the app's ledger is told of a gateway.

use super::Object;
use super::client::Client;
use crate::teller::{Standing, Teller, Tells};
use campana_core::accounts::ledger::{Caps, Kind};
use campana_core::shared::ids::UserId;
use campana_core::shared::timestamp::Timestamp;
use worker::{Env, State};

/// For whom a socket takes a seat: nobody knows who it is when it opens.
pub(super) fn seat_of(client: &Client) -> UserId {
    UserId::trusted(client.socket_id.as_str())
}

impl Tells for Object {
    fn teller(&self) -> &Teller {
        &self.teller
    }

    fn platform(&self) -> (&State, &Env) {
        (&self.state, &self.env)
    }

    fn standing(&self) -> Option<Standing> {
        let (hosting, gateway) = self.me()?;
        Some(Standing {
            tenant: hosting.tenant,
            source: format!("gateway.{}", gateway.as_str()),
            kind: Kind::Gateway,
            connections: self.clients.borrow().len(),
            people: 0,
            sent: 0,
            sent_counted: 0,
            caps: Caps::of(&hosting.limits),
        })
    }

    fn open_of(&self, user: &UserId) -> usize {
        self.clients.borrow().all().iter().filter(|client| client.is_of(user)).count()
    }

    fn people(&self) -> Vec<UserId> {
        self.clients.borrow().people()
    }

    /// Nothing is sent here.
    fn counted(&self, _sent: i64) {}

    fn arm(&self, at: Timestamp) {
        self.alarm.arm(&self.state, at);
    }
}
