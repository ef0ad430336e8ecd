//! An app's queue: what happened, in order, and how far each endpoint has heard of it.
//!
//! Somebody's leaving waits for their return; when both come within three seconds nobody hears of either. Everything
//! else is told in the order in which it came, and what has waited takes its place when its wait is over. An endpoint
//! hears one batch at a time. A batch is made once, with its name and its bytes, and sent until it is taken or its time
//! is over; then it is let go. So a receiver that knows the names of what it has taken takes everything once, in order.
//!
//! The queue decides and the object around it keeps: every act returns the [`Change`]s of what [`Queue::reopen`] needs.

use super::batch::{Delivery, GivenUp, Place, Standing};
use super::{Endpoint, Happening, MAX_ENDPOINTS, What};
use crate::pusher::channel::ChannelName;
use crate::pusher::webhook_event::WebhookEvent;
use crate::shared::ids::UserId;
use crate::shared::timestamp::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// Happenings that wait to be told at most; then the oldest fall out.
pub(super) const MAX_QUEUED: usize = 10_000;
/// And their size, bytes: objects share memory.
const MAX_QUEUED_BYTES: usize = 8 * 1024 * 1024;
/// How long a leaving waits for a return, milliseconds.
pub(super) const RETURN_MS: i64 = 3_000;
/// After so long nobody waits for the outcome of a try any more, milliseconds: longer than a request may take.
const UNDER_WAY_MS: i64 = 15_000;

/// What became different, to be kept in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// This waits for a return until then.
    Waits(i64, Timestamp, Happening),
    /// It does not any more.
    WaitsNoMore(i64),
    /// This is to be told.
    Appended(i64, Happening),
    /// What was to be told up to this number is done with.
    ForgotUpTo(i64),
    /// An endpoint stands like this.
    Endpoint(Standing),
    /// An endpoint is gone.
    EndpointGone(String),
}

/// What was kept.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// Of [`Change::Waits`].
    pub waiting: Vec<(i64, Timestamp, Happening)>,
    /// Of [`Change::Appended`].
    pub ready: Vec<(i64, Happening)>,
    /// Of [`Change::Endpoint`].
    pub endpoints: Vec<Standing>,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step {
    /// To be kept before anything is sent.
    pub changes: Vec<Change>,
    /// To be sent. Each outcome goes to [`Queue::delivered`] or [`Queue::failed`].
    pub deliveries: Vec<Delivery>,
    /// How many happenings fell out untold since the last step.
    pub fell_out: u64,
}

/// Whose leaving and return belong together.
type Subject = (ChannelName, Option<UserId>);

/// The queue of an app.
#[derive(Debug, Default)]
pub struct Queue {
    last: i64,
    waiting: BTreeMap<i64, (Timestamp, Happening)>,
    away: HashMap<Subject, i64>,
    ready: BTreeMap<i64, Happening>,
    ready_bytes: usize,
    endpoints: BTreeMap<String, Place>,
    /// Up to here everything came while the endpoints were known.
    settled: i64,
    are_endpoints_known: bool,
    fell_out: u64,
}

enum Move {
    Away(Subject),
    Back(Subject),
    Neither,
}

fn movement(happening: &Happening) -> Move {
    let subject = |user: Option<&UserId>| (happening.channel.clone(), user.cloned());
    match &happening.what {
        What::ChannelVacated => Move::Away(subject(None)),
        What::MemberRemoved { user_id } => Move::Away(subject(Some(user_id))),
        What::ChannelOccupied => Move::Back(subject(None)),
        What::MemberAdded { user_id } => Move::Back(subject(Some(user_id))),
        _ => Move::Neither,
    }
}

