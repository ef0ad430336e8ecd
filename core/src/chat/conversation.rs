//! The conversation state machine.
//!
//! Decides what a command does; the object around it looks things up, commits and tells. A conversation
//! has one order: every durable event takes the next `seq`. A decision changes nothing by itself: the
//! caller commits the [`Entry`] to its log and then calls [`Conversation::committed`], so a failed write
//! leaves no trace and the number is used again.

mod begun;
mod draft;
mod membership;
mod messages;
mod signals;

pub use begun::BegunChange;
pub use draft::{Content, validate_body, validate_client_id};
pub use membership::{MemberChange, MemberChangeKind};
pub use messages::{Prior, SendDecision};
pub use signals::Signal;

use crate::accounts::audit::Audit;
use crate::accounts::principal::Principal;
use crate::chat::command::{FlushedMessage, Membership};
use crate::chat::policy::{self, Action, Place, Standing};
use crate::chat::wire::{Event, EventName, Person};
use crate::shared::ids::{ConversationId, UserId};
use crate::shared::limits::Limits;
use crate::shared::problem::Problem;
use crate::shared::rate::TokenBucket;
use crate::shared::timestamp::Timestamp;
use serde::Serialize;
use std::collections::HashMap;

/// Rate buckets kept at most; full ones are forgotten first.
const MAX_TRACKED_PEOPLE: usize = 4_096;

/// Somebody acting in the conversation.
#[derive(Debug, Clone, Copy)]
pub struct Actor<'a> {
    /// Who.
    pub principal: &'a Principal,
    /// Their membership, if they have one.
    pub membership: Option<&'a Membership>,
    /// The tab they act from.
    pub origin_client_id: Option<&'a str>,
}

impl Actor<'_> {
    fn person(&self) -> Person {
        Person { user_id: self.principal.user_id.clone(), name: self.principal.name.clone() }
    }
}

/// A durable event, ready for the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its position.
    pub seq: i64,
    /// What happened.
    pub name: EventName,
    /// The event as it goes over the wire: made once, for the log and for every socket.
    pub text: String,
    /// What it does to a message, if it is about one.
    pub message: Option<MessageChange>,
    /// What the audit log says of it, if it is a moderator's act on a message.
    pub audit: Option<Box<Audit>>,
}

/// What an entry does to a message.
#[derive(Debug, Clone, PartialEq)]
pub enum MessageChange {
    /// It is new; the event's `partial` is the whole of it.
    Created {
        /// Its row.
        row: Box<FlushedMessage>,
    },
    /// It was edited or deleted and now stands like this.
    Changed {
        /// Its row.
        row: Box<FlushedMessage>,
    },
}

/// What an object keeps in memory of its conversation. Rebuilt from the log after hibernation; what is
/// lost then (rate buckets, typing times) only ever errs towards letting people act.
#[derive(Debug, Clone)]
pub struct Conversation {
    id: ConversationId,
    place: Place,
    epoch: String,
    head: i64,
    message_count: i64,
    limits: Limits,
    sends: HashMap<UserId, TokenBucket>,
    /// What all of them send together; there from the first send on.
    all_sends: Option<TokenBucket>,
    typing: HashMap<UserId, Timestamp>,
}

impl Conversation {
    /// A conversation as its log stands: the newest position and how many messages there ever were.
    pub fn new(id: ConversationId, place: Place, epoch: String, head: i64, message_count: i64, limits: Limits) -> Self {
        let (sends, typing) = (HashMap::new(), HashMap::new());
        Self { id, place, epoch, head, message_count, limits, sends, all_sends: None, typing }
    }

    /// The conversation's id.
    pub fn id(&self) -> &ConversationId {
        &self.id
    }

    /// The log's epoch: positions of another epoch mean nothing here.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// The newest position, 0 before the first event.
    pub fn head(&self) -> i64 {
        self.head
    }

    /// How many messages were ever sent here.
    pub fn message_count(&self) -> i64 {
        self.message_count
    }

