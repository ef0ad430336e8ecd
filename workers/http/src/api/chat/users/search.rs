//! `GET /api/chat/users?q=`: users of whom each word of `q` begins a word of the name; all users by name without `q`.

use crate::identity::Caller;
use crate::request::{Cursor, Page, Query, limit, one_more, search_text};
use crate::response::{Outcome, ok};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Search {
    q: String,
    limit: Option<u32>,
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
