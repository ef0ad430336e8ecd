//! `DELETE /api/chat/rooms/{id}/invites/{invite_id}`: revokes an invite, for its creator and for moderators.

use crate::api::chat::room_lookup::in_room;
use crate::identity::Caller;
use crate::request::Segments;
use crate::response::{Outcome, done};
use campana_core::chat::command::Command;
use campana_core::shared::ids::{InviteId, RoomId};

pub(crate) async fn handle(caller: Caller, Segments(id, invite_id): Segments<RoomId, InviteId>) -> Outcome {
    in_room(&caller, &id, Command::RevokeInvite { invite_id }).await?;
    Ok(done())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation
        .named("revokeInvite", Tag::Invites, "Revoke an invite")
        .about("For its creator, moderators of the room and administrators. Does nothing if the invite has ended.")
        .spares_socket()
        .done("The invite is not open any more.");
}
