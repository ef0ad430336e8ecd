//! `GET /api/chat/users/online`: users who are online.

use crate::App;
use crate::identity::Caller;
use crate::request::{Cursor, Page, PageQuery, Query, bad_cursor, limit, one_more};
use crate::response::{Outcome, ok};
use axum::extract::State;
use campana_core::shared::ids::UserId;

pub(crate) async fn handle(State(app): State<App>, caller: Caller, Query(query): Query<PageQuery>) -> Outcome {
    let limit = limit(query.limit)?;
    let after = match &query.cursor {
        None => None,
        Some(cursor) => {
            let [id] = Cursor::Online.read(cursor)?;
            Some(UserId::parse(&id).ok_or_else(bad_cursor)?)
        }
    };
    let users = app.store().online_users(caller.tenant(), app.now(), after.as_ref(), one_more(limit)).await?;
    ok(&Page::cut(users, limit, |user| Cursor::Online.write(&[user.user_id.as_str()])))
}
