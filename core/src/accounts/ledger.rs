//! Who holds how many connections, over all objects of an app.
//!
//! An object with connections tells the app's ledger what it holds: a [`Tally`] of absolute numbers, so that one told
//! twice counts once. Where the app sets a maximum, an object takes a connection in only within its allowance, and
//! the tally asks for more of it. The sum of what the ledger has allowed and of what it has not heard given back is
//! never above the maximum, whatever the order in which objects ask. [`Book`] is the ledger's side, [`Holder`] the
//! objects'; neither does any I/O.

mod book;
mod holder;
#[cfg(test)]
mod tests;

pub use book::{Book, Change, Lease};
pub use holder::{Due, Here, Holder};

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
    /// A person's own channel.
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
pub struct Caps {
    /// All people together.
    pub app: Option<u32>,
    /// One person in all places together.
    pub person: Option<u32>,
}

impl Caps {
    /// Those of an app's settings.
    pub const fn of(limits: &Limits) -> Self {
        Self { app: limits.max_connections, person: limits.connections_per_user }
    }

    /// Whether there are any, so that the ledger has to be asked.
    pub const fn any(self) -> bool {
        self.app.is_some() || self.person.is_some()
    }
}

/// Whose connections are told one by one. Only apps that cap a person's connections have need of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Nobody's; the ledger forgets what it knew.
    Nobody,
    /// Those of people for whom the number may have changed.
    Changed(Vec<(UserId, u32)>),
    /// Everybody's who is here; the others have none.
    Everybody(Vec<(UserId, u32)>),
}

/// What an object holds, and for whom it asks for room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The object, by a name that is its own within the app.
    pub source: String,
    /// What it is.
    pub kind: Kind,
    /// Rises with every tally of the object: an older one that comes later is not taken.
    pub turn: i64,
    /// Connections, those about to open included.
    pub connections: u32,
    /// People behind them.
    pub people: u32,
    /// Connections it may hold, unused room given back.
    pub allowance: u32,
    /// Messages ever sent there.
    pub sent: i64,
    /// Of them, those that the ledger has counted as far as the object knows.
    pub sent_counted: i64,
    /// Whose connections they are.
    pub counted: Counted,
    /// What the app allows.
    pub caps: Caps,
    /// People who are waiting to be let in, a connection each.
    pub wants: Vec<UserId>,
}

/// What becomes of somebody who waits to be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They are let in.
    Admitted,
    /// The app has as many connections as it allows.
    AppFull,
    /// The person has.
    PersonFull,
}

impl Verdict {
    /// How soon a client that is turned away may try again, milliseconds.
    const RETRY_AFTER_MS: u64 = 5_000;

    /// Nothing, or how they are turned away.
    pub fn refusal(self) -> Result<(), Problem> {
        let detail = match self {
            Self::Admitted => return Ok(()),
            Self::AppFull => "the app has no room for another connection",
            Self::PersonFull => "you have as many connections open as the app allows one person",
        };
        let problem = Problem::new(problem::Kind::TooManySockets, detail);
        Err(Problem { retry_after_ms: Some(Self::RETRY_AFTER_MS), ..problem })
    }
}

/// The ledger's answer to a [`Tally`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// The newest turn that was taken. If it is not the tally's own, the tally was not taken.
    pub turn: i64,
    /// Connections the object may hold.
    pub allowance: u32,
    /// For those waiting, in their order.
    pub verdicts: Vec<Verdict>,
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

/// How an app stands, as the ledger knows it.
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
    /// Messages sent since the app has a ledger.
    pub messages_total: i64,
    /// Messages a second over the last minute.
    pub messages_per_second: f64,
    /// The conversations with the most connections.
    pub busiest: Vec<Busy>,
}
