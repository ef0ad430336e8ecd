//! `POST /api/chat/rooms`: creates a room with its conversation and first members. The creator becomes its owner.

use crate::identity::Caller;
use crate::request::{Creation, NewIds, idempotently, line, text};
use crate::response::{Outcome, made};
use campana_core::accounts::audit::{Act, Audit};
use campana_core::chat::command::PostingRules;
use campana_core::chat::policy::{Action, Place, Posting, Role, Visibility, decide};
use campana_core::shared::ids::UserId;
use campana_core::shared::limits::{
    MAX_GROUP_MEMBERS, MAX_ROOM_DESCRIPTION_CHARS, MAX_ROOM_NAME_CHARS, MAX_SLOW_MODE_S,
};
use campana_core::shared::problem::Problem;
use campana_storage::{NewRoom, StorageError};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// A room to create.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "RoomDraft"))]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRoomBody {
    /// 1 to 100 characters.
    name: String,
    /// At most 1,000 characters.
    #[serde(default)]
    description: String,
    #[serde(default)]
    visibility: Visibility,
    /// Who may write.
    #[serde(default)]
    post: Posting,
    /// Seconds between two messages of a member who does not moderate the room: 0 (none) to 21,600.
    #[serde(default)]
    slow_mode_s: u32,
    /// First members besides the caller, who becomes the owner.
    #[serde(default)]
    members: Vec<FirstMember>,
}

/// A first member of a room.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct FirstMember {
    user_id: String,
    #[serde(default)]
    role: Role,
}

pub(crate) async fn handle(caller: Caller, Creation { key, body }: Creation<NewRoomBody>) -> Outcome {
    decide(Action::CreateRoom, caller.standing(Place::App, None))?;
    idempotently(&caller, key, async |ids| create(&caller, ids, body).await).await
}

async fn create(caller: &Caller, ids: NewIds, body: NewRoomBody) -> Outcome {
    let (room_id, conversation_id) = (ids.room(), ids.conversation());
    let name = line("name", &body.name, MAX_ROOM_NAME_CHARS)?;
    let about = json!({"name": name, "visibility": body.visibility, "conversation_id": conversation_id});
    let audit = Audit::new(&caller.principal, Act::RoomCreated, room_id.as_str(), about, caller.now(), [0; 10]);
    let room = NewRoom {
        audit: Audit { id: ids.audit(), ..audit },
        room_id,
        conversation_id,
        tenant: caller.tenant().clone(),
        name,
        description: text("description", &body.description, MAX_ROOM_DESCRIPTION_CHARS)?,
        visibility: body.visibility,
        posting: PostingRules { post: body.post, slow_mode_s: slow_mode(body.slow_mode_s)? },
        created_by: caller.user_id().clone(),
        members: first_members(caller, &body.members)?,
        now: caller.now(),
    };
    match caller.store().create_room(room).await {
        Ok(room) => {
            caller.app.objects().remember(caller.tenant(), &room.conversation_id);
            made(true, &room)
        }
        // The same ids mean an earlier call with this key created it but never answered. Without a row, a user is
        // unknown.
        Err(StorageError::Constraint) => {
            let made_before = caller.store().room(caller.tenant(), &ids.room(), caller.user_id()).await?;
            made(true, &made_before.ok_or_else(unknown)?)
        }
        Err(error) => Err(error.into()),
    }
}

/// The seconds of a slow mode. 422 if they are too many.
pub(super) fn slow_mode(seconds: u32) -> Result<u32, Problem> {
    if seconds > MAX_SLOW_MODE_S {
        return Err(Problem::field("slow_mode_s", format!("is at most {MAX_SLOW_MODE_S} seconds")));
    }
    Ok(seconds)
}

/// The creator as owner, plus the listed members. 422 if a user is listed twice.
fn first_members(caller: &Caller, named: &[FirstMember]) -> Result<Vec<(UserId, Role)>, Problem> {
    if named.len() >= MAX_GROUP_MEMBERS {
        return Err(Problem::field("members", format!("names at most {} people", MAX_GROUP_MEMBERS - 1)));
    }
    let mut members = BTreeMap::new();
    for one in named {
        let user = UserId::parse(&one.user_id).ok_or_else(unknown)?;
        if members.insert(user, one.role).is_some() {
            return Err(Problem::field("members", "names somebody twice"));
        }
    }
    members.insert(caller.user_id().clone(), Role::Owner);
    Ok(members.into_iter().collect())
}

fn unknown() -> Problem {
    Problem::field("members", "names somebody this tenant does not know")
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag, examples};
    operation
        .named("createRoom", Tag::Rooms, "Create a room")
        .about("Creates a room with its conversation and first members, for administrators. The creator becomes its owner.")
        .by(Security::Administrator)
        .sends(json!({
            "name": "Lobby",
            "description": "Everything about tower 2",
            "visibility": "public",
            "post": "all",
            "slow_mode_s": 30,
            "members": [{"user_id": "7", "role": "moderator"}],
        }))
        .answers::<campana_storage::Room>(201, "The new room.", examples::room());
}
