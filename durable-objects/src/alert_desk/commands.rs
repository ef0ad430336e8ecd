//! Commands of functions: raise, act, view. Each command has one authorization rule, applied here.

use super::rows::Held;
use super::{Object, Outcome};
use crate::platform::log_failure;
use crate::reclaim::HoldsSessions;
use crate::revoking;
use crate::subscriptions;
use campana_core::accounts::principal::Principal;
use campana_core::accounts::principal::VIEW_PANIC_ALERTS;
use campana_core::alerts::command::{
    AlertAction, DeskAnswer, DeskCommand, DeskRefusal, DeskReply, DeskRequest, Sweep, Swept,
};
use campana_core::alerts::notification::{AlertStateAnswer, AlertStateQuery};
use campana_core::alerts::pin::{KeptPins, NewPins, Verdict};
use campana_core::alerts::record::{Milestone, Via};
use campana_core::alerts::{Act, Alert, AlertId, Cause, MAX_WRONG_PINS, Status, Who};
use campana_core::pusher::link::{Refusal, Whose};
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::{Kind, Problem};
use std::rc::Rc;

/// Window in which wrong PINs are counted, and the wait after too many, milliseconds.
const WRONG_PINS_KEPT_MS: u64 = 15 * 60_000;

impl Object {
    /// Executes a command and logs a refusal.
    pub(super) async fn command(self: &Rc<Self>, request: DeskRequest) -> DeskAnswer {
        let request_id = request.request_id.clone();
        let outcome = self.execute(request).await;
        if let Err(refusal) = &outcome {
            log_failure("alert_desk.command", request_id.as_deref(), &refusal.problem);
        }
        outcome
    }

    async fn execute(self: &Rc<Self>, request: DeskRequest) -> DeskAnswer {
        let DeskRequest { app_config, settings, principal, command, .. } = request;
        revoking::check(&**self, &principal)?;
        if !matches!(command, DeskCommand::Status) {
            self.remember(&app_config.tenant, &app_config.limits, &settings)?;
        }
        match command {
            DeskCommand::Raise { alert } => self.raise(&principal, *alert),
            DeskCommand::Act { id, action } => {
                if matches!(action, AlertAction::Cancel { .. }) {
                    self.await_turn_to_cancel(&principal).await?;
                }
                self.act(&principal, &id, action)
            }
            DeskCommand::Locate { id, location } => self.locate(&principal, &id, location),
            DeskCommand::Receipts { ids, state } => {
                self.check_guard(&principal)?;
                self.received(&ids, &principal.user_id, Via::Http, Milestone::Receipt(state));
                Ok(DeskReply::Done)
            }
            DeskCommand::View { id } => {
                let held = self.visible(&principal, &id)?;
                Ok(held.map_or(DeskReply::InRecord, as_it_stands))
            }
            DeskCommand::Settle => {
                self.check_if_guard(&principal)?;
                self.settle().await;
                Ok(DeskReply::Done)
            }
            DeskCommand::MayWatch => self.check_guard(&principal).map(|()| DeskReply::Done).map_err(DeskRefusal::from),
            DeskCommand::Status => Ok(DeskReply::Status { status: Box::new(self.status(&principal).await?) }),
            DeskCommand::SetPins { pins, current } => self.set_pins(&principal.user_id, pins, current.as_deref()),
            DeskCommand::HasPins => Ok(DeskReply::Pins { are_set: self.rows.pins(&principal.user_id)?.pins.is_some() }),
            DeskCommand::Withdraw { user } => self.withdraw(&principal, user).await,
        }
    }

    /// Requires a guard: the token has the permission, which was not withdrawn after the token was issued.
    pub(super) fn check_guard(&self, who: &Principal) -> Result<(), Problem> {
        if !who.is_guard() {
            return Err(Problem::new(Kind::Forbidden, format!("the permission {VIEW_PANIC_ALERTS} is needed")));
        }
        self.check_if_guard(who)
    }

