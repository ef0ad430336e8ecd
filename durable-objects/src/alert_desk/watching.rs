//! Guards without a dashboard, but with a device on their own channel: it is told of alerts, too.
//!
//! A person's own channel says so when such a device comes, again and again as long as it is there, and when it has gone.

use super::Object;
use super::telling::notice_of;
use crate::platform;
use campana_core::alerts::record::{Milestone, Via};
use campana_core::alerts::wire::{AlertEvent, AlertNotice, Watch};
use campana_core::alerts::{Alert, Status, Viewer};
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use serde_json::Value;
use std::rc::Rc;

/// People told by their own channels at most; a desk with more guards has them on dashboards.
const MAX_WATCHERS: i64 = 5_000;
/// Open alerts that a device is told of when it comes, at most.
const MAX_GREETED: i64 = 50;

impl Object {
    /// Somebody's own channel has a device that may see alerts, or has none any more. The open alerts, the oldest first.
    pub(super) async fn watch(self: &Rc<Self>, watch: Watch) -> Result<Vec<AlertNotice>, Problem> {
        let Watch { principal, limits, until } = watch;
        let Some(until) = until else {
            if self.rows.are_made() {
                self.rows.unwatch(&principal.user_id)?;
            }
            return Ok(Vec::new());
        };
        self.know(&principal.tenant, &limits).await?;
        // Nothing is awaited after this.
        self.check_guard(&principal)?;
        self.rows.watch(&principal.user_id, until)?;
        let (language, now) = (self.alert_settings().language, platform::now());
        let open = self.rows.open(MAX_GREETED)?;
        let notice = |(_, alert): &(i64, Alert)| {
            let event = if alert.status == Status::Triggered { AlertEvent::Triggered } else { AlertEvent::Updated };
            for_guards(notice_of(alert, event, alert.payload(Viewer::Guard, language, now), now))
        };
        let told = open.iter().filter(|(_, alert)| !alert.is_of(&principal.user_id));
        Ok(told.rev().map(notice).collect())
    }

    /// Tells those who watch by their own channel alone. Whoever raised the alert hears of it as its owner.
    pub(super) fn tell_watchers(self: &Rc<Self>, alert: &Alert, event: AlertEvent, payload: &Value, now: Timestamp) {
        // A failure is in the log of the engine: dashboards are told all the same.
        let watchers = self.rows.watchers(now, MAX_WATCHERS).unwrap_or_default();
        let has_dashboard = |user: &UserId| self.sessions.borrow().count_of(user) > 0;
        let told: Vec<UserId> =
            watchers.into_iter().filter(|user| !alert.is_of(user) && !has_dashboard(user)).collect();
        self.note_deliveries(told.iter().map(|user| (&alert.id, user)), Via::Socket, Milestone::Sent);
        for user in told {
            self.tell_person(user, for_guards(notice_of(alert, event, payload.clone(), now)));
        }
    }
}

fn for_guards(notice: AlertNotice) -> AlertNotice {
    AlertNotice { is_for_guards: true, ..notice }
}
