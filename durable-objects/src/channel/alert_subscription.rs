//! Alerts on a person's own channel: their own, and, on devices whose token says that they attend to alerts, those of others.
//!
//! For the latter the channel holds a subscription at the desk, with a TTL: it begins with the first such device, is renewed by
//! the alarm, and ends with the last device. The desk cannot look them up when an alert is raised: nothing is asked on that
//! path, and the quota registry knows whose connections there are, not what their tokens permit. Without the end, deliveries
//! would be noted to people who have left.

use super::Object;
use crate::attachment::Attachment;
use crate::platform;
use crate::presence::{LEASE_MS, RENEW_MS};
use crate::sessions::Session;
use campana_core::accounts::principal::Principal;
use campana_core::alerts::wire::{AlertNotice, AlertSubscription};
use campana_core::shared::problem::Problem;
use std::rc::Rc;

/// How long the desk may take to answer, milliseconds.
const TIMEOUT_MS: u32 = 5_000;
/// TTL of a subscription, milliseconds: longer than two renewals may lie apart.
const TTL_MS: i64 = LEASE_MS + RENEW_MS;

impl Object {
    /// The desk tells of an alert.
    pub(super) fn hear_of_alert(self: &Rc<Self>, notice: &AlertNotice) {
        let is_for = |attachment: &Attachment| !notice.is_for_guards || attachment.principal.is_guard();
        self.send_to(&notice.to_text(), is_for);
        // Guards who listen by a gateway have the desk's own channels.
        if !notice.is_for_guards {
            self.tell_of_alert(notice);
        }
    }

    /// A device has come: if it may see alerts, the channel subscribes, and the device is told of those that are open.
    pub(super) fn subscribe_to_alerts(self: &Rc<Self>, session: &Rc<Session>) {
        let principal = session.attachment.borrow().principal.clone();
        if !principal.is_guard() {
            return;
        }
        let (object, session) = (Rc::clone(self), Rc::clone(session));
        self.state.wait_until(async move {
            for notice in object.subscribe(principal).await {
                session.send(&notice.to_text());
            }
        });
    }

    /// As long as such a device is there the subscription is renewed.
    pub(super) fn renew_alert_subscription(self: &Rc<Self>) {
        let Some(principal) = self.guard_here() else { return };
        let object = Rc::clone(self);
        self.state.wait_until(async move {
            object.subscribe(principal).await;
        });
    }

    /// A device has gone: if it was the last that may see alerts, the subscription ends.
    pub(super) fn end_alert_subscription(self: &Rc<Self>, session: &Session) {
        let principal = session.attachment.borrow().principal.clone();
        if !principal.is_guard() || self.guard_here().is_some() {
            return;
        }
        let object = Rc::clone(self);
        self.state.wait_until(async move {
            let ended = AlertSubscription { principal, limits: object.limits(), until: None };
            // Should it not be heard, it ends by itself.
            let _reported = object.tell_desk(&ended).await;
            // The subscription of a device that came meanwhile may have arrived before this.
            object.renew_alert_subscription();
        });
    }

    async fn subscribe(&self, principal: Principal) -> Vec<AlertNotice> {
        let until = Some(platform::now().plus_millis(TTL_MS));
        let subscription = AlertSubscription { principal, limits: self.limits(), until };
        self.tell_desk(&subscription).await
    }

    /// What the desk answers; nothing, if it refuses or does not answer: that is written down, and asked again later.
    async fn tell_desk(&self, subscription: &AlertSubscription) -> Vec<AlertNotice> {
        let asked = async {
            let desk = self.env.durable_object("ALERT_DESK")?.get_by_name(subscription.principal.tenant.as_str())?;
            platform::ask::<Result<Vec<AlertNotice>, Problem>>(&desk, "watch", subscription, TIMEOUT_MS).await
        };
        match asked.await {
            Ok(Ok(open)) => open,
            // No guard any more.
            Ok(Err(_)) => Vec::new(),
            Err(error) => {
                tracing::warn!(at = "channel.watch", detail = %error);
                Vec::new()
            }
        }
    }

    fn guard_here(&self) -> Option<Principal> {
        let sessions = self.sessions.borrow();
        sessions.iter().map(|session| session.attachment.borrow().principal.clone()).find(Principal::is_guard)
    }
}
