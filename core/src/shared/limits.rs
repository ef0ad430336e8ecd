//! Fixed limits, and limits with defaults that an app's settings can override.

use serde::{Deserialize, Serialize};

/// Largest incoming socket frame, bytes.
pub const MAX_FRAME_BYTES: usize = 32 * 1024;
/// Largest request body of an HTTP function, bytes.
pub const MAX_REQUEST_BYTES: usize = 64 * 1024;
/// Longest `client_msg_id`, `origin_client_id` and `client_id`, characters.
pub const MAX_CLIENT_ID_CHARS: usize = 64;
/// Largest `metadata` object of a message or conversation, bytes of its JSON.
pub const MAX_METADATA_BYTES: usize = 4 * 1024;
/// Most levels of nesting in `metadata`, including the object itself.
pub const MAX_FREE_JSON_DEPTH: usize = 16;
/// Most events replayed to one resuming client; an older position gets `reset`.
pub const MAX_REPLAY_EVENTS: i64 = 2_000;
/// Most events in one frame.
pub const MAX_EVENTS_PER_FRAME: usize = 100;
/// Most users listed in `welcome`, which also has their total number.
pub const MAX_ONLINE_LISTED: usize = 100;
/// Most members of a conversation that sends `message.read` events.
pub const MAX_MEMBERS_FOR_RECEIPTS: usize = 100;
/// Retention of events in a conversation's log, milliseconds: 30 days, or the app's shorter message retention. They
/// are purged within a further day.
pub const LOG_KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1_000;
/// Retention of drafts since their last change, milliseconds: 90 days.
pub const DRAFTS_KEPT_MS: i64 = 90 * 24 * 60 * 60 * 1_000;
/// Retention of notifications since their last change, milliseconds: 90 days.
pub const NOTIFICATIONS_KEPT_MS: i64 = 90 * 24 * 60 * 60 * 1_000;
/// Longest time from scheduling a message to sending it, milliseconds: a year, which may be a leap year.
pub const MAX_SCHEDULE_AHEAD_MS: i64 = 366 * 24 * 60 * 60 * 1_000;
/// Most scheduled messages of one person that wait for their time.
pub const MAX_PENDING_SCHEDULED: u32 = 100;
/// Retention of scheduled messages since they were sent, failed or were cancelled, milliseconds: 30 days.
pub const SCHEDULED_KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1_000;
/// Default number of items on a page.
pub const DEFAULT_PAGE: u32 = 50;
/// Most items on a page.
pub const MAX_PAGE: u32 = 100;
/// Longest room name, characters.
pub const MAX_ROOM_NAME_CHARS: usize = 100;
/// Longest room description, characters.
pub const MAX_ROOM_DESCRIPTION_CHARS: usize = 1_000;
/// Maximum number of blocks of one person.
pub const MAX_BLOCKS: u32 = 1_000;
/// Longest slow mode of a room, seconds: six hours.
pub const MAX_SLOW_MODE_S: u32 = 21_600;
/// Most members of a group, and first members of a room, the creator included.
pub const MAX_GROUP_MEMBERS: usize = 100;

/// Shortest ping interval announced to clients, milliseconds.
pub const MIN_KEEP_ALIVE_MS: u32 = 1_000;
/// Longest ping interval announced to clients, milliseconds.
pub const MAX_KEEP_ALIVE_MS: u32 = 3_600_000;

/// Longest silence of an event stream, milliseconds. Proxies commonly end a response after 60 s without a byte, and
/// older clients, which ignore the interval in `welcome`, give up after 50 s.
pub const MAX_STREAM_KEEP_ALIVE_MS: u32 = 25_000;

/// Limits an app can set. Missing fields take the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Limits {
    /// Longest message body, characters.
    pub body_chars: usize,
    /// Longest body of a private message sent by the general chat's endpoint, characters.
    pub private_body_chars: usize,
    /// Messages per second of one user in one conversation, sustained.
    pub sends_per_second: u32,
    /// Burst of messages of one user in one conversation.
    pub send_burst: u32,
    /// Messages per second of all users in one conversation, sustained.
    pub conversation_sends_per_second: u32,
    /// Burst of messages of all users in one conversation.
    pub conversation_send_burst: u32,
    /// Time after a message was sent in which its sender can edit it, seconds; `None` for any time.
    pub edit_window_s: Option<u32>,
    /// Shortest interval between typing starts of one user, milliseconds; more are dropped silently.
    pub typing_interval_ms: u64,
    /// Sockets of one user in one conversation.
    pub sockets_per_user: usize,
    /// Sockets of one conversation.
    pub sockets_per_conversation: usize,
    /// Idle time-out, milliseconds: a socket without a frame or ping for so long is closed (4408).
    pub idle_timeout_ms: i64,
    /// Ping interval requested of clients, milliseconds.
    pub keep_alive_ms: u32,
    /// Connections of all users of the app; `None` for any number.
    pub max_connections: Option<u32>,
    /// Connections of one user over all objects; `None` for any number.
    pub connections_per_user: Option<u32>,
    /// New direct conversations and groups that one user may begin in an hour. Administrators are exempt.
    pub conversations_per_hour: u32,
    /// People that one user may add to conversations in an hour, the first members of groups included. Administrators
    /// are exempt.
    pub added_people_per_hour: u32,
    /// Names of the app's own emoji, from its settings of chat: `:name:` is a reaction.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub custom_emoji: Vec<String>,
    /// Whether every member may mention all members, from the app's settings of chat.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub all_mention_room: bool,
    /// Whether system messages are written, from the app's settings of chat.
    #[serde(skip_serializing_if = "Clone::clone")]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub system_messages: bool,
    /// Whether messages get previews of their links, from the app's settings of chat.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub link_previews: bool,
    /// HTTP requests per minute of one user.
    pub requests_per_minute: u32,
    /// HTTP requests per minute of all users of the app.
    pub app_requests_per_minute: u32,
}

/// Retention of an app's data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Retention {
    /// Age at which messages are purged, days; `None` keeps them.
    pub message_days: Option<u32>,
    /// Age at which audit entries are purged, days. The schema keeps them for at least 30 days.
    pub audit_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { message_days: None, audit_days: 365 }
    }
}

impl Limits {
    /// Keep-alive interval of a silent event stream, milliseconds: [`Self::keep_alive`], at most
    /// [`MAX_STREAM_KEEP_ALIVE_MS`].
    pub fn stream_keep_alive(&self) -> u32 {
        self.keep_alive().min(MAX_STREAM_KEEP_ALIVE_MS)
    }

    /// Ping interval announced to clients, milliseconds: the app's setting, at most half of the idle time-out.
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
            edit_window_s: None,
            typing_interval_ms: 2_000,
            sockets_per_user: 10,
            sockets_per_conversation: 32_000,
            idle_timeout_ms: 600_000,
            keep_alive_ms: 25_000,
            max_connections: None,
            connections_per_user: None,
            conversations_per_hour: 20,
            added_people_per_hour: 100,
            custom_emoji: Vec::new(),
            all_mention_room: false,
            system_messages: true,
            link_previews: false,
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
    fn a_client_that_pings_at_the_interval_never_reaches_the_idle_timeout() {
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
