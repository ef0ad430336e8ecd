//! `DELETE /api/chat/rooms/{id}`: deletes a room with its conversation.

use crate::App;
use crate::api::chat::room_lookup::conversation_of;
use crate::identity::Caller;
use crate::request::Segment;
use crate::response::{Outcome, done};
use axum::extract::State;
use campana_core::chat::command::Command;
use campana_core::shared::ids::RoomId;

pub(crate) async fn handle(State(app): State<App>, caller: Caller, Segment(id): Segment<RoomId>) -> Outcome {
    let conversation = conversation_of(&app, &caller, &id).await?;
    app.objects().command(caller.envelope(&conversation, None, Command::DeleteRoom)).await?;
    Ok(done())
}
