//! Delivery queue of an app's channel events.
//!
//! `channel_vacated` and `member_removed` are held for 3 s and dropped together with the matching event if it follows.
//! All else keeps its order; a held event is appended when its hold ends.

use super::{AppKey, BatchQueue, ChannelEndpoint, ChannelEvent, EventKind, MAX_ENDPOINTS};
use crate::pusher::channel::ChannelName;
use crate::pusher::webhook_event::WebhookEvent;
use crate::shared::ids::UserId;
use crate::shared::timestamp::Timestamp;
use crate::webhooks::{Change, Delivery, DeliveryQueue, Headers, Moment, Outcome, Queue, StoredEvents, Turn};
use std::collections::{BTreeMap, HashMap};

/// Held events at most; beyond it the oldest are appended.
const MAX_HELD: usize = 10_000;
/// How long a departure is held for a return, in milliseconds.
pub(super) const RETURN_MS: i64 = 3_000;

/// A change of held events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldChange {
    /// The event is held until this time.
    Held(i64, Timestamp, ChannelEvent),
    /// It is no longer held.
    Released(i64),
}

/// A change of the queue.
pub type ChannelChange = Change<ChannelEvent, BatchQueue, HoldChange>;
type ChannelTurn = Turn<ChannelChange>;

/// Stored state of a queue.
#[derive(Debug, Clone, Default)]
pub struct StoredQueue {
    /// From [`HoldChange::Held`]. `None` for an event that cannot be parsed.
    pub held: Vec<(i64, Option<(Timestamp, ChannelEvent)>)>,
    /// From [`Change::Appended`].
    pub events: StoredEvents<ChannelEvent>,
    /// From [`Change::Endpoint`].
    pub endpoints: Vec<BatchQueue>,
}

/// Channel, or channel and user, that departs and returns.
type Subject = (ChannelName, Option<UserId>);

/// The delivery queue of an app.
#[derive(Debug, Default)]
pub struct ChannelQueue {
    queue: DeliveryQueue<BatchQueue>,
    held: BTreeMap<i64, (Timestamp, ChannelEvent)>,
    away: HashMap<Subject, i64>,
    /// Number of the last event at the time the endpoints were last known.
    known_at: i64,
    /// The app's key. `None` until the endpoints are known.
    key: Option<AppKey>,
}

enum Move {
    Away(Subject),
    Back(Subject),
    Neither,
}

fn movement(event: &ChannelEvent) -> Move {
    let subject = |user: Option<&UserId>| (event.channel.clone(), user.cloned());
    match &event.what {
        EventKind::ChannelVacated => Move::Away(subject(None)),
        EventKind::MemberRemoved { user_id } => Move::Away(subject(Some(user_id))),
        EventKind::ChannelOccupied => Move::Back(subject(None)),
        EventKind::MemberAdded { user_id } => Move::Back(subject(Some(user_id))),
        _ => Move::Neither,
    }
}

impl ChannelQueue {
    /// Restores a stored queue. It sends nothing until [`ChannelQueue::set_endpoints`] is called.
    pub fn open(stored: StoredQueue) -> Self {
        let positions = stored.endpoints.iter().map(|endpoint| endpoint.position).max();
        let mut queue = Self { queue: DeliveryQueue::open(stored.events, stored.endpoints), ..Self::default() };
        for (number, held) in stored.held {
            match held {
                Some((until, event)) => queue.hold(number, until, event),
                None => queue.queue.skip_unreadable(number),
            }
        }
        let log = &mut queue.queue.log;
        log.last = log.last.max(positions.unwrap_or_default());
        queue.known_at = positions.map_or(0, |_| log.last);
        queue
    }

    /// Sets the app's current endpoints and its key. A removed endpoint gets nothing more. A new one gets what was
    /// queued since the endpoints were last known.
    pub fn set_endpoints(
        &mut self,
        wanted: impl IntoIterator<Item = ChannelEndpoint>,
        key: AppKey,
        turn: &mut ChannelTurn,
    ) {
        let mut by_url: BTreeMap<String, ChannelEndpoint> = BTreeMap::new();
        for endpoint in wanted {
            if let Some(same) = by_url.get_mut(&endpoint.url) {
                same.events.extend(endpoint.events);
            } else if by_url.len() < MAX_ENDPOINTS {
                by_url.insert(endpoint.url.clone(), endpoint);
            }
        }
        let known: Vec<String> = self.queue.queues().map(|queue| queue.endpoint.url.clone()).collect();
        for url in known.iter().filter(|url| !by_url.contains_key(*url)) {
            self.queue.remove(url, turn);
        }
        for (url, endpoint) in by_url {
            match self.queue.parts_of(&url) {
                Some((_, queue)) if queue.endpoint == endpoint => {}
                Some((_, queue)) => {
                    queue.endpoint = endpoint;
                    turn.changes.push(Change::Endpoint(queue.clone()));
                }
                None => self.queue.insert(BatchQueue { endpoint, position: self.known_at, batch: None }, turn),
            }
        }
        self.known_at = self.queue.log.last;
        self.key = Some(key);
        self.queue.collect(turn);
    }

