//! `GET /api/me/scheduled`: the caller's scheduled messages, earliest time first.

use crate::identity::Caller;
use crate::request::{Cursor, FromText, Page, Query, bad_cursor, limit, one_more};
use crate::response::{Outcome, ok};
use campana_core::chat::scheduled::ScheduledStatus;
use campana_core::shared::ids::{ConversationId, ScheduledId};
use campana_core::shared::problem::Problem;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ScheduledQuery {
    /// Only those of this conversation.
    conversation_id: Option<String>,
    /// Only those with this status; `pending` by default.
    status: ScheduledStatus,
    /// Items on the page, 50 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

pub(crate) async fn handle(caller: Caller, Query(query): Query<ScheduledQuery>) -> Outcome {
    let limit = limit(query.limit)?;
    let conversation = query.conversation_id.as_deref().map(conversation).transpose()?;
    let after = query.cursor.as_deref().map(place).transpose()?;
    let after = after.as_ref().map(|(at, id)| (*at, id));
    let owner = (caller.tenant(), caller.user_id());
    let found =
        caller.store().list_scheduled(owner, query.status, conversation.as_ref(), after, one_more(limit)).await?;
    ok(&Page::cut(found, limit, |message| {
        Cursor::SCHEDULED.write(&[&message.send_at.millis().to_string(), message.id.as_str()])
    }))
}

fn conversation(id: &str) -> Result<ConversationId, Problem> {
    ConversationId::parse(id).ok_or_else(|| Problem::field("conversation_id", "is not an id"))
}

fn place(cursor: &str) -> Result<(i64, ScheduledId), Problem> {
    let [at, id] = Cursor::SCHEDULED.read(cursor)?;
    let at = i64::read(&at).ok_or_else(bad_cursor)?;
    Ok((at, ScheduledId::parse(&id).ok_or_else(bad_cursor)?))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::chat::scheduled::ScheduledMessage;
    operation
        .named("listScheduledMessages", Tag::Me, "List the messages that the caller has scheduled")
        .about("Earliest time first. Those that were sent, failed or were cancelled stay 30 days.")
        .answers::<Page<ScheduledMessage>>(
            200,
            "A page of scheduled messages.",
            examples::page(examples::scheduled_message()),
        );
}
