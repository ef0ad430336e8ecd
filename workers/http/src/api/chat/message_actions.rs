//! Acts on one message, named by its id alone: which conversation is it of? The record knows, and if the
//! message is so young that it may not be there yet, a moment later. A client that knows says so in
//! `conversation_id` and saves the question.

use super::sending::unexpected;
use crate::App;
use crate::identity::Caller;
use crate::response::{Outcome, Refusal, ok};
use campana_core::chat::command::{Answer, Command, Reply};
use campana_core::chat::wire::Message;
use campana_core::shared::ids::{ConversationId, MessageId};
use campana_core::shared::problem::Problem;
use serde::Deserialize;

/// A message younger than this may still be on its way from its object to the record.
const YOUNG_MS: u64 = 10_000;
/// How far the clock of the machine that made an id may be ahead of ours, milliseconds.
const CLOCK_SKEW_MS: i64 = 5_000;
/// Pauses before the record is asked again, milliseconds. An object that is busy writes once a second, and every five
/// seconds under load.
const PAUSES_MS: [u32; 5] = [200, 400, 800, 1_600, 3_000];

/// What a client may add to an act on a message.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Hint {
    pub(super) conversation_id: Option<String>,
    pub(super) origin_client_id: Option<String>,
}

impl Hint {
    /// The conversation of a message: the one the client names, or the one the record knows.
    pub(super) async fn conversation(
        &self,
        app: &App,
        caller: &Caller,
        id: &MessageId,
    ) -> Result<ConversationId, Refusal> {
        if let Some(hint) = &self.conversation_id {
            return Ok(ConversationId::parse(hint).ok_or_else(Problem::not_found)?);
        }
        let message = find_message(app, caller, id).await?;
        Ok(message.ok_or_else(Problem::not_found)?.conversation_id)
    }
}

/// A message of the tenant, once the record has it. Nobody waits for an id whose time has not come, which is no message's,
/// nor for a message that the record has and the tenant has not.
pub(super) async fn find_message(app: &App, caller: &Caller, id: &MessageId) -> Result<Option<Message>, Refusal> {
    let latest = app.now().plus_millis(CLOCK_SKEW_MS);
    if id.created_at().is_none_or(|at| at > latest) {
        return Ok(None);
    }
    let store = app.store();
    let mut message = store.message(caller.tenant(), id).await?;
    let is_young = id.created_at().is_some_and(|at| app.now().since(at) < YOUNG_MS);
    let pauses = if is_young { &PAUSES_MS[..] } else { &[] };
    for pause in pauses {
        if message.is_some() || store.is_recorded(id).await? {
            break;
        }
        app.clock().sleep(*pause).await;
        message = store.message(caller.tenant(), id).await?;
    }
    if let Some(message) = &message {
        app.objects().remember(caller.tenant(), &message.conversation_id);
    }
    Ok(message)
}

/// Sends a command about a message; answers with the message as it stands.
pub(super) async fn change(
    app: &App,
    caller: &Caller,
    conversation: &ConversationId,
    origin_client_id: Option<String>,
    command: Command,
) -> Outcome {
    let answer: Answer = app.objects().command(caller.envelope(conversation, origin_client_id, command)).await;
    match answer? {
        Reply::Changed { message } => ok(&message),
        _ => Err(unexpected().into()),
    }
}
