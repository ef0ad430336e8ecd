//! Where a tenant wants to be told of its alerts.

use super::{Event, Secret};
use crate::alerts::What;
use crate::alerts::pager::AlertWebhook;
use crate::shared::problem::Problem;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// How long the secret before the newest is good beside it, milliseconds.
pub const SECRET_OVERLAP_MS: i64 = 24 * 60 * 60 * 1_000;

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its id.
    pub id: String,
    /// Where.
    pub url: String,
    /// Of what: types of events. Of all, if it is empty.
    pub events: Vec<String>,
    /// What signs.
    pub secret: Secret,
    /// What signed before, and until when it does beside the other.
    pub retiring: Option<(Secret, Timestamp)>,
    /// Since when.
    pub created_at: Timestamp,
    /// Since when it has taken nothing of what it was told.
    pub failing_since: Option<Timestamp>,
    /// Since when it is told of nothing any more, and why.
    pub disabled: Option<(Timestamp, Disabled)>,
}

/// Why an endpoint is told of nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disabled {
    /// It said that it is gone.
    Gone,
    /// It took nothing for days.
    Silent,
}

impl Disabled {
    /// In words, for administrators.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "it answered 410: it is gone",
            Self::Silent => "it took nothing for three days",
        }
    }
}

impl Endpoint {
    /// One that was just asked for.
    pub fn new(id: String, url: String, events: Vec<String>, secret: Secret, now: Timestamp) -> Self {
        let (retiring, failing_since, disabled) = (None, None, None);
        Self { id, url, events, secret, retiring, created_at: now, failing_since, disabled }
    }

    /// Whether it wants to hear of this.
    pub fn wants(&self, event: &Event) -> bool {
        self.events.is_empty() || self.events.contains(&event.kind)
    }

    /// The secrets that are good now, the newest first.
    pub fn secrets(&self, now: Timestamp) -> impl Iterator<Item = &Secret> {
        let retiring = self.retiring.as_ref().filter(|(_, until)| now < *until).map(|(secret, _)| secret);
        std::iter::once(&self.secret).chain(retiring)
    }

    /// As administrators see it, without its secret.
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

    /// The same with its secret, which is shown when it is made and never again.
    pub fn shown_with_secret(&self) -> AlertWebhook {
        AlertWebhook { secret: Some(self.secret.as_str().to_owned()), ..self.shown() }
    }
}

/// Types of events as somebody asks for them, each once. 422 if there is no such type.
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
