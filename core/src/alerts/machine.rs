//! The alert's state machine. The desk is the only writer, so each transition is decided on the current state.

use super::entry::{Entry, What};
use super::escalation::{Escalation, Page};
use super::pin::Verdict;
use super::settings::AlertSettings;
use super::wire::AlertEvent;
use super::{Alert, Location, NewAlert, Rounds, Status, Who};
use crate::shared::ids::UserId;
use crate::shared::problem::{Kind, Problem};
use crate::shared::timestamp::Timestamp;

/// Debounce window in milliseconds: presses closer together than this count as one.
const PRESS_WINDOW_MS: u64 = 1_000;
/// Presses with a timeline entry each; later ones are only counted.
const MAX_PRESSES_RECORDED: u32 = 100;
/// Wrong PINs, and duress PINs, with a timeline entry each; later ones are only counted.
const MAX_PINS_RECORDED: u32 = 20;
/// Wrong PINs after which only a guard can close an alert.
pub const MAX_WRONG_PINS: u32 = 5;

/// Action on an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Acknowledge it.
    Acknowledge,
    /// Acknowledge it and go there.
    Respond,
    /// Close it as attended to.
    Resolve(Cause),
    /// Close it as no emergency. The cause has a reason.
    FalseAlarm(Cause),
    /// Cancel one's own alert. The duress PIN is for the guards' alert: in the owner's view it counts as the right one.
    Cancel(Cause, Verdict),
}

/// Why an alert was closed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cause {
    /// Short reason.
    pub reason: Option<String>,
    /// Longer note.
    pub note: Option<String>,
}

/// Result of an event on an alert. The alert itself is already changed; the caller must store it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// New timeline entries.
    pub noted: Vec<Noted>,
    /// Event to send to all viewers.
    pub tell: Option<AlertEvent>,
    /// The caller still gets this refusal.
    pub refused: Option<Problem>,
}

/// A timeline entry, with the guards to page for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// The timeline entry.
    pub entry: Entry,
    /// Who is paged.
    pub page: Option<Page>,
}

impl Decision {
    pub(super) fn tell(event: AlertEvent) -> Self {
        Self { tell: Some(event), ..Self::default() }
    }
}

impl Alert {
    /// Raises an alert.
    pub fn raise(new: NewAlert, user: Who, settings: &AlertSettings, now: Timestamp) -> (Self, Decision) {
        let mut alert = Self {
            id: new.id,
            user: user.clone(),
            apartment: new.apartment,
            location: new.location,
            note: new.note,
            drill: new.drill,
            status: Status::Triggered,
            presses: 1,
            pressed_at: now,
            created_at: now,
            updated_at: now,
            acknowledged_by: None,
            acknowledged_at: None,
            responding_at: None,
            closed_by: None,
            closed_at: None,
            reason: None,
            duress_at: None,
            duress_pins: 0,
            is_apart: false,
            is_by_guard: false,
            pretence: None,
            wrong_pins: 0,
            escalation: Escalation::begin(settings.escalation.clone(), now),
            entries: 0,
            rounds: Rounds::default(),
        };
        let triggered = What::Triggered { left_out: new.left_out };
        let noted = alert.note(triggered, Some(user), Some(Page::guards()), now);
        (alert, Decision { noted, ..Decision::tell(AlertEvent::Triggered) })
    }

    /// The owner presses again while the alert is open: it stays one alert. A new location or note replaces the old
    /// one. A press within one second of the last one, or on a closed alert, changes nothing.
    pub fn press_again(&mut self, new: NewAlert, by: Who, now: Timestamp) -> Decision {
        // Under duress a press is never a tremble: to the owner it raises an alert.
        let is_tremble = now.since(self.pressed_at) < PRESS_WINDOW_MS && self.duress_at.is_none();
        if is_tremble || !self.is_open() {
            return Decision::default();
        }
        self.join(new, now);
        let mut decision = Decision::tell(AlertEvent::Updated);
        if self.presses <= MAX_PRESSES_RECORDED {
            let pressed = What::PressedAgain { presses: self.presses };
            // Escalation is exhausted and nobody has acknowledged: this press restarts it.
            let page = (self.status == Status::Triggered && self.due_at().is_none()).then(|| {
                self.escalation.restart(now);
                Page::guards()
            });
            decision.noted = self.note(pressed, Some(by), page, now);
        }
        decision
    }

