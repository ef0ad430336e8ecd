//! The list of a conversation's members, the same for rooms and groups.

use crate::identity::Caller;
use crate::request::{Cursor, Page, limit, one_more, search_text};
use crate::response::{Outcome, ok};
use campana_core::shared::ids::ConversationId;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct MembersQuery {
    /// Beginnings of words of the name; empty for all members.
    q: String,
    /// Items on the page, 50 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of members: by user id, or by name if words of it are sought. The caller has checked that the user may see
/// them.
pub(super) async fn members(
    caller: &Caller,
    (conversation, member_count): (&ConversationId, i64),
    query: &MembersQuery,
) -> Outcome {
    let limit = limit(query.limit)?;
    let q = search_text(&query.q)?;
    let (store, tenant, now, cursor) = (caller.store(), caller.tenant(), caller.now(), query.cursor.as_deref());
    let reader = caller.user_id();
    if q.is_empty() {
        let after = Cursor::MEMBERS.place_of(cursor)?;
        let members =
            store.list_members((tenant, conversation), Some(reader), now, after.as_ref(), one_more(limit)).await?;
        return ok(&Page::cut(members, limit, |member| Cursor::MEMBERS.write(&[member.user_id.as_str()])));
    }
    let after = Cursor::FOUND_MEMBERS.placed(cursor)?;
    let after = after.as_ref().map(|(place, id)| (place.as_str(), id));
    let found =
        store.search_members((tenant, conversation), (&q, member_count, reader), now, after, one_more(limit)).await?;
    let cursor =
        |place: &str, member: &campana_storage::Member| Cursor::FOUND_MEMBERS.write(&[place, member.user_id.as_str()]);
    ok(&Page::cut_placed(found, limit, cursor))
}
