//! `GET /api/chat/rooms/{id}/invites`: invites of a room, newest first, for moderators. Ended invites stay listed for a
//! week.

use crate::api::chat::room_lookup::moderated_room;
use crate::identity::Caller;
use crate::request::{Cursor, Page, PageQuery, Query, Segment, limit, one_more};
use crate::response::{Outcome, ok};
use campana_core::shared::ids::RoomId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<RoomId>, Query(query): Query<PageQuery>) -> Outcome {
    let limit = limit(query.limit)?;
    let before = query.after(Cursor::ROOM_INVITES)?;
    let room = moderated_room(&caller, &id).await?;
    let invites = caller.store().list_room_invites(caller.tenant(), &room.id, before.as_ref(), one_more(limit)).await?;
    ok(&Page::cut(invites, limit, |invite| Cursor::ROOM_INVITES.write(&[invite.id.as_str()])))
}
