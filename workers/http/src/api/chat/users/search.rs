//! `GET /api/chat/users?q=`: users whose name starts with `q`, by name.

use crate::identity::Caller;
use crate::request::{Cursor, Page, Query, bad_cursor, limit, one_more, text};
use crate::response::{Outcome, ok};
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Problem;
use serde::Deserialize;

/// Longest search text, characters.
const MAX_SEARCH_CHARS: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Search {
    q: String,
    limit: Option<u32>,
    cursor: Option<String>,
}

pub(crate) async fn handle(caller: Caller, Query(query): Query<Search>) -> Outcome {
    let limit = limit(query.limit)?;
    let q = text("q", &query.q, MAX_SEARCH_CHARS)?;
    let after = query.cursor.as_deref().map(place).transpose()?;
    let after = after.as_ref().map(|(name, id)| (name.as_str(), id));
    let users = caller.store().search_users(caller.tenant(), &q, after, caller.now(), one_more(limit)).await?;
    ok(&Page::cut(users, limit, |user| Cursor::USERS.write(&[&user.name, user.id.as_str()])))
}

fn place(cursor: &str) -> Result<(String, UserId), Problem> {
    let [name, id] = Cursor::USERS.read(cursor)?;
    Ok((name, UserId::parse(&id).ok_or_else(bad_cursor)?))
}
