//! `POST /api/chat/typing`: reports that the caller types or stopped typing in the general chat.

use super::room_lookup::{general, in_general};
use crate::identity::Caller;
use crate::request::Body;
use crate::response::{Outcome, done};
use campana_core::chat::command::Command;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Typing {
    typing: bool,
    #[serde(default)]
    origin_client_id: Option<String>,
}

pub(crate) async fn handle(caller: Caller, Body(body): Body<Typing>) -> Outcome {
    let conversation = general(&caller).await?;
    let command = Command::Typing { on: body.typing };
    in_general(&caller, &conversation, body.origin_client_id, command).await?;
    Ok(done())
}
