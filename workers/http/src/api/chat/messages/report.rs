//! `POST /api/chat/messages/{id}/report`: reports a message to the moderators. A person has one open report of a message:
//! a repeat returns it.

use crate::api::chat::message_actions::{Hint, find_message};
use crate::api::notifications::tell_created;
use crate::identity::Caller;
use crate::request::{Body, Query, Segment, line, text};
use crate::response::{Outcome, made};
use campana_core::chat::command::Command;
use campana_core::chat::report::{MAX_REPORT_NOTE_CHARS, MAX_REPORT_REASON_CHARS};
use campana_core::shared::ids::{ConversationId, MessageId};
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::{AddedReport, NewReport};
use serde::Deserialize;

/// Why a message is reported.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ReportDraft"))]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportBody {
    /// 1 to 100 characters, for example `spam`.
    reason: String,
    /// At most 500 characters.
    #[serde(default)]
    note: String,
}

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<MessageId>,
    Query(hint): Query<Hint>,
    Body(body): Body<ReportBody>,
) -> Outcome {
    let reason = line("reason", &body.reason, MAX_REPORT_REASON_CHARS)?;
    let note = text("note", &body.note, MAX_REPORT_NOTE_CHARS)?;
    let message = find_message(&caller, &id).await?.ok_or_else(Problem::not_found)?;
    let elsewhere = |hint: &String| ConversationId::parse(hint).is_none_or(|hint| hint != message.conversation_id);
    if hint.conversation_id.as_ref().is_some_and(elsewhere) {
        return Err(Problem::not_found().into());
    }
    caller.command(&message.conversation_id, None, Command::View).await?;
    if message.deleted_at.is_some() {
        return Err(Problem::not_found().into());
    }
    if message.is_system() {
        return Err(Problem::new(Kind::Conflict, "a system message has no author to report").into());
    }
    let new = NewReport {
        id: caller.app.new_report_id()?,
        message_id: message.id,
        conversation_id: message.conversation_id,
        sender_id: message.sender_id,
        reported_by: caller.user_id().clone(),
        reason,
        note,
        now: caller.now(),
    };
    let AddedReport { report, is_new, notified } = caller.store().add_report(caller.tenant(), &new).await?;
    tell_created(&caller.app, caller.tenant(), notified, caller.now()).await;
    made(is_new, &report)
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use serde_json::json;
    operation
        .named("reportMessage", Tag::Messages, "Report a message")
        .about(
            "For those who may read it. The report goes to the moderators of the room and to administrators, and holds no \
             copy of the message. 409 for a system message, which has no author.",
        )
        .refuses(&[Kind::Conflict])
        .spares_socket()
        .sends(json!({"reason": "spam", "note": "the same link in three rooms"}))
        .makes::<campana_core::chat::report::Report>(
            "The new report.",
            "The caller's open report of this message.",
            &examples::report(),
        );
}
