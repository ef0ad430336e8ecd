//! `GET /api/chat/rooms/{id}/messages`: a page of the room's messages, newest first.

use crate::api::chat::history::{HistoryQuery, read};
use crate::api::chat::room_lookup::conversation_of;
use crate::identity::Caller;
use crate::request::{Query, Segment};
use crate::response::Outcome;
use campana_core::shared::ids::RoomId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<RoomId>, Query(query): Query<HistoryQuery>) -> Outcome {
    let conversation = conversation_of(&caller, &id).await?;
    read(&caller, &conversation, query).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("listRoomMessages", Tag::Messages, "List the messages of a room")
        .about("Newest first. At most one of `before`, `after` and `around` is given.")
        .answers::<crate::api::chat::history::HistoryPage>(200, "A page of messages.", examples::messages());
}
