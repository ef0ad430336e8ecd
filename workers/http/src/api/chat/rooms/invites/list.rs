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

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("listRoomInvites", Tag::Invites, "List the invites of a room")
        .about("Newest first, for moderators of the room and administrators. Ended invites stay listed for a week.")
        .answers::<Page<campana_core::chat::invite::Invite>>(
            200,
            "A page of invites.",
            examples::page(examples::invite()),
        );
}
