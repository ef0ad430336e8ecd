//! Alert webhooks: the queue, its rows, and the requests.

use super::{Object, Outcome, SAFETY_MS};
use crate::sql::{as_int, as_json, as_text, int, json, text};
use campana_core::shared::address::host_of;
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::alerts::{
    AlertEndpoint, AlertQueue, AlertQueueChange, Attempt, AttemptOutcome, Event, StoredAlertQueue, Turn, Waiting,
    headers,
};
use campana_runtime::http::{Failure, accepted};
use campana_runtime::ports::Outbound;
use campana_runtime::sql::Value;
use campana_schema::objects::hooks;
use std::rc::Rc;

/// Time-out of a request to an endpoint, milliseconds.
const TIMEOUT_MS: u32 = 10_000;

impl Object {
    /// Applies `act` to the queue, which is opened if it is not in memory.
    pub(super) fn with_hooks<T>(&self, act: impl FnOnce(&mut AlertQueue) -> Outcome<T>) -> Outcome<T> {
        let open = self.hooks.borrow_mut().take();
        let mut queue = match open {
            Some(queue) => queue,
            None => AlertQueue::reopen(self.open_hooks()?),
        };
        let value = act(&mut queue);
        *self.hooks.borrow_mut() = Some(queue);
        value
    }

    /// Stores the changes of a turn, and logs events that were given up. On failure the queue is opened anew.
    pub(super) fn keep_turn(&self, turn: Turn) -> Outcome<()> {
        for change in turn.changes {
            if let Err(problem) = self.keep_change(change) {
                self.hooks.borrow_mut().take();
                return Err(problem);
            }
        }
        for given_up in turn.given_up {
            let (webhook, reason) = (given_up.endpoint, given_up.reason.as_str());
            tracing::warn!(at = "pager.webhook", webhook, event = given_up.event, given_up = reason);
        }
        Ok(())
    }

    fn keep_change(&self, change: AlertQueueChange) -> Outcome<()> {
        match change {
            AlertQueueChange::Event(number, event) => self.sql.run(hooks::ADD_EVENT, vec![int(number), json(&event)]),
            AlertQueueChange::EventGone(number) => self.sql.run(hooks::REMOVE_EVENT, vec![int(number)]),
            AlertQueueChange::Waits(hook, number, Waiting { tries, next_at }) => {
                let params = vec![text(&hook), int(number), int(tries.into()), int(next_at.millis())];
                self.sql.run(hooks::WAIT, params)
            }
            AlertQueueChange::WaitsNoMore(hook, number) => {
                self.sql.run(hooks::WAIT_NO_MORE, vec![text(&hook), int(number)])
            }
            AlertQueueChange::Endpoint(endpoint) => {
                self.sql.run(hooks::SAVE, vec![text(&endpoint.id), json(&endpoint)])
            }
            AlertQueueChange::EndpointGone(id) => self.sql.run(hooks::REMOVE, vec![text(&id)]),
        }
    }

    /// Reads the stored queue. Rows of another version, which cannot be parsed, are skipped.
    fn open_hooks(&self) -> Outcome<StoredAlertQueue> {
        if !self.rows.are_made() {
            return Ok(StoredAlertQueue::default());
        }
        let endpoints = self.sql.rows(hooks::ALL, Vec::new())?;
        let endpoints = endpoints.iter().filter_map(|row| as_json(row.first()));
        let mut kept = StoredAlertQueue { endpoints: endpoints.collect(), ..StoredAlertQueue::default() };
        kept.events = self.sql.pages(hooks::EVENTS_PAGE, &[Value::Int(0)], &[0], |row| {
            Some((as_int(row.first())?, as_json::<Event>(row.get(1))?))
        })?;
        let start = [Value::Text(String::new()), Value::Int(0)];
        kept.waiting = self.sql.pages(hooks::WAITING_PAGE, &start, &[0, 1], |row| {
            let tries = as_int(row.get(2)).and_then(|tries| u32::try_from(tries).ok())?;
            let next_at = Timestamp::from_millis(as_int(row.get(3))?);
            Some((as_text(row.first())?.to_owned(), as_int(row.get(1))?, Waiting { tries, next_at }))
        })?;
        Ok(kept)
    }

    /// Sends due events in the background, one request at a time to each webhook.
    pub(super) fn send_to_hooks(self: &Rc<Self>) {
        // The engine logs a failure, and the alarm retries.
        if self.start_attempts().is_err() {
            self.safety.set(Some(self.context.now().plus_millis(SAFETY_MS)));
        }
    }

    fn start_attempts(self: &Rc<Self>) -> Outcome<()> {
        let (now, chance) = (self.context.now(), self.context.chance()?);
        let (turn, attempts) = self.with_hooks(|queue| Ok(queue.step(now, chance)))?;
        self.keep_turn(turn)?;
        for attempt in attempts {
            let object = Rc::clone(self);
            self.state.wait_until(async move {
                let outcome = object.post_event(&attempt).await;
                if object.settle_hook(&attempt, outcome).is_ok() {
                    object.send_to_hooks();
                }
                object.arm();
            });
        }
        Ok(())
    }

    async fn post_event(&self, attempt: &Attempt) -> Result<(), Failure> {
        let Attempt { endpoint, event, .. } = attempt;
        let mut fields =
            vec![("content-type", "application/json".to_owned()), ("user-agent", "campana-webhooks".to_owned())];
        fields.extend(headers(endpoint, &event.id, &event.body, self.context.now()));
        let request = Outbound { url: endpoint.url.clone(), headers: fields, body: event.body.clone().into_bytes() };
        accepted(&self.context.post(request, TIMEOUT_MS).await?)
    }

    fn settle_hook(&self, attempt: &Attempt, outcome: Result<(), Failure>) -> Outcome<()> {
        let result = match outcome {
            Ok(()) => AttemptOutcome::Taken,
            Err(Failure::Answered(410)) => AttemptOutcome::Gone,
            Err(_) => AttemptOutcome::NotTaken,
        };
        if let Err(failure) = outcome {
            log(attempt, failure);
        }
        let chance = self.context.chance()?;
        let (endpoint, event) = (&attempt.endpoint.id, &attempt.event.id);
        let turn = self.with_hooks(|queue| Ok(queue.settle(endpoint, event, result, self.context.now(), chance)))?;
        self.keep_turn(turn)
    }
}

/// Logs a failed attempt: host and numbers, never a body.
fn log(attempt: &Attempt, failure: Failure) {
    let Attempt { endpoint, event, tries }: &Attempt = attempt;
    let AlertEndpoint { id, url, .. } = endpoint;
    let (host, reason, status) = (host_of(url), failure.as_str(), failure.status());
    tracing::warn!(at = "pager.webhook", webhook = id, host, event = event.id, tries, reason, status);
}
