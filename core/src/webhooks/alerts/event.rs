//! Webhook events of alerts.

use crate::alerts::notification::Notification;
use crate::alerts::{AlertId, Viewer, What};
use crate::shared::hex::hex;
use crate::shared::ids::TenantId;
use crate::webhooks::QueuedEvent;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

/// Bytes of an event id before hexadecimal.
const NAME_BYTES: usize = 16;

/// A webhook event: one timeline entry of an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Unique id, derived from tenant, alert and entry: the same entry always has the same id.
    pub id: String,
    /// Event type, such as `alert.triggered`.
    pub kind: String,
    /// Alert id.
    pub alert: AlertId,
    /// Request body.
    pub body: String,
    /// Whether it is an escalation: dropped if the alert is answered before the first attempt.
    pub is_page: bool,
    /// Whether it says that the alert is answered or closed.
    pub answers: bool,
}

impl Event {
    /// The event of a notification. `None` for an escalation step without webhooks: only the policy decides whether
    /// outside services are called.
    pub fn of(notification: &Notification, tenant: &TenantId) -> Option<Self> {
        let Notification { entry, alert, page, language } = notification;
        let is_page = matches!(entry.what, What::Escalated { .. });
        if is_page && !page.as_ref().is_some_and(|page| page.webhooks) {
            return None;
        }
        let kind = Self::kind_of(entry.what.name());
        let payload = alert.payload(Viewer::Guard, *language, entry.at);
        let body = json!({
            "type": kind,
            "timestamp": entry.at,
            "data": {"alert": payload, "entry": entry},
        });
        let answers = entry.what.is_answer();
        let (alert_id, raised_ms) = (alert.id.clone(), alert.created_at.millis());
        let named = format!("{tenant}\n{alert_id}\n{raised_ms}\n{}", entry.number);
        let digest = Sha256::digest(named);
        let id = format!("msg_{}", hex(digest.get(..NAME_BYTES).unwrap_or_default()));
        Some(Self { id, kind, alert: alert_id, body: body.to_string(), is_page, answers })
    }

    /// The event as it is queued again: it is sent even if a guard answers the alert before that.
    #[must_use]
    pub fn again(self) -> Self {
        Self { is_page: false, answers: false, ..self }
    }

    /// Event type of an entry name.
    pub fn kind_of(name: &str) -> String {
        format!("alert.{name}")
    }
}

impl QueuedEvent for Event {
    fn id(&self) -> &str {
        &self.id
    }

    fn size(&self) -> usize {
        self.body.len()
    }
}
