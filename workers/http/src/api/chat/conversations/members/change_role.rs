//! `PUT /api/chat/conversations/{id}/members/{user_id}`: changes the role of a group's member.

use crate::api::chat::membership::{NewRole, member};
use crate::identity::Caller;
use crate::request::{Body, Segments};
use crate::response::Outcome;
use campana_core::chat::command::Command;
use campana_core::shared::ids::{ConversationId, UserId};

pub(crate) async fn handle(
    caller: Caller,
    Segments(id, user_id): Segments<ConversationId, UserId>,
    Body(body): Body<NewRole>,
) -> Outcome {
    member(&caller, caller.command(&id, None, Command::ChangeRole { user_id, role: body.role }).await?).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::shared::problem::Kind;
    use serde_json::json;
    operation
        .named("changeRole", Tag::Members, "Change the role of a group's member")
        .about("For the group's owner. 409 if the group would have no owner.")
        .spares_socket()
        .sends(json!({"role": "moderator"}))
        .refuses(&[Kind::Conflict, Kind::DirectConversation])
        .answers::<crate::api::chat::membership::Member>(
            200,
            "The membership after the change.",
            examples::membership(),
        );
}
