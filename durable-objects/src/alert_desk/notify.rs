//! Notifications of alerts: to dashboards (native sockets, gateways), to the owner, and to users named by an
//! escalation.

use super::Object;
use crate::broadcast::{self, Broadcasts};
use crate::channel;
use crate::fan_out::{Exclusion, FanOut};
use crate::reclaim::HoldsSessions;
use crate::sessions::Sessions;
use crate::subscriptions::{self, send_frame_about};
use campana_core::alerts::record::{Milestone, Via};
use campana_core::alerts::wire::{AlertEvent, AlertNews, AlertNotice};
use campana_core::alerts::{Alert, AlertId, Decision, Status, Viewer};
use campana_core::pusher::frame::event_frame;
use campana_core::pusher::link::Except;
use campana_core::shared::ids::UserId;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::retry::with_pauses;
use campana_runtime::{Hosted, urgency};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Delays before retries to a user's own channel, milliseconds.
const PAUSES_MS: [u32; 3] = [100, 500, 2_000];
/// Alerts whose notification one alarm repeats at most.
const TOLD_AGAIN: i64 = 100;

impl Broadcasts for Object {
    fn fan_out(&self) -> &RefCell<FanOut> {
        &self.fan_out
    }
}

impl HoldsSessions for Object {
    fn sessions(&self) -> &RefCell<Sessions> {
        &self.sessions
    }
}

impl Object {
    /// Sends an alert's state to all dashboards. A background task clears the notification mark when that is done.
    pub(super) fn notify(self: &Rc<Self>, alert: &Alert, event: AlertEvent, seq: i64) {
        let now = self.context.now();
        if event == AlertEvent::Triggered {
            urgency::begin(now);
        }
        let payload = alert.payload(Viewer::Guard, self.alert_settings().language, now);
        let news = AlertNews { event, seq: Some(seq), id: &alert.id, partial: &payload, at: now };
        self.note_sent_to_all(&alert.id);
        let owner = &alert.user.id;
        // The owner's own dashboards show what the owner may see: `notify_owner`.
        let has_dashboard = self.sessions.borrow().count_of(owner) > 0;
        let except = if has_dashboard { Exclusion::Person(owner.clone()) } else { Exclusion::Nobody };
        broadcast::publish(self, &news.to_text(), Some(seq), except);
        let except = if alert.is_by_guard { Except::Person(owner.clone()) } else { Except::Nobody };
        let data = payload.to_string();
        let mut gateways = BTreeSet::new();
        for channel in self.subscriptions.channels() {
            let frame = event_frame(event.as_str(), &channel, &data);
            gateways.extend(send_frame_about(self, &channel, frame, except.clone(), alert.id.as_str()));
        }
        self.notify_subscribers(alert, event, &payload, now);
        let delivered = subscriptions::delivered(&self.subscriptions, &gateways);
        let (object, id) = (Rc::clone(self), alert.id.clone());
        self.telling.borrow_mut().insert(seq);
        self.context.spawn(async move {
            // An unreachable gateway gets the missed event later from the delivery queue: that counts as notified.
            let _reached_all = delivered.await;
            object.wait_for_native_sockets().await;
            urgency::end();
            // If this fails, the alarm notifies again; clients recognise the repetition by `seq`.
            let _reported = object.rows.mark_told(&id, seq);
            object.telling.borrow_mut().remove(&seq);
        });
    }

    pub(super) async fn wait_for_native_sockets(&self) {
        let drained = self.fan_out.borrow_mut().drained();
        if let Some(drained) = drained {
            let _sent = drained.await;
        }
    }

