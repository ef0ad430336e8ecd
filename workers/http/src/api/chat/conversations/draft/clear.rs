//! `DELETE /api/chat/conversations/{id}/draft`: clears the caller's draft of a conversation, or of one of its threads.

use super::Place;
use crate::identity::Caller;
use crate::request::{Query, Segment};
use crate::response::{Outcome, done};
use campana_core::chat::conversation::validate_client_id;
use campana_core::chat::drafts::validate_draft_rev;
use campana_core::shared::ids::ConversationId;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ClearQuery {
    /// The thread's first message; absent for the conversation itself.
    parent_id: Option<String>,
    /// The state up to which the draft is cleared; a newer one stays. Saves of this state and earlier ones are refused
    /// from then on. Absent: whatever the place has.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 1_000_000_000_000_000_i64)))]
    rev: Option<i64>,
    /// Id of the connection that gets no echo of the event.
    origin_client_id: Option<String>,
}

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<ConversationId>,
    Query(query): Query<ClearQuery>,
) -> Outcome {
    let rev = query.rev.map(|rev| validate_draft_rev("rev", rev)).transpose()?;
    if let Some(origin) = &query.origin_client_id {
        validate_client_id("origin_client_id", origin)?;
    }
    let place = Place::find(&caller, id, query.parent_id.as_deref()).await?;
    if rev.is_some() {
        // Such a call leaves a row even if there was no draft.
        place.require_parent(&caller).await?;
    }
    place.clear(&caller, rev, query.origin_client_id).await?;
    Ok(done())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation
        .named("clearDraft", Tag::Conversations, "Clear the caller's draft of a conversation")
        .about("For its members. A client that sends what it has written clears its draft with the newest `rev` that it used.")
        .spares_socket()
        .done("There is no draft up to `rev`.");
}
