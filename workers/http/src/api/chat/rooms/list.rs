//! `GET /api/chat/rooms`: public rooms and the caller's own, newest first; administrators see all.

use crate::identity::Caller;
use crate::request::{Cursor, Page, Query, limit, one_more, text};
use crate::response::{Outcome, ok};
use campana_core::chat::policy::Visibility;
use campana_core::shared::limits::MAX_ROOM_NAME_CHARS;
use campana_storage::RoomFilter;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RoomsQuery {
    /// Beginnings of words of the name.
    q: String,
    visibility: Option<Visibility>,
    /// Only rooms that the caller is a member of.
    mine: bool,
    /// Items on the page, 50 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

pub(crate) async fn handle(caller: Caller, Query(query): Query<RoomsQuery>) -> Outcome {
    let limit = limit(query.limit)?;
    let before = Cursor::ROOMS.place_of(query.cursor.as_deref())?;
    let q = text("q", &query.q, MAX_ROOM_NAME_CHARS)?;
    let filter = RoomFilter { q, visibility: query.visibility, mine: query.mine };
    let admin = caller.principal.admin;
    let rooms = caller.store();
    let rooms =
        rooms.list_rooms(caller.tenant(), caller.user_id(), &filter, admin, before.as_ref(), one_more(limit)).await?;
    ok(&Page::cut(rooms, limit, |room| Cursor::ROOMS.write(&[room.id.as_str()])))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("listRooms", Tag::Rooms, "List rooms")
        .about("Public rooms and the caller's own, newest first; administrators see all.")
        .about("`q` finds names of which each of its words begins a word.")
        .answers::<Page<campana_storage::Room>>(200, "A page of rooms.", examples::page(examples::room()));
}
