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

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use serde_json::json;
    operation
        .named("listBans", Tag::Members, "List the bans of a room")
        .about("Bans in force, for moderators of the room and administrators.")
        .answers::<Page<campana_storage::Ban>>(
            200,
            "A page of bans.",
            examples::page(json!({
                "user_id": "8",
                "name": "Ben",
                "reason": "noise",
                "until": null,
                "imposed_by": "1",
                "imposed_at": "2026-01-31T09:05:00.120Z",
            })),
        );
}