    /// Whether [`ChannelQueue::set_endpoints`] was called.
    pub fn knows_endpoints(&self) -> bool {
        self.key.is_some()
    }

    /// Accepts events, in order.
    pub fn accept(&mut self, events: impl IntoIterator<Item = ChannelEvent>, now: Timestamp, turn: &mut ChannelTurn) {
        for event in events {
            let (subject, is_departure) = match movement(&event) {
                Move::Away(subject) => (Some(subject), true),
                Move::Back(subject) => (Some(subject), false),
                Move::Neither => (None, false),
            };
            let held = subject.and_then(|subject| self.away.get(&subject).copied());
            if let Some(number) = held {
                if !is_departure && self.is_return(number, &event) {
                    self.stop_holding(number, turn);
                    continue;
                }
                self.release(number, now, turn);
            }
            if is_departure {
                let (number, until) = (self.queue.log.next_number(), now.plus_millis(RETURN_MS));
                turn.changes.push(Change::Detail(HoldChange::Held(number, until, event.clone())));
                self.hold(number, until, event);
            } else {
                self.queue.append(event, now, turn);
            }
        }
        while self.held.len() > MAX_HELD
            && let Some(first) = self.held.keys().next().copied()
        {
            self.release(first, now, turn);
        }
        self.queue.drop_excess(turn);
    }

    fn is_return(&self, number: i64, back: &ChannelEvent) -> bool {
        self.held.get(&number).is_some_and(|(_, left)| back.at <= left.at.plus_millis(RETURN_MS))
    }

    fn hold(&mut self, number: i64, until: Timestamp, event: ChannelEvent) {
        if let Move::Away(subject) = movement(&event) {
            self.away.insert(subject, number);
        }
        self.queue.log.last = self.queue.log.last.max(number);
        self.held.insert(number, (until, event));
    }

    fn stop_holding(&mut self, number: i64, turn: &mut ChannelTurn) -> Option<ChannelEvent> {
        let (_, event) = self.held.remove(&number)?;
        if let Move::Away(subject) = movement(&event) {
            self.away.remove(&subject);
        }
        turn.changes.push(Change::Detail(HoldChange::Released(number)));
        Some(event)
    }

    /// Ends a hold without a return: the event is appended.
    fn release(&mut self, number: i64, now: Timestamp, turn: &mut ChannelTurn) {
        if let Some(event) = self.stop_holding(number, turn) {
            self.queue.append(event, now, turn);
        }
    }

    /// Whether nothing is held, queued or being sent.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty() && self.queue.is_empty() && self.queue.queues().all(|queue| queue.batch.is_none())
    }
}

impl Queue for ChannelQueue {
    type Change = ChannelChange;

    fn step(&mut self, moment: Moment, turn: &mut ChannelTurn) {
        let due = self.held.iter().take_while(|(_, (until, _))| *until <= moment.now).map(|(number, _)| *number);
        for number in due.collect::<Vec<i64>>() {
            self.release(number, moment.now, turn);
        }
        if self.knows_endpoints() {
            self.queue.start_due(moment, turn);
        } else {
            self.queue.drop_excess(turn);
        }
    }

    fn settle(&mut self, delivery: &Delivery, outcome: Outcome, moment: Moment, turn: &mut ChannelTurn) {
        self.queue.end(delivery, outcome, moment, turn);
    }

    fn due_at(&self, now: Timestamp) -> Option<Timestamp> {
        let hold = self.held.values().next().map(|(until, _)| *until);
        // Until the endpoints are known, queued events need a step that loads them.
        let unknown = (!self.knows_endpoints() && !self.queue.is_empty()).then_some(now);
        hold.into_iter().chain(self.queue.next_due(now)).chain(unknown).min()
    }

    fn headers(&self, delivery: &Delivery, _now: Timestamp) -> Option<Headers> {
        self.key.as_ref()?.headers(delivery)
    }

    /// The id is a URL, which can be a secret.
    fn logged_name(_endpoint: &str) -> Option<&str> {
        None
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
