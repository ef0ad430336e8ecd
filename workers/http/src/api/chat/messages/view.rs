//! A message as its reader sees it: the message of events, with what depends on the reader.

use crate::identity::Caller;
use crate::response::{Refusal, unexpected};
use campana_core::chat::annotations::{AnnotationView, Annotations};
use campana_core::chat::emoji::Emoji;
use campana_core::chat::wire::Message;
use campana_core::shared::ids::{MessageId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_storage::Quote;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};

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
    /// Number of replies in its thread that are not deleted.
    reply_count: i64,
    /// When the newest reply was sent; `null` without replies.
    last_reply_at: Option<Timestamp>,
    /// The message that it quotes; `null` if it quotes none.
    quote: Option<Quote>,
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
    /// The view of a reader. A deleted message has its thread only.
    fn new(message: Message, view: AnnotationView, quote: Option<Quote>, from_blocked: bool) -> Self {
        let view = match message.deleted_at {
            None => view,
            Some(_) => AnnotationView { annotations: view.annotations.after_deletion(), own: Vec::new() },
        };
        let quote = quote.filter(|_| message.deleted_at.is_none());
        let Annotations { pinned_at, pinned_by, reply_count, last_reply_at, .. } = view.annotations.clone();
        let reactions = reactions(view);
        Self { message, reactions, pinned_at, pinned_by, reply_count, last_reply_at, quote, from_blocked }
    }
}

/// One message as the caller sees it.
pub(crate) async fn seen(caller: &Caller, message: Message, view: AnnotationView) -> Result<MessageView, Refusal> {
    let mut seen = all_seen(caller, vec![(message, view)]).await?;
    seen.pop().ok_or_else(unexpected)
}

/// A message that the caller has just sent. `quoted` is the message that it quotes, if the record may lack that.
pub(crate) async fn seen_sent(
    caller: &Caller,
    message: Message,
    quoted: Option<Message>,
) -> Result<MessageView, Refusal> {
    let id = message.id.clone();
    let messages = [Some(message), quoted].into_iter().flatten().map(|message| (message, AnnotationView::default()));
    let seen = all_seen(caller, messages.collect()).await?;
    seen.into_iter().find(|seen| seen.message.id == id).ok_or_else(unexpected)
}

/// Messages as the caller sees them. One query about their senders unless all are the caller's own, and one about the
/// messages that they quote, if these are not among them.
pub(crate) async fn all_seen(
    caller: &Caller,
    messages: Vec<(Message, AnnotationView)>,
) -> Result<Vec<MessageView>, Refusal> {
    let blocked = blocked_senders(caller, messages.iter().map(|(message, _)| message)).await?;
    let quotes = quotes(caller, &messages).await?;
    let view = |(message, view): (Message, AnnotationView)| {
        let from_blocked = message.author().is_some_and(|author| blocked.contains(author));
        let missing = |id: &MessageId| Quote { id: id.clone(), sender_name: None, body: None };
        let quote = message.quote_id.as_ref().map(|id| quotes.get(id).cloned().unwrap_or_else(|| missing(id)));
        MessageView::new(message, view, quote, from_blocked)
    };
    Ok(messages.into_iter().map(view).collect())
}

/// The messages that these quote. One of these that is quoted is newer here than in the record.
async fn quotes(caller: &Caller, messages: &[(Message, AnnotationView)]) -> Result<HashMap<MessageId, Quote>, Refusal> {
    let wanted: BTreeSet<&MessageId> = messages.iter().filter_map(|(message, _)| message.quote_id.as_ref()).collect();
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let here = messages.iter().filter(|(message, _)| wanted.contains(&message.id)).map(|(message, _)| Quote {
        id: message.id.clone(),
        sender_name: Some(message.sender_name.clone()),
        body: message.body.clone(),
    });
    let mut quotes: HashMap<MessageId, Quote> = here.map(|quote| (quote.id.clone(), quote)).collect();
    let others: Vec<MessageId> = wanted.into_iter().filter(|id| !quotes.contains_key(*id)).cloned().collect();
    let recorded = caller.store().quotes(caller.tenant(), &others).await?;
    quotes.extend(recorded.into_iter().map(|quote| (quote.id.clone(), quote)));
    Ok(quotes)
}

async fn blocked_senders<'a>(
    caller: &Caller,
    messages: impl Iterator<Item = &'a Message>,
) -> Result<BTreeSet<UserId>, Refusal> {
    let senders = messages.filter_map(Message::author).filter(|author| *author != caller.user_id());
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
