//! What the user who raised an alert does with it, where that differs by what they see.
//!
//! With the duress PIN the user gets a view of their own, cancelled, and the guards' alert stays open behind it. From then
//! on each of the user's acts is decided on the view, exactly as on a real alert, so the answer tells nothing; then it is
//! done to the alert behind it. All of it is committed in one turn.

use super::Object;
use super::commands::{as_it_stands, who_is};
use super::rows::{Held, Own};
use campana_core::accounts::principal::Principal;
use campana_core::alerts::command::{AlertAction, DeskAnswer, DeskRefusal};
use campana_core::alerts::pin::Verdict;
use campana_core::alerts::record::OwnView;
use campana_core::alerts::{Act, Alert, AlertId, Cause, Decision, Entry, Location, NewAlert, What, Who};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Hosted;
use std::rc::Rc;

impl Object {
    /// The guards' alert behind a view after a press: the open one with one more press, the one that the user really
    /// cancelled a moment ago, or a new one, whose id the user never learns.
    pub(super) fn pressed_behind(
        &self,
        behind: Option<&AlertId>,
        who: &Principal,
        new: NewAlert,
        now: Timestamp,
    ) -> Result<(Alert, Decision), Problem> {
        let settings = self.alert_settings();
        if let Some(Held { mut alert, .. }) = self.rows.open_of(&who.user_id, new.drill)? {
            let decision = alert.press_again(new, who_is(who), now);
            return Ok((alert, decision));
        }
        let last = behind.map(|id| self.rows.alert(id)).transpose()?.flatten();
        if let Some(Held { mut alert, .. }) = last.filter(|held| held.alert.reopens(settings.coalesce_s, now)) {
            let decision = alert.reopen(new, now);
            return Ok((alert, decision));
        }
        let id = AlertId::new(now, self.context.random()?);
        let (alert, decision) = Alert::raise(NewAlert { id, ..new }, who_is(who), &settings, now);
        Ok((Alert { is_apart: true, is_by_guard: who.is_guard(), ..alert }, decision))
    }

    /// The user acts on their own alert.
    pub(super) fn act_on_own(
        self: &Rc<Self>,
        who: &Principal,
        own: Own,
        action: AlertAction,
        now: Timestamp,
    ) -> DeskAnswer {
        let act = match action {
            AlertAction::Cancel { reason, pin } => {
                return self.cancel_own(who, own, Cause { reason, note: None }, pin.as_deref(), now);
            }
            AlertAction::Acknowledge => Act::Acknowledge,
            AlertAction::Respond => Act::Respond,
            AlertAction::Resolve { reason, note } => Act::Resolve(Cause { reason, note }),
            AlertAction::FalseAlarm { reason, note } => Act::FalseAlarm(Cause { reason: Some(reason), note }),
        };
        self.check_guard(who)?;
        match own {
            Own::Same(held) => self.act_on(held, act, who_is(who), now),
            Own::View(view) => {
                let behind = self.open_behind(&view)?;
                let behind = behind.and_then(|mut alert| {
                    let decision = alert.act(act.clone(), who_is(who), now).ok()?;
                    Some((alert, decision))
                });
                self.act_on_view(view, act, behind.as_ref(), who_is(who), now)
            }
        }
    }

    /// Cancels the user's alert. What does not depend on the PIN is answered before the PIN is derived.
    fn cancel_own(
        self: &Rc<Self>,
        who: &Principal,
        own: Own,
        cause: Cause,
        pin: Option<&str>,
        now: Timestamp,
    ) -> DeskAnswer {
        match own.alert().awaits_pin(&who.user_id) {
            Ok(true) => {}
            Ok(false) => return Ok(as_it_stands(own.into_alert())),
            Err(problem) => return Err(DeskRefusal { problem, alert: Some(Box::new(own.into_alert())) }),
        }
        let verdict = self.rows.pins(&who.user_id)?.judge(pin);
        let by = who_is(who);
        // In a view the duress PIN cancels as the right one does.
        let seen = if verdict == Verdict::Duress { Verdict::Right } else { verdict };
        let view = match own {
            Own::Same(held) if verdict != Verdict::Duress => {
                return self.act_on(held, Act::Cancel(cause, verdict), by, now);
            }
            Own::Same(held) => OwnView::fork(&held.alert, held.sighted_at),
            Own::View(view) => view,
        };
        let behind = self.open_behind(&view)?.map(|mut alert| {
            let (cause, by) = (cause.clone(), by.clone());
            let decision = match verdict {
                Verdict::Duress => alert.under_duress(cause, by, now),
                Verdict::Wrong => alert.wrong_pin(by, now),
                Verdict::NotNeeded | Verdict::Right => alert.withdraw(cause, by, now),
                Verdict::Missing => Decision::default(),
            };
            (alert, decision)
        });
        self.act_on_view(view, Act::Cancel(cause, seen), behind.as_ref(), by, now)
    }

