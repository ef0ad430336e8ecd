//! Delivery queue of an app's channel events.
//!
//! `channel_vacated` and `member_removed` are held for 3 s and dropped together with the matching event if it follows.
//! All else keeps its order; a held event is appended when its hold ends.

use super::batch::{MAX_QUEUED, MAX_REPLAYS};
use super::{AppKey, Batch, BatchQueue, ChannelEndpoint, ChannelEvent, EventKind, MAX_ENDPOINTS};
use crate::pusher::channel::ChannelName;
use crate::pusher::webhook_event::WebhookEvent;
use crate::shared::ids::UserId;
use crate::shared::problem::{Kind, Problem};
use crate::shared::timestamp::Timestamp;
use crate::webhooks::history::Step;
use crate::webhooks::{Change, DeliveryQueue};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// How long a departure is held for a return, in milliseconds.
pub(super) const RETURN_MS: i64 = 3_000;

/// The delivery queue of an app. It sends nothing until [`ChannelQueue::set_endpoints`] is called.
pub type ChannelQueue = DeliveryQueue<BatchQueue>;

/// A change of held events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldChange {
    /// The event is held until this time.
    Held(i64, Timestamp, ChannelEvent),
    /// It is no longer held.
    Released(i64),
}

/// Channel, or channel and user, that departs and returns.
type Subject = (ChannelName, Option<UserId>);

/// Held events, and what is known of the app.
#[derive(Debug, Default)]
pub struct Holds {
    pub(super) held: BTreeMap<i64, (Timestamp, ChannelEvent)>,
    /// Numbers of held events.
    away: HashMap<Subject, i64>,
    /// Number of the last event at the time the endpoints were last known.
    known_at: i64,
    /// The app's key. `None` until the endpoints are known.
    pub(super) key: Option<AppKey>,
}

/// The subject of a departure or a return, and whether it is a departure.
fn movement(event: &ChannelEvent) -> Option<(Subject, bool)> {
    let (user, is_departure) = match &event.what {
        EventKind::ChannelVacated => (None, true),
        EventKind::MemberRemoved { user_id } => (Some(user_id), true),
        EventKind::ChannelOccupied => (None, false),
        EventKind::MemberAdded { user_id } => (Some(user_id), false),
        _ => return None,
    };
    Some(((event.channel.clone(), user.cloned()), is_departure))
}

impl DeliveryQueue<BatchQueue> {
    /// Restores a held event. `None` for one that cannot be parsed.
    pub fn restore_held(&mut self, number: i64, held: Option<(Timestamp, ChannelEvent)>) {
        self.log.last = self.log.last.max(number);
        match held {
            Some((until, event)) => self.hold(number, until, event),
            None => self.log.skip_unreadable(number, Change::Detail(HoldChange::Released(number))),
        }
    }

    /// Restores an endpoint, after all events.
    pub fn restore_endpoint(&mut self, endpoint: BatchQueue) {
        self.log.last = self.log.last.max(endpoint.position);
        self.shared.known_at = self.log.last;
        self.restore(endpoint);
    }

    /// Sets the app's current endpoints and its key. A removed endpoint gets nothing more. A new one gets what was
    /// queued since the endpoints were last known.
    pub fn set_endpoints(&mut self, wanted: impl IntoIterator<Item = ChannelEndpoint>, key: AppKey) {
        let mut by_url: BTreeMap<String, ChannelEndpoint> = BTreeMap::new();
        for endpoint in wanted {
            if let Some(same) = by_url.get_mut(&endpoint.url) {
                same.events.extend(endpoint.events);
                if (&same.channel_prefix, &same.channel_suffix) != (&endpoint.channel_prefix, &endpoint.channel_suffix)
                {
                    (same.channel_prefix, same.channel_suffix) = (None, None);
                }
            } else if by_url.len() < MAX_ENDPOINTS {
                by_url.insert(endpoint.url.clone(), endpoint);
            }
        }
        let known: Vec<String> = self.policies().map(|queue| queue.endpoint.url.clone()).collect();
        for url in known.iter().filter(|url| !by_url.contains_key(*url)) {
            if let Some((log, queue)) = self.parts_of(url) {
                queue.report_removal(log);
            }
            self.remove(url);
        }
        for (url, endpoint) in by_url {
            match self.parts_of(&url) {
                Some((_, queue)) if queue.endpoint == endpoint => {}
                Some((log, queue)) => {
                    queue.endpoint = endpoint;
                    log.change(Change::Endpoint(queue.clone()));
                }
                None => self.insert(BatchQueue {
                    endpoint,
                    position: self.shared.known_at,
                    batch: None,
                    replays: VecDeque::new(),
                }),
            }
        }
        (self.shared.known_at, self.shared.key) = (self.log.last, Some(key));
        self.collect();
    }

