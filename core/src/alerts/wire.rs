//! Frames between dashboards and the alert desk on native sockets, and events about alerts.
//!
//! With the feature `schema` these types derive JSON Schema; the module `schema` adds payloads without a type.

#[cfg(feature = "schema")]
pub mod schema;

use super::AlertId;
use crate::accounts::principal::Principal;
use crate::chat::wire::to_text;
use crate::named;
use crate::shared::limits::Limits;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

named! {
    /// Names of events about alerts, as on every transport.
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "AlertEventName"))]
    pub enum AlertEvent {
        /// An alert was raised.
        Triggered = "panic-alert.triggered",
        /// An alert changed.
        Updated = "panic-alert.updated",
    }
}

/// An event about an alert on native sockets.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AlertNews<'a> {
    /// What happened.
    pub event: AlertEvent,
    /// Its position in the order of the desk's events; absent on a person's own socket.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "i64"))]
    pub seq: Option<i64>,
    /// Which alert.
    pub id: &'a AlertId,
    /// The alert's current state, as `Alert::payload` builds it.
    #[cfg_attr(feature = "schema", schemars(with = "schema::PanicAlert"))]
    pub partial: &'a Value,
    /// When.
    pub at: Timestamp,
}

impl AlertNews<'_> {
    /// The JSON text that goes over the wire.
    pub fn to_text(&self) -> String {
        to_text(self)
    }
}

/// Notification from the desk to a person's own channel: about their own alert, or about one they attend to as a guard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertNotice {
    /// What happened.
    pub event: AlertEvent,
    /// Which alert.
    pub id: AlertId,
    /// The alert, as this person may see it.
    pub partial: Value,
    /// Time of the event.
    pub at: Timestamp,
    /// Whether only devices whose token has the guards' permission get it: the alert is another person's.
    #[serde(default)]
    pub is_for_guards: bool,
}

/// Subscription of a person's own channel to the desk's alerts, for connected devices that may see them, or its end.
/// The answer to a first subscription is the open alerts, as [`AlertNotice`]s.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertSubscription {
    /// The person, from their token.
    pub principal: Principal,
    /// The app's limits.
    pub limits: Limits,
    /// When the subscription ends unless it is renewed; `None` ends it now.
    pub until: Option<Timestamp>,
}

impl AlertNotice {
    /// The event for native sockets.
    pub fn to_news(&self) -> AlertNews<'_> {
        AlertNews { event: self.event, seq: None, id: &self.id, partial: &self.partial, at: self.at }
    }

    /// The JSON text for native sockets.
    pub fn to_text(&self) -> String {
        self.to_news().to_text()
    }
}

/// Receipt of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ReceiptState"))]
#[serde(rename_all = "snake_case")]
pub enum Receipt {
    /// The client has it.
    Delivered,
    /// It was visible on the screen.
    Seen,
}

/// Dashboard to desk.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "DashboardFrame"))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum DeskFrame {
    /// Alerts were delivered or seen.
    #[cfg_attr(feature = "schema", schemars(title = "ReceiptFrame"))]
    Receipt {
        /// The alerts, at most 100.
        ids: Vec<AlertId>,
        /// Delivered or seen.
        state: Receipt,
    },
    /// Asks for the alerts that changed after a position.
    #[cfg_attr(feature = "schema", schemars(title = "AlertResumeFrame"))]
    Resume {
        /// The epoch that the position belongs to.
        epoch: String,
        /// The last position the client has.
        seq: i64,
    },
    /// Answers the server's `ping`.
    #[cfg_attr(feature = "schema", schemars(title = "AlertPongFrame"))]
    Pong {},
}

/// Alerts in one receipt at most.
pub const MAX_RECEIPTS: usize = 100;
/// Alerts in one frame at most.
pub const MAX_ALERTS_PER_FRAME: usize = 50;

/// Desk to dashboard, apart from events.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "DeskServerFrame"))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DeskSays {
    /// The first frame. The open alerts follow immediately.
    #[cfg_attr(feature = "schema", schemars(title = "AlertWelcome"))]
    Welcome {
        /// The desk's epoch: positions of another epoch cannot be compared.
        epoch: String,
        /// The newest position.
        head: i64,
        /// The user, from the token.
        you: crate::chat::wire::Person,
        /// Ping interval in milliseconds.
        keep_alive_ms: u32,
    },
    /// Current alerts: after the welcome the open ones, newest first.
    #[cfg_attr(feature = "schema", schemars(title = "AlertsFrame"))]
    Alerts {
        /// At most 50.
        #[cfg_attr(feature = "schema", schemars(with = "Vec<schema::PanicAlert>"))]
        alerts: Vec<Value>,
        /// Whether this is the last frame of open alerts: any other alert that the client has as open is closed.
        complete: bool,
    },
    /// Every change after the position was sent.
    #[cfg_attr(feature = "schema", schemars(title = "AlertResumed"))]
    Resumed {
        /// The newest position.
        head: i64,
    },
    /// The position cannot be used: closed alerts that the client has may be outdated.
    #[cfg_attr(feature = "schema", schemars(title = "AlertReset"))]
    Reset {
        /// The desk's epoch.
        epoch: String,
        /// The newest position.
        head: i64,
    },
}

impl DeskSays {
    /// The JSON text that goes over the wire.
    pub fn to_text(&self) -> String {
        to_text(self)
    }
}