    /// Acts on a guards' alert, and answers with it.
    pub(super) fn act_on(self: &Rc<Self>, held: Held, act: Act, by: Who, now: Timestamp) -> DeskAnswer {
        let mut alert = held.alert.clone();
        let decision = match alert.act(act.clone(), by.clone(), now) {
            Ok(decision) => decision,
            Err(problem) => return Err(DeskRefusal { problem, alert: Some(Box::new(held.alert)) }),
        };
        // What a guard does, the owner sees in their view, if it is open.
        let view = self.rows.open_view_of(&held.alert)?.and_then(|before| {
            let mut view = before.clone();
            let decision = view.alert.act(act, by, now).ok()?;
            (view != before).then_some((view, decision))
        });
        if alert != held.alert || view.is_some() {
            let view = view.as_ref().map(|(view, decision)| (view, decision));
            self.commit_all(Some((&alert, &decision)), view, now)?;
        }
        match decision.refused {
            Some(problem) => Err(DeskRefusal { problem, alert: Some(Box::new(alert)) }),
            None => Ok(as_it_stands(alert)),
        }
    }

    /// Acts on a view, commits it with the alert behind it, and answers with the view.
    fn act_on_view(
        self: &Rc<Self>,
        mut view: OwnView,
        act: Act,
        behind: Option<&(Alert, Decision)>,
        by: Who,
        now: Timestamp,
    ) -> DeskAnswer {
        let before = view.alert.clone();
        let decision = match view.alert.act(act, by, now) {
            Ok(decision) => decision,
            Err(problem) => return Err(DeskRefusal { problem, alert: Some(Box::new(before)) }),
        };
        if view.alert != before {
            let behind = behind.map(|(alert, decision)| (alert, decision));
            self.commit_all(behind, Some((&view, &decision)), now)?;
        }
        match decision.refused {
            Some(problem) => Err(DeskRefusal { problem, alert: Some(Box::new(view.alert)) }),
            None => Ok(as_it_stands(view.alert)),
        }
    }

    fn open_behind(&self, view: &OwnView) -> Result<Option<Alert>, Problem> {
        let held = self.rows.alert(&view.behind)?;
        Ok(held.map(|held| held.alert).filter(Alert::is_open))
    }

    /// Updates the location of a user who sees a view of their own.
    pub(super) fn locate_behind(
        self: &Rc<Self>,
        mut view: OwnView,
        location: Location,
        now: Timestamp,
    ) -> Result<Alert, Problem> {
        if !view.alert.is_open() {
            // Guards get the location nevertheless. It is stored after the answer, since a refusal that waits for a write
            // takes longer than one that does not.
            self.spawn(async move |object| {
                object.context.sleep(0).await;
                // The engine logs a failure; the next location is stored.
                let _logged = object.follow(&view.behind, location);
            });
            return Ok(view.alert);
        }
        if !view.alert.locate(location.clone(), now) {
            return Ok(view.alert);
        }
        match self.rows.alert(&view.behind)?.filter(|held| held.alert.is_open()) {
            Some(held) => {
                let mut alert = held.alert.clone();
                alert.locate(location, now);
                self.save_location(&held, &alert, Some(&mut view), now)?;
            }
            None => self.commit_all(None, Some((&view, &Decision::default())), now)?,
        }
        Ok(view.alert)
    }

    /// Updates the location in the guards' alert only.
    fn follow(self: &Rc<Self>, id: &AlertId, location: Location) -> Result<(), Problem> {
        let now = self.context.now();
        let Some(held) = self.rows.alert(id)? else { return Ok(()) };
        let mut alert = held.alert.clone();
        if alert.locate(location, now) { self.save_location(&held, &alert, None, now) } else { Ok(()) }
    }

    /// Gives an owner whose open alert an earlier release left under duress a view of their own.
    pub(super) fn adopt(self: &Rc<Self>, held: Option<Held>) -> Result<(), Problem> {
        let is_old = |alert: &Alert| alert.is_open() && alert.duress_at.is_some() && !alert.is_apart;
        let Some(held) = held.filter(|held| is_old(&held.alert)) else { return Ok(()) };
        let (mut alert, sighted_at) = (held.alert, held.sighted_at);
        let number = self.rows.last_duress(&alert.id)?.unwrap_or(alert.entries);
        let mut view = OwnView { forked: number.saturating_sub(1), ..OwnView::fork(&alert, sighted_at) };
        view.alert.entries = number;
        let what = What::Cancelled { reason: view.alert.reason.clone() };
        let by = Some(alert.user.clone());
        let entry = Entry { number, at: alert.duress_at.unwrap_or(alert.updated_at), by, what };
        (alert.is_apart, alert.pretence) = (true, None);
        self.rows.transaction(|| {
            self.rows.add_view_entry(&alert.id, &entry)?;
            self.rows.save_view(&view)?;
            self.rows.save(&alert, false).map(drop)
        })
    }
}
