//! Look-up of rooms and their conversations. The conversation's object decides what the caller may do there.

use crate::identity::Caller;
use crate::response::Refusal;
use campana_core::chat::command::{Answer, Command, Reply};
use campana_core::chat::policy::{Action, Place, Visibility, decide};
use campana_core::shared::ids::{ConversationId, RoomId};
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::Room;

/// TTL for immutable facts: cached for the isolate's lifetime.
const FOREVER_MS: u64 = u64::MAX;

/// A room that the caller may view. 404 if it does not exist.
pub(super) async fn visible_room(caller: &Caller, id: &RoomId) -> Result<Room, Refusal> {
    let room = caller.store().room(caller.tenant(), id, caller.user_id()).await?.ok_or_else(Problem::not_found)?;
    decide(Action::ViewRoom, caller.standing(place_of(room.visibility), room.role))?;
    Ok(room)
}

/// A room that the caller may moderate.
pub(super) async fn moderated_room(caller: &Caller, id: &RoomId) -> Result<Room, Refusal> {
    let room = visible_room(caller, id).await?;
    decide(Action::Moderate, caller.standing(place_of(room.visibility), room.role))?;
    Ok(room)
}

pub(in crate::api) const fn place_of(visibility: Visibility) -> Place {
    match visibility {
        Visibility::Public => Place::PublicRoom,
        Visibility::Private => Place::PrivateRoom,
    }
}

/// The conversation of a room. 404 if the room does not exist.
pub(in crate::api) async fn conversation_of(caller: &Caller, id: &RoomId) -> Result<ConversationId, Refusal> {
    let key = (caller.tenant().clone(), id.clone());
    if let Some(conversation) = caller.app.caches().rooms.fresh(&key, caller.now(), FOREVER_MS) {
        return Ok(conversation);
    }
    let room = caller.store().room(caller.tenant(), id, caller.user_id()).await?.ok_or_else(Problem::not_found)?;
    caller.app.caches().rooms.keep(key, room.conversation_id.clone(), caller.now());
    caller.app.objects().remember(caller.tenant(), &room.conversation_id);
    Ok(room.conversation_id)
}

/// Sends a command to a room's conversation. 404 if the room does not exist.
pub(super) async fn in_room(caller: &Caller, id: &RoomId, command: Command) -> Result<Reply, Refusal> {
    let conversation = conversation_of(caller, id).await?;
    Ok(caller.command(&conversation, None, command).await?)
}

/// The conversation of the tenant's general room, created on first use.
pub(super) async fn general(caller: &Caller) -> Result<ConversationId, Refusal> {
    if let Some(conversation) = caller.app.caches().general.fresh(caller.tenant(), caller.now(), FOREVER_MS) {
        return Ok(conversation);
    }
    let (room, conversation) = (caller.app.new_room_id()?, caller.app.new_conversation_id()?);
    let room =
        caller.store().general_room(caller.tenant(), &room, &conversation, caller.user_id(), caller.now()).await?;
    Ok(remember_general(caller, room))
}

/// The conversation of the tenant's general room, if the room exists.
pub(in crate::api) async fn existing_general(caller: &Caller) -> Result<Option<ConversationId>, Refusal> {
    if let Some(conversation) = caller.app.caches().general.fresh(caller.tenant(), caller.now(), FOREVER_MS) {
        return Ok(Some(conversation));
    }
    let room = caller.store().find_general_room(caller.tenant(), caller.user_id()).await?;
    Ok(room.map(|room| remember_general(caller, room)))
}

fn remember_general(caller: &Caller, room: Room) -> ConversationId {
    caller.app.caches().general.keep(caller.tenant().clone(), room.conversation_id.clone(), caller.now());
    caller.app.objects().remember(caller.tenant(), &room.conversation_id);
    room.conversation_id
}

/// Sends a command to the general room. A caller who is not a member joins first.
pub(super) async fn in_general(
    caller: &Caller,
    conversation: &ConversationId,
    origin_client_id: Option<String>,
    command: Command,
) -> Answer {
    match caller.command(conversation, origin_client_id.clone(), command.clone()).await {
        Err(problem) if problem.kind == Kind::Forbidden => {
            caller.command(conversation, origin_client_id.clone(), Command::Join).await?;
            caller.command(conversation, origin_client_id, command).await
        }
        answer => answer,
    }
}
