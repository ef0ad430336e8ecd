//! `GET /api/chat/messages/{id}/history`: the bodies that edits replaced, newest first.

use crate::api::chat::message_actions::Hint;
use crate::identity::Caller;
use crate::request::{Cursor, Page, Query, Segment, limit, one_more};
use crate::response::{Outcome, ok, unexpected};
use campana_core::chat::command::{Command, Reply};
use campana_core::chat::flush::EarlierBody;
use campana_core::shared::ids::MessageId;
use serde::Deserialize;

/// Query parameters of the list.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct VersionsQuery {
    /// Items on the page, 50 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// Value of `next_cursor` of the page before.
    cursor: Option<String>,
    /// The conversation of the message, which saves a look-up.
    conversation_id: Option<String>,
}

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<MessageId>,
    Query(query): Query<VersionsQuery>,
) -> Outcome {
    let limit = limit(query.limit)?;
    let before = Cursor::VERSIONS.place_of(query.cursor.as_deref())?;
    let hint = Hint { conversation_id: query.conversation_id, ..Hint::default() };
    let conversation = hint.conversation(&caller, &id).await?;
    // The object decides who may read them, and has flushed them when it answers.
    let Reply::Done = caller.command(&conversation, None, Command::History { message_id: id.to_string() }).await?
    else {
        return Err(unexpected());
    };
    let versions = caller.store().versions(caller.tenant(), &id, before, one_more(limit)).await?;
    let cursor = |earlier: &EarlierBody| Cursor::VERSIONS.write(&[&earlier.version.to_string()]);
    ok(&Page::cut(versions, limit, cursor))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use serde_json::json;
    let earlier = json!({"version": 1, "body": "The lift is fixd", "written_at": "2026-01-31T09:05:00.000Z"});
    operation
        .named("listMessageVersions", Tag::Messages, "List the earlier bodies of a message")
        .about(
            "The bodies that edits replaced, newest first; for the sender, moderators and administrators. A deleted message \
             has none.",
        )
        .answers::<Page<EarlierBody>>(200, "A page of earlier bodies.", examples::page(earlier));
}
