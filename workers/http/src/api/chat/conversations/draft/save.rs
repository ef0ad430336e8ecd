//! `PUT /api/chat/conversations/{id}/draft`: saves the caller's draft of a conversation, or of one of its threads.

use super::{Place, changed};
use crate::identity::Caller;
use crate::request::{Body, Segment};
use crate::response::{Outcome, ok};
use campana_core::chat::conversation::{validate_body, validate_client_id};
use campana_core::chat::drafts::validate_draft_rev;
use campana_core::shared::ids::ConversationId;
use campana_core::shared::problem::{Kind, Problem};
use serde::Deserialize;

/// A draft to save.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "DraftParams"))]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDraft {
    /// The text, at most as long as a message; an empty one clears the draft.
    body: String,
    /// The thread's first message; absent for the conversation itself.
    #[serde(default)]
    parent_id: Option<String>,
    /// Number of this state: above the newest one that the device knows. If the place has this number or a higher one,
    /// nothing is saved (409). Absent: the next number, whatever the place has.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 1_000_000_000_000_000_i64)))]
    rev: Option<i64>,
    /// Id of the connection that gets no echo of the event.
    #[serde(default)]
    origin_client_id: Option<String>,
}

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<ConversationId>, Body(new): Body<NewDraft>) -> Outcome {
    let rev = new.rev.map(|rev| validate_draft_rev("rev", rev)).transpose()?;
    if let Some(origin) = &new.origin_client_id {
        validate_client_id("origin_client_id", origin)?;
    }
    let body = match new.body.trim() {
        "" => String::new(),
        body => validate_body(body, caller.record.limits.body_chars)?,
    };
    let place = Place::find(&caller, id, new.parent_id.as_deref()).await?;
    place.require_parent(&caller).await?;
    let Some(draft) = caller.store().save_draft(place.of(&caller), &body, rev, caller.now()).await? else {
        return Err(refusal(&caller, &place).await?.into());
    };
    changed(&caller, &draft, new.origin_client_id).await;
    ok(&draft)
}

/// Why nothing was saved: a newer state, or a membership that has ended since it was looked up.
async fn refusal(caller: &Caller, place: &Place) -> Result<Problem, crate::response::Refusal> {
    let newer = caller.store().draft(place.of(caller)).await?;
    Ok(match newer {
        Some(draft) => Problem::new(Kind::Conflict, format!("this place has the state {} already", draft.rev)),
        None => Problem::not_found(),
    })
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::chat::drafts::UnsentDraft;
    use serde_json::json;
    operation
        .named("saveDraft", Tag::Conversations, "Save the caller's draft of a conversation")
        .about("For its members, on all of their devices. An empty body clears the draft.")
        .about(
            "With `rev`, a save that arrives after a newer state, or after the draft was sent, changes nothing (409).",
        )
        .spares_socket()
        .refuses(&[Kind::Conflict])
        .sends(json!({"body": "see you at", "rev": 3}))
        .answers::<UnsentDraft>(200, "The draft as it is saved.", examples::draft());
}
