//! `GET /api/chat/conversations`: inbox, latest activity first, with unread counts; all of it, or the favorites or archived
//! conversations only.

use crate::identity::Caller;
use crate::request::{Cursor, Page, Query, bad_cursor, limit, one_more};
use crate::response::{Outcome, ok};
use campana_core::shared::ids::ConversationId;
use campana_core::shared::problem::Problem;
use campana_storage::InboxFilter;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct InboxQuery {
    /// Only the caller's favorites, or only the others.
    favorite: Option<bool>,
    /// Only archived conversations, or only the others.
    archived: Option<bool>,
    /// Items on the page, 50 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

pub(crate) async fn handle(caller: Caller, Query(query): Query<InboxQuery>) -> Outcome {
    let limit = limit(query.limit)?;
    let after = query.cursor.as_deref().map(place).transpose()?;
    let after = after.as_ref().map(|(activity, id)| (*activity, id));
    let filter = InboxFilter { favorite: query.favorite, archived: query.archived };
    let (tenant, user) = (caller.tenant(), caller.user_id());
    let conversations = caller.store().filtered_inbox(tenant, user, filter, after, one_more(limit)).await?;
    ok(&Page::cut(conversations, limit, |conversation| {
        let activity = conversation.last_activity_at().millis().to_string();
        Cursor::INBOX.write(&[&activity, conversation.id.as_str()])
    }))
}

fn place(cursor: &str) -> Result<(i64, ConversationId), Problem> {
    let [activity, id] = Cursor::INBOX.read(cursor)?;
    let activity = activity.parse().map_err(|_| bad_cursor())?;
    Ok((activity, ConversationId::parse(&id).ok_or_else(bad_cursor)?))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("listConversations", Tag::Conversations, "List the caller's conversations")
        .about("The inbox: newest activity first, with unread counts.")
        .answers::<Page<campana_storage::Conversation>>(
            200,
            "A page of conversations.",
            examples::page(examples::conversation()),
        );
}
