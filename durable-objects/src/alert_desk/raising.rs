//! Raising and locating alerts, and the commit of every change.

use super::commands::{as_it_stands, who_is};
use super::rows::{Held, Own};
use super::{Object, Outcome, outbox};
use campana_core::accounts::principal::Principal;
use campana_core::alerts::command::{DeskAnswer, DeskRefusal, DeskReply};
use campana_core::alerts::notification::Notification;
use campana_core::alerts::record::OwnView;
use campana_core::alerts::wire::AlertEvent;
use campana_core::alerts::{Alert, AlertId, Decision, Location, NewAlert, Noted};
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Hosted;
use std::rc::Rc;

/// Delay of the alarm that repeats notifications if the object dies after the commit, milliseconds.
const SAFETY_MS: i64 = 2_000;
/// Locations in one trail at most.
const MAX_SIGHTINGS: u32 = 20_000;
const MINUTE_MS: u64 = 60_000;

impl Object {
    /// Raises a new alert, or presses again: the user's open alert, or the one that they cancelled a moment ago.
    /// Idempotent by id. An open drill never absorbs a real alert. An id that somebody else has used is replaced: nobody
    /// can block a call for help by using up ids.
    ///
    /// All of it is decided by what the user sees. Where that is a view of their own, the guards' alert behind it is
    /// pressed too.
    pub(super) fn raise(self: &Rc<Self>, who: &Principal, mut new: NewAlert) -> DeskAnswer {
        if new.drill && !who.is_guard() && !who.admin {
            return Err(Problem::new(Kind::Forbidden, "only guards and administrators can begin a drill").into());
        }
        self.pacing.pressed(&who.user_id);
        new.id = self.free_id(who, new.id)?;
        if let Some(answer) = self.raised_before(who, &new.id)? {
            return Ok(answer);
        }
        let (now, user) = (self.context.now(), &who.user_id);
        let settings = self.alert_settings();
        self.adopt(self.rows.open_of(user, new.drill)?)?;
        let own = match self.rows.own_open(user, new.drill)? {
            Some(open) => Some(open),
            None => self.rows.own_last_closed(user, new.drill)?,
        };
        if let Some(own) = own {
            if own.alert().has_joined(&new.id) {
                return Ok(as_it_stands(own.into_alert()));
            }
            if own.alert().is_open() || own.alert().reopens(settings.coalesce_s, now) {
                return self.press(who, own, new, now);
            }
        }
        let hidden = self.rows.open_of(user, new.drill)?;
        let is_behind = hidden.is_some();
        let (mut alert, decision) = Alert::raise(new.clone(), who_is(who), &settings, now);
        alert.is_by_guard = who.is_guard();
        if !is_behind {
            self.commit(&alert, &decision, now)?;
            self.extend_trail(&alert.id, alert.location.as_ref(), now)?;
            return Ok(DeskReply::Alert { alert: Box::new(alert), is_new: true });
        }
        // To the user the alert of the guards is over, so this is another one.
        let location = new.location.clone();
        let (behind, pressed) = self.pressed_behind(None, who, new, now)?;
        let sighted_at = location.as_ref().map(|_| now);
        let view = OwnView { alert, behind: behind.id.clone(), forked: 0, sighted_at };
        self.commit_all(Some((&behind, &pressed)), Some((&view, &decision)), now)?;
        self.extend_trail(&behind.id, location.as_ref(), now)?;
        Ok(DeskReply::Alert { alert: Box::new(view.alert), is_new: true })
    }

