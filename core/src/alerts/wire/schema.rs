//! Schema-only types of alerts: what goes over the wire and is built without a type of its own.
//!
//! Nothing constructs them. The tests of `campana-http` check what the code really writes against them.

use super::{AlertNews, DeskSays};
use crate::alerts::{AlertId, Spot, Status};
use crate::chat::wire::schema::ErrorFrame;
use crate::shared::timestamp::Timestamp;
use schemars::JsonSchema;

/// An id of the application: a number if it is a whole number of at most 15 digits, else a string.
#[derive(JsonSchema)]
#[schemars(untagged, inline)]
pub enum ApplicationId {
    /// Any other id.
    Text(String),
    /// A whole number.
    Number(u64),
}

/// A person, as alerts name them.
#[derive(JsonSchema)]
pub struct AlertPerson {
    /// Their id.
    pub id: ApplicationId,
    /// Their name at that time.
    pub name: String,
}

/// An apartment, as the application names it.
#[derive(JsonSchema)]
pub struct AlertApartment {
    /// The application's id for it.
    pub id: Option<ApplicationId>,
    /// Its address.
    pub address: Option<String>,
}

/// The owner's place. Every field is `null` if it is unknown.
#[derive(JsonSchema)]
pub struct AlertPlace {
    /// Latitude in degrees.
    pub lat: Option<f64>,
    /// Longitude in degrees.
    pub lng: Option<f64>,
    /// Description.
    pub string: Option<String>,
    /// Accuracy in metres.
    pub accuracy: Option<u32>,
    /// Where it comes from: `gps`, `network`, `manual`.
    pub source: Option<String>,
    /// When the owner was there.
    pub at: Option<Timestamp>,
}

/// The current state of an alert: payload of every event about it, and of every answer.
#[derive(JsonSchema)]
pub struct PanicAlert {
    /// Its id, in the application's form.
    pub alert_id: ApplicationId,
    /// Its id as a string.
    pub id: AlertId,
    /// The owner: who raised it.
    pub user: AlertPerson,
    /// The owner's apartment.
    pub apartment: AlertApartment,
    /// The owner's last known place.
    pub location: AlertPlace,
    /// Its status.
    pub status: Status,
    /// When it was raised; the same as `created_at`.
    pub timestamp: Timestamp,
    /// Its age in the app's language.
    pub time_ago: String,
    /// The owner's note.
    pub note: Option<String>,
    /// Whether it is a drill.
    pub drill: bool,
    /// How often the button was pressed.
    pub presses: u32,
    /// Number of escalation steps so far.
    pub escalation_level: u32,
    /// The guard who took it.
    pub acknowledged_by: Option<AlertPerson>,
    /// When a guard took it.
    pub acknowledged_at: Option<Timestamp>,
    /// Since when a guard is on the way.
    pub responding_at: Option<Timestamp>,
    /// When it was resolved; `null` if it was closed otherwise.
    pub resolved_at: Option<Timestamp>,
    /// Who closed it.
    pub closed_by: Option<AlertPerson>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Why it was closed.
    pub reason: Option<String>,
    /// When it was raised.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Only for guards: whether the owner was forced to cancel it.
    #[schemars(skip_serializing_if = "Option::is_none", with = "bool")]
    pub duress: Option<bool>,
    /// Only for guards: number of wrong PINs.
    #[schemars(skip_serializing_if = "Option::is_none", with = "u32")]
    pub wrong_pins: Option<u32>,
}

/// An alert to raise. The server ignores a value that it cannot use, and names it in the timeline.
#[derive(JsonSchema)]
pub struct AlertDraft {
    /// The client's id for it, which makes a retry idempotent; the server creates one if it is absent.
    pub id: Option<ApplicationId>,
    /// The owner's apartment.
    pub apartment: Option<DraftApartment>,
    /// The owner's place.
    pub location: Option<Spot>,
    /// A note, at most 1,000 characters.
    pub note: Option<String>,
    /// Whether it is a drill.
    pub drill: Option<bool>,
}

/// An apartment of an alert to raise.
#[derive(JsonSchema)]
pub struct DraftApartment {
    /// The application's id for it.
    pub id: Option<ApplicationId>,
    /// Its address, at most 500 characters.
    pub address: Option<String>,
}

/// Every frame that the desk sends to a dashboard.
#[derive(JsonSchema)]
#[schemars(untagged, rename = "DeskFrame")]
pub enum DeskOutput<'a> {
    /// Frames other than events.
    Server(DeskSays),
    /// A refusal.
    Error(ErrorFrame),
    /// An event.
    News(AlertNews<'a>),
}
