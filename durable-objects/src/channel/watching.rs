//! Alerts on a person's own channel: their own, and, on devices whose token says that they attend to alerts, those of others.

use super::Object;
use crate::attachment::Attachment;
use crate::platform;
use crate::presence::{LEASE_MS, RENEW_MS};
use crate::sessions::Session;
use campana_core::accounts::principal::Principal;
use campana_core::alerts::wire::{AlertNotice, Watch};
use campana_core::shared::problem::Problem;
use std::rc::Rc;

/// How long the desk may take to answer, milliseconds.
const TIMEOUT_MS: u32 = 5_000;
/// How long the desk tells, unless it is asked again, milliseconds: longer than two renewals may lie apart.
const WATCH_MS: i64 = LEASE_MS + RENEW_MS;

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

    /// A device has come: if it may see alerts the desk is to tell of them, and it is told of those that are open.
    pub(super) fn watch_for(self: &Rc<Self>, session: &Rc<Session>) {
        let principal = session.attachment.borrow().principal.clone();
        if !principal.is_guard() {
            return;
        }
        let (object, session) = (Rc::clone(self), Rc::clone(session));
        self.state.wait_until(async move {
            for notice in object.ask_to_be_told(principal).await {
                session.send(&notice.to_text());
            }
        });
    }

    /// As long as such a device is there the desk is asked again.
    pub(super) fn go_on_watching(self: &Rc<Self>) {
        let Some(principal) = self.guard_here() else { return };
        let object = Rc::clone(self);
        self.state.wait_until(async move {
            object.ask_to_be_told(principal).await;
        });
    }

    /// A device has gone: if it was the last that may see alerts the desk need not tell any more.
    pub(super) fn stop_watching(self: &Rc<Self>, session: &Session) {
        let principal = session.attachment.borrow().principal.clone();
        if !principal.is_guard() || self.guard_here().is_some() {
            return;
        }
        let object = Rc::clone(self);
        self.state.wait_until(async move {
            let watch = Watch { principal, limits: object.limits(), until: None };
            // Should it not be heard, it ends by itself.
            let _reported = object.tell_desk(&watch).await;
            // Who has come meanwhile may have been heard before this.
            object.go_on_watching();
        });
    }

    async fn ask_to_be_told(&self, principal: Principal) -> Vec<AlertNotice> {
        let until = Some(platform::now().plus_millis(WATCH_MS));
        let watch = Watch { principal, limits: self.limits(), until };
        self.tell_desk(&watch).await
    }

    /// What the desk answers; nothing, if it refuses or does not answer: that is written down, and asked again later.
    async fn tell_desk(&self, watch: &Watch) -> Vec<AlertNotice> {
        let asked = async {
            let desk = self.env.durable_object("ALERT_DESK")?.get_by_name(watch.principal.tenant.as_str())?;
            platform::ask::<Result<Vec<AlertNotice>, Problem>>(&desk, "watch", watch, TIMEOUT_MS).await
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
