//! State of a socket that survives hibernation: at most 16 KiB, here a few hundred bytes.

use campana_core::accounts::principal::Principal;
use campana_core::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// Attachment of a native socket. Read when the object wakes without its memory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Attachment {
    /// Principal, verified when the connection was opened.
    pub(crate) principal: Principal,
    /// Client id of the tab, for echo suppression.
    pub(crate) client_id: Option<String>,
    /// Time of the last frame in milliseconds, accurate to a quarter of the idle time-out.
    pub(crate) heard_at_ms: i64,
    /// Head of the log when the welcome was sent.
    pub(crate) welcome_head: i64,
    /// Whether the client has resumed on this connection.
    pub(crate) resumed: bool,
    /// When the connection opened, Unix milliseconds; 0 if an earlier release accepted it.
    #[serde(default)]
    pub(crate) opened_at_ms: i64,
    /// Number that distinguishes it from the object's other connections that opened at the same time. 0 if an earlier
    /// release accepted it and it was not listed since.
    #[serde(default)]
    pub(crate) number: u32,
}

impl Attachment {
    /// Time of the last frame.
    pub(crate) fn heard_at(&self) -> Timestamp {
        Timestamp::from_millis(self.heard_at_ms)
    }

    /// Whether the token has expired.
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        now.millis() >= self.principal.expires_at_ms
    }
}

#[cfg(test)]
mod tests {
    use super::Attachment;
    use serde_json::Value;

    /// Attachments of earlier releases: hibernating sockets outlive a deployment.
    const RECORDED: [&str; 1] = [include_str!("../../tests/fixtures/release-2026-11/attachments.json")];

    #[test]
    fn attachments_of_earlier_releases_can_be_read() {
        for recorded in RECORDED {
            let recorded: Value = serde_json::from_str(recorded).expect("the fixture is JSON");
            let natives = recorded["native"].as_array().expect("`native` is a list");
            assert!(natives.len() >= 3, "one each of a conversation, an own channel and a dashboard");
            for native in natives {
                let attachment: Attachment =
                    serde_json::from_value(native.clone()).expect("the attachment can be read");
                assert_eq!(serde_json::to_value(&attachment.principal).ok().as_ref(), Some(&native["principal"]));
                assert_eq!(attachment.client_id.as_deref(), native["client_id"].as_str());
                assert_eq!(Some(attachment.heard_at_ms), native["heard_at_ms"].as_i64());
                assert_eq!(Some(attachment.welcome_head), native["welcome_head"].as_i64());
                assert_eq!(Some(attachment.resumed), native["resumed"].as_bool());
            }
        }
    }
}
