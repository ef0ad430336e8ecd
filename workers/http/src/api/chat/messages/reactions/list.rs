//! `GET /api/chat/messages/{id}/reactions`: who reacted, in the order in which they did.

use crate::api::chat::message_actions::Hint;
use crate::identity::Caller;
use crate::request::{Cursor, Page, Query, Segment, limit, one_more};
use crate::response::{Outcome, ok, unexpected};
use campana_core::chat::command::{Command, Reply};
use campana_core::chat::emoji::Emoji;
use campana_core::shared::ids::MessageId;
use campana_core::shared::problem::Problem;
use serde::Deserialize;

/// Query parameters of the list.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReactionsQuery {
    /// Only reactions with this emoji.
    emoji: Option<String>,
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
    Query(query): Query<ReactionsQuery>,
) -> Outcome {
    let limit = limit(query.limit)?;
    let after = Cursor::REACTIONS.place_of(query.cursor.as_deref())?.unwrap_or(0);
    let emoji = query.emoji.map(|text| Emoji::read(&text, caller.custom_emoji())).transpose()?;
    let hint = Hint { conversation_id: query.conversation_id, ..Hint::default() };
    let conversation = hint.conversation(&caller, &id).await?;
    // The object checks that the caller may read, and has flushed every reaction when it answers.
    let Reply::Done = caller.command(&conversation, None, Command::FlushAll).await? else { return Err(unexpected()) };
    let message = caller.store().message(caller.tenant(), &id).await?;
    message
        .filter(|it| it.conversation_id == conversation && it.deleted_at.is_none())
        .ok_or_else(Problem::not_found)?;
    let found = caller.store().reactions(caller.tenant(), &id, emoji.as_ref(), after, one_more(limit)).await?;
    ok(&Page::cut(found, limit, |reaction| Cursor::REACTIONS.write(&[&reaction.seq.to_string()])))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_storage::Reaction;
    use serde_json::json;
    let reaction = json!({
        "user_id": "8", "name": "Ben", "emoji": "\u{1f44d}", "created_at": "2026-01-31T09:06:00.000Z", "seq": 43,
    });
    operation
        .named("listReactions", Tag::Messages, "List who reacted to a message")
        .about("In the order in which they did; for members.")
        .answers::<Page<Reaction>>(200, "A page of reactions.", examples::page(reaction));
}
