//! Connection quota of an app over all of its objects.
//!
//! Each object with connections has one lease at its app's quota registry and renews it with a [`Report`]. Reports
//! have absolute numbers, so a repeated report counts once. The answer has the app's totals, by which the object
//! admits connections alone: its own count is exact, the others' count is as old as the answer. A connection never
//! waits for the registry; if a later report shows that it exceeds the quota, the object closes it.
//!
//! [`Registry`] is the registry's side, [`Reporter`] the objects' side; neither does I/O.

mod registry;
mod reporter;
#[cfg(test)]
mod tests;

pub use registry::{Lease, Registry, RegistryChange};
pub use reporter::{Connections, Due, Here, Reporter};

use crate::accounts::revocation::Revocation;
use crate::named;
use crate::shared::ids::{ConversationId, UserId};
use crate::shared::limits::Limits;
use crate::shared::problem::Problem;
use serde::{Deserialize, Serialize};

/// Most conversations listed in [`Stats`].
pub const MAX_BUSIEST: usize = 10;

named! {
    /// Kind of object that holds connections.
    pub enum Kind {
        /// The conversation of a room.
        Room = "room",
        /// A conversation without a room.
        Conversation = "conversation",
        /// A user's own channel, or an alert desk.
        Channel = "channel",
        /// A gateway, which holds Pusher clients' sockets.
        Gateway = "gateway",
    }
}

/// Connections that an app allows; `None` is unlimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Quota {
    /// Maximum of all users together.
    pub app: Option<u32>,
    /// Maximum of one user over all objects.
    pub person: Option<u32>,
}

impl Quota {
    /// The quota in an app's settings.
    pub const fn of(limits: &Limits) -> Self {
        Self { app: limits.max_connections, person: limits.connections_per_user }
    }

    /// Whether any maximum is set.
    pub const fn any(self) -> bool {
        self.app.is_some() || self.person.is_some()
    }
}

/// The maximum that is exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exceeded {
    /// The app's maximum.
    App,
    /// The user's maximum.
    Person,
}

impl Exceeded {
    /// The 429 for the client.
    pub fn problem(self) -> Problem {
        let detail = match self {
            Self::App => "the app has no room for another connection",
            Self::Person => "you have as many connections open as the app allows one person",
        };
        Problem::too_many_sockets(detail)
    }
}

/// Users of a lease with their number of connections in the object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum People {
    /// No users, from the previous release: the registry deletes the users it stored.
    Nobody,
    /// Users whose number may have changed, with the present number, which can be 0.
    Changed(Vec<(UserId, u32)>),
    /// All users with connections; all others have none.
    Everybody(Vec<(UserId, u32)>),
}

impl People {
    /// The listed users with their number of connections.
    pub fn named(&self) -> &[(UserId, u32)] {
        match self {
            Self::Nobody => &[],
            Self::Changed(named) | Self::Everybody(named) => named,
        }
    }
}

/// An object's report to the quota registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Name of the object, unique within the app.
    pub source: String,
    /// Kind of the object.
    pub kind: Kind,
    /// Increases with every report of the object: the registry ignores a report that arrives after a newer one.
    pub turn: i64,
    /// Open connections.
    pub connections: u32,
    /// Users with a connection.
    pub people: u32,
    /// Messages ever sent there.
    pub sent: i64,
    /// Of them, messages that the registry has counted, as far as the object knows.
    pub sent_counted: i64,
    /// Users of the connections.
    #[serde(rename = "counted")]
    pub holders: People,
    /// The app's quota: the answer has users' totals only if connections per user are limited.
    #[serde(rename = "caps")]
    pub quota: Quota,
    /// Always 0; the previous release's registry requires it.
    #[serde(default)]
    allowance: u32,
    /// Always empty; the previous release's registry requires it.
    #[serde(default)]
    wants: Vec<UserId>,
}

/// The registry's answer to a [`Report`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The newest turn that the registry accepted. If it differs from the report's turn, the report was not accepted.
    pub turn: i64,
    /// The app's connections, including the report's. `None` from the previous release's registry.
    #[serde(default)]
    pub connections: Option<u64>,
    /// Total connections of the users in the report, if the app limits connections per user.
    #[serde(default)]
    pub people: Vec<(UserId, u64)>,
    /// The app's recent revocations that can concern the connections of the report. An object whose connections the
    /// registry learns of only now was not among those that it passed them on to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revocations: Vec<Revocation>,
    /// Always 0; objects of the previous release require it.
    #[serde(default)]
    allowance: u32,
    /// Always empty, which admits everybody; objects of the previous release require it.
    #[serde(default)]
    verdicts: Vec<()>,
}

impl Answer {
    const fn new(turn: i64, connections: u64) -> Self {
        Self {
            turn,
            connections: Some(connections),
            people: Vec::new(),
            revocations: Vec::new(),
            allowance: 0,
            verdicts: Vec::new(),
        }
    }
}

/// A conversation with connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "BusyConversation"))]
pub struct Busy {
    /// Conversation id.
    pub conversation_id: ConversationId,
    /// Connections open there.
    pub connections: u32,
    /// Users with a connection.
    pub people: u32,
}

/// Present statistics of an app, from its quota registry.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Stats {
    /// Open connections: sockets, own channels, event streams, Pusher clients.
    pub connections: u64,
    /// Of them, those of Pusher clients.
    #[serde(default)]
    pub pusher_connections: u64,
    /// Conversations with connections.
    pub conversations_live: u64,
    /// Of them, those of rooms.
    pub rooms_live: u64,
    /// Users' own channels and alert desks with connections.
    pub channels_live: u64,
    /// Messages sent since the app's registry exists.
    pub messages_total: i64,
    /// Messages a second over the last minute.
    pub messages_per_second: f64,
    /// The conversations with the most connections.
    pub busiest: Vec<Busy>,
}
