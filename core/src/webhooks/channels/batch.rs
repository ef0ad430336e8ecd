//! Delivery policy of channels: an endpoint gets ordered batches, one at a time.
//!
//! A batch's id and bytes never change. It is retried until the endpoint accepts it or its retry time ends, and then
//! given up. So a receiver that remembers delivery ids gets each accepted event once, in order.

use super::queue::{HoldChange, Holds};
use super::{ChannelEndpoint, ChannelEvent, ChannelQueue};
use crate::shared::backoff::request_pause_ms;
use crate::shared::timestamp::Timestamp;
use crate::webhooks::history::Step;
use crate::webhooks::{Change, Delivery, Headers, LogOf, Moment, Outcome, Policy, Reason};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};

/// Events in one request at most.
pub(super) const MAX_BATCH: usize = 100;
/// Size of events after which a batch is full, in bytes.
const MAX_BATCH_BYTES: usize = 256 * 1024;
/// How long a batch is retried, in milliseconds.
pub(super) const RETRY_FOR_MS: i64 = 5 * 60_000;
/// Queued events at most, and held events at most.
pub(super) const MAX_QUEUED: usize = 10_000;
/// Batches of an endpoint that wait to be sent again at most.
pub(super) const MAX_REPLAYS: usize = 10;

/// An endpoint's queue: its position in the event log, and the batch to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchQueue {
    /// URL and event types.
    pub endpoint: ChannelEndpoint,
    /// All matching events up to this number are in a batch or behind it.
    pub position: i64,
    /// The batch to send now.
    pub batch: Option<Batch>,
    /// Batches to send again after it, before new ones. Stored by their [`Step::Queued`].
    pub replays: VecDeque<Batch>,
}

/// A batch of events for an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Delivery id.
    pub id: String,
    /// Request body.
    pub body: String,
    /// Number of events.
    pub events: usize,
    /// Time at which it was made.
    pub made_at: Timestamp,
    /// Failed attempts so far.
    pub attempts: u32,
    /// Time of the next attempt.
    pub next_at: Timestamp,
}

impl BatchQueue {
    /// Moves the position past the next matching events, and makes a batch of them.
    fn make_batch(&mut self, log: &mut LogOf<Self>, moment: Moment) {
        let (mut events, mut bytes): (Vec<String>, usize) = (Vec::new(), 0);
        let mut kinds: BTreeSet<&'static str> = BTreeSet::new();
        let first = self.position.saturating_add(1);
        self.position = log.last;
        for (number, event) in log.events.range(first..).filter(|(_, event)| self.endpoint.wants(event)) {
            if events.len() >= MAX_BATCH || bytes >= MAX_BATCH_BYTES {
                self.position = number.saturating_sub(1);
                break;
            }
            kinds.insert(event.kind().as_str());
            let text = event.published().to_string();
            bytes = bytes.saturating_add(text.len());
            events.push(text);
        }
        if !events.is_empty() {
            let Moment { now, .. } = moment;
            let body = format!(r#"{{"time_ms":{},"events":[{}]}}"#, now.millis(), events.join(","));
            let (id, events) = (moment.name(), events.len());
            let kinds = kinds.into_iter().map(str::to_owned).collect();
            log.report(&self.endpoint.url, &id, Step::Queued { kinds, events, payload: body.clone() });
            self.batch = Some(Batch { id, body, events, made_at: now, attempts: 0, next_at: now });
        }
    }

    /// Puts the next batch in delivery: one to send again, or a new one.
    fn next_batch(&mut self, log: &mut LogOf<Self>, moment: Moment) {
        if let Some(replay) = self.replays.pop_front() {
            self.batch = Some(Batch { made_at: moment.now, next_at: moment.now, ..replay });
        } else if self.needs(log.last) {
            self.make_batch(log, moment);
        } else {
            return;
        }
        log.change(Change::Endpoint(self.clone()));
    }

    /// Reports that its batches are not sent any more.
    pub(super) fn report_removal(&self, log: &mut LogOf<Self>) {
        for Batch { id, .. } in self.batch.iter().chain(&self.replays) {
            log.report(&self.endpoint.url, id, Step::GivenUp(Reason::Removed));
        }
    }

    /// Number of events that wait for delivery, those of its batches included.
    pub(super) fn waiting(&self, log: &LogOf<Self>) -> usize {
        let first = self.position.saturating_add(1);
        let queued = log.events.range(first..).filter(|(_, event)| self.endpoint.wants(event)).count();
        self.batch.iter().chain(&self.replays).map(|batch| batch.events).fold(queued, usize::saturating_add)
    }
}

impl Policy for BatchQueue {
    type Event = ChannelEvent;
    type State = Self;
    type Detail = HoldChange;
    type Shared = Holds;

