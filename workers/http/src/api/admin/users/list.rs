//! `GET /api/admin/users?q=`: users of the app, with their bans, mutes and sign-outs. `q` selects the users whose names have a
//! word that begins with each word of `q`, or the user with the id `q`; without it all users are listed by name.

use crate::api::admin::only_administrators;
use crate::identity::Caller;
use crate::request::{Cursor, Page, Query, limit, one_more, search_text};
use crate::response::{Outcome, ok, uncached};
use campana_core::shared::ids::UserId;
use campana_storage::{Standing, User};
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PeopleQuery {
    /// Beginnings of words of the name, or an id; empty for all users.
    q: String,
    /// Items on the page, 50 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A user as administrators see them.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct AdminUser {
    #[serde(flatten)]
    user: User,
    #[serde(flatten)]
    standing: Standing,
}

pub(crate) async fn handle(caller: Caller, Query(query): Query<PeopleQuery>) -> Outcome {
    only_administrators(&caller)?;
    let (limit, q) = (limit(query.limit)?, search_text(&query.q)?);
    let after: Option<(String, UserId)> = Cursor::PEOPLE.placed(query.cursor.as_deref())?;
    let (store, tenant, now) = (caller.store(), caller.tenant(), caller.now());
    let named = match UserId::parse(&q) {
        Some(id) => store.user(tenant, &id, now).await?,
        None => None,
    };
    let place = after.as_ref().map(|(place, id)| (place.as_str(), id));
    let found = store.search_users(tenant, &q, place, now, one_more(limit)).await?;
    let cursor = |place: &str, user: &User| Cursor::PEOPLE.write(&[place, user.id.as_str()]);
    let Page { data: found, next_cursor } = Page::cut_placed(found, limit, cursor);
    let others = found.into_iter().filter(|user| named.as_ref().is_none_or(|named| named.id != user.id));
    // Who has the id comes first, before the page of those with the name.
    let first = named.clone().filter(|_| after.is_none());
    let people: Vec<User> = first.into_iter().chain(others).collect();
    let ids: Vec<&UserId> = people.iter().map(|user| &user.id).collect();
    let standing = store.standing_of_users(tenant, &ids, now).await?;
    let data = people.into_iter().map(|user| {
        let standing = standing.get(&user.id).copied().unwrap_or_default();
        AdminUser { user, standing }
    });
    Ok(uncached(ok(&Page { data: data.collect::<Vec<_>>(), next_cursor })?))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag, examples};
    use serde_json::json;
    operation
        .named("listPeople", Tag::Administration, "Search the app's users, with their standing")
        .about(
            "`q` finds names of which each of its words begins a word, and, first, the user with this id; without it, all users \
             are listed by name.",
        )
        .by(Security::Administrator)
        .uncached()
        .answers::<Page<AdminUser>>(
            200,
            "A page of users. With the user who has the id, the first page can have one more than `limit`.",
            examples::page(json!({
                "id": "7",
                "name": "Ana",
                "avatar": null,
                "is_online": true,
                "last_seen_at": "2026-01-31T09:05:00.120Z",
                "created_at": "2026-01-30T08:00:00.000Z",
                "updated_at": null,
                "conversations": 4,
                "bans": 0,
                "mutes": 1,
                "revoked_before": null,
            })),
        );
}
