//! Guards without a dashboard, but with a device on their own channel: the channel subscribes to alerts for it.
//!
//! A subscription is one of the person, with a TTL that the channel renews; it ends with the last such device.

use super::Object;
use super::notify::notice_of;
use crate::platform;
use campana_core::alerts::record::{Milestone, Via};
use campana_core::alerts::wire::{AlertEvent, AlertNotice, AlertSubscription};
use campana_core::alerts::{Alert, Status, Viewer};
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use serde_json::Value;
use std::rc::Rc;

/// Subscribers that are told at most; a desk with more guards has them on dashboards.
const MAX_SUBSCRIBERS: i64 = 5_000;
/// Open alerts that a device is told of when it comes, at most.
const MAX_GREETED: i64 = 50;

impl Object {
    /// Begins, renews or ends the subscription of somebody's own channel. The open alerts, the oldest first.
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
        let (language, now) = (self.alert_settings().language, platform::now());
        let open = self.rows.open(MAX_GREETED)?;
        let notice = |(_, alert): &(i64, Alert)| {
            let event = if alert.status == Status::Triggered { AlertEvent::Triggered } else { AlertEvent::Updated };
            for_guards(notice_of(alert, event, alert.payload(Viewer::Guard, language, now), now))
        };
        let told = open.iter().filter(|(_, alert)| !alert.is_of(&principal.user_id));
        Ok(told.rev().map(notice).collect())
    }

    /// Tells subscribers who have no dashboard. Whoever raised the alert hears of it as its owner.
    pub(super) fn tell_subscribers(self: &Rc<Self>, alert: &Alert, event: AlertEvent, payload: &Value, now: Timestamp) {
        // A failure is in the log of the engine: dashboards are told all the same.
        let subscribers = self.rows.subscribers(now, MAX_SUBSCRIBERS).unwrap_or_default();
        let has_dashboard = |user: &UserId| self.sessions.borrow().count_of(user) > 0;
        let told: Vec<UserId> =
            subscribers.into_iter().filter(|user| !alert.is_of(user) && !has_dashboard(user)).collect();
        self.note_deliveries(told.iter().map(|user| (&alert.id, user)), Via::Socket, Milestone::Sent);
        for user in told {
            self.tell_person(user, for_guards(notice_of(alert, event, payload.clone(), now)));
        }
    }
}

fn for_guards(notice: AlertNotice) -> AlertNotice {
    AlertNotice { is_for_guards: true, ..notice }
}
