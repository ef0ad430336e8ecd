//! What is told and not kept: typing, presence, receipts.

use super::{Actor, Conversation};
use crate::chat::policy::Action;
use crate::chat::wire::{Event, EventName, Person};
use crate::shared::json::set;
use crate::shared::problem::Problem;
use crate::shared::timestamp::Timestamp;

/// An event without a position, for everybody here but its author.
pub type Signal = Event;

impl Conversation {
    /// Somebody types, or stopped. A start within the interval of the last one is dropped silently
    /// (`Ok(None)`), and so is a stop without a start: neither would tell anybody anything.
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

    /// A person's first socket opened.
    pub fn arrived(&self, person: &Person, now: Timestamp) -> Signal {
        self.signal(EventName::PresenceJoined, person, now)
    }

    /// A person may not write any more: should they have been typing, they stopped.
    pub fn silenced(&mut self, person: &Person, now: Timestamp) -> Option<Signal> {
        self.typing.remove(&person.user_id).map(|_| self.signal(EventName::TypingStopped, person, now))
    }

    /// A person's last socket closed: they stopped typing, too, if they were.
    pub fn departed(&mut self, person: &Person, now: Timestamp) -> Vec<Signal> {
        let typed = self.typing.remove(&person.user_id).is_some();
        let stopped = typed.then(|| self.signal(EventName::TypingStopped, person, now));
        stopped.into_iter().chain([self.signal(EventName::PresenceLeft, person, now)]).collect()
    }

    /// Where the actor's read marker goes: up to `seq`, or to the newest position; never back, never
    /// beyond the newest. `None` if it stays.
    pub fn mark_read(&self, actor: Actor<'_>, seq: Option<i64>, now: Timestamp) -> Result<Option<i64>, Problem> {
        self.authorize(actor, Action::MarkRead, now)?;
        if seq.is_some_and(|seq| seq < 0) {
            return Err(Problem::field("seq", "is negative"));
        }
        let wanted = seq.unwrap_or(self.head).min(self.head);
        let current = actor.membership.map_or(0, |membership| membership.last_read_seq);
        Ok((wanted > current).then_some(wanted))
    }

    /// The receipt of a marker that moved.
    pub fn read_up_to(&self, person: &Person, seq: i64, now: Timestamp) -> Signal {
        let mut signal = self.signal(EventName::MessageRead, person, now);
        set(&mut signal.partial, "seq", seq);
        signal
    }

    fn signal(&self, name: EventName, person: &Person, now: Timestamp) -> Signal {
        Event::ephemeral(name, self.id.clone(), person, now)
    }
}
