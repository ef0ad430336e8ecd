//! The conversation state machine.
//!
//! Decides the effect of a command; the object around it loads data, commits and notifies. Durable events of a
//! conversation are totally ordered: each takes the next `seq`. A decision itself advances no position: the caller
//! commits the [`Entry`] to its log and then calls [`Conversation::committed`], so a failed write leaves no gap and
//! its `seq` is reused.

mod annotations;
mod begun;
mod draft;
mod membership;
mod messages;
mod scheduled;
mod signals;
mod slow_mode;
mod system;
mod threads;
mod typing;

pub use annotations::Annotated;
pub use begun::BegunChange;
pub use draft::{Content, validate_body, validate_client_id};
pub use membership::{MemberChange, MemberChangeKind};
pub use messages::{Prior, SendDecision};
pub use signals::Signal;
pub use system::Appearance;
pub use threads::{Parent, References};
pub use typing::TypingSource;

use crate::accounts::audit::Audit;
use crate::accounts::principal::Principal;
use crate::chat::annotations::{AnnotatedRow, ReactionRow};
use crate::chat::command::{Membership, PostingRules};
use crate::chat::flush::FlushedMessage;
use crate::chat::policy::{self, Action, ActorRights, Place};
use crate::chat::wire::{Event, EventName, Person};
use crate::shared::ids::{ConversationId, MessageId, UserId};
use crate::shared::limits::Limits;
use crate::shared::problem::Problem;
use crate::shared::rate::TokenBucket;
use crate::shared::timestamp::Timestamp;
use serde::Serialize;
use std::collections::HashMap;
use typing::Typists;

/// Number of users in `sends` or `typists` from which idle ones are evicted.
const MAX_TRACKED_PEOPLE: usize = 4_096;

/// The user who acts in the conversation, and the origin of the act.
#[derive(Debug, Clone, Copy)]
pub struct Actor<'a> {
    /// The verified user.
    pub principal: &'a Principal,
    /// Their membership, if they have one.
    pub membership: Option<&'a Membership>,
    /// The browser tab they act from.
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
    /// Position in the conversation's order.
    pub seq: i64,
    /// What happened.
    pub name: EventName,
    /// The event's wire JSON: serialized once, for the log and for every socket.
    pub text: String,
    /// The change to a message, for message events.
    pub message: Option<MessageChange>,
    /// Audit entry, if a moderator acted on another user's message.
    pub audit: Option<Box<Audit>>,
    /// The next event, if the same act has another effect: both are committed in one transaction.
    pub next: Option<Box<Entry>>,
}

impl Entry {
    /// The entry and those that are committed with it, in order.
    pub fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |entry| entry.next.as_deref())
    }
}

/// Numbers of messages ever sent in a conversation, deleted ones included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MessageCounts {
    /// All messages.
    pub sent: i64,
    /// Those that do not count as messages of the conversation: replies shown in their thread only, and system messages.
    pub uncounted: i64,
}

impl Entry {
    /// Id of the message that the entry created or changed.
    pub fn message_id(&self) -> Option<&MessageId> {
        match self.message.as_ref()? {
            MessageChange::Created { row } | MessageChange::Changed { row } => Some(&row.message.id),
            MessageChange::Annotated { row, .. } => Some(&row.id),
        }
    }
}

/// The change that an entry makes to a message.
#[derive(Debug, Clone, PartialEq)]
pub enum MessageChange {
    /// A new message; the event's `partial` is the whole message.
    Created {
        /// The complete row.
        row: Box<FlushedMessage>,
    },
    /// An edited or deleted message.
    Changed {
        /// The complete row after the change.
        row: Box<FlushedMessage>,
    },
    /// A message with another reaction, pin or number of replies.
    Annotated {
        /// The annotations after the change.
        row: Box<AnnotatedRow>,
        /// The reaction that was added or removed, if it is one.
        reaction: Option<Box<ReactionRow>>,
    },
}

/// In-memory state of a conversation. Rebuilt from the log after hibernation. Rate buckets and typing times are lost
/// then, which can only permit more, never refuse more.
#[derive(Debug, Clone)]
pub struct Conversation {
    id: ConversationId,
    place: Place,
    posting: PostingRules,
    /// Whether one person of a direct conversation has blocked the other.
    is_blocked: bool,
    epoch: String,
    head: i64,
    counts: MessageCounts,
    limits: Limits,
    sends: HashMap<UserId, TokenBucket>,
    /// Rate of all members together; created at the first send.
    all_sends: Option<TokenBucket>,
    typists: Typists,
}

