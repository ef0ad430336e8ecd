//! A trace in answers of `/api/admin/traces`.

use super::held_id::HeldId;
use campana_core::live::{Step, Trace};
use campana_core::pusher::channel::ChannelName;
use campana_core::shared::ids::{ConversationId, UserId};
use campana_core::shared::timestamp::Timestamp;
use serde::Serialize;

/// A trace with its steps so far.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Trace"))]
pub(super) struct Traced {
    id: HeldId,
    user_id: UserId,
    /// The channel; `null` for a conversation as a whole.
    channel: Option<ChannelName>,
    /// The conversation, if it is one's.
    conversation_id: Option<ConversationId>,
    created_at: Timestamp,
    /// When it ends. It can be read for another hour.
    ends_at: Timestamp,
    /// The oldest first, up to 500.
    steps: Vec<Step>,
    /// Number of steps that were left out, because there were more.
    left_out: u32,
}

impl Traced {
    /// The trace of the object with this lease.
    pub(super) fn new(source: &str, trace: Trace) -> Self {
        let Trace { info, steps, left_out } = trace;
        Self {
            id: HeldId::new(source, &info.name),
            user_id: info.user,
            channel: info.channel,
            conversation_id: ConversationId::parse(source),
            created_at: info.began_at,
            ends_at: info.ends_at,
            steps,
            left_out,
        }
    }
}

#[cfg(feature = "schema")]
pub(super) fn example() -> serde_json::Value {
    serde_json::json!({
        "id": "MDE5YTNlNWItN2ExMC03YzNlLTlkN2YtMmI2ZjBjMWQ0ZTAyHzVmMGMxZDRlMDJiNmY3YTE",
        "user_id": "7",
        "channel": null,
        "conversation_id": "019a3e5b-7a10-7c3e-9d7f-2b6f0c1d4e02",
        "created_at": "2026-01-31T09:00:00.000Z",
        "ends_at": "2026-01-31T09:05:00.000Z",
        "steps": [
            {"at": "2026-01-31T09:00:04.012Z", "step": "published", "transport": "native", "event": "message.created", "seq": 43},
            {"at": "2026-01-31T09:00:04.013Z", "step": "frame", "transport": "native", "event": "message.created", "seq": 43, "client_id": "tab-1"},
            {"at": "2026-01-31T09:00:05.120Z", "step": "receipt", "transport": "native", "seq": 43},
        ],
        "left_out": 0,
    })
}
