//! `PATCH /api/chat/conversations/{id}/preferences`: what the caller wants of a conversation.

use super::get::personal;
use crate::identity::Caller;
use crate::request::{Body, Segment, future};
use crate::response::{Outcome, ok};
use campana_core::chat::conversation::validate_client_id;
use campana_core::chat::preferences::{MuteChange, Notify, PreferencesChange};
use campana_core::shared::ids::ConversationId;
use campana_core::shared::problem::Problem;
use serde::{Deserialize, Deserializer};

/// A change of preferences: absent fields stay.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "PreferencesChange"))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Change {
    /// No notifications until then, at most ten years ahead; `null` ends it.
    #[serde(deserialize_with = "mute")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<campana_core::shared::timestamp::Timestamp>"))]
    notifications_muted_until: MuteChange,
    /// Messages to be notified of.
    notify: Option<Notify>,
    /// Whether it is one of the caller's favorites.
    favorite: Option<bool>,
    /// Whether it is archived. A new message of another person unarchives it, unless notifications are muted.
    archived: Option<bool>,
    /// Id of the connection that gets no echo of the event.
    origin_client_id: Option<String>,
}

/// The end of a mute, if the field is present.
fn mute<'de, D: Deserializer<'de>>(deserializer: D) -> Result<MuteChange, D::Error> {
    Ok(Option::deserialize(deserializer)?.map_or(MuteChange::End, MuteChange::Until))
}

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<ConversationId>,
    Body(change): Body<Change>,
) -> Outcome {
    if let MuteChange::Until(until) = change.notifications_muted_until {
        future("notifications_muted_until", until, caller.now())?;
    }
    if let Some(origin) = &change.origin_client_id {
        validate_client_id("origin_client_id", origin)?;
    }
    let before = personal(&caller, &id).await?.preferences;
    let wanted = PreferencesChange {
        mute: change.notifications_muted_until,
        notify: change.notify,
        favorite: change.favorite,
        archived: change.archived,
    };
    let who = (caller.tenant(), &id, caller.user_id());
    let changed = caller.store().set_preferences(who, wanted, caller.now()).await?;
    // The membership may have ended since it was looked up.
    let preferences = changed.ok_or_else(Problem::not_found)?;
    if before != Some(preferences) {
        caller.notify_own(preferences.to_event(&id, change.origin_client_id, caller.now())).await;
    }
    ok(&preferences)
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::chat::preferences::Preferences;
    use serde_json::json;
    operation
        .named("changePreferences", Tag::Conversations, "Change the caller's preferences of a conversation")
        .about("For its members. Only the caller sees them, on all of their devices.")
        .spares_socket()
        .sends(json!({"archived": true}))
        .answers::<Preferences>(200, "The preferences after the change.", examples::preferences());
}
