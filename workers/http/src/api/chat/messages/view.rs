//! A message as its reader sees it: the message of events, with what depends on the reader.

use crate::identity::Caller;
use crate::response::Refusal;
use campana_core::chat::annotations::AnnotationView;
use campana_core::chat::emoji::Emoji;
use campana_core::chat::wire::Message;
use campana_core::shared::ids::UserId;
use campana_core::shared::timestamp::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;

/// A message in answers.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct MessageView {
    #[serde(flatten)]
    pub(crate) message: Message,
    /// Reactions, most used first, then by the code points of the emoji; at most 20 kinds.
    reactions: Vec<ReactionView>,
    /// When it was pinned.
    pinned_at: Option<Timestamp>,
    /// The user who pinned it.
    pinned_by: Option<UserId>,
    /// Whether the reader has blocked its sender; absent if not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    from_blocked: bool,
}

/// How many people reacted with an emoji.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ReactionCount"))]
pub(crate) struct ReactionView {
    emoji: Emoji,
    /// Number of people, at least 1.
    count: i64,
    /// Whether the reader is one of them.
    me: bool,
}

impl MessageView {
    /// The view of a reader. A deleted message has no annotations.
    fn new(message: Message, view: AnnotationView, from_blocked: bool) -> Self {
        let view = if message.deleted_at.is_some() { AnnotationView::default() } else { view };
        let (pinned_at, pinned_by) = (view.annotations.pinned_at, view.annotations.pinned_by.clone());
        Self { message, reactions: reactions(view), pinned_at, pinned_by, from_blocked }
    }

    /// A message that the reader has just sent.
    pub(crate) fn sent(message: Message) -> Self {
        Self::new(message, AnnotationView::default(), false)
    }
}

/// One message as the caller sees it.
pub(crate) async fn seen(caller: &Caller, message: Message, view: AnnotationView) -> Result<MessageView, Refusal> {
    let from_blocked = !blocked_senders(caller, [&message].into_iter()).await?.is_empty();
    Ok(MessageView::new(message, view, from_blocked))
}

/// Messages as the caller sees them. One query, or none if all are the caller's own.
pub(crate) async fn all_seen(
    caller: &Caller,
    messages: Vec<(Message, AnnotationView)>,
) -> Result<Vec<MessageView>, Refusal> {
    let blocked = blocked_senders(caller, messages.iter().map(|(message, _)| message)).await?;
    let view = |(message, view): (Message, AnnotationView)| {
        let from_blocked = blocked.contains(&message.sender_id);
        MessageView::new(message, view, from_blocked)
    };
    Ok(messages.into_iter().map(view).collect())
}

async fn blocked_senders<'a>(
    caller: &Caller,
    messages: impl Iterator<Item = &'a Message>,
) -> Result<BTreeSet<UserId>, Refusal> {
    let senders = messages.map(|message| &message.sender_id).filter(|sender| *sender != caller.user_id());
    Ok(caller.store().blocked_among(caller.tenant(), caller.user_id(), &senders.collect()).await?)
}

/// The reactions in an annotated view.
pub(crate) fn reactions(view: AnnotationView) -> Vec<ReactionView> {
    let AnnotationView { annotations, own } = view;
    let one = |count: campana_core::chat::annotations::ReactionCount| ReactionView {
        me: own.contains(&count.emoji),
        emoji: count.emoji,
        count: count.count,
    };
    annotations.reactions.into_iter().map(one).collect()
}