impl Conversation {
    /// A conversation with its log's newest position and the numbers of messages ever sent.
    pub fn new(
        id: ConversationId,
        place: Place,
        epoch: String,
        head: i64,
        counts: MessageCounts,
        limits: Limits,
    ) -> Self {
        let (posting, sends, typists) = (PostingRules::default(), HashMap::new(), Typists::default());
        let is_blocked = false;
        Self { id, place, posting, is_blocked, epoch, head, counts, limits, sends, all_sends: None, typists }
    }

    /// The conversation's id.
    pub fn id(&self) -> &ConversationId {
        &self.id
    }

    /// The log's epoch: positions of another epoch cannot be compared with this log's.
    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    /// The newest position, 0 before the first event.
    pub fn head(&self) -> i64 {
        self.head
    }

    /// Numbers of messages ever sent here.
    pub fn counts(&self) -> MessageCounts {
        self.counts
    }

    /// Kind of the conversation.
    pub fn place(&self) -> Place {
        self.place
    }

    /// Applies a change of the room's visibility.
    pub fn set_place(&mut self, place: Place) {
        self.place = place;
    }

    /// The room's posting rules.
    pub fn posting(&self) -> PostingRules {
        self.posting
    }

    /// Applies a change of the room's posting rules.
    pub fn set_posting(&mut self, posting: PostingRules) {
        self.posting = posting;
    }

    /// Whether one person of a direct conversation has blocked the other.
    pub fn is_blocked(&self) -> bool {
        self.is_blocked
    }

    /// Applies a change of blocks between the people of a direct conversation.
    pub fn set_blocked(&mut self, is_blocked: bool) {
        self.is_blocked = is_blocked;
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Applies a change of the app's settings.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Checks that the policy permits the action now; a mute counts until it ends.
    pub fn authorize(&self, actor: Actor<'_>, action: Action, now: Timestamp) -> Result<(), Problem> {
        let muted_until = actor.membership.and_then(|membership| membership.mute_at(now));
        policy::decide(action, ActorRights { muted_until, ..self.rights_of(actor) })
    }

    /// The actor's rights here, mutes apart.
    fn rights_of(&self, actor: Actor<'_>) -> ActorRights {
        let role = actor.membership.map(|membership| membership.role);
        let rights = ActorRights::new(actor.principal.admin, role, self.place);
        ActorRights { post: self.posting.post, is_blocked: self.is_blocked, ..rights }
    }

    /// Checks that the policy permits the action to everyone with the app's key.
    pub fn authorize_anyone(&self, action: Action) -> Result<(), Problem> {
        policy::decide(action, ActorRights::new(false, None, self.place))
    }

    /// Advances the head and the message counts after the entry, and those with it, were committed.
    pub fn committed(&mut self, entry: &Entry) {
        for entry in entry.chain() {
            self.head = self.head.max(entry.seq);
            if let Some(MessageChange::Created { row }) = &entry.message {
                self.counts.sent = self.counts.sent.max(row.ordinal);
                self.counts.uncounted = self.counts.uncounted.max(row.uncounted);
            }
        }
    }

    /// The position to replay from. `None` if the client has to reload: another epoch, a position beyond the head, or a
    /// gap that exceeds the replay limit or begins before the log.
    ///
    /// `floor` is the log's oldest position minus one.
    pub fn replay_from(&self, epoch: Option<&str>, seq: i64, floor: i64) -> Option<i64> {
        let same_epoch = epoch.is_none_or(|theirs| theirs == self.epoch);
        let missed = self.head.saturating_sub(seq);
        let reachable = seq >= floor && (0..=crate::shared::limits::MAX_REPLAY_EVENTS).contains(&missed);
        (same_epoch && reachable).then_some(seq)
    }

    /// Replacement for an unreadable log entry: an update of no fields, so that positions have no gap.
    pub fn placeholder(&self, seq: i64, now: Timestamp) -> String {
        let partial = serde_json::Map::new();
        let (event, conversation_id) = (EventName::ConversationUpdated, self.id.clone());
        Event { event, conversation_id, seq: Some(seq), id: None, partial, origin_client_id: None, at: now }.to_text()
    }

    fn entry(&self, name: EventName, id: &str, partial: impl Serialize, stamp: Stamp<'_>) -> Entry {
        self.entry_at(self.head.saturating_add(1), name, id, partial, stamp)
    }

    fn entry_at(&self, seq: i64, name: EventName, id: &str, partial: impl Serialize, stamp: Stamp<'_>) -> Entry {
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
        Entry { seq, name, text, message: None, audit: None, next: None }
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
            // The shared limit must not use up a member's own tokens.
            bucket.give_back(burst);
            Problem::rate_limited(format!("at most {all_rate} messages a second from all who are here"), wait)
        })
    }
}

/// Time and originating tab of an event.
#[derive(Debug, Clone, Copy)]
struct Stamp<'a> {
    now: Timestamp,
    origin_client_id: Option<&'a str>,
}

#[cfg(test)]
mod tests;
