//! Delivery queue of an app: happenings in order, and each endpoint's position.
//!
//! `channel_vacated` and `member_removed` are held for 3 s and dropped together with the matching event if it follows.
//! All else keeps its order; a held event takes its place when its hold ends. An endpoint gets one batch at a time. A
//! batch's id and bytes never change; it is retried until the endpoint accepts it or its retry time ends, and then
//! dropped. So a receiver that remembers delivery ids gets each accepted event once, in order.
//!
//! The queue decides and its object stores: every call returns the [`QueueChange`]s that [`ChannelQueue::reopen`] needs.

use super::batch::{Delivery, EndpointSlot, EndpointState, GivenUp};
use super::{ChannelEndpoint, ChannelEvent, EventKind, MAX_ENDPOINTS};
use crate::pusher::channel::ChannelName;
use crate::pusher::webhook_event::WebhookEvent;
use crate::shared::ids::UserId;
use crate::shared::timestamp::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// Queued happenings at most; beyond it the oldest are dropped.
pub(super) const MAX_QUEUED: usize = 10_000;
/// Size of queued happenings at most, in bytes: objects share memory.
const MAX_QUEUED_BYTES: usize = 8 * 1024 * 1024;
/// How long a departure is held for a return, in milliseconds.
pub(super) const RETURN_MS: i64 = 3_000;
/// Attempt lease in milliseconds: the alarm rings after it if the outcome of an attempt is still unknown. Must exceed
/// the request time-out.
const UNDER_WAY_MS: i64 = 15_000;

/// Change to store. The order matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueChange {
    /// The happening is held until this time.
    Waits(i64, Timestamp, ChannelEvent),
    /// It is no longer held.
    WaitsNoMore(i64),
    /// The happening is queued.
    Appended(i64, ChannelEvent),
    /// Queued happenings up to this number are removed.
    ForgotUpTo(i64),
    /// New state of an endpoint.
    Endpoint(EndpointState),
    /// The endpoint was removed.
    EndpointGone(String),
}

/// Stored state of a queue.
#[derive(Debug, Clone, Default)]
pub struct StoredQueue {
    /// From [`QueueChange::Waits`].
    pub waiting: Vec<(i64, Timestamp, ChannelEvent)>,
    /// From [`QueueChange::Appended`].
    pub ready: Vec<(i64, ChannelEvent)>,
    /// From [`QueueChange::Endpoint`].
    pub endpoints: Vec<EndpointState>,
}

/// Result of [`ChannelQueue::step`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step {
    /// Changes to store before anything is sent.
    pub changes: Vec<QueueChange>,
    /// Requests to send. Report each outcome to [`ChannelQueue::delivered`] or [`ChannelQueue::failed`].
    pub deliveries: Vec<Delivery>,
    /// Number of happenings dropped unsent since the last step.
    pub fell_out: u64,
}

/// Channel, or channel and user, that departs and returns.
type Subject = (ChannelName, Option<UserId>);

/// The delivery queue of an app.
#[derive(Debug, Default)]
pub struct ChannelQueue {
    last: i64,
    waiting: BTreeMap<i64, (Timestamp, ChannelEvent)>,
    away: HashMap<Subject, i64>,
    ready: BTreeMap<i64, ChannelEvent>,
    ready_bytes: usize,
    endpoints: BTreeMap<String, EndpointSlot>,
    /// Number of the last happening at the time the endpoints were last known.
    settled: i64,
    are_endpoints_known: bool,
    fell_out: u64,
}

enum Move {
    Away(Subject),
    Back(Subject),
    Neither,
}

fn movement(happening: &ChannelEvent) -> Move {
    let subject = |user: Option<&UserId>| (happening.channel.clone(), user.cloned());
    match &happening.what {
        EventKind::ChannelVacated => Move::Away(subject(None)),
        EventKind::MemberRemoved { user_id } => Move::Away(subject(Some(user_id))),
        EventKind::ChannelOccupied => Move::Back(subject(None)),
        EventKind::MemberAdded { user_id } => Move::Back(subject(Some(user_id))),
        _ => Move::Neither,
    }
}

impl ChannelQueue {
    /// Restores a stored queue. It sends nothing until [`ChannelQueue::set_endpoints`] is called.
    pub fn reopen(kept: StoredQueue) -> Self {
        let mut queue = Self::default();
        for (number, due, happening) in kept.waiting {
            if let Move::Away(subject) = movement(&happening) {
                queue.away.insert(subject, number);
            }
            queue.last = queue.last.max(number);
            queue.waiting.insert(number, (due, happening));
        }
        for (number, happening) in kept.ready {
            queue.last = queue.last.max(number);
            queue.ready_bytes = queue.ready_bytes.saturating_add(happening.size());
            queue.ready.insert(number, happening);
        }
        for standing in kept.endpoints {
            queue.last = queue.last.max(standing.told);
            queue.endpoints.insert(standing.endpoint.url.clone(), EndpointSlot::of(standing));
        }
        queue.settled = if queue.endpoints.is_empty() { 0 } else { queue.last };
        queue
    }

