//! `GET /api/me/drafts`: the caller's drafts of all conversations, last saved first.

use crate::identity::Caller;
use crate::request::{Cursor, FromText, Page, PageQuery, Query, bad_cursor, limit, one_more};
use crate::response::{Outcome, ok};
use campana_core::shared::ids::{ConversationId, MessageId};
use campana_core::shared::problem::Problem;

pub(crate) async fn handle(caller: Caller, Query(query): Query<PageQuery>) -> Outcome {
    let limit = limit(query.limit)?;
    let after = query.cursor.as_deref().map(place).transpose()?;
    let after = after.as_ref().map(|(at, id, parent)| (*at, id, parent.as_ref()));
    let drafts = caller.store().list_drafts(caller.tenant(), caller.user_id(), after, one_more(limit)).await?;
    ok(&Page::cut(drafts, limit, |draft| {
        let at = draft.updated_at.unwrap_or_default().millis().to_string();
        let parent = draft.parent_id.as_ref().map_or("", MessageId::as_str);
        Cursor::DRAFTS.write(&[&at, draft.conversation_id.as_str(), parent])
    }))
}

fn place(cursor: &str) -> Result<(i64, ConversationId, Option<MessageId>), Problem> {
    let [at, id, parent] = Cursor::DRAFTS.read(cursor)?;
    let at = i64::read(&at).ok_or_else(bad_cursor)?;
    let parent = match parent.as_str() {
        "" => None,
        id => Some(MessageId::parse(id).ok_or_else(bad_cursor)?),
    };
    Ok((at, ConversationId::parse(&id).ok_or_else(bad_cursor)?, parent))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::chat::drafts::UnsentDraft;
    operation
        .named("listDrafts", Tag::Me, "List the caller's drafts")
        .about("Of all conversations, last saved first.")
        .answers::<Page<UnsentDraft>>(200, "A page of drafts.", examples::page(examples::draft()));
}
