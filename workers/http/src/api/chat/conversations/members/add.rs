//! `POST /api/chat/conversations/{id}/members`: adds a member to a group.

use crate::api::chat::membership::{NewMember, member};
use crate::identity::Caller;
use crate::request::{Body, Segment, person};
use crate::response::Outcome;
use campana_core::chat::command::Command;
use campana_core::shared::ids::ConversationId;

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<ConversationId>,
    Body(body): Body<NewMember>,
) -> Outcome {
    let user_id = person("user_id", &body.user_id)?;
    member(&caller, caller.command(&id, None, Command::AddMember { user_id, role: body.role }).await?).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::shared::problem::Kind;
    use serde_json::json;
    operation
        .named("addMember", Tag::Members, "Add a member to a group")
        .about("For the group's owner and moderators. A group has at most 100 members.")
        .spares_socket()
        .sends(json!({"user_id": "7", "role": "member"}))
        .refuses(&[Kind::Conflict, Kind::DirectConversation, Kind::GroupFull, Kind::Blocked])
        .makes::<crate::api::chat::membership::Member>(
            "The new membership.",
            "The user is a member already.",
            &examples::membership(),
        );
}
