//! Webhook endpoints of a tenant's alerts.

use super::{Event, Secret};
use crate::alerts::What;
use crate::alerts::pager::AlertWebhook;
use crate::shared::problem::Problem;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// How long the previous secret stays valid after a rotation, in milliseconds.
pub const SECRET_OVERLAP_MS: i64 = 24 * 60 * 60 * 1_000;

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertEndpoint {
    /// Endpoint id.
    pub id: String,
    /// URL.
    pub url: String,
    /// Event types; empty means all.
    pub events: Vec<String>,
    /// Signing secret.
    pub secret: Secret,
    /// Previous secret, and when it expires.
    pub retiring: Option<(Secret, Timestamp)>,
    /// Time at which it was added.
    pub created_at: Timestamp,
    /// Time of the first failure since the last accepted event.
    pub failing_since: Option<Timestamp>,
    /// Time at which it was disabled, and why.
    pub disabled: Option<(Timestamp, Disabled)>,
}

/// Why an endpoint is disabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disabled {
    /// It answered 410.
    Gone,
    /// It accepted nothing for three days.
    Silent,
    /// An administrator disabled it.
    Administrator,
}

impl Disabled {
    /// Text for administrators.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "it answered 410: it is gone",
            Self::Silent => "it took nothing for three days",
            Self::Administrator => "an administrator disabled it",
        }
    }
}

impl AlertEndpoint {
    /// A new endpoint.
    pub fn new(id: String, url: String, events: Vec<String>, secret: Secret, now: Timestamp) -> Self {
        let (retiring, failing_since, disabled) = (None, None, None);
        Self { id, url, events, secret, retiring, created_at: now, failing_since, disabled }
    }

    /// Whether it is enabled and its event types include this event's.
    pub fn wants(&self, event: &Event) -> bool {
        self.disabled.is_none() && (self.events.is_empty() || self.events.contains(&event.kind))
    }

    /// The valid secrets, newest first.
    pub fn secrets(&self, now: Timestamp) -> impl Iterator<Item = &Secret> {
        let retiring = self.retiring.as_ref().filter(|(_, until)| now < *until).map(|(secret, _)| secret);
        std::iter::once(&self.secret).chain(retiring)
    }

    /// Public view, without the secret.
    pub fn shown(&self) -> AlertWebhook {
        AlertWebhook {
            id: self.id.clone(),
            url: self.url.clone(),
            events: self.events.clone(),
            secret: None,
            created_at: self.created_at,
            disabled_at: self.disabled.map(|(at, _)| at),
            disabled_because: self.disabled.map(|(_, why)| why.as_str().to_owned()),
        }
    }

    /// Public view with the secret: only for the answer that creates it.
    pub fn shown_with_secret(&self) -> AlertWebhook {
        AlertWebhook { secret: Some(self.secret.as_str().to_owned()), ..self.shown() }
    }
}

/// Validates event types and removes duplicates. 422 for an unknown type.
pub fn read_events(asked: Vec<String>) -> Result<Vec<String>, Problem> {
    let known = || What::NAMES.iter().map(|name| Event::kind_of(name));
    let mut events = Vec::new();
    for event in asked {
        if !known().any(|kind| kind == event) {
            return Err(Problem::field("events", format!("names none of {}", known().collect::<Vec<_>>().join(", "))));
        }
        if !events.contains(&event) {
            events.push(event);
        }
    }
    Ok(events)
}
