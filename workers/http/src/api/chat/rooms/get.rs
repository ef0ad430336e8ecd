//! `GET /api/chat/rooms/{id}`: one room.

use crate::App;
use crate::api::chat::room_lookup::visible_room;
use crate::identity::Caller;
use crate::request::Segment;
use crate::response::{Outcome, ok};
use axum::extract::State;
use campana_core::shared::ids::RoomId;

pub(crate) async fn handle(State(app): State<App>, caller: Caller, Segment(id): Segment<RoomId>) -> Outcome {
    ok(&visible_room(&app, &caller, &id).await?)
}
