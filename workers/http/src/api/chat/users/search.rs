//! `GET /api/chat/users?q=`: users of whom each word of `q` begins a word of the name; all users by name without `q`.

use crate::identity::Caller;
use crate::request::{Cursor, Page, Query, limit, one_more, search_text};
use crate::response::{Outcome, ok};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Search {
    /// Beginnings of words of the name; empty for all users.
    q: String,
    /// Items on the page, 50 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

pub(crate) async fn handle(caller: Caller, Query(query): Query<Search>) -> Outcome {
    let limit = limit(query.limit)?;
    let q = search_text(&query.q)?;
    let after = Cursor::USERS.placed(query.cursor.as_deref())?;
    let after = after.as_ref().map(|(place, id)| (place.as_str(), id));
    let users = caller.store().search_users(caller.tenant(), &q, after, caller.now(), one_more(limit)).await?;
    ok(&Page::cut_placed(users, limit, |place, user| Cursor::USERS.write(&[place, user.id.as_str()])))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("searchUsers", Tag::Users, "Search users")
        .about("`q` finds names of which each of its words begins a word; without it, all users are listed by name.")
        .answers::<Page<campana_storage::User>>(200, "A page of users.", examples::page(examples::user()));
}
