//! Budgets for what one owner does with their alert: of events for dashboards, of events for the owner's own channel, and
//! of cancellations.
//!
//! The first changes of an owner are sent at once, and later ones at a sustained rate, each with the state at that time: an
//! owner who raises and cancels hundreds of times a minute delays no alert of another. What guards do, escalations, and
//! whatever pages guards (the first press, the first reopenings, duress) are sent at once always. What is delayed for
//! dashboards is marked in the database, so that the alarm sends it if the object dies. The owner's budget depends only on
//! what the owner sees, so it tells nothing about the alert behind a view.
//!
//! A press is done at once, always. After the first cancellations each further one waits for its turn, and a press of the owner
//! during the wait refuses it, because the owner wants help.

use super::Object;
use super::notify::event_of;
use crate::revoking;
use campana_core::accounts::principal::Principal;
use campana_core::alerts::wire::AlertEvent;
use campana_core::alerts::{Alert, AlertId, Decision};
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::rate::TokenBucket;
use campana_core::shared::timestamp::Timestamp;
use campana_core::shared::turns::{TurnRate, Turns};
use campana_runtime::Hosted;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// Events sent at once.
const BURST: u32 = 20;
/// Sustained rate of events.
const PER_SECOND: u32 = 2;
/// Turns of an owner's cancellations.
const CANCELLATIONS: TurnRate = TurnRate { interval_ms: 250, burst: 10, longest_wait_ms: 2_000 };
/// Owners whose budget is remembered; it is full for all others.
const MAX_OWNERS: usize = 1_000;

/// Budgets by owner, and alerts with a delayed event, in memory.
#[derive(Default)]
pub(super) struct Pacing {
    for_dashboards: Budgets,
    for_owners: Budgets,
    cancellations: RefCell<HashMap<UserId, Cancellations>>,
    /// Alerts with a dashboard event that waits for the budget.
    delayed: RefCell<HashSet<AlertId>>,
    /// Alerts, as their owner sees them, with an owner's event that waits for the budget.
    delayed_for_owner: RefCell<HashSet<AlertId>>,
    /// Alerts that moved without an event.
    moved: RefCell<HashSet<AlertId>>,
}

impl Pacing {
    /// Whether an event about the alert is sent later.
    pub(super) fn is_delayed(&self, id: &AlertId) -> bool {
        self.delayed.borrow().contains(id) || self.moved.borrow().contains(id)
    }
}

/// Cancellations of an owner.
#[derive(Default)]
struct Cancellations {
    turns: Turns,
    /// Presses since the first of them.
    presses: u64,
}

impl Pacing {
    /// The owner pressed: the owner's cancellations that wait are refused.
    pub(super) fn pressed(&self, owner: &UserId) {
        if let Some(of_owner) = self.cancellations.borrow_mut().get_mut(owner) {
            of_owner.presses = of_owner.presses.saturating_add(1);
        }
    }

    fn presses(&self, owner: &UserId) -> Option<u64> {
        self.cancellations.borrow().get(owner).map(|of_owner| of_owner.presses)
    }

    /// Reserves a turn for a cancellation. Returns the wait until it, milliseconds; the error is one that is too long.
    fn turn_to_cancel(&self, owner: &UserId, now: Timestamp) -> Result<u64, u64> {
        let mut owners = self.cancellations.borrow_mut();
        if owners.len() >= MAX_OWNERS && !owners.contains_key(owner) {
            owners.clear();
        }
        owners.entry(owner.clone()).or_default().turns.reserve(CANCELLATIONS, now)
    }
}

#[derive(Default)]
struct Budgets(RefCell<HashMap<UserId, TokenBucket>>);

impl Budgets {
    /// Takes an event of the owner's budget. On failure, milliseconds until the next one.
    fn take(&self, owner: &UserId, now: Timestamp) -> Result<(), u64> {
        let mut budgets = self.0.borrow_mut();
        if budgets.len() >= MAX_OWNERS && !budgets.contains_key(owner) {
            budgets.clear();
        }
        let budget = budgets.entry(owner.clone()).or_insert_with(|| TokenBucket::full(BURST, now));
        budget.take(PER_SECOND, BURST, now)
    }
}

