//! What the app's ledger is told of a conversation.

use super::{Loaded, Object};
use crate::teller::{Standing, Teller, Tells};
use campana_core::accounts::ledger::{Caps, Kind};
use campana_core::shared::ids::UserId;
use campana_core::shared::timestamp::Timestamp;
use worker::{Env, State};

/// How many of the messages sent here the ledger has counted, in `meta`.
pub(super) const COUNTED: &str = "ledger_counted";

impl Tells for Object {
    fn teller(&self) -> &Teller {
        &self.teller
    }

    fn platform(&self) -> (&State, &Env) {
        (&self.state, &self.env)
    }

    /// Also of a conversation that is deleted: the last connections close after that.
    fn standing(&self) -> Option<Standing> {
        let loaded = self.loaded.borrow();
        let Loaded { tenant, room_id, rules, counted, .. } = loaded.as_ref()?;
        let sessions = self.sessions.borrow();
        Some(Standing {
            tenant: tenant.clone(),
            source: rules.id().as_str().to_owned(),
            kind: if room_id.is_some() { Kind::Room } else { Kind::Conversation },
            connections: sessions.len(),
            people: sessions.people_count(),
            sent: rules.message_count(),
            sent_counted: *counted,
            caps: Caps::of(rules.limits()),
        })
    }

    fn open_of(&self, user: &UserId) -> usize {
        self.sessions.borrow().count_of(user)
    }

    fn people(&self) -> Vec<UserId> {
        self.sessions.borrow().user_ids()
    }

    fn counted(&self, sent: i64) {
        let mut loaded = self.loaded.borrow_mut();
        let Some(loaded) = loaded.as_mut().filter(|loaded| loaded.counted < sent) else { return };
        loaded.counted = sent;
        // Should this not be kept, the ledger still knows it.
        let _reported = self.log.set_meta(COUNTED, &sent.to_string());
    }

    fn arm(&self, at: Timestamp) {
        self.alarm.arm(&self.state, at);
    }
}