    /// What kind of place it is.
    pub fn place(&self) -> Place {
        self.place
    }

    /// A room's visibility changed.
    pub fn set_place(&mut self, place: Place) {
        self.place = place;
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The app's settings changed.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// May the actor do this here, now?
    pub fn authorize(&self, actor: Actor<'_>, action: Action, now: Timestamp) -> Result<(), Problem> {
        let role = actor.membership.map(|membership| membership.role);
        let muted_until = actor.membership.and_then(|membership| membership.mute_at(now));
        policy::decide(action, Standing { admin: actor.principal.admin, role, place: self.place, muted_until })
    }

    /// The entry is durable: the next one takes the next position.
    pub fn committed(&mut self, entry: &Entry) {
        self.head = self.head.max(entry.seq);
        if let Some(MessageChange::Created { row }) = &entry.message {
            self.message_count = self.message_count.max(row.ordinal);
        }
    }

    /// Which events a client at this position misses, or that it has to reload: another epoch, a
    /// position from the future, or a gap that is longer than is replayed or reaches before the log.
    ///
    /// `floor` is the oldest position in the log, minus one.
    pub fn replay_from(&self, epoch: Option<&str>, seq: i64, floor: i64) -> Option<i64> {
        let same_epoch = epoch.is_none_or(|theirs| theirs == self.epoch);
        let missed = self.head.saturating_sub(seq);
        let reachable = seq >= floor && (0..=crate::shared::limits::MAX_REPLAY_EVENTS).contains(&missed);
        (same_epoch && reachable).then_some(seq)
    }

    /// What stands for an entry of the log that cannot be read: a change of nothing, so that positions stay without a
    /// gap.
    pub fn placeholder(&self, seq: i64, now: Timestamp) -> String {
        let partial = serde_json::Map::new();
        let (event, conversation_id) = (EventName::ConversationUpdated, self.id.clone());
        Event { event, conversation_id, seq: Some(seq), id: None, partial, origin_client_id: None, at: now }.to_text()
    }

    fn entry(&self, name: EventName, id: &str, partial: impl Serialize, stamp: Stamp<'_>) -> Entry {
        let seq = self.head.saturating_add(1);
        let origin_client_id = stamp.origin_client_id.map(str::to_owned);
        let event = Event {
            event: name,
            conversation_id: self.id.clone(),
            seq: Some(seq),
            id: Some(id.to_owned()),
            partial,
            origin_client_id,
            at: stamp.now,
        };
        let text = event.to_text();
        Entry { seq, name, text, message: None, audit: None }
    }

    fn take_send_token(&mut self, user: &UserId, now: Timestamp) -> Result<(), Problem> {
        let (rate, burst) = (self.limits.sends_per_second, self.limits.send_burst);
        if self.sends.len() >= MAX_TRACKED_PEOPLE && !self.sends.contains_key(user) {
            self.sends.retain(|_, bucket| !bucket.is_full(rate, burst, now));
        }
        let bucket = self.sends.entry(user.clone()).or_insert_with(|| TokenBucket::full(burst, now));
        bucket.take(rate, burst, now).map_err(|wait| {
            Problem::rate_limited(format!("at most {rate} messages a second, {burst} at once"), wait)
        })?;
        let (all_rate, all_burst) = (self.limits.conversation_sends_per_second, self.limits.conversation_send_burst);
        let all = self.all_sends.get_or_insert_with(|| TokenBucket::full(all_burst, now));
        all.take(all_rate, all_burst, now).map_err(|wait| {
            // Nobody is slower afterwards because others were too fast.
            bucket.give_back(burst);
            Problem::rate_limited(format!("at most {all_rate} messages a second from all who are here"), wait)
        })
    }
}

/// When and from which tab something happens.
#[derive(Debug, Clone, Copy)]
struct Stamp<'a> {
    now: Timestamp,
    origin_client_id: Option<&'a str>,
}

#[cfg(test)]
mod tests;
