//! `PUT /api/chat/rooms/{id}`: changes name, description or visibility, who may write and how often; absent fields stay
//! unchanged.

use super::create::slow_mode;
use crate::api::chat::room_lookup::{conversation_of, visible_room};
use crate::identity::Caller;
use crate::request::{Body, Segment, line, text};
use crate::response::{Outcome, ok};
use campana_core::chat::command::Command;
use campana_core::chat::policy::{Posting, Visibility};
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
    /// Who may write.
    post: Option<Posting>,
    /// Seconds between two messages of a member who does not moderate the room: 0 (none) to 21,600.
    slow_mode_s: Option<u32>,
    /// Id of the connection that gets no echo of the event.
    origin_client_id: Option<String>,
}

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<RoomId>, Body(body): Body<RoomChangeBody>) -> Outcome {
    let name = body.name.map(|name| line("name", &name, MAX_ROOM_NAME_CHARS)).transpose()?;
    let description =
        body.description.map(|words| text("description", &words, MAX_ROOM_DESCRIPTION_CHARS)).transpose()?;
    let slow_mode_s = body.slow_mode_s.map(slow_mode).transpose()?;
    let RoomChangeBody { visibility, post, .. } = body;
    if name.is_none() && description.is_none() && visibility.is_none() && post.is_none() && slow_mode_s.is_none() {
        let detail = "changes nothing: give name, description, visibility, post or slow_mode_s";
        return Err(Problem::field("body", detail).into());
    }
    let conversation = conversation_of(&caller, &id).await?;
    let command = Command::UpdateRoom { name, description, visibility, post, slow_mode_s };
    caller.command(&conversation, body.origin_client_id, command).await?;
    ok(&visible_room(&caller, &id).await?)
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use serde_json::json;
    operation
        .named("updateRoom", Tag::Rooms, "Change a room")
        .about(
            "Absent fields stay unchanged. Administrators change every field, moderators of the room `post` and \
             `slow_mode_s`.",
        )
        .spares_socket()
        .sends(json!({"name": "Lobby", "visibility": "private", "post": "moderators", "slow_mode_s": 0}))
        .answers::<campana_storage::Room>(200, "The room after the change.", examples::room());
}
