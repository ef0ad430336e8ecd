//! Public JSON of an alert: the payload of every event and every answer.

use super::{Alert, Escalation, Language, Location, Pretence, Status, Who, id_json, time_ago};
use crate::shared::json::set;
use crate::shared::timestamp::Timestamp;
use serde_json::{Value, json};

/// The viewer of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    /// A user who attends to alerts.
    Guard,
    /// The owner. Their screen may be visible to the person who forces them.
    Owner,
}

impl Alert {
    /// The alert as JSON. Ids are numbers if the application's are. Unknown values are `null`, and `location` is always
    /// an object. After a duress PIN the owner sees a cancelled alert.
    pub fn payload(&self, viewer: Viewer, language: Language, now: Timestamp) -> Value {
        match (viewer, self.duress_at) {
            (Viewer::Owner, Some(_)) => self.as_owner_sees().bare_payload(language, now),
            (Viewer::Owner, None) => self.bare_payload(language, now),
            (Viewer::Guard, duress_at) => {
                let mut payload = self.bare_payload(language, now);
                set(&mut payload, "duress", duress_at.is_some());
                set(&mut payload, "wrong_pins", self.wrong_pins);
                payload
            }
        }
    }

    /// The alert as its owner sees it if they have no view of their own: after a duress PIN, which only alerts of
    /// earlier releases then have, as if it had been cancelled at that time. Without a stored pretence it shows less,
    /// never later changes.
    #[must_use]
    pub fn as_owner_sees(&self) -> Self {
        let Some(at) = self.duress_at else { return self.clone() };
        let Pretence { reason, location, level, acknowledged_by, acknowledged_at, responding_at } =
            self.pretence.as_deref().cloned().unwrap_or_default();
        Self {
            status: Status::Cancelled,
            updated_at: at,
            location,
            escalation: Escalation { level, due_at: None, ..self.escalation.clone() },
            duress_at: None,
            duress_pins: 0,
            is_apart: false,
            pretence: None,
            acknowledged_by,
            acknowledged_at,
            responding_at,
            closed_by: Some(self.user.clone()),
            closed_at: Some(at),
            reason,
            ..self.clone()
        }
    }

    fn bare_payload(&self, language: Language, now: Timestamp) -> Value {
        let who = |who: &Option<Who>| who.as_ref().map(who_json);
        let resolved_at = self.closed_at.filter(|_| self.status == Status::Resolved);
        json!({
            "alert_id": id_json(self.id.as_str()),
            "id": self.id,
            "user": who_json(&self.user),
            "apartment": {
                "id": self.apartment.id.as_deref().map(id_json),
                "address": self.apartment.address,
            },
            "location": location_json(self.location.as_ref()),
            "status": self.status,
            "timestamp": self.created_at,
            "time_ago": time_ago(self.created_at, now, language),
            "note": self.note,
            "drill": self.drill,
            "presses": self.presses,
            "escalation_level": self.escalation.level,
            "acknowledged_by": who(&self.acknowledged_by),
            "acknowledged_at": self.acknowledged_at,
            "responding_at": self.responding_at,
            "resolved_at": resolved_at,
            "closed_by": who(&self.closed_by),
            "closed_at": self.closed_at,
            "reason": self.reason,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        })
    }
}

/// A user, as events name them.
pub(super) fn who_json(who: &Who) -> Value {
    json!({"id": id_json(who.id.as_str()), "name": who.name})
}

fn location_json(location: Option<&Location>) -> Value {
    json!({
        "lat": location.map(|location| location.lat),
        "lng": location.map(|location| location.lng),
        "string": location.and_then(|location| location.string.as_deref()),
        "accuracy": location.and_then(|location| location.accuracy),
        "source": location.and_then(|location| location.source.as_deref()),
        "at": location.map(|location| location.at),
    })
}
