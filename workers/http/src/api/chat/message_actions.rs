//! Actions on one message that the path names by id only. D1 knows the conversation; for a message too young to be
//! flushed, the look-up is retried. Clients can save the look-up with `conversation_id`.

use crate::api::chat::messages::view::seen;
use crate::identity::Caller;
use crate::response::{Outcome, Refusal, ok, unexpected, versioned};
use campana_core::chat::command::{Command, Reply};
use campana_core::chat::wire::Message;
use campana_core::shared::ids::{ConversationId, MessageId};
use campana_core::shared::problem::Problem;
use serde::Deserialize;

/// Age below which a message may not have been flushed to D1 yet, milliseconds.
const YOUNG_MS: u64 = 10_000;
/// How far the clock of the machine that made an id may be ahead of ours, milliseconds.
const CLOCK_SKEW_MS: i64 = 5_000;
/// Delays between look-up retries, milliseconds. A busy object flushes every second, and every 5 s under load.
const PAUSES_MS: [u32; 5] = [200, 400, 800, 1_600, 3_000];

/// Optional parameters of an action on a message.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct Hint {
    /// The conversation of the message, which saves a look-up.
    pub(super) conversation_id: Option<String>,
    /// Id of the connection that gets no echo of the event.
    pub(super) origin_client_id: Option<String>,
}

impl Hint {
    /// The message's conversation: the one that the client names, else the one in D1.
    pub(super) async fn conversation(&self, caller: &Caller, id: &MessageId) -> Result<ConversationId, Refusal> {
        if let Some(hint) = &self.conversation_id {
            return Ok(ConversationId::parse(hint).ok_or_else(Problem::not_found)?);
        }
        let message = find_message(caller, id).await?;
        Ok(message.ok_or_else(Problem::not_found)?.conversation_id)
    }
}

/// A message of the tenant, retried while it may be unflushed. Ids from the future and messages that D1 has for another
/// tenant return `None` without a retry.
pub(in crate::api) async fn find_message(caller: &Caller, id: &MessageId) -> Result<Option<Message>, Refusal> {
    let latest = caller.now().plus_millis(CLOCK_SKEW_MS);
    if id.created_at().is_none_or(|at| at > latest) {
        return Ok(None);
    }
    let store = caller.store();
    let mut message = store.message(caller.tenant(), id).await?;
    let is_young = id.created_at().is_some_and(|at| caller.now().since(at) < YOUNG_MS);
    let pauses = if is_young { &PAUSES_MS[..] } else { &[] };
    for pause in pauses {
        if message.is_some() || store.is_recorded(id).await? {
            break;
        }
        caller.app.clock().sleep(*pause).await;
        message = store.message(caller.tenant(), id).await?;
    }
    if let Some(message) = &message {
        caller.app.objects().remember(caller.tenant(), &message.conversation_id);
    }
    Ok(message)
}

/// Sends a command about a message. The answer is the message after the change.
pub(super) async fn change(
    caller: &Caller,
    conversation: &ConversationId,
    origin_client_id: Option<String>,
    command: Command,
) -> Outcome {
    match caller.command(conversation, origin_client_id, command).await? {
        Reply::Changed { message, view } => {
            let version = message.version;
            Ok(versioned(ok(&seen(caller, *message, *view).await?)?, version))
        }
        _ => Err(unexpected()),
    }
}
