//! Alert subscriptions of own channels, for guards with a device on their own channel but no dashboard.
//!
//! A subscription belongs to the user and has a TTL that the channel renews. It ends with the last device.

use super::Object;
use super::notify::notice_of;
use campana_core::alerts::record::{Milestone, Via};
use campana_core::alerts::wire::{AlertEvent, AlertNotice, AlertSubscription};
use campana_core::alerts::{Alert, Status, Viewer};
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use serde_json::Value;
use std::rc::Rc;

/// Subscribers notified at most; guards of larger desks are expected to use dashboards.
const MAX_SUBSCRIBERS: i64 = 5_000;
/// Open alerts that a new subscriber gets at most: the newest.
const MAX_GREETED: i64 = 50;

impl Object {
    /// Begins, renews or ends the subscription of a user's own channel. Returns the open alerts, oldest first.
    pub(super) async fn subscribe(
        self: &Rc<Self>,
        subscription: AlertSubscription,
    ) -> Result<Vec<AlertNotice>, Problem> {
        let AlertSubscription { principal, limits, until } = subscription;
        let Some(until) = until else {
            if self.rows.are_made() {
                self.rows.unsubscribe(&principal.user_id)?;
            }
            return Ok(Vec::new());
        };
        self.know(&principal.tenant, &limits).await?;
        // Nothing is awaited after this.
        self.check_guard(&principal)?;
        self.rows.subscribe(&principal.user_id, until)?;
        let (language, now) = (self.alert_settings().language, self.context.now());
        let open = self.rows.open(MAX_GREETED)?;
        let notice = |(_, alert): &(i64, Alert)| {
            let event = if alert.status == Status::Triggered { AlertEvent::Triggered } else { AlertEvent::Updated };
            for_guards(notice_of(alert, event, alert.payload(Viewer::Guard, language, now), now))
        };
        let of_others = open.iter().filter(|(_, alert)| !alert.is_of(&principal.user_id));
        Ok(of_others.rev().map(notice).collect())
    }

    /// Notifies subscribers without a dashboard. The alert's owner is notified by `notify_people` instead.
    pub(super) fn notify_subscribers(
        self: &Rc<Self>,
        alert: &Alert,
        event: AlertEvent,
        payload: &Value,
        now: Timestamp,
    ) {
        // The engine logs a failure; dashboards are notified independently.
        let subscribers = self.rows.subscribers(now, MAX_SUBSCRIBERS).unwrap_or_default();
        let has_dashboard = |user: &UserId| self.sessions.borrow().count_of(user) > 0;
        let notified: Vec<UserId> =
            subscribers.into_iter().filter(|user| !alert.is_of(user) && !has_dashboard(user)).collect();
        self.note_deliveries(notified.iter().map(|user| (&alert.id, user)), Via::Socket, Milestone::Sent);
        for user in notified {
            self.notify_person(user, for_guards(notice_of(alert, event, payload.clone(), now)));
        }
    }
}

fn for_guards(notice: AlertNotice) -> AlertNotice {
    AlertNotice { is_for_guards: true, ..notice }
}
