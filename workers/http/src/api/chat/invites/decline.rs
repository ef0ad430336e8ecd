//! `POST /api/chat/invites/{token}/decline`: declines a personal invite.

use super::{Name, held};
use crate::identity::Caller;
use crate::request::{NoBody, Segment};
use crate::response::{Outcome, done};
use campana_core::chat::command::Command;
use campana_core::shared::problem::{Kind, Problem};

pub(crate) async fn handle(caller: Caller, Segment(name): Segment<Name>, _: NoBody) -> Outcome {
    let view = held(&caller, &name).await?;
    if !view.invite.is_for(caller.user_id()) {
        return Err(
            Problem::new(Kind::Conflict, "this invite is for whoever has it: there is nothing to decline").into()
        );
    }
    let command = Command::DeclineInvite { invite_id: view.invite.id };
    caller.command(&view.conversation_id, None, command).await?;
    Ok(done())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation
        .named("declineInvite", Tag::Invites, "Decline a personal invite")
        .about("409 (`conflict`) for an invite by link, which is nobody's to decline.")
        .spares_socket()
        .refuses(&[Kind::Conflict, Kind::InviteUsedUp, Kind::InviteExpired, Kind::InviteRevoked])
        .done("The invite is declined.");
}
