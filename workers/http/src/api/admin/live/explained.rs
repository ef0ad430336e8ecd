//! The answer of `GET /api/admin/explain`: an ordered list of checks.

use super::held_id::HeldId;
use campana_core::live::LiveConnection;
use campana_core::pusher::channel::ChannelName;
use campana_core::shared::ids::{ConversationId, UserId};
use serde::Serialize;

/// One check. `code` is `ok`, `unknown`, or why it fails.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ExplainedCheck"))]
pub(super) struct Check {
    /// `app`, `identity`, `sanction`, `access`, `connected`, `subscribed` or `delivered`.
    name: &'static str,
    /// Whether it passes; `null` if that is unknown.
    ok: Option<bool>,
    /// `ok`, `unknown`, `app_disabled`, `signed_out`, `banned`, `not_a_member`, `not_allowed`, `permission_missing`,
    /// `not_connected`, `not_subscribed` or `not_reading`.
    code: &'static str,
    /// A sentence for the administrator.
    detail: String,
}

impl Check {
    pub(super) fn passes(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, ok: Some(true), code: "ok", detail: detail.into() }
    }

    pub(super) fn fails(name: &'static str, code: &'static str, detail: impl Into<String>) -> Self {
        Self { name, ok: Some(false), code, detail: detail.into() }
    }

    pub(super) fn unknown(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, ok: None, code: "unknown", detail: detail.into() }
    }
}

/// One of the user's connections.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ExplainedConnection"))]
pub(super) struct Link {
    pub(super) id: HeldId,
    /// The object that holds it.
    pub(super) object: String,
    /// Whether it gets the events of the channel.
    pub(super) is_subscribed: bool,
    /// `seq` of the newest event that was written to it; `null` unless it is a native connection of the conversation.
    pub(super) sent_seq: Option<i64>,
    /// `seq` up to which the user has read, on any device; `null` where nothing confirms events.
    pub(super) confirmed_seq: Option<i64>,
    #[serde(flatten)]
    pub(super) connection: LiveConnection,
}

/// Why a user receives the events of a channel, or does not.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Explanation"))]
pub(super) struct Explanation {
    pub(super) user_id: UserId,
    pub(super) channel: Option<ChannelName>,
    pub(super) conversation_id: Option<ConversationId>,
    /// `code` of the first check that fails; `null` if none does.
    pub(super) reason: Option<&'static str>,
    /// In the order in which an event passes them.
    pub(super) checks: Vec<Check>,
    /// The user's connections, up to 20 of each object.
    pub(super) connections: Vec<Link>,
    /// Epoch of the conversation's log.
    pub(super) epoch: Option<String>,
    /// `seq` of the newest event in it.
    pub(super) head: Option<i64>,
    /// Objects that did not answer in time.
    pub(super) unanswered: Vec<String>,
}

impl Explanation {
    /// The code of the first check that fails.
    pub(super) fn first_failure(checks: &[Check]) -> Option<&'static str> {
        checks.iter().find(|check| check.ok == Some(false)).map(|check| check.code)
    }
}
