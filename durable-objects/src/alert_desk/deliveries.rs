//! Delivery records: which user got an alert, over which transport, up to which milestone, and when.
//!
//! They are written in the background, a slice per turn: an alert for 1000 dashboards makes 1000 rows.

use super::Object;
use crate::sessions::Session;
use campana_core::alerts::AlertId;
use campana_core::alerts::notification::Paged;
use campana_core::alerts::record::{Delivery, Milestone, Via};
use campana_core::pusher::link::Reached;
use campana_core::shared::ids::UserId;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Hosted;
use campana_runtime::single_flight::SingleFlight;
use std::cell::RefCell;
use std::collections::{HashSet, VecDeque};
use std::rc::Rc;

/// Rows written in one turn.
const SLICE: usize = 50;
/// Rows that wait in memory at most: beyond it all are written immediately.
const MAX_WAITING: usize = 20_000;

/// Delivery rows waiting to be written.
#[derive(Default)]
pub(super) struct Queue {
    /// Fan-outs whose rows are made after their frames have left.
    fan_outs: RefCell<Vec<SentToAll>>,
    waiting: RefCell<VecDeque<Delivery>>,
    flight: SingleFlight,
}

/// An alert that was sent to all sessions of that moment.
struct SentToAll {
    alert: AlertId,
    sessions: Vec<Rc<Session>>,
    at: Timestamp,
}

impl Queue {
    fn is_empty(&self) -> bool {
        self.fan_outs.borrow().is_empty() && self.waiting.borrow().is_empty()
    }

    /// Queues the rows of all fan-outs, one for each user.
    fn make_rows(&self) {
        for SentToAll { alert, sessions, at } in self.fan_outs.take() {
            let users: HashSet<UserId> =
                sessions.iter().map(|session| session.attachment.borrow().principal.user_id.clone()).collect();
            self.push(users.iter().map(|user| (&alert, user)), Via::Socket, Milestone::Sent, at);
        }
    }

    fn push<'a>(
        &self,
        about: impl IntoIterator<Item = (&'a AlertId, &'a UserId)>,
        via: Via,
        milestone: Milestone,
        at: Timestamp,
    ) {
        let delivery = |(id, user): (&AlertId, &UserId)| {
            let mut delivery = Delivery::new(id.clone(), user.clone(), via);
            delivery.reach(milestone, at);
            delivery
        };
        self.waiting.borrow_mut().extend(about.into_iter().map(delivery));
    }
}

impl Object {
    /// Queues delivery records of a fan-out to all native sockets. The rows are made later, so that they do not delay
    /// its frames.
    pub(super) fn note_sent_to_all(self: &Rc<Self>, alert: &AlertId) {
        let sessions: Vec<Rc<Session>> = self.sessions.borrow().iter().cloned().collect();
        let sent = SentToAll { alert: alert.clone(), sessions, at: self.context.now() };
        self.deliveries.fan_outs.borrow_mut().push(sent);
        self.write_deliveries_soon();
    }

    /// Queues delivery records: these users' alerts reached a milestone.
    pub(super) fn note_deliveries<'a>(
        self: &Rc<Self>,
        about: impl IntoIterator<Item = (&'a AlertId, &'a UserId)>,
        via: Via,
        milestone: Milestone,
    ) {
        self.deliveries.push(about, via, milestone, self.context.now());
        if self.deliveries.waiting.borrow().len() > MAX_WAITING {
            self.write_deliveries(usize::MAX);
        }
        self.write_deliveries_soon();
    }

    fn write_deliveries_soon(self: &Rc<Self>) {
        if self.deliveries.is_empty() {
            return;
        }
        let Some(flight) = self.deliveries.flight.begin() else { return };
        self.spawn(async move |object| {
            while !object.deliveries.is_empty() {
                // Frames to sockets go first.
                object.context.sleep(0).await;
                object.wait_for_native_sockets().await;
                object.write_deliveries(SLICE);
            }
            drop(flight);
            object.flush_soon();
        });
    }

    /// Writes at most `most` waiting rows.
    pub(super) fn write_deliveries(&self, most: usize) {
        self.deliveries.make_rows();
        for _ in 0..most {
            let Some(delivery) = self.deliveries.waiting.borrow_mut().pop_front() else { return };
            // The engine logs a failure; the alert itself does not depend on this row.
            let _reported = self.rows.add_delivery(&delivery);
        }
    }

    /// Records that gateways sent alerts to users.
    pub(super) fn sent_by_gateways(self: &Rc<Self>, reached: Vec<Reached>) {
        for Reached { about, people } in reached {
            let id = AlertId::trusted(about);
            self.note_deliveries(people.iter().map(|user| (&id, user)), Via::Channel, Milestone::Sent);
        }
    }

    /// Records that push services accepted a page for users' devices.
    pub(super) fn paged(self: &Rc<Self>, paged: &Paged) {
        self.note_deliveries(paged.people.iter().map(|user| (&paged.id, user)), Via::Push, Milestone::Sent);
    }
}
