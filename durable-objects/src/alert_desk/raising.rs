//! Raising and locating alerts, and the commit of every change.

use super::commands::{as_it_stands, who_is};
use super::rows::Held;
use super::{Object, Outcome};
use campana_core::accounts::principal::Principal;
use campana_core::alerts::command::{DeskAnswer, DeskRefusal, DeskReply};
use campana_core::alerts::notification::Notification;
use campana_core::alerts::wire::AlertEvent;
use campana_core::alerts::{Alert, AlertId, Decision, Location, NewAlert};
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
    /// Raises a new alert, or updates the user's open one. Idempotent by id. An open drill never absorbs a real alert. An
    /// id that somebody else has used is replaced: nobody can block a call for help by using up ids.
    pub(super) fn raise(self: &Rc<Self>, who: &Principal, mut new: NewAlert) -> DeskAnswer {
        if new.drill && !who.is_guard() && !who.admin {
            return Err(Problem::new(Kind::Forbidden, "only guards and administrators can begin a drill").into());
        }
        new.id = self.free_id(who, new.id)?;
        if let Some(answer) = self.raised_before(&new.id)? {
            return Ok(answer);
        }
        let now = self.context.now();
        if let Some(Held { mut alert, .. }) = self.rows.open_of(&who.user_id, new.drill)? {
            let location = new.location.clone();
            let decision = alert.press_again(new, who_is(who), now);
            if decision != Decision::default() {
                self.commit(&alert, &decision, now)?;
                self.extend_trail(&alert.id, location.as_ref(), now)?;
            }
            return Ok(as_it_stands(alert));
        }
        let settings = self.alert_settings();
        let (alert, decision) = Alert::raise(new, who_is(who), &settings, now);
        self.commit(&alert, &decision, now)?;
        self.extend_trail(&alert.id, alert.location.as_ref(), now)?;
        Ok(DeskReply::Alert { alert: Box::new(alert), is_new: true })
    }

    /// The id, unless somebody else has used it: then another one, which a repeat gets too. If that one is used as well,
    /// somebody uses up ids on purpose, and the id is a random one.
    fn free_id(&self, who: &Principal, id: AlertId) -> Outcome<AlertId> {
        if !self.is_of_another(who, &id)? {
            return Ok(id);
        }
        let instead = id.instead_for(&who.user_id);
        if !self.is_of_another(who, &instead)? {
            return Ok(instead);
        }
        Ok(AlertId::new(self.context.now(), self.context.random()?))
    }

    fn is_of_another(&self, who: &Principal, id: &AlertId) -> Outcome<bool> {
        if let Some(Held { alert, .. }) = self.rows.alert(id)? {
            return Ok(!alert.is_of(&who.user_id));
        }
        Ok(self.rows.who_raised(id)?.is_some_and(|user| user != who.user_id))
    }

    /// The alert of this id, if it was raised before. It is the user's own.
    fn raised_before(&self, id: &AlertId) -> Outcome<Option<DeskReply>> {
        if let Some(Held { alert, .. }) = self.rows.alert(id)? {
            return Ok(Some(as_it_stands(alert)));
        }
        Ok(self.rows.who_raised(id)?.map(|_| DeskReply::InRecord))
    }

    /// Updates the owner's location. The newest location is always saved; the trail keeps a limited number per minute.
    /// After a duress cancel the answer says that the alert is over, and the location is saved nevertheless.
    pub(super) fn locate(self: &Rc<Self>, who: &Principal, id: &AlertId, location: Location) -> DeskAnswer {
        let held = self.rows.alert(id)?.filter(|held| held.alert.is_of(&who.user_id));
        let Some(held) = held else { return Err(Problem::not_found().into()) };
        let now = self.context.now();
        let mut alert = held.alert.clone();
        if alert.locate(location, now) {
            self.save_location(&held, &alert, now)?;
        }
        if alert.is_open() && alert.duress_at.is_none() {
            return Ok(as_it_stands(alert));
        }
        let problem = Problem::new(Kind::Conflict, "the alert is over");
        Err(DeskRefusal { problem, alert: Some(Box::new(alert)) })
    }

    fn save_location(self: &Rc<Self>, held: &Held, alert: &Alert, now: Timestamp) -> Result<(), Problem> {
        let interval = MINUTE_MS.checked_div(self.alert_settings().locations_per_minute.into()).unwrap_or(MINUTE_MS);
        let is_kept = held.sighted_at.is_none_or(|last| now.since(last) >= interval) && held.sightings < MAX_SIGHTINGS;
        if is_kept {
            self.commit(alert, &Decision { tell: Some(AlertEvent::Updated), ..Decision::default() }, now)?;
            return self.extend_trail(&alert.id, alert.location.as_ref(), now);
        }
        // Between two locations of the trail, one alarm sends one notification for all updates until then.
        self.wake_at(now.plus_millis(SAFETY_MS));
        self.rows.save(alert, true)?;
        self.open.changed();
        self.flush_soon();
        Ok(())
    }

    /// Appends a location to the trail.
    fn extend_trail(&self, id: &AlertId, location: Option<&Location>, now: Timestamp) -> Result<(), Problem> {
        let (Some(location), Some(held)) = (location, self.rows.alert(id)?) else { return Ok(()) };
        if held.sightings >= MAX_SIGHTINGS {
            return Ok(());
        }
        self.rows.add_sighting(id, held.sightings.saturating_add(1), location, now)
    }

    /// Commits a decision about an alert, and notifies. All writes become durable together, or none.
    pub(super) fn commit(self: &Rc<Self>, alert: &Alert, decision: &Decision, now: Timestamp) -> Result<(), Problem> {
        self.wake_at(now.plus_millis(SAFETY_MS));
        if let Some(due) = alert.due_at() {
            self.wake_at(due);
        }
        let language = self.alert_settings().language;
        let notifications = decision.noted.iter().map(|noted| Notification {
            entry: noted.entry.clone(),
            alert: Box::new(alert.clone()),
            page: noted.page.clone(),
            language,
        });
        let notifications: Vec<Notification> = notifications.collect();
        // A transaction, since a panic or a failed statement keeps the turn's earlier writes: the next change would
        // reuse the number of an entry that is already in the outbox.
        let seq = self.rows.transaction(|| {
            for noted in &decision.noted {
                self.rows.add_entry(&alert.id, &noted.entry)?;
            }
            self.outbox.append(&notifications)?;
            self.rows.save(alert, decision.tell.is_some())
        })?;
        self.open.changed();
        if let Some(event) = decision.tell {
            self.notify(alert, event, seq);
            self.notify_people(alert, decision);
        }
        if !decision.noted.is_empty() {
            self.run_errands();
        }
        self.flush_soon();
        Ok(())
    }
}
