//! State of one endpoint: one batch at a time, retried until it is accepted or its retry time ends.

use super::{ChannelEndpoint, ChannelEvent};
use crate::shared::backoff::{doubled, shortened};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Events in one request at most.
pub(super) const MAX_BATCH: usize = 100;
/// Size of events after which a batch is full, in bytes.
const MAX_BATCH_BYTES: usize = 256 * 1024;
/// How long a batch is retried, in milliseconds.
pub(super) const RETRY_FOR_MS: i64 = 5 * 60_000;
/// First and longest pause between attempts in milliseconds; the pause doubles with each attempt. Jitter shortens it by
/// up to a half.
const FIRST_PAUSE_MS: i64 = 1_000;
const MAX_PAUSE_MS: i64 = 30_000;
const LEFT_OUT: i64 = 2;

/// State of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointState {
    /// URL and event types.
    pub endpoint: ChannelEndpoint,
    /// Position: all matching events up to this number are in a batch or behind it.
    pub told: i64,
    /// The batch to send now.
    pub batch: Option<Batch>,
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

/// A request to be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// URL.
    pub url: String,
    /// Delivery id.
    pub id: String,
    /// Request body.
    pub body: String,
    /// Number of events.
    pub events: usize,
    /// Failed attempts so far.
    pub attempts: u32,
}

/// A batch that was dropped undelivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GivenUp {
    /// Number of events.
    pub events: usize,
}

/// An endpoint, and whether an attempt is in progress.
#[derive(Debug)]
pub(super) struct EndpointSlot {
    pub(super) standing: EndpointState,
    pub(super) is_under_way: bool,
}

impl EndpointSlot {
    /// An endpoint without an attempt in progress.
    pub(super) fn of(standing: EndpointState) -> Self {
        Self { standing, is_under_way: false }
    }

    /// Whether an attempt of this batch is in progress.
    pub(super) fn is_sending(&self, id: &str) -> bool {
        self.is_under_way && self.standing.batch.as_ref().is_some_and(|batch| batch.id == id)
    }

    /// The endpoint accepted the batch.
    pub(super) fn taken(&mut self) {
        self.is_under_way = false;
        self.standing.batch = None;
    }

    /// The attempt failed: schedules a retry, or drops the batch after its retry time.
    pub(super) fn not_taken(&mut self, now: Timestamp, chance: u32) -> Option<GivenUp> {
        self.is_under_way = false;
        let batch = self.standing.batch.as_mut()?;
        let end = batch.made_at.plus_millis(RETRY_FOR_MS);
        if now >= end {
            let events = batch.events;
            self.standing.batch = None;
            return Some(GivenUp { events });
        }
        batch.next_at = now.plus_millis(pause_ms(batch.attempts, chance)).min(end);
        batch.attempts = batch.attempts.saturating_add(1);
        None
    }

    /// Makes a batch of the next matching events. Returns whether the state changed.
    pub(super) fn make_batch(
        &mut self,
        ready: &BTreeMap<i64, ChannelEvent>,
        last: i64,
        id: impl FnOnce() -> String,
        now: Timestamp,
    ) -> bool {
        let EndpointState { endpoint, told, batch } = &mut self.standing;
        if batch.is_some() || *told >= last {
            return false;
        }
        let (mut events, mut bytes): (Vec<String>, usize) = (Vec::new(), 0);
        let before = *told;
        let mut up_to = last;
        for (number, happening) in ready.range(before.saturating_add(1)..) {
            if !endpoint.events.contains(&happening.kind()) {
                continue;
            }
            if events.len() >= MAX_BATCH || bytes >= MAX_BATCH_BYTES {
                up_to = number.saturating_sub(1);
                break;
            }
            let text = happening.told().to_string();
            bytes = bytes.saturating_add(text.len());
            events.push(text);
        }
        *told = up_to;
        if events.is_empty() {
            return true;
        }
        let body = format!(r#"{{"time_ms":{},"events":[{}]}}"#, now.millis(), events.join(","));
        *batch = Some(Batch { id: id(), body, events: events.len(), made_at: now, attempts: 0, next_at: now });
        true
    }

    /// Starts an attempt if one is due.
    pub(super) fn start(&mut self, now: Timestamp) -> Option<Delivery> {
        let batch = self.standing.batch.as_ref().filter(|batch| !self.is_under_way && batch.next_at <= now)?;
        self.is_under_way = true;
        let Batch { id, body, events, attempts, .. } = batch.clone();
        Some(Delivery { url: self.standing.endpoint.url.clone(), id, body, events, attempts })
    }
}

fn pause_ms(attempts: u32, chance: u32) -> i64 {
    shortened(doubled(FIRST_PAUSE_MS, MAX_PAUSE_MS, attempts), LEFT_OUT, chance)
}
