//! `GET /api/chat/users/online`: users who are online.

use crate::identity::Caller;
use crate::request::{Cursor, Page, PageQuery, Query, limit, one_more};
use crate::response::{Outcome, ok};
use campana_core::shared::ids::UserId;

pub(crate) async fn handle(caller: Caller, Query(query): Query<PageQuery>) -> Outcome {
    let limit = limit(query.limit)?;
    let after: Option<UserId> = query.after(Cursor::ONLINE)?;
    let users = caller.store().online_users(caller.tenant(), caller.now(), after.as_ref(), one_more(limit)).await?;
    ok(&Page::cut(users, limit, |user| Cursor::ONLINE.write(&[user.user_id.as_str()])))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use serde_json::json;
    operation
        .named("listOnlineUsers", Tag::Users, "List users who are online")
        .answers::<Page<campana_storage::OnlineUser>>(
            200,
            "A page of users.",
            examples::page(json!({
                "user_id": "7",
                "name": "Ana",
                "avatar": null,
                "last_seen_at": "2026-01-31T09:05:00.120Z",
            })),
        );
}