    /// Sets the app's current endpoints. A removed endpoint gets nothing more. A new one gets what was queued since the
    /// endpoints were last known.
    pub fn set_endpoints(&mut self, wanted: impl IntoIterator<Item = ChannelEndpoint>) -> Vec<QueueChange> {
        let mut by_url: BTreeMap<String, ChannelEndpoint> = BTreeMap::new();
        for endpoint in wanted {
            if let Some(same) = by_url.get_mut(&endpoint.url) {
                same.events.extend(endpoint.events);
            } else if by_url.len() < MAX_ENDPOINTS {
                by_url.insert(endpoint.url.clone(), endpoint);
            }
        }
        let gone: Vec<String> = self.endpoints.keys().filter(|url| !by_url.contains_key(*url)).cloned().collect();
        let mut changes = Vec::new();
        for url in gone {
            self.endpoints.remove(&url);
            changes.push(QueueChange::EndpointGone(url));
        }
        for (url, endpoint) in by_url {
            let known = self.endpoints.get_mut(&url);
            if known.as_ref().is_some_and(|place| place.standing.endpoint == endpoint) {
                continue;
            }
            let standing = match known {
                Some(place) => {
                    place.standing.endpoint = endpoint;
                    place.standing.clone()
                }
                None => EndpointState { endpoint, told: self.settled, batch: None },
            };
            changes.push(QueueChange::Endpoint(standing.clone()));
            self.endpoints.entry(url).or_insert(EndpointSlot::of(standing));
        }
        self.settled = self.last;
        self.are_endpoints_known = true;
        changes.extend(self.remove_done());
        changes
    }

    /// Accepts happenings, in order.
    pub fn take(&mut self, happenings: impl IntoIterator<Item = ChannelEvent>, now: Timestamp) -> Vec<QueueChange> {
        let mut changes = Vec::new();
        for happening in happenings {
            match movement(&happening) {
                Move::Away(subject) => {
                    changes.extend(
                        self.away.get(&subject).copied().map(|number| self.release(number)).unwrap_or_default(),
                    );
                    changes.push(self.wait(subject, happening, now.plus_millis(RETURN_MS)));
                }
                Move::Back(subject) => match self.away.get(&subject).copied() {
                    Some(number) if self.is_return(number, &happening) => {
                        self.stop_waiting(number);
                        changes.push(QueueChange::WaitsNoMore(number));
                    }
                    Some(number) => {
                        changes.extend(self.release(number));
                        changes.push(self.append(happening));
                    }
                    None => changes.push(self.append(happening)),
                },
                Move::Neither => changes.push(self.append(happening)),
            }
        }
        while self.waiting.len() > MAX_QUEUED
            && let Some(first) = self.waiting.keys().next().copied()
        {
            changes.extend(self.release(first));
        }
        changes.extend(self.drop_excess());
        changes
    }

    fn is_return(&self, number: i64, back: &ChannelEvent) -> bool {
        self.waiting.get(&number).is_some_and(|(_, left)| back.at <= left.at.plus_millis(RETURN_MS))
    }

    fn next_number(&mut self) -> i64 {
        self.last = self.last.saturating_add(1);
        self.last
    }

    fn wait(&mut self, subject: Subject, happening: ChannelEvent, until: Timestamp) -> QueueChange {
        let number = self.next_number();
        self.away.insert(subject, number);
        self.waiting.insert(number, (until, happening.clone()));
        QueueChange::Waits(number, until, happening)
    }

    fn stop_waiting(&mut self, number: i64) -> Option<ChannelEvent> {
        let (_, happening) = self.waiting.remove(&number)?;
        if let Move::Away(subject) = movement(&happening) {
            self.away.remove(&subject);
        }
        Some(happening)
    }

    /// Ends a hold without a return: the happening is queued.
    fn release(&mut self, number: i64) -> Vec<QueueChange> {
        let Some(happening) = self.stop_waiting(number) else { return Vec::new() };
        vec![QueueChange::WaitsNoMore(number), self.append(happening)]
    }

    fn append(&mut self, happening: ChannelEvent) -> QueueChange {
        let number = self.next_number();
        self.ready_bytes = self.ready_bytes.saturating_add(happening.size());
        self.ready.insert(number, happening.clone());
        QueueChange::Appended(number, happening)
    }

