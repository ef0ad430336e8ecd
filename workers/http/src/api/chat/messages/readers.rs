//! `GET /api/chat/messages/{id}/readers`: who has read a message.

use crate::api::chat::message_actions::{Hint, find_message};
use crate::identity::Caller;
use crate::request::{Cursor, Page, Query, Segment, limit};
use crate::response::{Outcome, ok, unexpected};
use campana_core::chat::command::{Command, Reply};
use campana_core::chat::privacy::ReceiptsSetting;
use campana_core::shared::ids::{ConversationId, MessageId};
use campana_core::shared::problem::{Kind, Problem};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReadersQuery {
    /// Items on the page at most, 50 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// The conversation of the message.
    conversation_id: Option<String>,
}

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<MessageId>,
    Query(query): Query<ReadersQuery>,
) -> Outcome {
    let limit = limit(query.limit)?;
    let after = Cursor::READERS.place_of(query.cursor.as_deref())?;
    let hint = Hint { conversation_id: query.conversation_id, ..Hint::default() };
    let conversation = hint.conversation(&caller, &id).await?;
    let Reply::Done = caller.command(&conversation, None, Command::View).await? else { return Err(unexpected()) };
    let is_here = |of: &ConversationId| *of == conversation;
    let message = find_message(&caller, &id).await?;
    let message = message
        .filter(|message| is_here(&message.conversation_id) && message.deleted_at.is_none())
        .ok_or_else(Problem::not_found)?;
    let (store, tenant) = (caller.store(), caller.tenant());
    let privacy = store.privacy(tenant, caller.user_id()).await?.unwrap_or_default();
    if privacy.receipts == ReceiptsSetting::Private {
        return Err(Problem::new(Kind::Forbidden, "who keeps receipts private sees none").into());
    }
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let of = (message.seq, message.author());
    let found = store.readers((tenant, &conversation), of, after.as_ref(), size).await?;
    let next_cursor = found.continues_after.map(|user| Cursor::READERS.write(&[user.as_str()]));
    ok(&Page { data: found.readers, next_cursor })
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_storage::Reader;
    use serde_json::json;
    operation
        .named("listReaders", Tag::Messages, "List who has read a message")
        .about("By user id; for members. Without its author, and without those who keep receipts private.")
        .about("A page may have fewer users than `limit` although more follow. 403 for a caller who keeps receipts private.")
        .answers::<Page<Reader>>(
            200,
            "A page of users.",
            examples::page(json!({"user_id": "8", "name": "Ben", "avatar": null})),
        );
}
