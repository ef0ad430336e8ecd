//! History of deliveries: what a queue reports of each, for administrators, and what functions ask about it.
//!
//! A queue adds a [`Report`] to its turn for each step of a delivery. The object that stores the queue stores the
//! history in the same transaction. JSON of [`HistoryRequest`] and [`HistoryReply`] passes between functions and objects
//! of one build only.

use super::delivery::Reason;
use crate::named;
use crate::shared::ids::{TenantId, text_id};
use crate::shared::problem::Problem;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// Longest id of a delivery, characters.
const MAX_ID_CHARS: usize = 64;

text_id!(
    /// Id of a delivery.
    DeliveryId
);

impl DeliveryId {
    /// Parses an id from outside: 1 to 64 letters, digits, `_` and `-`.
    pub fn parse(text: &str) -> Option<Self> {
        let is_char = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        ((1..=MAX_ID_CHARS).contains(&text.len()) && text.bytes().all(is_char)).then(|| Self(text.to_owned()))
    }
}

/// A step of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Endpoint id.
    pub endpoint: String,
    /// Delivery id.
    pub id: String,
    /// What happened.
    pub step: Step,
}

/// What happened to a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It was queued, for the first time or again.
    Queued {
        /// Types of its events, each once.
        kinds: Vec<String>,
        /// Number of events.
        events: usize,
        /// What the queue needs to queue it again.
        payload: String,
    },
    /// An attempt ended.
    Attempted {
        /// Number of the attempt, from 1.
        attempt: u32,
        /// HTTP status, if the endpoint answered.
        status: Option<u16>,
        /// Why it failed; `None` if the endpoint accepted it.
        error: Option<&'static str>,
    },
    /// It waits for its next attempt, at this time.
    Postponed(Timestamp),
    /// The endpoint accepted it.
    Delivered,
    /// It is not sent again.
    GivenUp(Reason),
}

named! {
    /// State of a delivery.
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "WebhookDeliveryState"))]
    pub enum DeliveryState {
        /// The first attempt has not ended.
        Pending = "pending",
        /// The last attempt failed; there will be another.
        Failed = "failed",
        /// The endpoint accepted it.
        Delivered = "delivered",
        /// It was not accepted and is not sent again.
        GivenUp = "given_up",
    }
}

/// A delivery in the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WebhookDelivery {
    /// Delivery id, the same in all its requests: the receiver gets it as a header.
    pub id: String,
    /// Types of its events.
    pub events: Vec<String>,
    /// Number of events in its request.
    pub event_count: u32,
    /// State.
    pub state: DeliveryState,
    /// Number of attempts that ended, since it was last queued.
    pub attempts: u32,
    /// HTTP status of the last attempt, if the endpoint answered.
    pub last_status: Option<u16>,
    /// Why the last attempt failed: `answered` (with a status outside 200 to 299), `timed_out`, `unreachable`,
    /// `not_allowed` (the address), `unsigned` (no secret).
    pub last_error: Option<String>,
    /// Why it was given up: `exhausted`, `overflow`, `disabled`, `removed` (the endpoint was disabled or removed),
    /// `answered` (the alert, before the first attempt).
    pub given_up: Option<String>,
    /// Time of the next attempt after a failed one.
    pub next_attempt_at: Option<Timestamp>,
    /// Time at which it was first queued.
    pub created_at: Timestamp,
    /// Time at which it was delivered or given up.
    pub ended_at: Option<Timestamp>,
}

/// What is known of an endpoint's deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "WebhookActivity"))]
pub struct Activity {
    /// Events that wait for delivery, those in progress included.
    pub pending: usize,
    /// Time of the last request that the endpoint accepted.
    pub last_success_at: Option<Timestamp>,
    /// Time of the last request that failed.
    pub last_failure_at: Option<Timestamp>,
    /// Its HTTP status, if the endpoint answered.
    pub last_failure_status: Option<u16>,
    /// Why it failed, like [`WebhookDelivery::last_error`].
    pub last_failure: Option<String>,
}

/// A request about the webhooks of an app's channels, to their object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhooksRequest {
    /// The tenant.
    pub tenant: TenantId,
    /// Id of the HTTP request, for the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What is asked.
    pub request: HistoryRequest,
}

/// Request about the history of deliveries. The function has checked the caller's permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryRequest {
    /// Activity of these endpoints.
    Activity {
        /// Endpoint ids.
        endpoints: Vec<String>,
    },
    /// Deliveries to an endpoint, newest first.
    Page {
        /// Endpoint id.
        endpoint: String,
        /// Deliveries before this number; all without it.
        before: Option<i64>,
        /// How many at most.
        limit: u32,
    },
    /// Queue a delivery again. 404 if it is not in the history; 409 if it is queued, or the endpoint is disabled.
    Replay {
        /// Endpoint id.
        endpoint: String,
        /// Delivery id.
        id: String,
    },
    /// Read the endpoints from the record now, so that a disabled one gets nothing more. For channels only.
    Refresh,
}

/// Result of a [`HistoryRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryReply {
    /// Activity of each endpoint, in the order of the request.
    Activity {
        /// The activity.
        activity: Vec<Activity>,
    },
    /// Deliveries with their numbers.
    Page {
        /// The deliveries.
        deliveries: Vec<(i64, WebhookDelivery)>,
    },
    /// The delivery after the request.
    Delivery {
        /// The delivery.
        delivery: WebhookDelivery,
    },
    /// Done.
    Done,
}

/// The answer to a [`HistoryRequest`].
pub type HistoryAnswer = Result<HistoryReply, Problem>;