    /// Drops the oldest happenings beyond the limits.
    fn drop_excess(&mut self) -> Option<QueueChange> {
        let mut last = None;
        while self.ready.len() > MAX_QUEUED || self.ready_bytes > MAX_QUEUED_BYTES {
            let (number, happening) = self.ready.pop_first()?;
            self.ready_bytes = self.ready_bytes.saturating_sub(happening.size());
            let is_missed = |place: &EndpointSlot| place.standing.told < number;
            if !self.are_endpoints_known || self.endpoints.values().any(is_missed) {
                self.fell_out = self.fell_out.saturating_add(1);
            }
            last = Some(number);
        }
        last.map(QueueChange::ForgotUpTo)
    }

    /// Removes happenings that every endpoint has in a batch or behind it.
    fn remove_done(&mut self) -> Option<QueueChange> {
        let floor = self.endpoints.values().map(|place| place.standing.told).min().unwrap_or(self.last);
        let mut last = None;
        while let Some(first) = self.ready.first_entry().filter(|first| *first.key() <= floor) {
            let (number, happening) = first.remove_entry();
            self.ready_bytes = self.ready_bytes.saturating_sub(happening.size());
            last = Some(number);
        }
        last.map(QueueChange::ForgotUpTo)
    }

    /// Releases due holds and returns the requests to send now. `id` must be unique.
    pub fn step(&mut self, now: Timestamp, id: &str) -> Step {
        let mut step = Step::default();
        let due: Vec<i64> =
            self.waiting.iter().take_while(|(_, (until, _))| *until <= now).map(|(number, _)| *number).collect();
        for number in due {
            step.changes.extend(self.release(number));
        }
        step.changes.extend(self.drop_excess());
        step.fell_out = std::mem::take(&mut self.fell_out);
        if !self.are_endpoints_known {
            return step;
        }
        for (at, place) in self.endpoints.values_mut().enumerate() {
            if place.make_batch(&self.ready, self.last, || format!("{id}.{at}"), now) {
                step.changes.push(QueueChange::Endpoint(place.standing.clone()));
            }
            step.deliveries.extend(place.start(now));
        }
        step.changes.extend(self.remove_done());
        step
    }

    /// The endpoint accepted the batch.
    pub fn delivered(&mut self, url: &str, id: &str) -> Option<QueueChange> {
        let place = self.under_way(url, id)?;
        place.taken();
        Some(QueueChange::Endpoint(place.standing.clone()))
    }

    /// The endpoint did not accept the batch. `chance` is a random number for jitter.
    pub fn failed(
        &mut self,
        url: &str,
        id: &str,
        now: Timestamp,
        chance: u32,
    ) -> (Option<QueueChange>, Option<GivenUp>) {
        let Some(place) = self.under_way(url, id) else { return (None, None) };
        let given_up = place.not_taken(now, chance);
        (Some(QueueChange::Endpoint(place.standing.clone())), given_up)
    }

    fn under_way(&mut self, url: &str, id: &str) -> Option<&mut EndpointSlot> {
        self.endpoints.get_mut(url).filter(|place| place.is_sending(id))
    }

    /// When to call [`ChannelQueue::step`] next, if nothing happens before.
    pub fn wake_at(&self, now: Timestamp) -> Option<Timestamp> {
        let wait = self.waiting.values().next().map(|(until, _)| *until);
        let tries = self.endpoints.values().filter_map(|place| match &place.standing.batch {
            Some(_) if place.is_under_way => Some(now.plus_millis(UNDER_WAY_MS)),
            Some(batch) => Some(batch.next_at),
            None => self.ready.range(place.standing.told.saturating_add(1)..).next().map(|_| now),
        });
        // Until the endpoints are known, queued happenings need a step that loads them.
        let unknown = (!self.are_endpoints_known && !self.ready.is_empty()).then_some(now);
        wait.into_iter().chain(tries).chain(unknown).min()
    }

    /// Whether nothing is held, queued or being sent.
    pub fn is_empty(&self) -> bool {
        let is_idle = |place: &EndpointSlot| place.standing.batch.is_none();
        self.waiting.is_empty() && self.ready.is_empty() && self.endpoints.values().all(is_idle)
    }
}

/// Whether an endpoint with these event types needs a kind. Opposite kinds are needed together, because they cancel.
pub(super) fn matters(kind: WebhookEvent, asked: &[WebhookEvent]) -> bool {
    use WebhookEvent::{ChannelOccupied, ChannelVacated, MemberAdded, MemberRemoved};
    let other = match kind {
        ChannelOccupied => ChannelVacated,
        ChannelVacated => ChannelOccupied,
        MemberAdded => MemberRemoved,
        MemberRemoved => MemberAdded,
        kind => kind,
    };
    asked.contains(&kind) || asked.contains(&other)
}