    /// Applies the action of an authorized user. 409 if another guard acknowledged first or the alert is closed.
    /// Repeating one's own action succeeds and changes nothing.
    pub fn act(&mut self, act: Act, by: Who, now: Timestamp) -> Result<Decision, Problem> {
        match act {
            Act::Cancel(cause, verdict) => self.cancel(cause, verdict, by, now),
            // It would stop the escalation to those who can help.
            Act::Acknowledge | Act::Respond if self.is_of(&by.id) => {
                Err(Problem::new(Kind::Forbidden, "who raised an alert cannot take it: another guard has to"))
            }
            act if !self.is_open() => self.repeated(&act, &by),
            Act::Acknowledge => self.take(Status::Acknowledged, by, now),
            Act::Respond => self.take(Status::Responding, by, now),
            Act::Resolve(cause) => Ok(self.close(Status::Resolved, cause, by, now)),
            Act::FalseAlarm(cause) => Ok(self.close(Status::FalseAlarm, cause, by, now)),
        }
    }

    /// The alert is closed: only the user who closed it may repeat the same action.
    fn repeated(&self, act: &Act, by: &Who) -> Result<Decision, Problem> {
        let would_be = match act {
            Act::Resolve(_) => Some(Status::Resolved),
            Act::FalseAlarm(_) => Some(Status::FalseAlarm),
            Act::Cancel(..) => Some(Status::Cancelled),
            Act::Acknowledge | Act::Respond => None,
        };
        let is_theirs = self.closed_by.as_ref().is_some_and(|closer| closer.id == by.id);
        if would_be == Some(self.status) && is_theirs {
            return Ok(Decision::default());
        }
        Err(is_over(self.status))
    }

    fn take(&mut self, status: Status, by: Who, now: Timestamp) -> Result<Decision, Problem> {
        let is_taken_by_other = self.acknowledged_by.as_ref().is_some_and(|holder| holder.id != by.id);
        if is_taken_by_other {
            return Err(Problem::new(Kind::Conflict, "somebody else has taken the alert"));
        }
        // A repeat by the same guard shows that they are active, so the stale timer restarts.
        self.escalation.answered(now);
        if self.status >= status {
            return Ok(Decision::default());
        }
        self.status = status;
        self.updated_at = now;
        self.acknowledged_by.get_or_insert_with(|| by.clone());
        self.acknowledged_at.get_or_insert(now);
        let what = if status == Status::Responding {
            self.responding_at = Some(now);
            What::Responding
        } else {
            What::Acknowledged
        };
        let noted = self.note(what, Some(by), None, now);
        Ok(Decision { noted, ..Decision::tell(AlertEvent::Updated) })
    }

    fn close(&mut self, status: Status, cause: Cause, by: Who, now: Timestamp) -> Decision {
        self.status = status;
        (self.updated_at, self.closed_at) = (now, Some(now));
        self.closed_by = Some(by.clone());
        self.reason.clone_from(&cause.reason);
        self.escalation.end();
        let Cause { reason, note } = cause;
        let what = match status {
            Status::FalseAlarm => What::FalseAlarm { reason: reason.unwrap_or_default(), note },
            Status::Cancelled => What::Cancelled { reason },
            _ => What::Resolved { reason, note },
        };
        let is_unnoted_round = status == Status::Cancelled && self.rounds.owed_at.take().is_some();
        let noted = if is_unnoted_round { Vec::new() } else { self.note(what, Some(by), None, now) };
        Decision { noted, ..Decision::tell(AlertEvent::Updated) }
    }

    /// What can be answered to a cancellation before its PIN is checked: `Ok(false)` if it repeats an earlier one, a
    /// refusal, or `Ok(true)` if the PIN decides. Deriving a PIN takes time, and must not be worth it for guessing.
    pub fn awaits_pin(&self, by: &UserId) -> Result<bool, Problem> {
        if !self.is_open() {
            let is_theirs = self.closed_by.as_ref().is_some_and(|closer| closer.id == *by);
            let is_repeated = self.status == Status::Cancelled && is_theirs;
            return if is_repeated { Ok(false) } else { Err(is_over(self.status)) };
        }
        if self.wrong_pins >= MAX_WRONG_PINS {
            return Err(Problem::new(Kind::Forbidden, "too many wrong PINs: only a guard can end this alert now"));
        }
        Ok(true)
    }

