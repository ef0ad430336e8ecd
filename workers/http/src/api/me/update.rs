//! `PATCH /api/me`: what the caller shows of themselves.

use super::get::show;
use crate::identity::Caller;
use crate::request::Body;
use crate::response::Outcome;
use campana_core::chat::command::Command;
use campana_core::chat::privacy::{PresenceSetting, ReceiptsSetting};
use campana_core::shared::ids::ConversationId;
use campana_core::shared::problem::Problem;
use futures_util::{StreamExt, stream};
use serde::Deserialize;

/// Objects that are told of a change at most: a user has fewer connections.
const MAX_PLACES: u32 = 1_000;
/// Objects called concurrently.
const AT_ONCE: usize = 6;
/// Beginning of the name under which a conversation's object holds leases.
const CONVERSATION: &str = "conversation:";

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "MeParams"))]
#[serde(deny_unknown_fields)]
pub(crate) struct MeChange {
    /// Whether others see that the caller is online, and when they were.
    #[serde(default)]
    presence: Option<PresenceSetting>,
    /// Whether others see what the caller has read, and the caller what others have.
    #[serde(default)]
    receipts: Option<ReceiptsSetting>,
}

pub(crate) async fn handle(caller: Caller, Body(change): Body<MeChange>) -> Outcome {
    let (store, tenant, user) = (caller.store(), caller.tenant(), caller.user_id());
    let changed = store.set_privacy(tenant, user, change.presence, change.receipts).await?;
    let privacy = changed.ok_or_else(|| Problem::unavailable("the record has not taken you in yet"))?;
    if change.presence.is_some() {
        tell_objects(&caller).await?;
    }
    show(&caller, privacy).await
}

/// Tells the objects at which the caller is online. One that does not answer reads the setting with the next renewal of
/// presence.
async fn tell_objects(caller: &Caller) -> Result<(), crate::response::Refusal> {
    let places = caller.store().places_of(caller.tenant(), caller.user_id(), caller.now(), MAX_PLACES).await?;
    let conversations = places.iter().filter_map(|place| ConversationId::parse(place.strip_prefix(CONVERSATION)?));
    stream::iter(conversations)
        .for_each_concurrent(AT_ONCE, |id| async move {
            if let Err(problem) = caller.command(&id, None, Command::PrivacyChanged).await {
                tracing::warn!(at = "me.privacy", request_id = caller.request_id, detail = problem.detail);
            }
        })
        .await;
    Ok(())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use super::get::{Me, example};
    use crate::openapi::Tag;
    use campana_core::shared::json::set;
    use serde_json::json;
    let mut me = example();
    set(&mut me, "presence", "hidden");
    operation
        .named("updateMe", Tag::Me, "Change what the caller shows of themselves")
        .about("With `presence` `hidden`, nobody sees that the caller is online, or when they were.")
        .about("With `receipts` `private`, nobody sees what the caller has read, nor the caller what others have.")
        .sends(json!({"presence": "hidden"}))
        .answers::<Me<'_>>(200, "The caller.", me);
}
