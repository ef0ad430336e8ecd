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

#[cfg(test)]
mod tests {
    use super::Attachment;
    use serde_json::Value;

    /// What sockets of earlier releases carry: hibernating ones outlive a deployment.
    const RECORDED: [&str; 1] = [include_str!("../../tests/fixtures/release-2026-11/attachments.json")];

    #[test]
    fn sockets_of_earlier_releases_are_still_somebodys() {
        for recorded in RECORDED {
            let recorded: Value = serde_json::from_str(recorded).expect("a fixture");
            let natives = recorded["native"].as_array().expect("a list");
            assert!(natives.len() >= 3, "a conversation's, an own channel's and a dashboard's");
            for native in natives {
                let attachment: Attachment = serde_json::from_value(native.clone()).expect("it is read");
                assert_eq!(serde_json::to_value(&attachment.principal).ok().as_ref(), Some(&native["principal"]));
                assert_eq!(attachment.client_id.as_deref(), native["client_id"].as_str());
                assert_eq!(Some(attachment.heard_at_ms), native["heard_at_ms"].as_i64());
                assert_eq!(Some(attachment.welcome_head), native["welcome_head"].as_i64());
                assert_eq!(Some(attachment.resumed), native["resumed"].as_bool());
            }
        }
    }
}