impl Object {
    /// Waits for the turn of the user to cancel their alert. A revocation during the wait refuses it too.
    pub(super) async fn await_turn_to_cancel(&self, who: &Principal) -> Result<(), Problem> {
        let owner = &who.user_id;
        let wait = match self.pacing.turn_to_cancel(owner, self.context.now()) {
            Ok(0) => return Ok(()),
            Ok(wait) => wait,
            Err(wait) => return Err(Problem::rate_limited("too many cancellations: wait before the next one", wait)),
        };
        let before = self.pacing.presses(owner);
        self.context.sleep(u32::try_from(wait).unwrap_or(u32::MAX)).await;
        revoking::check(self, who)?;
        if self.pacing.presses(owner) == before {
            Ok(())
        } else {
            Err(Problem::new(Kind::Conflict, "the alert was raised again while the cancellation waited"))
        }
    }

    /// Notifies the dashboards of a decision, now or when its owner's budget allows it.
    pub(super) fn notify_paced(self: &Rc<Self>, alert: &Alert, decision: &Decision, event: AlertEvent, seq: i64) {
        self.pacing.moved.borrow_mut().remove(&alert.id);
        let calls_guards = decision.noted.iter().any(|noted| noted.page.is_some());
        let is_paced = is_of_owner(alert, decision) && !calls_guards;
        let wait = if is_paced { self.pacing.for_dashboards.take(&alert.user.id, self.context.now()) } else { Ok(()) };
        let Err(wait) = wait else {
            self.pacing.delayed.borrow_mut().remove(&alert.id);
            return self.notify(alert, event, seq);
        };
        if !self.pacing.delayed.borrow_mut().insert(alert.id.clone()) {
            return;
        }
        let (owner, id) = (alert.user.id.clone(), alert.id.clone());
        self.spawn(async move |object| {
            object.context.sleep(u32::try_from(wait).unwrap_or(u32::MAX)).await;
            // An event sent during the delay has carried the newest state and removed the mark.
            if !object.pacing.delayed.borrow_mut().remove(&id) {
                return;
            }
            // It is sent in any case; whatever else took the token only makes the rate higher for once.
            let _counted = object.pacing.for_dashboards.take(&owner, object.context.now());
            if let Ok(Some((seq, alert))) = object.rows.untold_of(&id) {
                object.notify(&alert, event_of(&alert), seq);
            }
        });
    }

    /// Notifies the owner of a decision about an alert as they see it, now or when their budget allows it.
    pub(super) fn notify_owner_paced(self: &Rc<Self>, seen: &Alert, decision: &Decision, event: AlertEvent) {
        let owner = &seen.user.id;
        let is_paced = is_of_owner(seen, decision);
        let wait = if is_paced { self.pacing.for_owners.take(owner, self.context.now()) } else { Ok(()) };
        let Err(wait) = wait else {
            self.pacing.delayed_for_owner.borrow_mut().remove(&seen.id);
            return self.notify_owner(seen, event);
        };
        if !self.pacing.delayed_for_owner.borrow_mut().insert(seen.id.clone()) {
            return;
        }
        let (owner, id) = (owner.clone(), seen.id.clone());
        self.spawn(async move |object| {
            object.context.sleep(u32::try_from(wait).unwrap_or(u32::MAX)).await;
            if !object.pacing.delayed_for_owner.borrow_mut().remove(&id) {
                return;
            }
            let _counted = object.pacing.for_owners.take(&owner, object.context.now());
            if let Ok(Some(own)) = object.rows.own(&owner, &id) {
                object.notify_owner(own.alert(), event_of(own.alert()));
            }
        });
    }

    /// Notifies dashboards, clients and the owner of an alert's location after a delay, unless an earlier event carries it. It has
    /// its own timer, because the alarm also fires for work about the guards' alert, and its time would reveal that work to
    /// an owner under duress.
    pub(super) fn notify_moved(self: &Rc<Self>, id: &AlertId, wait_ms: i64) {
        if !self.pacing.moved.borrow_mut().insert(id.clone()) {
            return;
        }
        let id = id.clone();
        self.spawn(async move |object| {
            object.context.sleep(u32::try_from(wait_ms).unwrap_or(u32::MAX)).await;
            if object.pacing.moved.borrow_mut().remove(&id)
                && let Ok(Some((seq, alert))) = object.rows.untold_of(&id)
            {
                object.notify_again(&alert, seq);
            }
        });
    }
}

/// Whether the owner made the decision's last change.
fn is_of_owner(alert: &Alert, decision: &Decision) -> bool {
    let by = decision.noted.last().map(|noted| noted.entry.by.as_ref());
    by.is_none_or(|by| by.is_some_and(|by| by.id == alert.user.id))
}
