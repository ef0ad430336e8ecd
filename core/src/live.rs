//! Open connections of an app, as administrators see them: questions of functions to the objects that hold connections,
//! and to the quota registry, which knows these objects. JSON between objects of one build; not reachable from outside.

mod holder;
mod standing;
mod trace;

pub use holder::{Holder, HoldersOf, ListHolders};
pub use standing::{AskStanding, Decision, Standing, StandingConnection};
pub use trace::{
    MAX_TRACE_MINUTES, MAX_TRACE_STEPS, MAX_TRACES, StartTrace, Step, StepKind, StepReason, Trace, TraceInfo,
    TracedFrame, Transport,
};

use crate::named;
use crate::pusher::channel::ChannelName;
use crate::shared::ids::{ConversationId, UserId};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// Most channels listed for one connection.
pub const MAX_CHANNELS_SHOWN: usize = 20;

named! {
    /// Kind of a connection.
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    #[cfg_attr(feature = "schema", schemars(rename = "ConnectionKind"))]
    pub enum ConnectionKind {
        /// A native socket of a conversation.
        Conversation = "conversation",
        /// An event stream of a conversation.
        Events = "events",
        /// A native socket of a user's own channel.
        User = "user",
        /// A native socket of the alert desk.
        Dashboard = "dashboard",
        /// A socket of a Pusher client.
        Pusher = "pusher",
    }
}

/// An open connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ConnectionFacts"))]
pub struct LiveConnection {
    /// Kind.
    pub kind: ConnectionKind,
    /// Its user; `null` for a Pusher client that has not named one.
    pub user_id: Option<UserId>,
    /// The user's display name, if it is known here.
    pub name: Option<String>,
    /// When it opened; `null` if an earlier release accepted it.
    pub since: Option<Timestamp>,
    /// When the last frame of its client was noted: exact to a quarter of the idle time-out.
    pub heard_at: Option<Timestamp>,
    /// When its identity expires; `null` if it does not, or if there is none.
    pub expires_at: Option<Timestamp>,
    /// Id that the client knows: the socket id of a Pusher client, else the client id of its tab.
    pub client_id: Option<String>,
    /// Conversation of a native connection.
    pub conversation_id: Option<ConversationId>,
    /// Subscribed channels, up to 20, by name.
    pub channels: Vec<ChannelName>,
    /// Number of subscribed channels.
    pub channel_count: u32,
    /// Bytes that wait for the client to read them.
    pub unsent_bytes: u64,
}

/// A connection with its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keyed {
    /// Unique within its object, also after hibernation; keys sort by the time when the connections opened.
    pub key: String,
    /// The connection.
    pub connection: LiveConnection,
}

/// The key of a connection that opened at this time; `name` is unique among those of the object's present process.
pub fn key(opened_at_ms: i64, name: &str) -> String {
    format!("{opened_at_ms:013}.{name}")
}

/// Filter and page of an object's connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListConnections {
    /// Only this user's.
    pub user: Option<UserId>,
    /// At a gateway, only those that are subscribed to this channel.
    pub channel: Option<ChannelName>,
    /// Only those with later keys.
    pub after: String,
    /// At most this many.
    pub limit: usize,
}

/// A question of a function to an object that holds connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveQuestion {
    /// Lists connections.
    List(ListConnections),
    /// Finds the connection with this key. 404 if there is none.
    Find {
        /// Key.
        key: String,
    },
    /// Closes the connection with this key. 404 if there is none.
    Close {
        /// Key.
        key: String,
    },
    /// Asks for the position of the object's log, and the number of its native connections.
    Position,
    /// Asks what the object knows of a user and a channel.
    Standing(Box<AskStanding>),
    /// Begins a trace. 409 if too many run already.
    StartTrace(Box<StartTrace>),
    /// Asks for a trace. 404 if there is none of this name.
    Trace {
        /// Name.
        name: String,
    },
}

/// Where an object's log is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Position {
    /// The log's epoch; `None` if the object has no log.
    pub epoch: Option<String>,
    /// `seq` of the newest event.
    pub head: Option<i64>,
    /// Number of native connections.
    pub connections: u32,
}

/// An object's answer to a [`LiveQuestion`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveAnswer {
    /// Connections, by key.
    Connections {
        /// The page.
        page: Vec<Keyed>,
        /// Whether the list continues.
        continues: bool,
    },
    /// The connection.
    Connection(Box<Keyed>),
    /// The connection is closed.
    Closed,
    /// The object's position.
    Position(Position),
    /// What the object knows of the user.
    Standing(Box<Standing>),
    /// The trace.
    Trace(Box<Trace>),
}

impl LiveAnswer {
    /// The first page of connections after a key. `connections` has each connection's key and what describes it.
    pub fn page<'a, T>(
        asked: &ListConnections,
        connections: impl Iterator<Item = (String, T)> + 'a,
        describe: impl Fn(T) -> LiveConnection,
    ) -> Self {
        let mut found: Vec<(String, T)> = connections.filter(|(key, _)| *key > asked.after).collect();
        found.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let continues = found.len() > asked.limit;
        found.truncate(asked.limit);
        let keyed = |(key, connection)| Keyed { key, connection: describe(connection) };
        Self::Connections { page: found.into_iter().map(keyed).collect(), continues }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(number: u32) -> LiveConnection {
        LiveConnection {
            kind: ConnectionKind::Pusher,
            user_id: None,
            name: None,
            since: None,
            heard_at: None,
            expires_at: None,
            client_id: Some(number.to_string()),
            conversation_id: None,
            channels: Vec::new(),
            channel_count: 0,
            unsent_bytes: 0,
        }
    }

    #[test]
    fn pages_are_ordered_by_key_and_continue_after_the_last_one() {
        let (mut after, mut seen) = (String::new(), Vec::new());
        loop {
            let asked = ListConnections { user: None, channel: None, after, limit: 2 };
            let all =
                [5_u32, 1, 4, 2, 3].into_iter().map(|number| (key(1_700_000_000_000 + i64::from(number), "1"), number));
            let LiveAnswer::Connections { page, continues } = LiveAnswer::page(&asked, all, connection) else {
                panic!("an answer of another kind")
            };
            assert!(page.len() <= 2);
            seen.extend(page.iter().filter_map(|keyed| keyed.connection.client_id.clone()));
            after = page.last().expect("no page is empty").key.clone();
            if !continues {
                break;
            }
        }
        assert_eq!(seen, ["1", "2", "3", "4", "5"]);
    }

    #[test]
    fn keys_sort_by_time() {
        assert!(key(0, "9") < key(5, "1"));
        assert!(key(999_999_999_999, "9") < key(1_700_000_000_000, "1"));
    }
}
