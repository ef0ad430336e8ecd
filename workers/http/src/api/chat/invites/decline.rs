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