    /// Notifies the owner, unless the owner sees an [`OwnView`](campana_core::alerts::record::OwnView) instead of this alert,
    /// and users whom the escalation policy pages.
    pub(super) fn notify_people(self: &Rc<Self>, alert: &Alert, decision: &Decision) {
        let Some(event) = decision.tell else { return };
        let now = self.context.now();
        let language = self.alert_settings().language;
        // Alerts of an earlier release under duress have no view: silence.
        if !alert.is_apart && alert.duress_at.is_none() {
            self.notify_owner_paced(alert, decision, event);
        }
        let paged = decision.noted.iter().filter_map(|noted| noted.page.as_ref()).flat_map(|page| &page.people);
        let paged: BTreeSet<&UserId> = paged.filter(|user| **user != alert.user.id).collect();
        for user in paged {
            let partial = alert.payload(Viewer::Guard, language, now);
            self.notify_person(user.clone(), notice_of(alert, AlertEvent::Triggered, partial, now));
        }
    }

    /// Notifies the owner of an alert, as they see it: on their own channel, and on their dashboards.
    pub(super) fn notify_owner(self: &Rc<Self>, seen: &Alert, event: AlertEvent) {
        let (now, owner) = (self.context.now(), &seen.user.id);
        let partial = seen.payload(Viewer::Owner, self.alert_settings().language, now);
        if self.sessions.borrow().count_of(owner) > 0 {
            let seq = self.rows.head().ok();
            let news = AlertNews { event, seq, id: &seen.id, partial: &partial, at: now };
            broadcast::publish(self, &news.to_text(), seq, Exclusion::Others(owner.clone()));
        }
        if seen.is_by_guard {
            let data = partial.to_string();
            for channel in self.subscriptions.channels() {
                let frame = event_frame(event.as_str(), &channel, &data);
                send_frame_about(self, &channel, frame, Except::Others(owner.clone()), seen.id.as_str());
            }
        }
        self.notify_person(owner.clone(), notice_of(seen, event, partial, now));
    }

    pub(super) fn notify_person(self: &Rc<Self>, user: UserId, notice: AlertNotice) {
        let Some(tenant) = self.tenant() else { return };
        self.spawn(async move |object| {
            let notified = with_pauses(&object.context, &PAUSES_MS, async || {
                let notified = channel::notify_of_alert(&object.context, &tenant, &user, &notice).await;
                notified.inspect_err(|error| tracing::warn!(at = "alert_desk.own", detail = %error))
            });
            // A failure is logged; the user's devices read open alerts when they connect.
            let _logged = notified.await;
        });
    }

    /// Repeats notifications that the object's end interrupted.
    pub(super) fn tell_again(self: &Rc<Self>) {
        if !self.rows.are_made() {
            return;
        }
        // The engine logs a failure, and the next alarm retries.
        let Ok(untold) = self.rows.untold(TOLD_AGAIN) else { return };
        for (seq, alert) in untold {
            if self.telling.borrow().contains(&seq) || self.pacing.is_delayed(&alert.id) {
                continue;
            }
            self.notify_again(&alert, seq);
        }
    }

    /// Notifies of an alert's present state, also its owner.
    pub(super) fn notify_again(self: &Rc<Self>, alert: &Alert, seq: i64) {
        let event = event_of(alert);
        if !self.pacing.is_delayed(&alert.id) {
            self.notify(alert, event, seq);
        }
        self.notify_people(alert, &Decision { tell: Some(event), ..Decision::default() });
        // The database logs a failure; the owner's devices read their alerts when they connect.
        if let Ok(Some(view)) = self.rows.open_view_of(alert) {
            self.notify_owner(&view.alert, event);
        }
    }

    /// Records a milestone of alerts for one user.
    pub(super) fn received(self: &Rc<Self>, ids: &[AlertId], user: &UserId, via: Via, milestone: Milestone) {
        self.note_deliveries(ids.iter().map(|id| (id, user)), via, milestone);
    }
}

/// The event of an alert's last change: whether that raised or reopened it.
pub(super) fn event_of(alert: &Alert) -> AlertEvent {
    let is_first = alert.status == Status::Triggered && alert.updated_at == alert.opened_at();
    if is_first { AlertEvent::Triggered } else { AlertEvent::Updated }
}

/// Notice for a user's own channel.
pub(super) fn notice_of(alert: &Alert, event: AlertEvent, partial: Value, at: Timestamp) -> AlertNotice {
    AlertNotice { event, id: alert.id.clone(), partial, at, is_for_guards: false }
}
