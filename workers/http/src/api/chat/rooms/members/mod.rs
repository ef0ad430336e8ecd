//! `/api/chat/rooms/{id}/members`: members of a room.

pub(super) mod add;
pub(super) mod ban;
pub(super) mod change_role;
pub(super) mod list;
pub(super) mod mute;
pub(super) mod remove;

use crate::api::chat::room_lookup::in_room;
use crate::identity::Caller;
use crate::response::{Outcome, made, unexpected};
use campana_core::chat::command::{Command, Reply};
use campana_core::chat::policy::Role;
use campana_core::shared::ids::{RoomId, UserId};
use campana_core::shared::timestamp::Timestamp;
use serde::Serialize;

/// A membership after a change.
#[derive(Debug, Serialize)]
struct Member {
    user_id: UserId,
    /// The user's name in D1; `None` if the query failed.
    name: Option<String>,
    role: Role,
    joined_at: Timestamp,
    muted_until: Option<Timestamp>,
}

/// Sends a command about a membership. Answers with the membership, 201 if this call created it.
async fn change(caller: &Caller, room: &RoomId, command: Command) -> Outcome {
    match in_room(caller, room, command).await? {
        Reply::Member { user_id, role, joined_at, muted_until, created } => {
            // The change is committed already: an answer without the name is better than an error.
            let user = caller.store().user(caller.tenant(), &user_id, caller.now()).await.ok().flatten();
            made(created, &Member { user_id, name: user.map(|user| user.name), role, joined_at, muted_until })
        }
        _ => Err(unexpected()),
    }
}
