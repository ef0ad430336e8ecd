//! `GET /api/chat/rooms/{id}/bans`: active bans of a room, for moderators.

use crate::api::chat::room_lookup::moderated_room;
use crate::identity::Caller;
use crate::request::{Cursor, Page, PageQuery, Query, Segment, limit, one_more};
use crate::response::{Outcome, ok};
use campana_core::shared::ids::RoomId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<RoomId>, Query(query): Query<PageQuery>) -> Outcome {
    let limit = limit(query.limit)?;
    let after = query.after(Cursor::BANS)?;
    let room = moderated_room(&caller, &id).await?;
    let bans = caller.store();
    let bans =
        bans.list_bans(caller.tenant(), &room.conversation_id, caller.now(), after.as_ref(), one_more(limit)).await?;
    ok(&Page::cut(bans, limit, |ban| Cursor::BANS.write(&[ban.user_id.as_str()])))
}
