//! A message as its reader sees it: the message of events, with what depends on the reader.

use campana_core::chat::annotations::AnnotationView;
use campana_core::chat::emoji::Emoji;
use campana_core::chat::wire::Message;
use campana_core::shared::ids::UserId;
use campana_core::shared::timestamp::Timestamp;
use serde::Serialize;

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
    pub(crate) fn new(message: Message, view: AnnotationView) -> Self {
        let view = if message.deleted_at.is_some() { AnnotationView::default() } else { view };
        let (pinned_at, pinned_by) = (view.annotations.pinned_at, view.annotations.pinned_by.clone());
        Self { message, reactions: reactions(view), pinned_at, pinned_by }
    }

    /// The view of a message without annotations.
    pub(crate) fn plain(message: Message) -> Self {
        Self::new(message, AnnotationView::default())
    }
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
