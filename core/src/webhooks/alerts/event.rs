//! What webhooks are told.

use crate::alerts::notification::Notification;
use crate::alerts::{AlertId, Viewer, What};
use crate::shared::ids::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

/// Bytes of an event's name before they are written in hexadecimal.
const NAME_BYTES: usize = 16;

/// Something that happened to an alert, as it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its name, which nothing else has: made of tenant, alert and entry, so that the same entry always has the same.
    pub id: String,
    /// Its type: `alert.triggered`.
    pub kind: String,
    /// Of which alert.
    pub alert: AlertId,
    /// The request's body.
    pub body: String,
    /// Whether it asks somebody to come: it is for nobody once the alert is answered.
    pub is_page: bool,
    /// Whether the alert is answered by it, or over.
    pub answers: bool,
}

impl Event {
    /// What is told of an notification. An escalation that the policy does not call webhooks for is no event: outside services
    /// are called by the policy alone.
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
        let answers = matches!(
            entry.what,
            What::Acknowledged
                | What::Responding
                | What::Resolved { .. }
                | What::FalseAlarm { .. }
                | What::Cancelled { .. }
        );
        let (alert_id, raised_ms) = (alert.id.clone(), alert.created_at.millis());
        let named = format!("{tenant}\n{alert_id}\n{raised_ms}\n{}", entry.number);
        let digest = Sha256::digest(named);
        let name = digest.iter().take(NAME_BYTES).fold(String::from("msg_"), |name, byte| format!("{name}{byte:02x}"));
        Some(Self { id: name, kind, alert: alert_id, body: body.to_string(), is_page, answers })
    }

    /// The type of an entry with this name.
    pub fn kind_of(name: &str) -> String {
        format!("alert.{name}")
    }
}
