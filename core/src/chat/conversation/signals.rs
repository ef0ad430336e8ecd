//! Ephemeral events: typing, presence, read receipts. They are sent but not logged.

use super::{Actor, Conversation};
use crate::chat::policy::Action;
use crate::chat::wire::{Event, EventName, Person};
use crate::shared::json::set;
use crate::shared::problem::Problem;
use crate::shared::timestamp::Timestamp;

/// An event without a position, sent to all connected members except its author.
pub type Signal = Event;

impl Conversation {
    /// A member types, or stopped. Drops redundant signals with `Ok(None)`: a start within the interval after the last
    /// one, and a stop without a start.
    pub fn typing(&mut self, actor: Actor<'_>, on: bool, now: Timestamp) -> Result<Option<Signal>, Problem> {
        self.authorize(actor, Action::Type, now)?;
        let user = &actor.principal.user_id;
        if !on {
            return Ok(self.typing.remove(user).map(|_| self.signal(EventName::TypingStopped, &actor.person(), now)));
        }
        let interval = self.limits.typing_interval_ms;
        if self.typing.get(user).is_some_and(|last| now.since(*last) < interval) {
            return Ok(None);
        }
        if self.typing.len() >= super::MAX_TRACKED_PEOPLE {
            self.typing.retain(|_, last| now.since(*last) < interval);
        }
        self.typing.insert(user.clone(), now);
        Ok(Some(self.signal(EventName::TypingStarted, &actor.person(), now)))
    }

    /// Signals that a user's first socket opened.
    pub fn arrived(&self, person: &Person, now: Timestamp) -> Signal {
        self.signal(EventName::PresenceJoined, person, now)
    }

    /// Signals `typing.stopped` for a user who lost the right to write, if they were typing.
    pub fn silenced(&mut self, person: &Person, now: Timestamp) -> Option<Signal> {
        self.typing.remove(&person.user_id).map(|_| self.signal(EventName::TypingStopped, person, now))
    }

    /// Signals that a user's last socket closed, preceded by `typing.stopped` if they were typing.
    pub fn departed(&mut self, person: &Person, now: Timestamp) -> Vec<Signal> {
        let typed = self.typing.remove(&person.user_id).is_some();
        let stopped = typed.then(|| self.signal(EventName::TypingStopped, person, now));
        stopped.into_iter().chain([self.signal(EventName::PresenceLeft, person, now)]).collect()
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