    /// Whether [`ChannelQueue::set_endpoints`] was called.
    pub fn knows_endpoints(&self) -> bool {
        self.shared.key.is_some()
    }

    /// Restores a batch that waits to be sent again, after its endpoint.
    pub fn restore_replay(&mut self, url: &str, replay: Batch) {
        let Some((_, queue)) = self.parts_of(url) else { return };
        if queue.batch.as_ref().is_none_or(|batch| batch.id != replay.id) {
            queue.replays.push_back(replay);
        }
    }

    /// Queues a batch again, with its id and bytes, `kinds` of events in it. 404 if its endpoint is not known; 409 if the
    /// batch is queued already, or too many are.
    pub fn replay(&mut self, url: &str, kinds: Vec<String>, replay: Batch) -> Result<(), Problem> {
        let (log, queue) = self.parts_of(url).ok_or_else(Problem::not_found)?;
        if queue.batch.iter().chain(&queue.replays).any(|batch| batch.id == replay.id) {
            return Err(Problem::new(Kind::Conflict, "the delivery is queued already"));
        }
        if queue.replays.len() >= MAX_REPLAYS {
            return Err(Problem::new(Kind::Conflict, format!("{MAX_REPLAYS} deliveries are queued again already")));
        }
        let (events, payload) = (replay.events, replay.body.clone());
        log.report(url, &replay.id, Step::Queued { kinds, events, payload });
        queue.replays.push_back(replay);
        Ok(())
    }

    /// Number of events that wait for delivery to an endpoint.
    pub fn pending(&self, url: &str) -> usize {
        self.policy(url).map_or(0, |queue| queue.waiting(&self.log))
    }

    /// Accepts events, in order.
    pub fn accept(&mut self, events: impl IntoIterator<Item = ChannelEvent>, now: Timestamp) {
        for event in events {
            let (subject, is_departure) = movement(&event).unzip();
            let is_departure = is_departure.unwrap_or(false);
            if let Some(number) = subject.and_then(|subject| self.shared.away.get(&subject).copied()) {
                if !is_departure && self.is_return(number, &event) {
                    self.stop_holding(number);
                    continue;
                }
                self.release(number, now);
            }
            if is_departure {
                let (number, until) = (self.log.next_number(), now.plus_millis(RETURN_MS));
                self.log.change(Change::Detail(HoldChange::Held(number, until, event.clone())));
                self.hold(number, until, event);
            } else {
                self.append(event, now);
            }
        }
        while self.shared.held.len() > MAX_QUEUED
            && let Some(first) = self.shared.held.keys().next().copied()
        {
            self.release(first, now);
        }
        self.drop_excess();
    }

    fn is_return(&self, number: i64, back: &ChannelEvent) -> bool {
        self.shared.held.get(&number).is_some_and(|(_, left)| back.at <= left.at.plus_millis(RETURN_MS))
    }

    fn hold(&mut self, number: i64, until: Timestamp, event: ChannelEvent) {
        self.shared.away.extend(movement(&event).map(|(subject, _)| (subject, number)));
        self.shared.held.insert(number, (until, event));
    }

    fn stop_holding(&mut self, number: i64) -> Option<ChannelEvent> {
        let (_, event) = self.shared.held.remove(&number)?;
        if let Some((subject, _)) = movement(&event) {
            self.shared.away.remove(&subject);
        }
        self.log.change(Change::Detail(HoldChange::Released(number)));
        Some(event)
    }

    /// Ends a hold without a return: the event is appended.
    pub(super) fn release(&mut self, number: i64, now: Timestamp) {
        if let Some(event) = self.stop_holding(number) {
            self.append(event, now);
        }
    }

    /// Whether nothing is held, queued or being sent.
    pub fn is_empty(&self) -> bool {
        let is_idle = self.policies().all(|queue| queue.batch.is_none() && queue.replays.is_empty());
        is_idle && self.shared.held.is_empty() && self.log.events.is_empty()
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
