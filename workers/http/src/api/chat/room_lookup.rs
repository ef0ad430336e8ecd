//! Look-up of rooms and their conversations. The conversation's object decides what the caller may do there.

use crate::App;
use crate::identity::Caller;
use crate::response::Refusal;
use campana_core::chat::command::{Answer, Command};
use campana_core::chat::policy::{Action, Place, Visibility, decide};
use campana_core::shared::ids::{ConversationId, RoomId};
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::Room;

/// TTL for immutable facts: cached for the isolate's lifetime.
const FOREVER_MS: u64 = u64::MAX;

/// A room that the caller may view. 404 if it does not exist.
pub(super) async fn visible_room(app: &App, caller: &Caller, id: &RoomId) -> Result<Room, Refusal> {
    let room = app.store().room(caller.tenant(), id, caller.user_id()).await?.ok_or_else(Problem::not_found)?;
    decide(Action::ViewRoom, caller.standing(place_of(room.visibility), room.role))?;
    Ok(room)
}

/// A room that the caller may moderate.
pub(super) async fn moderated_room(app: &App, caller: &Caller, id: &RoomId) -> Result<Room, Refusal> {
    let room = visible_room(app, caller, id).await?;
    decide(Action::Moderate, caller.standing(place_of(room.visibility), room.role))?;
    Ok(room)
}

const fn place_of(visibility: Visibility) -> Place {
    match visibility {
        Visibility::Public => Place::PublicRoom,
        Visibility::Private => Place::PrivateRoom,
    }
}

/// The conversation of a room. 404 if the room does not exist.
pub(in crate::api) async fn conversation_of(
    app: &App,
    caller: &Caller,
    id: &RoomId,
) -> Result<ConversationId, Refusal> {
    let key = (caller.tenant().clone(), id.clone());
    if let Some(conversation) = app.caches().rooms.fresh(&key, app.now(), FOREVER_MS) {
        return Ok(conversation);
    }
    let room = app.store().room(caller.tenant(), id, caller.user_id()).await?.ok_or_else(Problem::not_found)?;
    app.caches().rooms.keep(key, room.conversation_id.clone(), app.now());
    app.objects().remember(caller.tenant(), &room.conversation_id);
    Ok(room.conversation_id)
}

/// The conversation of the tenant's general room, created on first use.
pub(super) async fn general(app: &App, caller: &Caller) -> Result<ConversationId, Refusal> {
    if let Some(conversation) = app.caches().general.fresh(caller.tenant(), app.now(), FOREVER_MS) {
        return Ok(conversation);
    }
    let (room, conversation) = (app.new_room_id()?, app.new_conversation_id()?);
    let room = app.store().general_room(caller.tenant(), &room, &conversation, caller.user_id(), app.now()).await?;
    app.caches().general.keep(caller.tenant().clone(), room.conversation_id.clone(), app.now());
    app.objects().remember(caller.tenant(), &room.conversation_id);
    Ok(room.conversation_id)
}

/// Sends a command to the general room. A caller who is not a member joins first.
pub(super) async fn in_general(
    app: &App,
    caller: &Caller,
    conversation: &ConversationId,
    origin_client_id: Option<String>,
    command: Command,
) -> Answer {
    let envelope = caller.envelope(conversation, origin_client_id.clone(), command);
    match app.objects().command(envelope.clone()).await {
        Err(problem) if problem.kind == Kind::Forbidden => {
            app.objects().command(caller.envelope(conversation, origin_client_id, Command::Join)).await?;
            app.objects().command(envelope).await
        }
        answer => answer,
    }
}
