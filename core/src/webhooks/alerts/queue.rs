//! Delivery queue from a tenant's alerts to its webhook endpoints, and the administration of endpoints.

use super::{AlertEndpoint, Disabled, Event, Pending, PendingChange, SECRET_OVERLAP_MS, ScheduleQueue, Secret};
use crate::shared::problem::{Kind, Problem};
use crate::shared::timestamp::Timestamp;
use crate::webhooks::{Change, DeliveryQueue, Policy, Reason};
use std::collections::BTreeMap;

/// Endpoints of a tenant at most.
pub const MAX_ENDPOINTS: usize = 20;
/// Queued events per endpoint at most; beyond it the oldest is given up.
pub const MAX_QUEUED: usize = 500;

/// The delivery queue of a tenant.
pub type AlertQueue = DeliveryQueue<ScheduleQueue>;

impl DeliveryQueue<ScheduleQueue> {
    /// Restores an endpoint.
    pub fn restore_endpoint(&mut self, endpoint: AlertEndpoint) {
        self.restore(ScheduleQueue { endpoint, pending: BTreeMap::new() });
    }

    /// Restores an event in an endpoint's queue, after all events and endpoints.
    pub fn restore_pending(&mut self, endpoint: String, number: i64, pending: Pending) {
        let is_known = self.log.events.contains_key(&number);
        match self.parts_of(&endpoint).filter(|_| is_known) {
            Some((_, queue)) => drop(queue.pending.insert(number, pending)),
            None => self.log.change(Change::Detail(PendingChange { endpoint, number, pending: None })),
        }
    }

    /// The endpoints, ordered by id.
    pub fn endpoints(&self) -> impl Iterator<Item = &AlertEndpoint> {
        self.policies().map(|queue| &queue.endpoint)
    }

    /// Adds an endpoint with a new id. 409 if there are [`MAX_ENDPOINTS`] already.
    pub fn add(&mut self, endpoint: AlertEndpoint) -> Result<(), Problem> {
        if self.policies().count() >= MAX_ENDPOINTS {
            return Err(Problem::new(Kind::Conflict, format!("there are {MAX_ENDPOINTS} webhooks already")));
        }
        self.insert(ScheduleQueue { endpoint, pending: BTreeMap::new() });
        Ok(())
    }

    /// Removes an endpoint. 404 if it does not exist.
    pub fn delete(&mut self, id: &str) -> Result<(), Problem> {
        let (log, queue) = self.parts_of(id).ok_or_else(Problem::not_found)?;
        queue.give_up_all(log, Reason::Removed);
        self.remove(id);
        self.collect();
        Ok(())
    }

    /// Replaces an endpoint's secret; the previous one stays valid for [`SECRET_OVERLAP_MS`]. 404 if it does not exist.
    pub fn rotate(&mut self, id: &str, secret: Secret, now: Timestamp) -> Result<AlertEndpoint, Problem> {
        self.change(id, |endpoint| {
            let before = std::mem::replace(&mut endpoint.secret, secret);
            endpoint.retiring = Some((before, now.plus_millis(SECRET_OVERLAP_MS)));
        })
    }

    /// Enables a disabled endpoint for later events. 404 if it does not exist.
    pub fn enable(&mut self, id: &str) -> Result<AlertEndpoint, Problem> {
        self.change(id, |endpoint| (endpoint.disabled, endpoint.failing_since) = (None, None))
    }

    /// Disables an endpoint and gives up its queue. A disabled one stays as it is. 404 if it does not exist.
    pub fn disable(&mut self, id: &str, now: Timestamp) -> Result<AlertEndpoint, Problem> {
        let (log, queue) = self.parts_of(id).ok_or_else(Problem::not_found)?;
        if queue.endpoint.disabled.is_none() {
            queue.disable(log, Disabled::Administrator, now);
        }
        let endpoint = queue.state();
        self.collect();
        Ok(endpoint)
    }

    /// Number of events in an endpoint's queue.
    pub fn pending(&self, id: &str) -> usize {
        self.policy(id).map_or(0, |queue| queue.pending.len())
    }

    /// Queues an event for one endpoint again, with the same id. 404 if the endpoint does not exist; 409 if it is disabled,
    /// the event is in its queue, or the queue is full.
    pub fn replay(&mut self, id: &str, event: &Event, now: Timestamp) -> Result<(), Problem> {
        let queue = self.policy(id).ok_or_else(Problem::not_found)?;
        if queue.endpoint.disabled.is_some() {
            return Err(Problem::new(Kind::Conflict, "the webhook is disabled"));
        }
        let known = self.log.events.iter().find(|(_, known)| known.id == event.id).map(|(number, _)| *number);
        if known.is_some_and(|number| queue.pending.contains_key(&number)) {
            return Err(Problem::new(Kind::Conflict, "the delivery is queued already"));
        }
        if queue.pending.len() >= MAX_QUEUED || self.log.events.len() >= ScheduleQueue::MAX_EVENTS {
            return Err(Problem::new(Kind::Conflict, "the queue of the webhook is full"));
        }
        let number = known.unwrap_or_else(|| {
            let number = self.log.next_number();
            self.log.change(Change::Appended(number, event.clone()));
            self.log.insert(number, event.clone());
            number
        });
        if let Some((log, queue)) = self.parts_of(id) {
            queue.queue(log, number, event, now);
        }
        Ok(())
    }

    fn change(&mut self, id: &str, act: impl FnOnce(&mut AlertEndpoint)) -> Result<AlertEndpoint, Problem> {
        let (log, queue) = self.parts_of(id).ok_or_else(Problem::not_found)?;
        act(&mut queue.endpoint);
        log.change(Change::Endpoint(queue.state()));
        Ok(queue.state())
    }

    /// Queues an event for the endpoints that want it. An event that is queued already is ignored.
    pub fn accept(&mut self, event: Event, now: Timestamp) {
        if self.log.events.values().any(|known| known.id == event.id) {
            return;
        }
        if event.answers {
            self.withdraw_pages(&event);
        }
        if self.endpoints().any(|endpoint| endpoint.wants(&event)) {
            self.append(event, now);
        }
        let (log, queues) = self.parts();
        for queue in queues.filter(|queue| queue.pending.len() > MAX_QUEUED) {
            if let Some(oldest) = queue.pending.keys().next().copied() {
                queue.give_up(log, oldest, Reason::Overflow);
            }
        }
        self.drop_excess();
        self.collect();
    }

    /// Gives up the answered alert's escalation events that have not been tried yet.
    fn withdraw_pages(&mut self, answer: &Event) {
        let (log, queues) = self.parts();
        let is_page = |event: &Event| event.is_page && event.alert == answer.alert;
        let pages = log.events.iter().filter(|(_, event)| is_page(event)).map(|(number, _)| *number);
        let pages: Vec<i64> = pages.collect();
        for queue in queues {
            for number in &pages {
                if queue.pending.get(number).is_some_and(|pending| pending.tries == 0) {
                    queue.give_up(log, *number, Reason::Answered);
                }
            }
        }
    }
}
