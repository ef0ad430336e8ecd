//! The alert's state machine. The desk is the only writer, so each transition is decided on the current state.

use super::entry::{Entry, What};
use super::escalation::{Escalation, Page};
use super::pin::Verdict;
use super::settings::AlertSettings;
use super::wire::AlertEvent;
use super::{Alert, Location, NewAlert, Pretence, Status, Who};
use crate::shared::problem::{Kind, Problem};
use crate::shared::timestamp::Timestamp;

/// Debounce window in milliseconds: presses closer together than this count as one.
const PRESS_WINDOW_MS: u64 = 1_000;
/// Presses with a timeline entry each; later ones are only counted.
const MAX_PRESSES_RECORDED: u32 = 100;
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
    /// Cancel one's own alert.
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
    fn tell(event: AlertEvent) -> Self {
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
            pretence: None,
            wrong_pins: 0,
            escalation: Escalation::begin(settings.escalation.clone(), now),
            entries: 0,
        };
        let triggered = What::Triggered { left_out: new.left_out };
        let noted = alert.note(triggered, Some(user), Some(Page::guards()), now);
        (alert, Decision { noted: vec![noted], ..Decision::tell(AlertEvent::Triggered) })
    }

    /// The owner presses again while the alert is open: it stays one alert. A new location or note replaces the old
    /// one. A press within one second of the last one, or on a closed alert, changes nothing.
    pub fn press_again(&mut self, new: NewAlert, by: Who, now: Timestamp) -> Decision {
        let is_tremble = now.since(self.pressed_at) < PRESS_WINDOW_MS && self.duress_at.is_none();
        if is_tremble || !self.is_open() {
            return Decision::default();
        }
        self.presses = self.presses.saturating_add(1);
        (self.pressed_at, self.updated_at) = (now, now);
        // The owner asks for help openly, so the pretence ends.
        (self.duress_at, self.pretence) = (None, None);
        self.location = new.location.or_else(|| self.location.take());
        self.note = new.note.or_else(|| self.note.take());
        let mut decision = Decision::tell(AlertEvent::Updated);
        if self.presses <= MAX_PRESSES_RECORDED {
            let pressed = What::PressedAgain { presses: self.presses };
            // Escalation is exhausted and nobody has acknowledged: this press restarts it.
            let page = (self.status == Status::Triggered && self.due_at().is_none()).then(|| {
                self.escalation.restart(now);
                Page::guards()
            });
            decision.noted.push(self.note(pressed, Some(by), page, now));
        }
        decision
    }

    /// Applies the action of an authorized user. 409 if another guard acknowledged first or the alert is closed.
    /// Repeating one's own action succeeds and changes nothing.
    pub fn act(&mut self, act: Act, by: Who, now: Timestamp) -> Result<Decision, Problem> {
        match act {
            Act::Cancel(cause, verdict) => self.cancel(cause, verdict, by, now),
            // To the owner the alert is cancelled, even if the owner is a guard.
            _ if self.duress_at.is_some() && self.is_of(&by.id) => Err(is_over(Status::Cancelled)),
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
        let noted = vec![self.note(what, Some(by), None, now)];
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
        let noted = vec![self.note(what, Some(by), None, now)];
        Decision { noted, ..Decision::tell(AlertEvent::Updated) }
    }

    fn cancel(&mut self, cause: Cause, verdict: Verdict, by: Who, now: Timestamp) -> Result<Decision, Problem> {
        if !self.is_open() {
            return match self.duress_at {
                // The owner has seen it as cancelled since the duress PIN.
                Some(_) => Ok(Decision::default()),
                None => self.repeated(&Act::Cancel(cause, verdict), &by),
            };
        }
        if self.duress_at.is_some() {
            return Ok(Decision::default());
        }
        // Checked before the verdict: otherwise trying all PINs would reveal the right one.
        if self.wrong_pins >= MAX_WRONG_PINS {
            return Err(Problem::new(Kind::Forbidden, "too many wrong PINs: only a guard can end this alert now"));
        }
        match verdict {
            Verdict::NotNeeded | Verdict::Right => Ok(self.close(Status::Cancelled, cause, by, now)),
            Verdict::Missing => Err(Problem::field("pin", "is needed to cancel")),
            Verdict::Wrong => {
                self.wrong_pins = self.wrong_pins.saturating_add(1);
                self.updated_at = now;
                let noted = vec![self.note(What::WrongPin, Some(by), None, now)];
                let refused = Some(Problem::new(Kind::Forbidden, "the PIN is wrong"));
                Ok(Decision { noted, refused, ..Decision::tell(AlertEvent::Updated) })
            }
            Verdict::Duress => {
                self.duress_at = Some(now);
                self.updated_at = now;
                self.pretence = Some(Box::new(Pretence {
                    reason: cause.reason.clone(),
                    location: self.location.clone(),
                    level: self.escalation.level,
                    acknowledged_by: self.acknowledged_by.clone(),
                    acknowledged_at: self.acknowledged_at,
                    responding_at: self.responding_at,
                }));
                // Guards are paged even if one has acknowledged: they must know that the owner is under duress.
                let what = What::Duress { reason: cause.reason };
                let noted = vec![self.note(what, Some(by), Some(Page::guards()), now)];
                Ok(Decision { noted, ..Decision::tell(AlertEvent::Updated) })
            }
        }
    }

    /// Does the due step, if any. Idempotent: it does nothing before `due_at`. A late call does one step only.
    pub fn tick(&mut self, now: Timestamp) -> Decision {
        if !self.is_open() || self.due_at().is_none_or(|due| due > now) {
            return Decision::default();
        }
        self.updated_at = now;
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
        let noted = vec![self.note(what, by, page, now)];
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

    fn note(&mut self, what: What, by: Option<Who>, page: Option<Page>, at: Timestamp) -> Noted {
        self.entries = self.entries.saturating_add(1);
        Noted { entry: Entry { number: self.entries, at, by, what }, page }
    }
}

fn is_over(status: Status) -> Problem {
    Problem::new(Kind::Conflict, format!("the alert is over: {}", status.as_str()))
}
