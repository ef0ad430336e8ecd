//! `POST /api/chat/invites/{token}/accept`: joins the room. 201 with the room; 200 if the caller is a member already.

use super::{Name, held};
use crate::api::chat::room_lookup::visible_room;
use crate::identity::Caller;
use crate::request::{NoBody, Segment};
use crate::response::{Outcome, made, unexpected};
use campana_core::chat::command::{Command, Reply};

pub(crate) async fn handle(caller: Caller, Segment(name): Segment<Name>, _: NoBody) -> Outcome {
    let view = held(&caller, &name).await?;
    let command = Command::AcceptInvite { invite_id: view.invite.id };
    let answer = caller.command(&view.conversation_id, None, command).await?;
    let Reply::Member { created, .. } = answer else { return Err(unexpected()) };
    made(created, &visible_room(&caller, &view.room.id).await?)
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::shared::problem::Kind;
    operation
        .named("acceptInvite", Tag::Invites, "Accept an invite")
        .spares_socket()
        .refuses(&[Kind::Banned, Kind::InviteUsedUp, Kind::InviteExpired, Kind::InviteRevoked, Kind::InviteDeclined])
        .makes::<campana_storage::Room>(
            "The room, of which the caller is a member now.",
            "The caller is a member of the room already.",
            &examples::room(),
        );
}