    /// Refuses a guard whose permission was withdrawn. Passes everybody whose token does not name the permission.
    fn check_if_guard(&self, who: &Principal) -> Result<(), Problem> {
        let Some(withdrawn_at) = self.rows.withdrawn_at(&who.user_id)?.filter(|_| who.is_guard()) else {
            return Ok(());
        };
        if who.issued_at_ms.is_some_and(|made_at| made_at > withdrawn_at.millis()) {
            // The token was issued after the withdrawal: the permission was granted again.
            return self.rows.restore(&who.user_id);
        }
        Err(Problem::new(Kind::Forbidden, "the permission was withdrawn after this token was made"))
    }

    /// An alert as the user may see it. `None` if the desk does not have it: then D1 answers.
    fn visible(&self, who: &Principal, id: &AlertId) -> Outcome<Option<Alert>> {
        if let Some(own) = self.rows.own(&who.user_id, id)? {
            return Ok(Some(own.into_alert()));
        }
        self.check_if_guard(who)?;
        Ok(self.of_another(who, id)?.map(|held| held.alert))
    }

    /// An alert of another user, for guards. `None` if the desk does not have it, or if it is the user's own without
    /// being theirs to see.
    fn of_another(&self, who: &Principal, id: &AlertId) -> Result<Option<Held>, Problem> {
        match self.rows.alert(id)? {
            Some(held) if held.alert.is_of(&who.user_id) => Ok(None),
            Some(_) if !who.is_guard() => Err(Problem::not_found()),
            held => Ok(held),
        }
    }

    fn act(self: &Rc<Self>, who: &Principal, id: &AlertId, action: AlertAction) -> DeskAnswer {
        self.adopt(self.rows.alert(id)?.filter(|held| held.alert.is_of(&who.user_id)))?;
        let now = self.context.now();
        if let Some(own) = self.rows.own(&who.user_id, id)? {
            return self.act_on_own(who, own, action, now);
        }
        self.check_if_guard(who)?;
        // Closed long ago, or unknown: neither can be changed.
        let Some(held) = self.of_another(who, id)? else { return Ok(DeskReply::InRecord) };
        let acknowledges = matches!(action, AlertAction::Acknowledge | AlertAction::Respond);
        let act = match action {
            AlertAction::Acknowledge => Act::Acknowledge,
            AlertAction::Respond => Act::Respond,
            AlertAction::Resolve { reason, note } => Act::Resolve(Cause { reason, note }),
            AlertAction::FalseAlarm { reason, note } => Act::FalseAlarm(Cause { reason: Some(reason), note }),
            AlertAction::Cancel { .. } => {
                let detail = "only who raised an alert can cancel it: resolve it, or mark it as a false alarm";
                return Err(Problem::new(Kind::Forbidden, detail).into());
            }
        };
        self.check_guard(who)?;
        let owner = held.alert.user.id.clone();
        let answer = self.act_on(held, act, who_is(who), now)?;
        if acknowledges {
            self.received(std::slice::from_ref(id), &who.user_id, Via::Http, Milestone::Acknowledged);
        } else {
            self.rows.trust_pins(&owner)?;
        }
        Ok(answer)
    }

