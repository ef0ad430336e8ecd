//! What dashboards and the desk say to each other over native sockets.

use super::AlertId;
use crate::accounts::principal::Principal;
use crate::chat::wire::to_text;
use crate::shared::limits::Limits;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Names of events about alerts, as on every transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AlertEvent {
    /// An alert was raised.
    #[serde(rename = "panic-alert.triggered")]
    Triggered,
    /// Something about an alert changed.
    #[serde(rename = "panic-alert.updated")]
    Updated,
}

impl AlertEvent {
    /// The name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Triggered => "panic-alert.triggered",
            Self::Updated => "panic-alert.updated",
        }
    }
}

/// An event about an alert, as native sockets hear it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AlertNews<'a> {
    /// What happened.
    pub event: AlertEvent,
    /// Its place in the order of all that happens at the desk; not on a person's own socket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// Which alert.
    pub id: &'a AlertId,
    /// The alert as it stands: [`super::Alert::payload`].
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

/// What the desk tells a person's own channel: of their own alert, or of one that they are asked to come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertNotice {
    /// What happened.
    pub event: AlertEvent,
    /// Which alert.
    pub id: AlertId,
    /// The alert as they may see it.
    pub partial: Value,
    /// When.
    pub at: Timestamp,
    /// Only for devices whose token says that their person attends to alerts: it is somebody else's.
    #[serde(default)]
    pub is_for_guards: bool,
}

/// A person's own channel subscribes at the desk to alerts, for the devices there that may see them, or unsubscribes. The
/// answer to the first is the open alerts, as [`AlertNotice`]s.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertSubscription {
    /// Who, as their token says.
    pub principal: Principal,
    /// The app's limits.
    pub limits: Limits,
    /// When the subscription ends unless it is renewed; `None` ends it now.
    pub until: Option<Timestamp>,
}

impl AlertNotice {
    /// The JSON text for native sockets.
    pub fn to_text(&self) -> String {
        AlertNews { event: self.event, seq: None, id: &self.id, partial: &self.partial, at: self.at }.to_text()
    }
}

/// How far an alert got at a dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Receipt {
    /// The client has it.
    Delivered,
    /// Somebody had it before their eyes.
    Seen,
}

/// Dashboard to desk.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum DeskFrame {
    /// Alerts have got here, or were seen.
    Receipt {
        /// Which: at most [`MAX_RECEIPTS`].
        ids: Vec<AlertId>,
        /// How far.
        state: Receipt,
    },
    /// Ask for what changed since then.
    Resume {
        /// The numbering that the position belongs to.
        epoch: String,
        /// The last position the client has.
        seq: i64,
    },
    /// The answer to `ping`: somebody is there.
    Pong {},
}

/// Alerts in one receipt at most.
pub const MAX_RECEIPTS: usize = 100;
/// Alerts in one frame at most.
pub const MAX_ALERTS_PER_FRAME: usize = 50;

/// Desk to dashboard, apart from events.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DeskSays {
    /// The first frame. The open alerts follow at once, before anything else.
    Welcome {
        /// The numbering of this desk.
        epoch: String,
        /// The newest position.
        head: i64,
        /// Who the server takes the client for.
        you: crate::chat::wire::Person,
        /// How often the client should send `ping`, milliseconds.
        keep_alive_ms: u32,
    },
    /// Alerts as they stand: after the welcome the open ones, newest first.
    Alerts {
        /// At most [`MAX_ALERTS_PER_FRAME`].
        alerts: Vec<Value>,
        /// Whether these are the last of the open ones: a client that knows of another one, has an old one.
        complete: bool,
    },
    /// All that changed since the position was sent. From here on nothing is missing.
    Resumed {
        /// The newest position.
        head: i64,
    },
    /// The position cannot be used: what the client knows of alerts that have ended may be old.
    Reset {
        /// The numbering of this desk.
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
