//! `GET /api/chat/conversations/{id}`: one conversation, for its participants.

use crate::identity::Caller;
use crate::request::Segment;
use crate::response::{Outcome, Refusal, ok};
use campana_core::chat::policy::{Action, decide};
use campana_core::shared::ids::ConversationId;
use campana_core::shared::problem::Problem;
use campana_storage::Conversation;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<ConversationId>) -> Outcome {
    ok(&visible(&caller, &id).await?)
}

/// A conversation that the caller may view. 404 if it does not exist or has no membership of theirs.
pub(in crate::api::chat) async fn visible(caller: &Caller, id: &ConversationId) -> Result<Conversation, Refusal> {
    let found = caller.store().conversation(caller.tenant(), id, caller.user_id()).await?;
    let conversation = found.ok_or_else(Problem::not_found)?;
    decide(Action::ViewConversation, caller.standing(conversation.place(), conversation.role))?;
    Ok(conversation)
}

/// A conversation of which the caller may keep what only they see. 404 or 403 if they are no member.
pub(in crate::api) async fn personal(caller: &Caller, id: &ConversationId) -> Result<Conversation, Refusal> {
    let found = caller.store().conversation(caller.tenant(), id, caller.user_id()).await?;
    let conversation = found.ok_or_else(Problem::not_found)?;
    decide(Action::Personalize, caller.standing(conversation.place(), conversation.role))?;
    Ok(conversation)
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("getConversation", Tag::Conversations, "Get a conversation")
        .about("For its members.")
        .answers::<Conversation>(200, "The conversation.", examples::conversation());
}