    const MAX_EVENTS: usize = MAX_QUEUED;
    const MAX_BYTES: usize = 8 * 1024 * 1024;

    fn id(&self) -> &str {
        &self.endpoint.url
    }

    fn state(&self) -> Self {
        self.clone()
    }

    fn needs(&self, number: i64) -> bool {
        self.position < number
    }

    fn give_up(&mut self, log: &mut LogOf<Self>, number: i64, reason: Reason) {
        log.give_up(&self.endpoint.url, number, reason);
    }

    fn start(&mut self, log: &mut LogOf<Self>, moment: Moment) -> Option<Delivery> {
        if self.batch.is_none() {
            self.next_batch(log, moment);
        }
        let batch = self.batch.as_ref().filter(|batch| batch.next_at <= moment.now)?;
        let Batch { id, body, events, attempts, .. } = batch.clone();
        let (endpoint, url) = (self.endpoint.url.clone(), self.endpoint.url.clone());
        Some(Delivery { endpoint, url, id, body, events, attempt: attempts.saturating_add(1) })
    }

    fn settle(&mut self, log: &mut LogOf<Self>, delivery: &Delivery, outcome: Outcome, moment: Moment) {
        let Some(mut batch) = self.batch.take_if(|batch| batch.id == delivery.id) else { return };
        let end = batch.made_at.plus_millis(RETRY_FOR_MS);
        if outcome != Outcome::Accepted && moment.now < end {
            let pause = request_pause_ms(batch.attempts, moment.chance());
            batch.next_at = moment.now.plus_millis(pause).min(end);
            batch.attempts = batch.attempts.saturating_add(1);
            log.report(&self.endpoint.url, &batch.id, Step::Postponed(batch.next_at));
            self.batch = Some(batch);
        } else if outcome != Outcome::Accepted {
            log.give_up_delivery(&self.endpoint.url, &batch.id, batch.events, Reason::Exhausted);
            log.report(&self.endpoint.url, &batch.id, Step::GivenUp(Reason::Exhausted));
        } else {
            log.report(&self.endpoint.url, &batch.id, Step::Delivered);
        }
        log.change(Change::Endpoint(self.clone()));
    }

    fn due_at(&self, log: &LogOf<Self>, now: Timestamp) -> Option<Timestamp> {
        match &self.batch {
            Some(batch) => Some(batch.next_at),
            None if !self.replays.is_empty() => Some(now),
            None => log.events.keys().next_back().filter(|newest| self.needs(**newest)).map(|_| now),
        }
    }

    fn headers(&self, shared: &Holds, delivery: &Delivery, _now: Timestamp) -> Option<Headers> {
        let extra = self.endpoint.extra_headers().map(|(name, value)| (name.into(), value));
        Some(extra.chain(shared.key.as_ref()?.headers(delivery)?).collect())
    }

    /// The id is a URL, which can be a secret.
    fn logged_name(_endpoint: &str) -> Option<&str> {
        None
    }

    fn prepare(queue: &mut ChannelQueue, now: Timestamp) -> bool {
        while let Some((number, _)) = queue.shared.held.first_key_value().filter(|(_, (until, _))| *until <= now) {
            queue.release(*number, now);
        }
        queue.knows_endpoints()
    }

    fn prepare_at(queue: &ChannelQueue, now: Timestamp) -> Option<Timestamp> {
        let hold = queue.shared.held.values().next().map(|(until, _)| *until);
        // Until the endpoints are known, queued events need a step that loads them.
        let unknown = (!queue.knows_endpoints() && !queue.log.events.is_empty()).then_some(now);
        hold.into_iter().chain(unknown).min()
    }
}
