//! Named limits, with the defaults an app's settings may override.

use serde::{Deserialize, Serialize};

/// Largest incoming socket frame, bytes.
pub const MAX_FRAME_BYTES: usize = 32 * 1024;
/// Largest request body of an HTTP function, bytes.
pub const MAX_REQUEST_BYTES: usize = 64 * 1024;
/// Longest `client_msg_id`, `origin_client_id` and `client_id`, characters.
pub const MAX_CLIENT_ID_CHARS: usize = 64;
/// Largest `metadata` object of a message or conversation, bytes of JSON.
pub const MAX_METADATA_BYTES: usize = 4 * 1024;
/// Levels of nesting in it, the object itself included.
pub const MAX_FREE_JSON_DEPTH: usize = 16;
/// Events replayed to one resuming client at most; an older position gets `reset`.
pub const MAX_REPLAY_EVENTS: i64 = 2_000;
/// Events sent in one frame at most.
pub const MAX_EVENTS_PER_FRAME: usize = 100;
/// People named in `welcome`; the count goes with them.
pub const MAX_ONLINE_LISTED: usize = 100;
/// With more people here than this a conversation sends no `message.read` events.
pub const MAX_MEMBERS_FOR_RECEIPTS: usize = 100;
/// How long an event stays in a conversation's log for resume, milliseconds, unless too many came after it. It goes
/// within a day after that.
pub const LOG_KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1_000;
/// Default and largest page.
pub const DEFAULT_PAGE: u32 = 50;
/// Largest page a client can ask for.
pub const MAX_PAGE: u32 = 100;
/// Longest room name, characters.
pub const MAX_ROOM_NAME_CHARS: usize = 100;
/// Longest room description, characters.
pub const MAX_ROOM_DESCRIPTION_CHARS: usize = 1_000;
/// People a group can be created with.
pub const MAX_GROUP_MEMBERS: usize = 100;

/// Shortest time between two pings that clients are asked for, milliseconds.
pub const MIN_KEEP_ALIVE_MS: u32 = 1_000;
/// Longest, milliseconds.
pub const MAX_KEEP_ALIVE_MS: u32 = 3_600_000;

/// Longest silence of an event stream, milliseconds. Proxies commonly end a response after 60 s without a byte, and clients
/// of releases that did not read what `welcome` announces gave up after 50 s.
pub const MAX_STREAM_KEEP_ALIVE_MS: u32 = 25_000;

/// Limits an app can set. Missing fields take the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Longest message body, characters.
    pub body_chars: usize,
    /// Longest body of a private message sent by the general chat's endpoint, characters.
    pub private_body_chars: usize,
    /// Messages a person can send in a second, sustained.
    pub sends_per_second: u32,
    /// Messages a person can send at once before the rate applies.
    pub send_burst: u32,
    /// Messages that all people of one conversation can send in a second, sustained.
    pub conversation_sends_per_second: u32,
    /// Messages that all of them can send at once before the rate applies.
    pub conversation_send_burst: u32,
    /// One typing frame in so many milliseconds goes out; more are dropped silently.
    pub typing_interval_ms: u64,
    /// Sockets one person can hold in one conversation.
    pub sockets_per_user: usize,
    /// Sockets one conversation can hold.
    pub sockets_per_conversation: usize,
    /// A socket with no frame and no ping for so long is closed (4408).
    pub idle_timeout_ms: i64,
    /// How often clients are asked to ping, milliseconds.
    pub keep_alive_ms: u32,
    /// Connections that all people of the app can hold together; `None` for any number.
    pub max_connections: Option<u32>,
    /// Connections that one person can hold in all places together; `None` for any number.
    pub connections_per_user: Option<u32>,
    /// HTTP requests of one person in a minute.
    pub requests_per_minute: u32,
    /// HTTP requests of all people of the app in a minute.
    pub app_requests_per_minute: u32,
}

/// How long an app keeps what is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Retention {
    /// Messages older than so many days are purged; `None` keeps them.
    pub message_days: Option<u32>,
    /// Rows of the audit log older than so many days are purged. The schema keeps them for at least 30.
    pub audit_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { message_days: None, audit_days: 365 }
    }
}

impl Limits {
    /// How often a silent event stream says that it lives, milliseconds: [`Self::keep_alive`], but at least every
    /// [`MAX_STREAM_KEEP_ALIVE_MS`].
    pub fn stream_keep_alive(&self) -> u32 {
        self.keep_alive().min(MAX_STREAM_KEEP_ALIVE_MS)
    }

    /// How often clients are to ping, milliseconds: as the app has it, but often enough that nobody who does counts as
    /// silent.
    pub fn keep_alive(&self) -> u32 {
        let half_of_idle = u32::try_from(self.idle_timeout_ms.max(0) / 2).unwrap_or(MAX_KEEP_ALIVE_MS);
        self.keep_alive_ms.min(half_of_idle).clamp(MIN_KEEP_ALIVE_MS, MAX_KEEP_ALIVE_MS)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_chars: 4_000,
            private_body_chars: 1_000,
            sends_per_second: 10,
            send_burst: 30,
            conversation_sends_per_second: 500,
            conversation_send_burst: 1_000,
            typing_interval_ms: 2_000,
            sockets_per_user: 10,
            sockets_per_conversation: 32_000,
            idle_timeout_ms: 600_000,
            keep_alive_ms: 25_000,
            max_connections: None,
            connections_per_user: None,
            requests_per_minute: 1_200,
            app_requests_per_minute: 120_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(keep_alive_ms: u32, idle_timeout_ms: i64, expected: u32) {
        let limits = Limits { idle_timeout_ms, keep_alive_ms, ..Limits::default() };
        assert_eq!(limits.keep_alive(), expected, "{keep_alive_ms} of {idle_timeout_ms}");
    }

    #[test]
    fn whoever_pings_as_told_is_never_silent_too_long() {
        check(25_000, 600_000, 25_000);
        check(25_000, 20_000, 10_000);
        check(25_000, 0, 1_000);
        check(25_000, -9, 1_000);
        check(0, 600_000, 1_000);
        check(u32::MAX, i64::MAX, 3_600_000);
    }

    #[test]
    fn a_stream_is_never_silent_for_longer_than_proxies_wait() {
        let every = |keep_alive_ms| Limits { keep_alive_ms, ..Limits::default() }.stream_keep_alive();
        assert_eq!([every(5_000), every(25_000), every(300_000)], [5_000, 25_000, 25_000]);
    }
}
