//! `DELETE /api/chat/rooms/{id}/members/{user_id}`: removes a member, after closing their sockets.

use crate::App;
use crate::api::chat::room_lookup::conversation_of;
use crate::identity::Caller;
use crate::request::Segments;
use crate::response::{Outcome, done};
use axum::extract::State;
use campana_core::chat::command::Command;
use campana_core::shared::ids::{RoomId, UserId};

pub(crate) async fn handle(
    State(app): State<App>,
    caller: Caller,
    Segments(id, user_id): Segments<RoomId, UserId>,
) -> Outcome {
    let conversation = conversation_of(&app, &caller, &id).await?;
    app.objects().command(caller.envelope(&conversation, None, Command::RemoveMember { user_id })).await?;
    Ok(done())
}