    /// Sets or removes PINs. A user who has a PIN must give it. The duress PIN is accepted as the right one is, and the
    /// PINs that it sets are decoys. After too many wrong PINs every PIN is refused for a while, the right one included,
    /// so that an attacker cannot try them all.
    fn set_pins(&self, user: &UserId, pins: Option<NewPins>, current: Option<&str>) -> DeskAnswer {
        if let Some(pins) = &pins {
            pins.check()?;
        }
        let now = self.context.now();
        if let (MAX_WRONG_PINS.., Some(last)) = self.rows.wrong_pins(user)? {
            let passed = now.since(last);
            if passed < WRONG_PINS_KEPT_MS {
                let detail = "too many wrong PINs: wait before you give another one";
                return Err(Problem::rate_limited(detail, WRONG_PINS_KEPT_MS.saturating_sub(passed)).into());
            }
        }
        let is_decoy = match self.rows.pins(user)?.judge(current) {
            Verdict::NotNeeded | Verdict::Right => false,
            Verdict::Duress => true,
            Verdict::Missing => return Err(Problem::field("current_pin", "is needed to change the PINs").into()),
            Verdict::Wrong => {
                let window_start = now.plus_millis(WRONG_PINS_KEPT_MS.cast_signed().saturating_neg());
                self.rows.note_wrong_pin(user, now, window_start)?;
                return Err(Problem::new(Kind::Forbidden, "the PIN is wrong").into());
            }
        };
        let pins = pins.map(|pins| Ok::<_, Problem>(pins.keep(self.context.random()?))).transpose()?;
        let are_set = pins.is_some();
        self.rows.set_pins(user, &KeptPins { pins, is_decoy })?;
        Ok(DeskReply::Pins { are_set })
    }

    /// Withdraws a guard's permission. After the answer no frame reaches the user's dashboards or Pusher clients, and
    /// none of their devices is paged.
    async fn withdraw(self: &Rc<Self>, by: &Principal, user: UserId) -> DeskAnswer {
        if !by.admin {
            return Err(Problem::new(Kind::Forbidden, "only administrators can withdraw a permission").into());
        }
        self.rows.withdraw(&user, self.context.now())?;
        self.rows.unsubscribe(&user)?;
        self.dismiss_user(&user, CloseCode::Forbidden);
        let refusal = Refusal::forbidden("the permission to see panic alerts was withdrawn");
        let (dropped, forgotten) = futures_util::join!(
            subscriptions::drop_listeners(self, Whose::Person(user.clone()), refusal),
            self.forget_devices(&user)
        );
        let () = dropped;
        forgotten.map_err(DeskRefusal::from)?;
        Ok(DeskReply::Done)
    }

    /// State of an alert, which the pager reads before it sends a page.
    pub(super) fn state_of(&self, question: &AlertStateQuery) -> Result<AlertStateAnswer, Problem> {
        let held = self.rows.alert(&question.id)?;
        Ok(AlertStateAnswer {
            is_unanswered: held.as_ref().is_some_and(|held| held.alert.status == Status::Triggered),
            is_open: held.as_ref().is_some_and(|held| held.alert.is_open()),
        })
    }

    /// Does overdue work, called when D1 shows some here: the alarm may have been lost.
    pub(super) fn sweep(self: &Rc<Self>, sweep: &Sweep) -> Result<Swept, Problem> {
        self.remember(&sweep.app_config.tenant, &sweep.app_config.limits, &sweep.settings)?;
        let overdue = self.do_what_is_due()?;
        self.flush_soon();
        self.arm_for_what_is_due();
        Ok(Swept { overdue: u32::try_from(overdue).unwrap_or(u32::MAX) })
    }

    /// Runs the due escalation steps. Returns the number of alerts.
    pub(super) fn do_what_is_due(self: &Rc<Self>) -> Result<usize, Problem> {
        /// Alerts per run; the rest stays due, so the alarm fires again immediately.
        const AT_ONCE: i64 = 100;
        if !self.rows.are_made() {
            return Ok(0);
        }
        let now = self.context.now();
        let due = self.rows.due(now, AT_ONCE)?;
        let count = due.len();
        for mut alert in due {
            let decision = alert.tick(now);
            self.commit(&alert, &decision, now)?;
        }
        for mut view in self.rows.due_views(now, AT_ONCE)? {
            let decision = view.alert.tick(now);
            self.commit_all(None, Some((&view, &decision)), now)?;
        }
        Ok(count)
    }
}

pub(super) fn who_is(principal: &Principal) -> Who {
    Who { id: principal.user_id.clone(), name: principal.name.clone() }
}

pub(super) fn as_it_stands(alert: Alert) -> DeskReply {
    DeskReply::Alert { alert: Box::new(alert), is_new: false }
}
