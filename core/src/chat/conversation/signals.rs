//! Ephemeral events: typing, presence, read receipts. They are sent but not logged.

use super::{Actor, Conversation, TypingSource};
use crate::chat::policy::Action;
use crate::chat::wire::{Event, EventName, Person, TYPING_EXPIRES_IN_MS};
use crate::shared::ids::UserId;
use crate::shared::json::set;
use crate::shared::problem::{Kind, Problem};
use crate::shared::timestamp::Timestamp;

/// An event without a position, sent to all connected members except its author.
pub type Signal = Event;

impl Conversation {
    /// A member types, or stopped. Drops redundant signals with `Ok(None)`: a start within the interval after the last
    /// one, and a stop without a start. A stop from a connection ends what began there; a stop from a request that names
    /// no connection ends all. If one person of a direct conversation has blocked the other, a start is dropped silently.
    pub fn typing(
        &mut self,
        actor: Actor<'_>,
        source: TypingSource,
        on: bool,
        now: Timestamp,
    ) -> Result<Option<Signal>, Problem> {
        if let Err(refusal) = self.authorize(actor, Action::Type, now) {
            return if refusal.kind == Kind::Blocked { Ok(None) } else { Err(refusal) };
        }
        let person = actor.person();
        if !on {
            let ends = |begun: &TypingSource| source == TypingSource::Request || *begun == source;
            return Ok(self.stopped(&person.user_id, ends, now));
        }
        if !self.typists.start(&person, source, self.limits.typing_interval_ms, now) {
            return Ok(None);
        }
        let mut signal = self.signal(EventName::TypingStarted, &person, now);
        set(&mut signal.partial, "expires_in_ms", TYPING_EXPIRES_IN_MS);
        Ok(Some(signal))
    }

    /// Signals that a user's first socket opened.
    pub fn arrived(&self, person: &Person, now: Timestamp) -> Signal {
        self.signal(EventName::PresenceJoined, person, now)
    }

    /// Signals `typing.stopped` for a user who sent a message, or lost the right to write, if they were typing.
    pub fn silenced(&mut self, user: &UserId, now: Timestamp) -> Option<Signal> {
        self.stopped(user, |_| true, now)
    }

    /// Signals `typing.stopped` for a connection that ended, if its user was typing there and nowhere else.
    pub fn disconnected(&mut self, user: &UserId, source: &TypingSource, now: Timestamp) -> Option<Signal> {
        self.stopped(user, |begun| begun == source, now)
    }

    /// Signals that a user is no longer here, preceded by `typing.stopped` if they were typing. The sockets of channels
    /// that tell nobody who is there end by themselves ([`Self::disconnected`]).
    pub fn departed(&mut self, person: &Person, now: Timestamp) -> Vec<Signal> {
        let ends = |source: &TypingSource| !matches!(source, TypingSource::Socket(_));
        let stopped = self.stopped(&person.user_id, ends, now);
        stopped.into_iter().chain([self.signal(EventName::PresenceLeft, person, now)]).collect()
    }

    fn stopped(&mut self, user: &UserId, ends: impl Fn(&TypingSource) -> bool, now: Timestamp) -> Option<Signal> {
        let person = self.typists.stop(user, ends, now)?;
        Some(self.signal(EventName::TypingStopped, &person, now))
    }

    /// The actor's new read marker: `seq`, or the head if `seq` is absent or beyond it. `None` if it would not advance.
    pub fn mark_read(&self, actor: Actor<'_>, seq: Option<i64>, now: Timestamp) -> Result<Option<i64>, Problem> {
        self.authorize(actor, Action::MarkRead, now)?;
        if seq.is_some_and(|seq| seq < 0) {
            return Err(Problem::field("seq", "is negative"));
        }
        let wanted = seq.unwrap_or(self.head).min(self.head);
        let current = actor.membership.map_or(0, |membership| membership.last_read_seq);
        Ok((wanted > current).then_some(wanted))
    }

    /// The actor's new read marker if they mark the message at `seq`, and those after it, as unread. `None` if these are
    /// unread already.
    ///
    /// Errors: 403 or 404 by policy, 422 for a position without a message.
    pub fn mark_unread(&self, actor: Actor<'_>, seq: i64, now: Timestamp) -> Result<Option<i64>, Problem> {
        self.authorize(actor, Action::MarkRead, now)?;
        if !(1..=self.head).contains(&seq) {
            return Err(Problem::field("seq", "is not a position of this conversation"));
        }
        let current = actor.membership.map_or(0, |membership| membership.last_read_seq);
        Ok((seq <= current).then(|| seq.saturating_sub(1)))
    }

    /// The receipt for a read marker that moved.
    pub fn read_up_to(&self, person: &Person, seq: i64, now: Timestamp) -> Signal {
        let mut signal = self.signal(EventName::MessageRead, person, now);
        set(&mut signal.partial, "seq", seq);
        signal
    }

    fn signal(&self, name: EventName, person: &Person, now: Timestamp) -> Signal {
        Event::ephemeral(name, self.id.clone(), person, now)
    }
}
