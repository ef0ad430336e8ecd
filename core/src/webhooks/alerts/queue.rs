//! Delivery queue from a tenant's alerts to its webhook endpoints, and the administration of endpoints.

use super::{AlertEndpoint, Event, Pending, PendingChange, SECRET_OVERLAP_MS, ScheduleQueue, Secret};
use crate::shared::problem::{Kind, Problem};
use crate::shared::timestamp::Timestamp;
use crate::webhooks::{
    Change, Delivery, DeliveryQueue, EndpointQueue, Headers, Moment, Outcome, Queue, Reason, StoredEvents, TurnOf,
};
use std::collections::BTreeMap;

/// Endpoints of a tenant at most.
pub const MAX_ENDPOINTS: usize = 20;
/// Queued events per endpoint at most; beyond it the oldest is given up.
pub const MAX_QUEUED: usize = 500;

/// The delivery queue of a tenant.
pub type AlertQueue = DeliveryQueue<ScheduleQueue>;
/// A change of the queue.
pub type AlertChange = Change<Event, AlertEndpoint, PendingChange>;
type AlertTurn = TurnOf<ScheduleQueue>;

/// Stored state of a queue.
#[derive(Debug, Clone, Default)]
pub struct StoredAlertQueue {
    /// From [`Change::Appended`].
    pub events: StoredEvents<Event>,
    /// From [`PendingChange`]: endpoint, number and state.
    pub pending: Vec<(String, i64, Pending)>,
    /// From [`Change::Endpoint`].
    pub endpoints: Vec<AlertEndpoint>,
}

impl DeliveryQueue<ScheduleQueue> {
    /// Restores a stored queue.
    pub fn restore(stored: StoredAlertQueue) -> Self {
        let queues = stored.endpoints.into_iter().map(|endpoint| ScheduleQueue { endpoint, pending: BTreeMap::new() });
        let mut all = Self::open(stored.events, queues);
        for (endpoint, number, pending) in stored.pending {
            if let Some((log, queue)) = all.parts_of(&endpoint)
                && log.events.contains_key(&number)
            {
                queue.pending.insert(number, pending);
            }
        }
        all
    }

    /// The endpoints, ordered by id.
    pub fn endpoints(&self) -> impl Iterator<Item = &AlertEndpoint> {
        self.queues().map(|queue| &queue.endpoint)
    }

    /// Adds an endpoint; one with a known id stays as it is. 409 if there are [`MAX_ENDPOINTS`] already.
    pub fn add(&mut self, endpoint: AlertEndpoint, turn: &mut AlertTurn) -> Result<(), Problem> {
        if self.queue(&endpoint.id).is_some() {
            return Ok(());
        }
        if self.queues().count() >= MAX_ENDPOINTS {
            return Err(Problem::new(Kind::Conflict, format!("there are {MAX_ENDPOINTS} webhooks already")));
        }
        self.insert(ScheduleQueue { endpoint, pending: BTreeMap::new() }, turn);
        Ok(())
    }

    /// Removes an endpoint. 404 if it does not exist.
    pub fn delete(&mut self, id: &str, turn: &mut AlertTurn) -> Result<(), Problem> {
        let (log, queue) = self.parts_of(id).ok_or_else(Problem::not_found)?;
        queue.give_up_all(log, Reason::Removed, turn);
        self.remove(id, turn);
        self.collect(turn);
        Ok(())
    }

    /// Replaces an endpoint's secret; the previous one stays valid for [`SECRET_OVERLAP_MS`]. 404 if it does not exist.
    pub fn rotate(
        &mut self,
        id: &str,
        secret: Secret,
        now: Timestamp,
        turn: &mut AlertTurn,
    ) -> Result<AlertEndpoint, Problem> {
        self.change(id, turn, |endpoint| {
            let before = std::mem::replace(&mut endpoint.secret, secret);
            endpoint.retiring = Some((before, now.plus_millis(SECRET_OVERLAP_MS)));
        })
    }

    /// Enables a disabled endpoint for later events. 404 if it does not exist.
    pub fn enable(&mut self, id: &str, turn: &mut AlertTurn) -> Result<AlertEndpoint, Problem> {
        self.change(id, turn, |endpoint| (endpoint.disabled, endpoint.failing_since) = (None, None))
    }

    fn change(
        &mut self,
        id: &str,
        turn: &mut AlertTurn,
        act: impl FnOnce(&mut AlertEndpoint),
    ) -> Result<AlertEndpoint, Problem> {
        let (_, queue) = self.parts_of(id).ok_or_else(Problem::not_found)?;
        act(&mut queue.endpoint);
        turn.changes.push(Change::Endpoint(queue.state()));
        Ok(queue.state())
    }

    /// Queues an event for the endpoints that want it. An event that is queued already is ignored.
    pub fn accept(&mut self, event: Event, now: Timestamp, turn: &mut AlertTurn) {
        if self.log.events.values().any(|known| known.id == event.id) {
            return;
        }
        if event.answers {
            self.withdraw_pages(&event, turn);
        }
        if self.endpoints().any(|endpoint| endpoint.wants(&event)) {
            self.append(event, now, turn);
        }
        let (log, queues) = self.parts();
        for queue in queues.filter(|queue| queue.pending.len() > MAX_QUEUED) {
            if let Some(oldest) = queue.pending.keys().next().copied() {
                queue.give_up(log, oldest, Reason::Overflow, turn);
            }
        }
        self.drop_excess(turn);
        self.collect(turn);
    }

    /// Drops the answered alert's escalation events that have not been tried yet.
    fn withdraw_pages(&mut self, answer: &Event, turn: &mut AlertTurn) {
        let (log, queues) = self.parts();
        let is_page = |event: &Event| event.is_page && event.alert == answer.alert;
        let pages = log.events.iter().filter(|(_, event)| is_page(event)).map(|(number, _)| *number);
        let pages: Vec<i64> = pages.collect();
        for queue in queues {
            for number in &pages {
                if queue.pending.get(number).is_some_and(|pending| pending.tries == 0) {
                    queue.give_up(log, *number, Reason::Answered, turn);
                }
            }
        }
    }
}

impl Queue for AlertQueue {
    type Change = AlertChange;

    fn step(&mut self, moment: Moment, turn: &mut AlertTurn) {
        self.start_due(moment, turn);
    }

    fn settle(&mut self, delivery: &Delivery, outcome: Outcome, moment: Moment, turn: &mut AlertTurn) {
        self.end(delivery, outcome, moment, turn);
    }

    fn due_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.next_due(now)
    }

    fn headers(&self, delivery: &Delivery, now: Timestamp) -> Option<Headers> {
        Some(self.queue(&delivery.endpoint)?.endpoint.headers(delivery, now))
    }

    fn logged_name(endpoint: &str) -> Option<&str> {
        Some(endpoint)
    }
}