    /// The user presses again while their alert is open, or soon after they cancelled it.
    fn press(self: &Rc<Self>, who: &Principal, own: Own, new: NewAlert, now: Timestamp) -> DeskAnswer {
        let location = new.location.clone();
        let press = |alert: &mut Alert, new: NewAlert| {
            alert.is_by_guard = who.is_guard();
            if alert.is_open() { alert.press_again(new, who_is(who), now) } else { alert.reopen(new, now) }
        };
        match own {
            Own::Same(Held { mut alert, .. }) => {
                let decision = press(&mut alert, new);
                if decision != Decision::default() {
                    self.commit(&alert, &decision, now)?;
                    self.extend_trail(&alert.id, location.as_ref(), now)?;
                }
                Ok(as_it_stands(alert))
            }
            Own::View(mut view) => {
                let decision = press(&mut view.alert, new.clone());
                if decision != Decision::default() {
                    let (behind, pressed) = self.pressed_behind(Some(&view.behind), who, new, now)?;
                    view.behind = behind.id.clone();
                    view.sighted_at = location.as_ref().map(|_| now).or(view.sighted_at);
                    self.commit_all(Some((&behind, &pressed)), Some((&view, &decision)), now)?;
                    self.extend_trail(&behind.id, location.as_ref(), now)?;
                }
                Ok(as_it_stands(view.alert))
            }
        }
    }

    /// The id, unless it is taken: then another one, which a repeat gets too. If that one is taken as well, somebody uses
    /// up ids on purpose, and the id is a random one.
    fn free_id(&self, who: &Principal, id: AlertId) -> Outcome<AlertId> {
        if !self.is_taken(who, &id)? {
            return Ok(id);
        }
        let instead = id.instead_for(&who.user_id);
        if !self.is_taken(who, &instead)? {
            return Ok(instead);
        }
        Ok(AlertId::new(self.context.now(), self.context.random()?))
    }

    /// Whether somebody else has used the id, or the desk has, for a guards' alert that the user sees under another id.
    fn is_taken(&self, who: &Principal, id: &AlertId) -> Outcome<bool> {
        if self.rows.alert(id)?.is_some() || self.rows.view(id)?.is_some() {
            return Ok(self.rows.own(&who.user_id, id)?.is_none());
        }
        Ok(self.rows.who_raised(id)?.is_some_and(|user| user != who.user_id))
    }

    /// The alert of this id, if it was raised before. It is the user's own.
    fn raised_before(&self, who: &Principal, id: &AlertId) -> Outcome<Option<DeskReply>> {
        if let Some(own) = self.rows.own(&who.user_id, id)? {
            return Ok(Some(as_it_stands(own.into_alert())));
        }
        Ok(self.rows.who_raised(id)?.map(|_| DeskReply::InRecord))
    }

    /// Updates the owner's location. The newest location is always saved; the trail keeps a limited number per minute.
    pub(super) fn locate(self: &Rc<Self>, who: &Principal, id: &AlertId, location: Location) -> DeskAnswer {
        self.adopt(self.rows.alert(id)?)?;
        let now = self.context.now();
        let alert = match self.rows.own(&who.user_id, id)? {
            None => return Err(Problem::not_found().into()),
            Some(Own::Same(held)) => {
                let mut alert = held.alert.clone();
                if alert.locate(location, now) {
                    self.save_location(&held, &alert, None, now)?;
                }
                alert
            }
            Some(Own::View(view)) => self.locate_behind(view, location, now)?,
        };
        if alert.is_open() {
            return Ok(as_it_stands(alert));
        }
        let problem = Problem::new(Kind::Conflict, "the alert is over");
        Err(DeskRefusal { problem, alert: Some(Box::new(alert)) })
    }

    /// Saves an alert after it moved, with the view in front of it. Between two places of the trail, one notification is sent for
    /// all updates until then.
    pub(super) fn save_location(
        self: &Rc<Self>,
        held: &Held,
        alert: &Alert,
        view: Option<&mut OwnView>,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let interval = MINUTE_MS.checked_div(self.alert_settings().locations_per_minute.into()).unwrap_or(MINUTE_MS);
        let sighted_at = view.as_ref().map_or(held.sighted_at, |view| view.sighted_at);
        let is_kept = sighted_at.is_none_or(|last| now.since(last) >= interval) && held.sightings < MAX_SIGHTINGS;
        if is_kept {
            let moved = Decision { tell: Some(AlertEvent::Updated), ..Decision::default() };
            let view = view.map(|view| {
                view.sighted_at = Some(now);
                (&*view, &moved)
            });
            self.commit_all(Some((alert, &moved)), view, now)?;
            return self.extend_trail(&alert.id, alert.location.as_ref(), now);
        }
        // Later than the notification: the alarm is for one that is lost with the object.
        self.wake_at(now.plus_millis(SAFETY_MS.saturating_mul(2)));
        self.rows.transaction(|| {
            view.map_or(Ok(()), |view| self.rows.save_view(view))?;
            self.rows.save(alert, true)
        })?;
        self.open.changed();
        self.notify_moved(&alert.id, SAFETY_MS);
        self.flush_soon();
        Ok(())
    }

