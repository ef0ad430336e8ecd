//! `GET /api/chat/rooms/{id}/members`: members of a room, for everyone who may view it.

use crate::api::chat::room_lookup::visible_room;
use crate::identity::Caller;
use crate::request::{Cursor, Page, PageQuery, Query, Segment, limit, one_more};
use crate::response::{Outcome, ok};
use campana_core::shared::ids::RoomId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<RoomId>, Query(query): Query<PageQuery>) -> Outcome {
    let limit = limit(query.limit)?;
    let after = query.after(Cursor::MEMBERS)?;
    let room = visible_room(&caller, &id).await?;
    let members = caller.store();
    let members = members
        .list_members(caller.tenant(), &room.conversation_id, caller.now(), after.as_ref(), one_more(limit))
        .await?;
    ok(&Page::cut(members, limit, |member| Cursor::MEMBERS.write(&[member.user_id.as_str()])))
}
