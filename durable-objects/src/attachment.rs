//! What a socket carries through hibernation: at most 16 KiB, here a few hundred bytes.

use campana_core::accounts::principal::Principal;
use campana_core::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// Written with the socket, read when the object wakes without its memory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Attachment {
    /// Whose socket it is, as verified when it was opened.
    pub(crate) principal: Principal,
    /// The tab, for echo suppression.
    pub(crate) client_id: Option<String>,
    /// When a frame was last heard, within a quarter of the idle time.
    pub(crate) heard_at_ms: i64,
    /// The newest position when the welcome was sent.
    pub(crate) welcome_head: i64,
    /// Whether a `resume` frame was answered on this socket.
    pub(crate) resumed: bool,
}

impl Attachment {
    /// When a frame was last heard.
    pub(crate) fn heard_at(&self) -> Timestamp {
        Timestamp::from_millis(self.heard_at_ms)
    }

    /// Whether the identity has run out.
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        now.millis() >= self.principal.expires_at_ms
    }
}
