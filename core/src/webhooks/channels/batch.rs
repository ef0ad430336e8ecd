//! What one endpoint hears: a batch at a time, made once, tried until it is taken or its time is over.

use super::{Endpoint, Happening};
use crate::shared::backoff::{doubled, shortened};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Events in one request at most.
pub(super) const MAX_BATCH: usize = 100;
/// Bytes of events after which a request takes no more.
const MAX_BATCH_BYTES: usize = 256 * 1024;
/// How long a batch is tried, milliseconds.
pub(super) const RETRY_FOR_MS: i64 = 5 * 60_000;
/// The first pause between two tries, doubled with every further one up to the longest, milliseconds. Of each, chance
/// leaves out up to a half.
const FIRST_PAUSE_MS: i64 = 1_000;
const MAX_PAUSE_MS: i64 = 30_000;
const LEFT_OUT: i64 = 2;

/// How an endpoint stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Where, and of what it wants to hear.
    pub endpoint: Endpoint,
    /// Up to which number all it wants to hear of is in a batch.
    pub told: i64,
    /// What it is to hear now.
    pub batch: Option<Batch>,
}

/// Events on their way to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Its name.
    pub id: String,
    /// The request's body.
    pub body: String,
    /// How many.
    pub events: usize,
    /// Since when it is tried.
    pub made_at: Timestamp,
    /// How often it was.
    pub attempts: u32,
    /// When it is tried next.
    pub next_at: Timestamp,
}

/// A request to be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Where.
    pub url: String,
    /// The batch's name.
    pub id: String,
    /// What.
    pub body: String,
    /// How many events that are.
    pub events: usize,
    /// How often it was tried before.
    pub attempts: u32,
}

/// A batch that was let go untold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GivenUp {
    /// Events in it.
    pub events: usize,
}

/// An endpoint, and whether a try is under way.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) standing: Standing,
    pub(super) is_under_way: bool,
}

impl Place {
    /// Nothing is under way.
    pub(super) fn of(standing: Standing) -> Self {
        Self { standing, is_under_way: false }
    }

    /// Whether a try of this batch is under way.
    pub(super) fn is_sending(&self, id: &str) -> bool {
        self.is_under_way && self.standing.batch.as_ref().is_some_and(|batch| batch.id == id)
    }

    /// The batch was taken.
    pub(super) fn taken(&mut self) {
        self.is_under_way = false;
        self.standing.batch = None;
    }

    /// It was not: it is tried again after a pause, unless its time is over.
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

    /// Gathers what the endpoint wants to hear of next. Whether anything changed.
    pub(super) fn make_batch(
        &mut self,
        ready: &BTreeMap<i64, Happening>,
        last: i64,
        id: impl FnOnce() -> String,
        now: Timestamp,
    ) -> bool {
        let Standing { endpoint, told, batch } = &mut self.standing;
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

    /// Begins a try, if it is time for one.
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
