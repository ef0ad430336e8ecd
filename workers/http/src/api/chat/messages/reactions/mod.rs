//! `/api/chat/messages/{id}/reactions`.

mod add;
mod list;
mod remove;

use super::view::{ReactionView, reactions};
use crate::api::chat::message_actions::Hint;
use crate::endpoints::{Endpoints, endpoints};
use crate::identity::Caller;
use crate::request::FromText;
use crate::response::{Outcome, ok, unexpected};
use campana_core::chat::command::{Command, Reply};
use campana_core::shared::ids::MessageId;
use serde::Serialize;

pub(super) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/chat/messages/{id}/reactions" => list::handle, list::describe;
        PUT "/api/chat/messages/{id}/reactions/{emoji}" => add::handle, add::describe;
        DELETE "/api/chat/messages/{id}/reactions/{emoji}" => remove::handle, remove::describe;
    }
}

/// Longest emoji in a path, bytes.
const MAX_BYTES: usize = 64;

/// An emoji, or `:name:` of one of the app's own; not validated yet.
#[derive(Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transparent, extend("example" = "👍")))]
pub(crate) struct EmojiText(String);

impl FromText for EmojiText {
    fn read(text: &str) -> Option<Self> {
        (text.len() <= MAX_BYTES).then(|| Self(text.to_owned()))
    }
}

/// The reactions on a message after a change.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Reactions {
    /// Most used first.
    reactions: Vec<ReactionView>,
}

/// Adds the caller's reaction, or removes it.
async fn react(caller: &Caller, (id, EmojiText(emoji)): (MessageId, EmojiText), hint: Hint, on: bool) -> Outcome {
    let conversation = hint.conversation(caller, &id).await?;
    let command = Command::React { message_id: id.to_string(), emoji, on };
    match caller.command(&conversation, hint.origin_client_id, command).await? {
        Reply::Changed { view, .. } => ok(&Reactions { reactions: reactions(*view) }),
        _ => Err(unexpected()),
    }
}

#[cfg(feature = "schema")]
fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use campana_core::shared::problem::Kind;
    use serde_json::json;
    operation
        .spares_socket()
        .refuses(&[Kind::Muted, Kind::AnnouncementOnly, Kind::Blocked, Kind::Conflict])
        .answers::<Reactions>(
            200,
            "The reactions on the message after the change.",
            json!({"reactions": [{"emoji": "\u{1f44d}", "count": 2, "me": true}]}),
        );
}