    fn cancel(&mut self, cause: Cause, verdict: Verdict, by: Who, now: Timestamp) -> Result<Decision, Problem> {
        if !self.awaits_pin(&by.id)? {
            return Ok(Decision::default());
        }
        match verdict {
            Verdict::NotNeeded | Verdict::Right => Ok(self.close(Status::Cancelled, cause, by, now)),
            Verdict::Missing => Err(Problem::field("pin", "is needed to cancel")),
            Verdict::Wrong => {
                let refused = Some(Problem::new(Kind::Forbidden, "the PIN is wrong"));
                Ok(Decision { refused, ..self.wrong_pin(by, now) })
            }
            Verdict::Duress => Ok(self.under_duress(cause, by, now)),
        }
    }

    /// The owner cancels the guards' alert behind their view.
    pub fn withdraw(&mut self, cause: Cause, by: Who, now: Timestamp) -> Decision {
        self.close(Status::Cancelled, cause, by, now)
    }

    /// The owner gave a wrong PIN.
    pub fn wrong_pin(&mut self, by: Who, now: Timestamp) -> Decision {
        self.wrong_pins = self.wrong_pins.saturating_add(1);
        self.updated_at = now;
        let is_noted = self.wrong_pins <= MAX_PINS_RECORDED;
        let noted = if is_noted { self.note(What::WrongPin, Some(by), None, now) } else { Vec::new() };
        Decision { noted, ..Decision::tell(AlertEvent::Updated) }
    }

    /// The owner gave the duress PIN. The alert stays open, and the owner sees a view of their own from now on.
    pub fn under_duress(&mut self, cause: Cause, by: Who, now: Timestamp) -> Decision {
        self.duress_at.get_or_insert(now);
        self.is_apart = true;
        self.updated_at = now;
        self.duress_pins = self.duress_pins.saturating_add(1);
        // Guards are paged even if one has acknowledged: they must know that the owner is under duress.
        let what = What::Duress { reason: cause.reason };
        let is_noted = self.duress_pins <= MAX_PINS_RECORDED;
        let noted = if is_noted { self.note(what, Some(by), Some(Page::guards()), now) } else { Vec::new() };
        Decision { noted, ..Decision::tell(AlertEvent::Updated) }
    }

    /// Does the due step, if any. Idempotent: it does nothing before `due_at`. A late call does one step only.
    pub fn tick(&mut self, now: Timestamp) -> Decision {
        if !self.is_open() || self.due_at().is_none_or(|due| due > now) {
            return Decision::default();
        }
        self.updated_at = now;
        if self.escalation.due_at.is_none_or(|due| due > now) {
            return Decision { noted: self.note_reopening(now), ..Decision::tell(AlertEvent::Updated) };
        }
        let (what, page) = if self.status == Status::Triggered {
            match self.escalation.advance(now) {
                Some(page) => (What::Escalated { level: self.escalation.level, page: page.clone() }, Some(page)),
                None => (What::Exhausted, None),
            }
        } else {
            self.status = Status::Triggered;
            self.escalation.restart(now);
            (What::Lapsed, Some(Page::guards()))
        };
        let by = self.acknowledged_by.take();
        (self.acknowledged_at, self.responding_at) = (None, None);
        let noted = self.note(what, by, page, now);
        Decision { noted, ..Decision::tell(AlertEvent::Updated) }
    }

    /// Updates the owner's place. Returns false if nothing changed: the alert is closed or the known place is newer.
    pub fn locate(&mut self, location: Location, now: Timestamp) -> bool {
        if !self.is_open() || self.location.as_ref().is_some_and(|known| known.at > location.at) {
            return false;
        }
        self.location = Some(location);
        self.updated_at = now;
        true
    }

    /// Appends an entry to the timeline, after the one of a reopening that still has none.
    pub(super) fn note(&mut self, what: What, by: Option<Who>, page: Option<Page>, at: Timestamp) -> Vec<Noted> {
        let mut noted = Vec::new();
        if self.rounds.owed_at.is_some() {
            let reopened = self.note_reopening(at);
            let page = |reopened: Noted| Noted { page: reopened.page.filter(|_| !what.is_answer()), ..reopened };
            noted.extend(reopened.into_iter().map(page));
        }
        self.entries = self.entries.saturating_add(1);
        noted.push(Noted { entry: Entry { number: self.entries, at, by, what }, page });
        noted
    }
}

fn is_over(status: Status) -> Problem {
    Problem::new(Kind::Conflict, format!("the alert is over: {}", status.as_str()))
}
