//! What an object with connections tells its app's ledger, and how it asks for room.
//!
//! Telling is off everybody's path: in the background, at most once in two seconds, and what has to wait longer goes
//! with the next flush or the alarm. Only where the app sets a maximum is the ledger asked before a connection is
//! taken in; if it does not answer, people are let in.

use crate::{ledger, platform};
use campana_core::accounts::ledger::{Caps, Due, Here, Holder, Kind, Verdict};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::problem::{self, Problem};
use campana_core::shared::timestamp::Timestamp;
use futures_channel::oneshot;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use worker::{Env, State};

/// Longest wait that is worth keeping the object awake for; a longer one is left to the alarm.
const SHORT_WAIT_MS: u64 = 1_000;
/// How soon the alarm tells what nothing else has told.
const SAFETY_MS: i64 = 5_000;

/// An object with connections, as the ledger knows it.
pub(crate) struct Standing {
    pub(crate) tenant: TenantId,
    pub(crate) source: String,
    pub(crate) kind: Kind,
    pub(crate) connections: usize,
    pub(crate) people: usize,
    /// Messages ever sent here.
    pub(crate) sent: i64,
    /// Of them, those that the ledger has counted.
    pub(crate) sent_counted: i64,
    pub(crate) caps: Caps,
}

impl Standing {
    fn here(&self) -> Here<'_> {
        Here {
            source: &self.source,
            kind: self.kind,
            connections: number(self.connections),
            people: number(self.people),
            sent: self.sent,
            sent_counted: self.sent_counted,
            caps: self.caps,
        }
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// An object that tells.
pub(crate) trait Tells: 'static {
    /// Its teller.
    fn teller(&self) -> &Teller;
    /// What the platform gave it.
    fn platform(&self) -> (&State, &Env);
    /// How it stands; nothing as long as it does not know whose it is.
    fn standing(&self) -> Option<Standing>;
    /// How many connections a person has open here.
    fn open_of(&self, user: &UserId) -> usize;
    /// Who is here.
    fn people(&self) -> Vec<UserId>;
    /// The ledger has counted so many of the messages sent here.
    fn counted(&self, sent: i64);
    /// Arms the alarm, from which the object calls [`tell_soon`].
    fn arm(&self, at: Timestamp);
}

/// Where telling stands, in memory.
#[derive(Default)]
pub(crate) struct Teller {
    holder: Rc<RefCell<Holder>>,
    waiting: RefCell<HashMap<u32, Waiting>>,
    sleeps: Cell<bool>,
}

struct Waiting {
    user: UserId,
    answer: oneshot::Sender<Result<Seat, Verdict>>,
}

/// Room for one connection, until it is dropped: then the connection is open and counts itself, or will not open.
pub(crate) struct Seat {
    holder: Rc<RefCell<Holder>>,
    user: UserId,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.holder.borrow_mut().leave_seat(&self.user);
    }
}

impl Teller {
    /// A connection of this person opened or closed; [`tell_soon`] is to follow.
    pub(crate) fn changed(&self, user: &UserId) {
        self.holder.borrow_mut().changed(user);
    }

    fn seat(&self, user: &UserId) -> Seat {
        Seat { holder: Rc::clone(&self.holder), user: user.clone() }
    }

    fn hear(&self, told: Vec<(u32, Verdict)>) {
        for (ticket, verdict) in told {
            let Some(Waiting { user, answer }) = self.waiting.borrow_mut().remove(&ticket) else { continue };
            let outcome = if verdict == Verdict::Admitted { Ok(self.seat(&user)) } else { Err(verdict) };
            // Whoever has gone meanwhile leaves the seat.
            let _gone = answer.send(outcome);
        }
    }
}

/// Room for one more connection of this person. Nothing, at once, in an app without a maximum.
pub(crate) async fn enter<O: Tells>(object: &Rc<O>, user: &UserId) -> Result<Option<Seat>, Problem> {
    let Some(standing) = object.standing().filter(|standing| standing.caps.any()) else { return Ok(None) };
    let teller = object.teller();
    let open = number(standing.connections);
    let has_room = teller.holder.borrow_mut().take_seat(user, open, standing.caps);
    if has_room {
        return Ok(Some(teller.seat(user)));
    }
    let ticket = teller.holder.borrow_mut().wait(user);
    let (answer, heard) = oneshot::channel();
    teller.waiting.borrow_mut().insert(ticket, Waiting { user: user.clone(), answer });
    start(object);
    match heard.await {
        Ok(Ok(seat)) => Ok(Some(seat)),
        Ok(Err(verdict)) => verdict.refusal().map(|()| None),
        Err(_) => Err(Problem::new(problem::Kind::Internal, "nobody was told whether there is room")),
    }
}

/// Tells what changed, now or later, never on the path of whoever calls.
pub(crate) fn tell_soon<O: Tells>(object: &Rc<O>) {
    let Some(standing) = object.standing() else { return };
    let now = platform::now();
    let teller = object.teller();
    let due = teller.holder.borrow().due(&standing.here(), now);
    match due {
        Due::No => {}
        Due::Now => start(object),
        Due::At(at) if standing.caps.any() && at.since(now) <= SHORT_WAIT_MS => {
            if teller.sleeps.replace(true) {
                return;
            }
            let sleeper = Rc::clone(object);
            object.platform().0.wait_until(async move {
                platform::sleep(u32::try_from(at.since(now)).unwrap_or(0)).await;
                sleeper.teller().sleeps.set(false);
                tell_soon(&sleeper);
            });
        }
        Due::At(at) => object.arm(at.max(now.plus_millis(SAFETY_MS))),
    }
}

fn start<O: Tells>(object: &Rc<O>) {
    let teller = Rc::clone(object);
    object.platform().0.wait_until(async move { tell(&teller).await });
}

/// Tells, as long as somebody waits for an answer. Does nothing while that already happens.
async fn tell<O: Tells>(object: &Rc<O>) {
    loop {
        let Some(standing) = object.standing() else { return };
        let teller = object.teller();
        let tally = teller.holder.borrow_mut().write(
            &standing.here(),
            platform::now(),
            |user| number(object.open_of(user)),
            || object.people(),
        );
        let Some(tally) = tally else { return };
        let answer = ledger::tell(object.platform().1, &standing.tenant, &tally).await;
        let told = match answer {
            Ok(granted) => {
                if granted.turn == tally.turn {
                    object.counted(tally.sent);
                }
                teller.holder.borrow_mut().answered(&granted, platform::now())
            }
            Err(error) => {
                tracing::warn!(at = "ledger", detail = %error);
                teller.holder.borrow_mut().failed(platform::now())
            }
        };
        teller.hear(told);
        if !teller.holder.borrow().has_waiting() {
            break;
        }
    }
    tell_soon(object);
}
