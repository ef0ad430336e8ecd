//! `PUT /api/chat/rooms/{id}`: changes name, description or visibility; absent fields stay unchanged.

use crate::api::chat::room_lookup::{conversation_of, visible_room};
use crate::identity::Caller;
use crate::request::{Body, Segment, line, text};
use crate::response::{Outcome, ok};
use campana_core::chat::command::Command;
use campana_core::chat::policy::Visibility;
use campana_core::shared::ids::RoomId;
use campana_core::shared::limits::{MAX_ROOM_DESCRIPTION_CHARS, MAX_ROOM_NAME_CHARS};
use campana_core::shared::problem::Problem;
use serde::Deserialize;

/// What changes about a room.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "RoomChange"))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RoomChangeBody {
    name: Option<String>,
    description: Option<String>,
    visibility: Option<Visibility>,
    /// Id of the connection that gets no echo of the event.
    origin_client_id: Option<String>,
}

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<RoomId>, Body(body): Body<RoomChangeBody>) -> Outcome {
    let name = body.name.map(|name| line("name", &name, MAX_ROOM_NAME_CHARS)).transpose()?;
    let description =
        body.description.map(|words| text("description", &words, MAX_ROOM_DESCRIPTION_CHARS)).transpose()?;
    if name.is_none() && description.is_none() && body.visibility.is_none() {
        return Err(Problem::field("body", "changes nothing: give name, description or visibility").into());
    }
    let conversation = conversation_of(&caller, &id).await?;
    let command = Command::UpdateRoom { name, description, visibility: body.visibility };
    caller.command(&conversation, body.origin_client_id, command).await?;
    ok(&visible_room(&caller, &id).await?)
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use serde_json::json;
    operation
        .named("updateRoom", Tag::Rooms, "Change a room")
        .about("Changes name, description or visibility; absent fields stay unchanged. For moderators of the room and administrators.")
        .spares_socket()
        .sends(json!({"name": "Lobby", "visibility": "private"}))
        .answers::<campana_storage::Room>(200, "The room after the change.", examples::room());
}
