//! `POST /api/chat/typing`: reports that the caller types or stopped typing in the general chat.

use super::room_lookup::{general, in_general};
use crate::identity::Caller;
use crate::request::Body;
use crate::response::{Outcome, done};
use campana_core::chat::command::Command;
use serde::Deserialize;

/// Whether the caller types.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "TypingReport"))]
#[serde(deny_unknown_fields)]
pub(crate) struct Typing {
    typing: bool,
    /// Id of the connection that gets no echo of the event.
    #[serde(default)]
    origin_client_id: Option<String>,
}

pub(crate) async fn handle(caller: Caller, Body(body): Body<Typing>) -> Outcome {
    let conversation = general(&caller).await?;
    let command = Command::Typing { on: body.typing };
    in_general(&caller, &conversation, body.origin_client_id, command).await?;
    Ok(done())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use campana_core::shared::problem::Kind;
    use serde_json::json;
    operation
        .named("reportTyping", Tag::Messages, "Report typing in the general chat")
        .about("A client repeats it every 2 s while the user types. A caller who is not a member joins first.")
        .spares_socket()
        .sends(json!({"typing": true}))
        .refuses(&[Kind::Muted, Kind::AnnouncementOnly, Kind::Banned, Kind::NotFound])
        .done("The others see it.");
}
