//! How many connections an app has, over all of its objects, and whether there is room for another.
//!
//! Every object with connections holds one lease at its app's quota registry and renews it with a [`Report`]: absolute
//! numbers, so that a report that arrives twice counts once. The answer tells the totals, and by them the object
//! decides alone: its own count is exact, the count of the others is as old as the answer. A connection never waits
//! for the registry. One that turns out to be too many when it is reported is closed again.
//!
//! [`Registry`] is the registry's side, [`Reporter`] the objects'; neither does any I/O.

mod registry;
mod reporter;
#[cfg(test)]
mod tests;

pub use registry::{Change, Lease, Registry};
pub use reporter::{Connections, Due, Here, Reporter};

use crate::shared::ids::{ConversationId, UserId};
use crate::shared::limits::Limits;
use crate::shared::problem::{self, Problem};
use serde::{Deserialize, Serialize};

/// Conversations that [`Stats`] names at most.
pub const MAX_BUSIEST: usize = 10;

/// What kind of object holds the connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The conversation of a room.
    Room,
    /// A conversation without a room.
    Conversation,
    /// A person's own channel, or an alert desk.
    Channel,
    /// A gateway, which holds Pusher clients' sockets.
    Gateway,
}

impl Kind {
    /// The name in JSON and SQL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Conversation => "conversation",
            Self::Channel => "channel",
            Self::Gateway => "gateway",
        }
    }

    /// Reads [`Kind::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Room, Self::Conversation, Self::Channel, Self::Gateway].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// How many connections an app allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Quota {
    /// All people together.
    pub app: Option<u32>,
    /// One person in all places together.
    pub person: Option<u32>,
}

impl Quota {
    /// That of an app's settings.
    pub const fn of(limits: &Limits) -> Self {
        Self { app: limits.max_connections, person: limits.connections_per_user }
    }

    /// Whether anything is limited.
    pub const fn any(self) -> bool {
        self.app.is_some() || self.person.is_some()
    }
}

/// Which maximum leaves no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exceeded {
    /// The app's.
    App,
    /// The person's.
    Person,
}

impl Exceeded {
    /// How soon a client that is refused may try again, milliseconds.
    const RETRY_AFTER_MS: u64 = 5_000;

    /// 429, as the client is told.
    pub fn problem(self) -> Problem {
        let detail = match self {
            Self::App => "the app has no room for another connection",
            Self::Person => "you have as many connections open as the app allows one person",
        };
        let problem = Problem::new(problem::Kind::TooManySockets, detail);
        Problem { retry_after_ms: Some(Self::RETRY_AFTER_MS), ..problem }
    }
}

/// The people of a lease, with their connections there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum People {
    /// Not told, by the previous release: the registry forgets whom it knew.
    Nobody,
    /// Those for whom the number may have changed; 0 is none.
    Changed(Vec<(UserId, u32)>),
    /// Everybody who is here; the others have none.
    Everybody(Vec<(UserId, u32)>),
}

impl People {
    /// Whoever is named, with their connections.
    pub fn named(&self) -> &[(UserId, u32)] {
        match self {
            Self::Nobody => &[],
            Self::Changed(named) | Self::Everybody(named) => named,
        }
    }
}

/// What an object holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The object, by a name that is its own within the app.
    pub source: String,
    /// What it is.
    pub kind: Kind,
    /// Rises with every report of the object: an older one that arrives later is not taken.
    pub turn: i64,
    /// Open connections.
    pub connections: u32,
    /// People behind them.
    pub people: u32,
    /// Messages ever sent there.
    pub sent: i64,
    /// Of them, those that the registry has counted as far as the object knows.
    pub sent_counted: i64,
    /// Whose connections they are.
    #[serde(rename = "counted")]
    pub holders: People,
    /// What the app allows: the answer tells people's totals only if those are limited.
    #[serde(rename = "caps")]
    pub quota: Quota,
    /// 0; the registry of the previous release cannot do without.
    #[serde(default)]
    allowance: u32,
    /// Empty; the same.
    #[serde(default)]
    wants: Vec<UserId>,
}

/// The registry's answer to a [`Report`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The newest turn that was taken. If it is not the report's own, the report was not taken.
    pub turn: i64,
    /// The app's connections, those of the report included. `None` if the registry is of the previous release.
    #[serde(default)]
    pub connections: Option<u64>,
    /// The same of the people whom the report names, if the app limits those.
    #[serde(default)]
    pub people: Vec<(UserId, u64)>,
    /// 0; an object of the previous release cannot do without.
    #[serde(default)]
    allowance: u32,
    /// Empty, which lets everybody in; the same.
    #[serde(default)]
    verdicts: Vec<()>,
}

impl Answer {
    /// Of the newest turn that was taken, and the app's connections.
    const fn new(turn: i64, connections: u64) -> Self {
        Self { turn, connections: Some(connections), people: Vec::new(), allowance: 0, verdicts: Vec::new() }
    }
}

/// A conversation with connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Busy {
    /// Which.
    pub conversation_id: ConversationId,
    /// Connections open there.
    pub connections: u32,
    /// People behind them.
    pub people: u32,
}

/// How an app stands, as its quota registry knows it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Stats {
    /// Connections that are open: sockets, own channels, event streams, Pusher clients.
    pub connections: u64,
    /// Of them, those of Pusher clients.
    #[serde(default)]
    pub pusher_connections: u64,
    /// Conversations with connections.
    pub conversations_live: u64,
    /// Of them, those of rooms.
    pub rooms_live: u64,
    /// People's own channels with connections.
    pub channels_live: u64,
    /// Messages sent since the app has a registry.
    pub messages_total: i64,
    /// Messages a second over the last minute.
    pub messages_per_second: f64,
    /// The conversations with the most connections.
    pub busiest: Vec<Busy>,
}
