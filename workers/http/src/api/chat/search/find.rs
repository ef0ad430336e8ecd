//! `GET /api/chat/search`: searches.

use super::messages::messages;
use super::{Hit, names};
use crate::identity::{Caller, count_search};
use crate::request::{Cursor, Page, Query, limit, one_more};
use crate::response::{Outcome, ok, uncached};
use campana_core::chat::search::{Feature, MAX_QUERY_CHARS, ParsedQuery, Sort, parse_time};
use campana_core::shared::ids::UserId;
use campana_core::shared::limits::MAX_ROOM_NAME_CHARS;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::RoomFilter;
use serde::Deserialize;

/// What is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "SearchType"))]
#[serde(rename_all = "snake_case")]
enum Wanted {
    /// Messages that the caller may read.
    #[default]
    Messages,
    /// Messages with files.
    Files,
    /// Users of the tenant.
    People,
    /// Rooms that the caller can find.
    Rooms,
}

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SearchQuery {
    /// Words, `"phrases"`, `-excluded` words and beginnings of words (`be*`), with the operators `from:`, `in:`, `has:`,
    /// `before:`, `after:` and `sort:`.
    q: String,
    /// Id or name of a room, or id of a conversation.
    #[serde(rename = "in")]
    place: Option<String>,
    /// Id or name of the sender; `me` for the caller.
    from: Option<String>,
    /// What the message has.
    has: Option<Feature>,
    /// Sent before this day (UTC) or time.
    before: Option<String>,
    /// Sent on this day (UTC) or at this time, or later.
    after: Option<String>,
    /// What is searched for.
    #[serde(rename = "type")]
    wanted: Wanted,
    /// Newest or best messages first.
    sort: Option<Sort>,
    /// Items on the page, 50 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

pub(crate) async fn handle(caller: Caller, Query(query): Query<SearchQuery>) -> Outcome {
    let limit = limit(query.limit)?;
    count_search(&caller)?;
    let page = match query.wanted {
        Wanted::Messages | Wanted::Files => {
            let (sort, mut parsed) = parsed(&query)?;
            if query.wanted == Wanted::Files {
                parsed.require(Feature::File);
            }
            messages(&caller, &parsed, sort, query.cursor.as_deref(), limit).await?
        }
        Wanted::People => {
            let after: Option<(String, UserId)> = Cursor::FOUND_PEOPLE.placed(query.cursor.as_deref())?;
            let after = after.as_ref().map(|(place, id)| (place.as_str(), id));
            let Some(q) = names::name(&query.q) else {
                return ok(&Page::<Hit> { data: Vec::new(), next_cursor: None });
            };
            let users = caller.store().search_users(caller.tenant(), &q, after, caller.now(), one_more(limit)).await?;
            let page =
                Page::cut_placed(users, limit, |place, user| Cursor::FOUND_PEOPLE.write(&[place, user.id.as_str()]));
            let data = page.data.into_iter().map(|user| Hit::Person { user: Box::new(user) }).collect();
            Page { data, next_cursor: page.next_cursor }
        }
        Wanted::Rooms => {
            let before = Cursor::FOUND_ROOMS.place_of(query.cursor.as_deref())?;
            let Some(q) = names::name(&query.q) else {
                return ok(&Page::<Hit> { data: Vec::new(), next_cursor: None });
            };
            let q = q.chars().take(MAX_ROOM_NAME_CHARS).collect();
            let filter = RoomFilter { q, visibility: None, mine: false };
            let (store, admin) = (caller.store(), caller.principal.admin);
            let rooms =
                store.list_rooms(caller.tenant(), caller.user_id(), &filter, admin, before.as_ref(), one_more(limit));
            let page = Page::cut(rooms.await?, limit, |room| Cursor::FOUND_ROOMS.write(&[room.id.as_str()]));
            let data = page.data.into_iter().map(|room| Hit::Room { room: Box::new(room) }).collect();
            Page { data, next_cursor: page.next_cursor }
        }
    };
    Ok(uncached(ok(&page)?))
}

/// The query in `q` and in the parameters: all of it has to fit.
fn parsed(query: &SearchQuery) -> Result<(Sort, ParsedQuery), Problem> {
    let mut parsed = ParsedQuery::parse(&query.q);
    if let Some(place) = &query.place {
        parsed.places.clear();
        parsed.name_place(&beginning(place));
    }
    if let Some(from) = &query.from {
        parsed.from.clear();
        parsed.name_sender(&beginning(from));
    }
    if let Some(feature) = query.has {
        parsed.require(feature);
    }
    if let Some(before) = time("before", query.before.as_deref())? {
        parsed.limit_before(before);
    }
    if let Some(after) = time("after", query.after.as_deref())? {
        parsed.limit_after(after);
    }
    Ok((query.sort.or(parsed.sort).unwrap_or_default(), parsed))
}

fn beginning(text: &str) -> String {
    text.chars().take(MAX_QUERY_CHARS).collect()
}

fn time(field: &str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let wrong = || Problem::field(field, "is neither a day nor a time of RFC 3339");
    text.map(|text| parse_time(text.trim()).ok_or_else(wrong)).transpose()
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("search", Tag::Search, "Search messages, people and rooms")
        .about(
            "`q` may be any text: what is not an operator is a word. Case and accents do not matter. Messages are those of \
             the caller's conversations that the caller may read now.",
        )
        .about("A page may be short, or empty, and have a `next_cursor`.")
        .answers::<Page<Hit>>(200, "A page of hits.", examples::page(examples::search_hit()));
}
