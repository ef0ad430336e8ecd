//! The alert as a state machine. Every transition is decided on the alert as it stands, by its only writer.

use super::entry::{Entry, What};
use super::escalation::{Escalation, Page};
use super::pin::Verdict;
use super::settings::AlertSettings;
use super::wire::AlertEvent;
use super::{Alert, Location, NewAlert, Pretence, Status, Who};
use crate::shared::problem::{Kind, Problem};
use crate::shared::timestamp::Timestamp;

/// Presses sooner after each other than this are one, milliseconds: a thumb that trembles.
const PRESS_WINDOW_MS: u64 = 1_000;
/// Presses that are recorded one by one; later ones are counted.
const MAX_PRESSES_RECORDED: u32 = 100;
/// Wrong PINs after which only a guard can end an alert.
pub const MAX_WRONG_PINS: u32 = 5;

/// What somebody wants to happen to an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Take it.
    Acknowledge,
    /// Take it, and go there.
    Respond,
    /// It was attended to.
    Resolve(Cause),
    /// There was nothing. The reason is there.
    FalseAlarm(Cause),
    /// Take back one's own.
    Cancel(Cause, Verdict),
}

/// Why an alert ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cause {
    /// In a few words.
    pub reason: Option<String>,
    /// In more of them.
    pub note: Option<String>,
}

/// What comes of something that happened to an alert. The alert itself has changed already, and is to be kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// What its timeline is to say.
    pub noted: Vec<Noted>,
    /// What everybody is to be told.
    pub tell: Option<AlertEvent>,
    /// Whoever asked for it is refused all the same.
    pub refused: Option<Problem>,
}

/// An entry of the timeline, and who is to be asked to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// What happened.
    pub entry: Entry,
    /// Who is asked.
    pub page: Option<Page>,
}

impl Decision {
    fn tell(event: AlertEvent) -> Self {
        Self { tell: Some(event), ..Self::default() }
    }
}

impl Alert {
    /// An alert begins.
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

    /// Whoever raised it presses again while it is open: it stays one alert. What they say of themselves now replaces what
    /// they said before. A repeat within a second changes nothing, and what is over stays over.
    pub fn press_again(&mut self, new: NewAlert, by: Who, now: Timestamp) -> Decision {
        let is_tremble = now.since(self.pressed_at) < PRESS_WINDOW_MS && self.duress_at.is_none();
        if is_tremble || !self.is_open() {
            return Decision::default();
        }
        self.presses = self.presses.saturating_add(1);
        (self.pressed_at, self.updated_at) = (now, now);
        // They ask for help where they can be seen to ask for it.
        (self.duress_at, self.pretence) = (None, None);
        self.location = new.location.or_else(|| self.location.take());
        self.note = new.note.or_else(|| self.note.take());
        let mut decision = Decision::tell(AlertEvent::Updated);
        if self.presses <= MAX_PRESSES_RECORDED {
            let pressed = What::PressedAgain { presses: self.presses };
            // Nobody came, and nobody is asked any more: this call is heard like the first.
            let page = (self.status == Status::Triggered && self.due_at().is_none()).then(|| {
                self.escalation.restart(now);
                Page::guards()
            });
            decision.noted.push(self.note(pressed, Some(by), page, now));
        }
        decision
    }

    /// Somebody acts, who may. 409 if that cannot be: somebody else was first, or it is over. Who does again what they did
    /// already is told so, and nothing happens.
    pub fn act(&mut self, act: Act, by: Who, now: Timestamp) -> Result<Decision, Problem> {
        match act {
            Act::Cancel(cause, verdict) => self.cancel(cause, verdict, by, now),
            // They are made to believe that it is cancelled, also if they attend to alerts themselves.
            _ if self.duress_at.is_some() && self.is_of(&by.id) => Err(is_over(Status::Cancelled)),
            act if !self.is_open() => self.repeated(&act, &by),
            Act::Acknowledge => self.take(Status::Acknowledged, by, now),
            Act::Respond => self.take(Status::Responding, by, now),
            Act::Resolve(cause) => Ok(self.close(Status::Resolved, cause, by, now)),
            Act::FalseAlarm(cause) => Ok(self.close(Status::FalseAlarm, cause, by, now)),
        }
    }

    /// It is over: only who ended it this very way may do it again.
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
        // Who has it says so once more: they are still there.
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
                // To them it has been cancelled for long.
                Some(_) => Ok(Decision::default()),
                None => self.repeated(&Act::Cancel(cause, verdict), &by),
            };
        }
        if self.duress_at.is_some() {
            return Ok(Decision::default());
        }
        // Whatever the next one is: else whoever tries them all would be told which is right.
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
                // Whoever has it has to know, and those who have not, that this is no game.
                let what = What::Duress { reason: cause.reason };
                let noted = vec![self.note(what, Some(by), Some(Page::guards()), now)];
                Ok(Decision { noted, ..Decision::tell(AlertEvent::Updated) })
            }
        }
    }

    /// Time has passed. Does what is due, if anything is: what is not due yet, or was done already, is not done again, however
    /// often this is called; and however late it is called, it is one step.
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

    /// Whoever raised it is there now. True if it is news to anybody: an older place than the one that is known is not.
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
