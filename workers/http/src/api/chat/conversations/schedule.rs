//! `POST /api/chat/conversations/{id}/scheduled`: sends a message later.

use super::DraftPlace;
use crate::api::chat::sending::client_msg_id;
use crate::identity::Caller;
use crate::request::{Body, Segment, key_of};
use crate::response::{Outcome, Refusal, made, unexpected};
use axum::http::HeaderMap;
use campana_core::chat::command::{Command, Draft, Reply};
use campana_core::chat::conversation::validate_client_id;
use campana_core::chat::drafts::validate_draft_rev;
use campana_core::chat::wire::MessageType;
use campana_core::shared::ids::ConversationId;
use campana_core::shared::json::check_free;
use campana_core::shared::timestamp::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A message to send later.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ScheduleParams"))]
#[serde(deny_unknown_fields)]
pub(crate) struct NewScheduled {
    /// The text, at most as long as the app allows; it may be absent if there are attachments.
    #[serde(default)]
    body: String,
    /// When to send it: in the future, at most a year ahead.
    send_at: Timestamp,
    /// Id that makes a retry safe; `Idempotency-Key` replaces it. The message gets another one when it is sent.
    #[serde(default)]
    client_msg_id: Option<String>,
    #[serde(default, rename = "type")]
    message_type: MessageType,
    /// The message that this one replies to.
    #[serde(default)]
    parent_id: Option<String>,
    /// Whether a reply is shown in the conversation too.
    #[serde(default)]
    also_in_channel: bool,
    /// The message that this one quotes.
    #[serde(default)]
    quote_id: Option<String>,
    /// Ids of the author's own files, at most 10.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 10)))]
    attachments: Vec<String>,
    /// The application's own object, at most 4 KiB and 16 levels deep.
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
    /// Id of the connection that gets no echo of the draft's event.
    #[serde(default)]
    origin_client_id: Option<String>,
    /// Clears the author's draft of this place up to this state: the newest `rev` that the device has used.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 1_000_000_000_000_000_i64)))]
    draft_rev: Option<i64>,
}

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<ConversationId>,
    headers: HeaderMap,
    Body(new): Body<NewScheduled>,
) -> Outcome {
    let draft_rev = new.draft_rev.map(|rev| validate_draft_rev("draft_rev", rev)).transpose()?;
    let origin = new.origin_client_id;
    if let Some(origin) = &origin {
        validate_client_id("origin_client_id", origin)?;
    }
    if let Some(metadata) = &new.metadata {
        // Also checked here, so that metadata that the object could not parse never reaches it.
        check_free("metadata", metadata)?;
    }
    let draft = Draft {
        client_msg_id: Some(client_msg_id(&caller.app, new.client_msg_id, key_of(&headers)?)?),
        body: new.body,
        message_type: new.message_type,
        parent_id: new.parent_id,
        also_in_channel: new.also_in_channel,
        quote_id: new.quote_id,
        attachments: new.attachments,
        metadata: new.metadata,
    };
    let Reply::Scheduled { message, created } =
        caller.command(&id, None, Command::Schedule { draft, send_at: new.send_at }).await?
    else {
        return Err(unexpected());
    };
    if let Some(rev) = draft_rev {
        let place = DraftPlace::of_sent(id, message.parent_id.clone());
        if let Err(Refusal(problem)) = place.clear(&caller, Some(rev), origin).await {
            // The message is scheduled, which a refusal would deny.
            tracing::warn!(at = "chat.draft", request_id = caller.request_id, detail = problem.detail);
        }
    }
    made(created, &message)
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{RequestHeader, Tag, examples};
    use campana_core::chat::scheduled::ScheduledMessage;
    use campana_core::shared::problem::Kind;
    use serde_json::json;
    operation
        .named("scheduleMessage", Tag::Messages, "Send a message later")
        .about("For members who may write here now, or whose mute ends before `send_at`. A person has at most 100 pending messages (409).")
        .about(
            "It is sent once, not before its time; in slow mode, when the room lets its author write. If its author may not write \
             then, it fails, and the author's devices get `scheduled.failed`.",
        )
        .spares_socket()
        .header(RequestHeader::IdempotencyKey)
        .refuses(&[Kind::Muted, Kind::AnnouncementOnly, Kind::Blocked, Kind::KeyReused, Kind::Conflict])
        .sends(json!({"body": "Good morning", "send_at": "2026-01-31T09:00:00.000Z", "client_msg_id": "c4b1f0de"}))
        .makes::<ScheduledMessage>(
            "The scheduled message.",
            "The scheduled message of an earlier request with this `client_msg_id`, as it is now.",
            &examples::scheduled_message(),
        );
}