    /// Appends a location to the trail.
    pub(super) fn extend_trail(
        &self,
        id: &AlertId,
        location: Option<&Location>,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let (Some(location), Some(held)) = (location, self.rows.alert(id)?) else { return Ok(()) };
        if held.sightings >= MAX_SIGHTINGS {
            return Ok(());
        }
        self.rows.add_sighting(id, held.sightings.saturating_add(1), location, now)
    }

    /// Commits a decision about an alert, and notifies. All writes become durable together, or none.
    pub(super) fn commit(self: &Rc<Self>, alert: &Alert, decision: &Decision, now: Timestamp) -> Result<(), Problem> {
        self.commit_all(Some((alert, decision)), None, now)
    }

    /// Commits decisions about an alert and about what its owner sees instead of it, and notifies.
    pub(super) fn commit_all(
        self: &Rc<Self>,
        alert: Option<(&Alert, &Decision)>,
        view: Option<(&OwnView, &Decision)>,
        now: Timestamp,
    ) -> Result<(), Problem> {
        self.wake_at(now.plus_millis(SAFETY_MS));
        let alerts = [alert.map(|(alert, _)| alert), view.map(|(view, _)| &view.alert)];
        for due in alerts.into_iter().flatten().filter_map(Alert::due_at) {
            self.wake_at(due);
        }
        let notifications = alert.map(|(alert, decision)| self.notifications(alert, decision)).unwrap_or_default();
        // A transaction, since a panic or a failed statement keeps the turn's earlier writes: the next change would
        // reuse the number of an entry that is already in the outbox. The view comes first: the record must not have an
        // alert that its owner is not to see without the view.
        let seq = self.rows.transaction(|| {
            if let Some((view, decision)) = view {
                for noted in &decision.noted {
                    self.rows.add_view_entry(&view.alert.id, &noted.entry)?;
                }
                self.rows.save_view(view)?;
            }
            let Some((alert, decision)) = alert else { return Ok(None) };
            for noted in &decision.noted {
                self.rows.add_entry(&alert.id, &noted.entry)?;
            }
            self.outbox.append_of(&outbox::FAIR, &outbox::owner_of(alert), &notifications)?;
            self.rows.save(alert, decision.tell.is_some()).map(Some)
        })?;
        self.open.changed();
        if let (Some((alert, decision)), Some(seq)) = (alert, seq) {
            if let Some(event) = decision.tell {
                self.notify_paced(alert, decision, event, seq);
                self.notify_people(alert, decision);
            }
            if !decision.noted.is_empty() {
                self.run_errands();
            }
        }
        if let Some((view, decision)) = view
            && let Some(event) = decision.tell
        {
            self.notify_owner_paced(&view.alert, decision, event);
        }
        self.flush_soon();
        Ok(())
    }

    /// Rows of the outbox about a decision, with whether each asks guards to come.
    fn notifications(&self, alert: &Alert, decision: &Decision) -> Vec<(bool, Notification)> {
        let language = self.alert_settings().language;
        let notification = |noted: &Noted| Notification {
            entry: noted.entry.clone(),
            alert: Box::new(alert.clone()),
            page: noted.page.clone(),
            language,
        };
        decision.noted.iter().map(|noted| (noted.page.is_some(), notification(noted))).collect()
    }
}