impl Queue {
    /// The queue as it was kept. It sends nothing until [`Queue::set_endpoints`] has said where to.
    pub fn reopen(kept: Kept) -> Self {
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
            queue.endpoints.insert(standing.endpoint.url.clone(), Place::of(standing));
        }
        queue.settled = if queue.endpoints.is_empty() { 0 } else { queue.last };
        queue
    }

    /// Where the app wants to be told now. An endpoint that is gone hears of nothing more, a new one of what came since
    /// the endpoints were last known.
    pub fn set_endpoints(&mut self, wanted: impl IntoIterator<Item = Endpoint>) -> Vec<Change> {
        let mut by_url: BTreeMap<String, Endpoint> = BTreeMap::new();
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
            changes.push(Change::EndpointGone(url));
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
                None => Standing { endpoint, told: self.settled, batch: None },
            };
            changes.push(Change::Endpoint(standing.clone()));
            self.endpoints.entry(url).or_insert(Place::of(standing));
        }
        self.settled = self.last;
        self.are_endpoints_known = true;
        changes.extend(self.forget_told());
        changes
    }

    /// Takes in what happened, in order.
    pub fn take(&mut self, happenings: impl IntoIterator<Item = Happening>, now: Timestamp) -> Vec<Change> {
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
                        changes.push(Change::WaitsNoMore(number));
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
        changes.extend(self.let_fall());
        changes
    }

    fn is_return(&self, number: i64, back: &Happening) -> bool {
        self.waiting.get(&number).is_some_and(|(_, left)| back.at <= left.at.plus_millis(RETURN_MS))
    }

    fn next_number(&mut self) -> i64 {
        self.last = self.last.saturating_add(1);
        self.last
    }

    fn wait(&mut self, subject: Subject, happening: Happening, until: Timestamp) -> Change {
        let number = self.next_number();
        self.away.insert(subject, number);
        self.waiting.insert(number, (until, happening.clone()));
        Change::Waits(number, until, happening)
    }

    fn stop_waiting(&mut self, number: i64) -> Option<Happening> {
        let (_, happening) = self.waiting.remove(&number)?;
        if let Move::Away(subject) = movement(&happening) {
            self.away.remove(&subject);
        }
        Some(happening)
    }

    /// A wait is over without a return.
    fn release(&mut self, number: i64) -> Vec<Change> {
        let Some(happening) = self.stop_waiting(number) else { return Vec::new() };
        vec![Change::WaitsNoMore(number), self.append(happening)]
    }

    fn append(&mut self, happening: Happening) -> Change {
        let number = self.next_number();
        self.ready_bytes = self.ready_bytes.saturating_add(happening.size());
        self.ready.insert(number, happening.clone());
        Change::Appended(number, happening)
    }

    /// The oldest go as long as there are too many.
    fn let_fall(&mut self) -> Option<Change> {
        let mut last = None;
        while self.ready.len() > MAX_QUEUED || self.ready_bytes > MAX_QUEUED_BYTES {
            let (number, happening) = self.ready.pop_first()?;
            self.ready_bytes = self.ready_bytes.saturating_sub(happening.size());
            let is_missed = |place: &Place| place.standing.told < number;
            if !self.are_endpoints_known || self.endpoints.values().any(is_missed) {
                self.fell_out = self.fell_out.saturating_add(1);
            }
            last = Some(number);
        }
        last.map(Change::ForgotUpTo)
    }

    /// What every endpoint has in a batch or behind it is done with.
    fn forget_told(&mut self) -> Option<Change> {
        let floor = self.endpoints.values().map(|place| place.standing.told).min().unwrap_or(self.last);
        let mut last = None;
        while let Some(first) = self.ready.first_entry().filter(|first| *first.key() <= floor) {
            let (number, happening) = first.remove_entry();
            self.ready_bytes = self.ready_bytes.saturating_sub(happening.size());
            last = Some(number);
        }
        last.map(Change::ForgotUpTo)
    }

    /// What to do now. `id` is a name that nothing had before.
    pub fn step(&mut self, now: Timestamp, id: &str) -> Step {
        let mut step = Step::default();
        let due: Vec<i64> =
            self.waiting.iter().take_while(|(_, (until, _))| *until <= now).map(|(number, _)| *number).collect();
        for number in due {
            step.changes.extend(self.release(number));
        }
        step.changes.extend(self.let_fall());
        step.fell_out = std::mem::take(&mut self.fell_out);
        if !self.are_endpoints_known {
            return step;
        }
        for (at, place) in self.endpoints.values_mut().enumerate() {
            if place.make_batch(&self.ready, self.last, || format!("{id}.{at}"), now) {
                step.changes.push(Change::Endpoint(place.standing.clone()));
            }
            step.deliveries.extend(place.start(now));
        }
        step.changes.extend(self.forget_told());
        step
    }

    /// An endpoint has taken a batch.
    pub fn delivered(&mut self, url: &str, id: &str) -> Option<Change> {
        let place = self.under_way(url, id)?;
        place.taken();
        Some(Change::Endpoint(place.standing.clone()))
    }

    /// It has not. `chance` is any number.
    pub fn failed(&mut self, url: &str, id: &str, now: Timestamp, chance: u32) -> (Option<Change>, Option<GivenUp>) {
        let Some(place) = self.under_way(url, id) else { return (None, None) };
        let given_up = place.not_taken(now, chance);
        (Some(Change::Endpoint(place.standing.clone())), given_up)
    }

    fn under_way(&mut self, url: &str, id: &str) -> Option<&mut Place> {
        self.endpoints.get_mut(url).filter(|place| place.is_sending(id))
    }

    /// When to take the next step, if nothing happens before.
    pub fn wake_at(&self, now: Timestamp) -> Option<Timestamp> {
        let wait = self.waiting.values().next().map(|(until, _)| *until);
        let tries = self.endpoints.values().filter_map(|place| match &place.standing.batch {
            Some(_) if place.is_under_way => Some(now.plus_millis(UNDER_WAY_MS)),
            Some(batch) => Some(batch.next_at),
            None => self.ready.range(place.standing.told.saturating_add(1)..).next().map(|_| now),
        });
        // As long as it is not known where to, what is there has to wait for that.
        let unknown = (!self.are_endpoints_known && !self.ready.is_empty()).then_some(now);
        wait.into_iter().chain(tries).chain(unknown).min()
    }

    /// Whether nothing waits to be told.
    pub fn is_empty(&self) -> bool {
        let is_idle = |place: &Place| place.standing.batch.is_none();
        self.waiting.is_empty() && self.ready.is_empty() && self.endpoints.values().all(is_idle)
    }
}

/// Whether one who asks for these needs to hear of a kind: of both a leaving and the return that undoes it, or of none.
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
