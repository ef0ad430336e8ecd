//! `GET /api/chat/conversations/{id}/draft`: the caller's draft of a conversation, or of one of its threads.

use super::Place;
use crate::identity::Caller;
use crate::request::{Query, Segment};
use crate::response::{Outcome, ok};
use campana_core::chat::drafts::UnsentDraft;
use campana_core::shared::ids::ConversationId;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DraftQuery {
    /// The thread's first message; absent for the conversation itself.
    parent_id: Option<String>,
}

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<ConversationId>,
    Query(query): Query<DraftQuery>,
) -> Outcome {
    let place = Place::find(&caller, id, query.parent_id.as_deref()).await?;
    let draft = caller.store().draft(place.of(&caller)).await?;
    ok(&draft.unwrap_or_else(|| UnsentDraft::none(place.conversation, place.parent)))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("getDraft", Tag::Conversations, "Get the caller's draft of a conversation")
        .about("For its members. `body` is `null` if there is no draft.")
        .answers::<UnsentDraft>(200, "The draft.", examples::draft());
}
