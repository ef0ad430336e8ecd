//! Messages in HTTP answers: with what depends on the viewer, which events never carry.

use crate::identity::Caller;
use crate::response::Refusal;
use campana_core::chat::wire::Message;
use campana_core::shared::ids::UserId;
use serde::Serialize;
use std::collections::BTreeSet;

/// A message as one person sees it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(in crate::api::chat) struct MessageView {
    #[serde(flatten)]
    message: Message,
    /// Whether the viewer has blocked its sender; absent if not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    from_blocked: bool,
}

impl MessageView {
    /// The viewer's own message.
    pub(in crate::api::chat) fn own(message: Message) -> Self {
        Self { message, from_blocked: false }
    }

    /// Position of the message.
    pub(in crate::api::chat) fn seq(&self) -> i64 {
        self.message.seq
    }
}

/// One message as the caller sees it.
pub(in crate::api::chat) async fn seen(caller: &Caller, message: Message) -> Result<MessageView, Refusal> {
    let from_blocked = !blocked_senders(caller, std::slice::from_ref(&message)).await?.is_empty();
    Ok(MessageView { message, from_blocked })
}

/// Messages as the caller sees them. One query, or none if all are the caller's own.
pub(in crate::api::chat) async fn all_seen(
    caller: &Caller,
    messages: Vec<Message>,
) -> Result<Vec<MessageView>, Refusal> {
    let blocked = blocked_senders(caller, &messages).await?;
    let view = |message: Message| MessageView { from_blocked: blocked.contains(&message.sender_id), message };
    Ok(messages.into_iter().map(view).collect())
}

async fn blocked_senders(caller: &Caller, messages: &[Message]) -> Result<BTreeSet<UserId>, Refusal> {
    let senders = messages.iter().map(|message| &message.sender_id).filter(|sender| *sender != caller.user_id());
    Ok(caller.store().blocked_among(caller.tenant(), caller.user_id(), &senders.collect()).await?)
}
