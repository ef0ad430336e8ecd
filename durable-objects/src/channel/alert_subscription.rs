//! Alerts on a user's own channel: the user's own, and, on devices whose token has `view_panic_alerts`, all others.
//!
//! For the latter, the channel holds a subscription with a TTL at the alert desk. It begins with the first such device,
//! is renewed by the alarm, and ends with the last such device. The desk cannot look up guards when an alert is raised:
//! that path queries no other object, and the quota registry knows users, not permissions. Without an explicit end, the
//! desk would record deliveries to users who have disconnected.

use super::Object;
use super::revision::numbered;
use crate::attachment::Attachment;
use crate::presence::{LEASE_MS, RENEW_MS};
use crate::sessions::Session;
use campana_core::accounts::principal::Principal;
use campana_core::alerts::wire::{AlertNotice, AlertSubscription};
use campana_core::shared::problem::Problem;
use campana_runtime::Hosted;
use campana_runtime::ports::Address;
use std::rc::Rc;

/// Time-out of a call to the desk, in milliseconds.
const TIMEOUT_MS: u32 = 5_000;
/// TTL of a subscription, in milliseconds: longer than the longest interval between two renewals.
const TTL_MS: i64 = LEASE_MS + RENEW_MS;

impl Object {
    /// Delivers an alert from the desk.
    pub(super) fn deliver_alert(self: &Rc<Self>, notice: &AlertNotice) -> Result<(), Problem> {
        if notice.is_for_guards {
            // Guards at gateways use the desk's own channels.
            self.send_to(&notice.to_text(), None, |attachment: &Attachment| attachment.principal.is_guard());
            return Ok(());
        }
        let rev = self.next_revision()?;
        self.send_to(&numbered(&notice.to_news(), rev), rev, |_| true);
        self.notify_of_alert(notice);
        Ok(())
    }

    /// For a guard's new device: renews the subscription and sends the device the open alerts.
    pub(super) fn subscribe_to_alerts(self: &Rc<Self>, session: &Rc<Session>) {
        let principal = session.attachment.borrow().principal.clone();
        if !principal.is_guard() {
            return;
        }
        let session = Rc::clone(session);
        self.spawn(async move |object| {
            for notice in object.subscribe(principal).await {
                session.send_event(&notice.to_text());
            }
        });
    }

    /// Renews the subscription while a guard's device is here.
    pub(super) fn renew_alert_subscription(self: &Rc<Self>) {
        let Some(principal) = self.guard_here() else { return };
        self.spawn(async move |object| {
            object.subscribe(principal).await;
        });
    }

    /// Ends the subscription if the closed session was the last of a guard.
    pub(super) fn end_alert_subscription(self: &Rc<Self>, session: &Session) {
        let principal = session.attachment.borrow().principal.clone();
        if !principal.is_guard() || self.guard_here().is_some() {
            return;
        }
        self.spawn(async move |object| {
            let ended = AlertSubscription { principal, limits: object.limits(), until: None };
            // If this call fails, the subscription expires.
            let _reported = object.report_to_desk(&ended).await;
            // A device may have connected during the call, and its subscription may have reached the desk first.
            object.renew_alert_subscription();
        });
    }

    async fn subscribe(&self, principal: Principal) -> Vec<AlertNotice> {
        let until = Some(self.context.now().plus_millis(TTL_MS));
        let subscription = AlertSubscription { principal, limits: self.limits(), until };
        self.report_to_desk(&subscription).await
    }

    /// The desk's answer: the open alerts. Empty, after a log entry, if the call fails; the next renewal tries again.
    async fn report_to_desk(&self, subscription: &AlertSubscription) -> Vec<AlertNotice> {
        let desk = Address { namespace: "ALERT_DESK", name: subscription.principal.tenant.to_string() };
        match self.context.ask::<Result<Vec<AlertNotice>, Problem>>(&desk, "watch", subscription, TIMEOUT_MS).await {
            Ok(Ok(open)) => open,
            // The user is no longer a guard.
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
