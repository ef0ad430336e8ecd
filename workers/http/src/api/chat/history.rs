//! Pages of messages. A page from D1 is merged with the events that the conversation's object has not flushed yet: an
//! acknowledged message is readable immediately, and a delayed flush leaves no gap.

use super::message_actions::find_message;
use super::messages::view::{MessageView, all_seen};
use super::room_lookup::in_general;
use crate::identity::Caller;
use crate::request::{Cursor, bad_cursor, limit, one_more};
use crate::response::{Outcome, Refusal, ok, unexpected};
use campana_core::chat::annotations::AnnotationView;
use campana_core::chat::command::{Command, Reply, UnflushedAnnotations};
use campana_core::chat::history::Anchor;
use campana_core::chat::wire::Message;
use campana_core::shared::ids::{ConversationId, MessageId};
use campana_core::shared::limits::MAX_PAGE;
use campana_core::shared::problem::Problem;
use campana_storage::RecordedMessage;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Query parameters of a page.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct HistoryQuery {
    /// Items on the page, 50 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// A cursor or a `seq`.
    before: Option<String>,
    /// A cursor or a `seq`.
    after: Option<String>,
    /// A `seq` or a message id.
    around: Option<String>,
}

/// A page of messages, newest first. Only the newest page has `head` and `epoch`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "MessagePage"))]
pub(super) struct HistoryPage {
    data: Vec<MessageView>,
    /// Value of `before` for the older page; `null` at the beginning.
    next_cursor: Option<String>,
    /// Value of `after` for the newer page; `null` on the newest.
    prev_cursor: Option<String>,
    #[serde(flatten)]
    position: Option<Position>,
}

/// The conversation's newest position: a socket that resumes from it misses nothing after this page.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Position {
    head: i64,
    epoch: String,
}

/// A page of a conversation.
pub(super) async fn read(caller: &Caller, conversation: &ConversationId, query: HistoryQuery) -> Outcome {
    Reader { caller, conversation, joins: false }.page(query).await
}

/// A page of the general chat. Reading it makes the caller a member.
pub(super) async fn read_general(caller: &Caller, conversation: &ConversationId, query: HistoryQuery) -> Outcome {
    Reader { caller, conversation, joins: true }.page(query).await
}

/// A page of the thread of a message, whose record has every reply.
pub(super) async fn read_thread(
    caller: &Caller,
    conversation: &ConversationId,
    thread: &MessageId,
    query: HistoryQuery,
) -> Outcome {
    let limit = limit(query.limit)?;
    let anchor = match query.anchor()? {
        Wanted::At(anchor) => anchor,
        Wanted::AroundMessage(id) => {
            let found = find_message(caller, &id).await?;
            let reply = found.filter(|message| message.thread_id.as_ref() == Some(thread));
            Anchor::Around(reply.ok_or_else(bad_cursor)?.seq)
        }
    };
    let (store, place) = (caller.store(), (conversation, thread));
    let found = store.thread_page(caller.tenant(), place, caller.user_id(), anchor, one_more(limit)).await?;
    let page = Cut::new(anchor, limit, found, |recorded| recorded.message.seq);
    let data = page.data.into_iter().map(|recorded| (recorded.message, recorded.view)).collect();
    let data = all_seen(caller, data).await?;
    ok(&HistoryPage { data, next_cursor: page.next_cursor, prev_cursor: page.prev_cursor, position: None })
}

/// A page cut from the messages that were read for it, with its cursors.
struct Cut<T> {
    data: Vec<T>,
    next_cursor: Option<String>,
    prev_cursor: Option<String>,
}

impl<T> Cut<T> {
    /// Items are those of the page and one more, which tells whether the list continues. A page around a position does not
    /// report that. Of two items with the same position, the later one is taken.
    fn new(anchor: Anchor, limit: u32, items: impl IntoIterator<Item = T>, seq_of: impl Fn(&T) -> i64) -> Self {
        let size = usize::try_from(limit).unwrap_or(usize::MAX);
        let wanted = if matches!(anchor, Anchor::Around(_)) { size } else { size.saturating_add(1) };
        let mut data = anchor.pick(wanted, items, &seq_of);
        let goes_on = data.len() > size;
        if goes_on && matches!(anchor, Anchor::After(_)) {
            data.remove(0);
        }
        data.truncate(size);
        let may_be_older = goes_on || !matches!(anchor, Anchor::Newest | Anchor::Before(_));
        let cursor = |item: &T| Cursor::MESSAGES.write(&[&seq_of(item).to_string()]);
        let next_cursor = if may_be_older { data.last().map(cursor) } else { None };
        let prev_cursor = if anchor == Anchor::Newest { None } else { data.first().map(cursor) };
        Self { data, next_cursor, prev_cursor }
    }
}

/// One read of a conversation by a caller.
struct Reader<'a> {
    caller: &'a Caller,
    conversation: &'a ConversationId,
    /// Whether reading makes the caller a member.
    joins: bool,
}

/// Unflushed part of a page, from the object.
struct Tail {
    position: Position,
    messages: Vec<Message>,
    annotations: HashMap<MessageId, UnflushedAnnotations>,
}

impl Tail {
    /// The annotations of a message, of which the record has this state, if it has the message.
    fn view(&mut self, id: &MessageId, recorded: Option<(i64, AnnotationView)>) -> AnnotationView {
        let (recorded_seq, mut view) = recorded.unwrap_or_default();
        let Some(unflushed) = self.annotations.remove(id).filter(|it| it.row.annotated_seq > recorded_seq) else {
            return view;
        };
        view.annotations = unflushed.row.annotations;
        for (emoji, is_there) in unflushed.own {
            view.own.retain(|own| *own != emoji);
            if is_there {
                view.own.push(emoji);
            }
        }
        view
    }
}

impl Reader<'_> {
    /// Asks the object before D1: rows that it flushes in between are then in D1.
    async fn page(&self, query: HistoryQuery) -> Outcome {
        let limit = limit(query.limit)?;
        let anchor = match query.anchor()? {
            Wanted::At(anchor) => anchor,
            Wanted::AroundMessage(id) => self.around(&id).await?,
        };
        let mut tail = self.tail(anchor, one_more(limit)).await?;
        let (tenant, viewer) = (self.caller.tenant(), self.caller.user_id());
        let stored = self.caller.store().page(tenant, self.conversation, viewer, anchor, one_more(limit)).await?;
        let mut views = HashMap::new();
        let stored = stored.into_iter().map(|RecordedMessage { message, view, annotated_seq }| {
            views.insert(message.id.clone(), (annotated_seq, view));
            message
        });
        let stored: Vec<_> = stored.collect();
        let unflushed = std::mem::take(&mut tail.messages);
        let page = Cut::new(anchor, limit, stored.into_iter().chain(unflushed), |message| message.seq);
        let Cut { data, next_cursor, prev_cursor } = page;
        let is_newest = anchor == Anchor::Newest;
        let with_view = |message: Message| {
            let view = tail.view(&message.id, views.remove(&message.id));
            (message, view)
        };
        let data = all_seen(self.caller, data.into_iter().map(with_view).collect()).await?;
        ok(&HistoryPage { data, next_cursor, prev_cursor, position: is_newest.then_some(tail.position) })
    }

    /// The anchor around a message. 422 if the message is not in this conversation.
    async fn around(&self, id: &MessageId) -> Result<Anchor, Refusal> {
        // The object comes first here too: rows that it flushes in between are then in D1.
        let unflushed = self.tail(Anchor::Newest, MAX_PAGE).await?.messages;
        if let Some(message) = unflushed.iter().find(|message| message.id == *id) {
            return Ok(Anchor::Around(message.seq));
        }
        let stored = find_message(self.caller, id).await?;
        let stored = stored.filter(|message| message.conversation_id == *self.conversation);
        Ok(Anchor::Around(stored.ok_or_else(bad_cursor)?.seq))
    }

    /// Gets the unflushed messages from the object, which also checks that the caller may read.
    async fn tail(&self, anchor: Anchor, limit: u32) -> Result<Tail, Refusal> {
        let command = Command::Tail { anchor, limit };
        let answer = if self.joins {
            in_general(self.caller, self.conversation, None, command).await
        } else {
            self.caller.command(self.conversation, None, command).await
        };
        match answer? {
            Reply::Tail { epoch, head, messages, annotations, .. } => {
                let annotations = annotations.into_iter().map(|it| (it.row.id.clone(), it)).collect();
                Ok(Tail { position: Position { head, epoch }, messages, annotations })
            }
            _ => Err(unexpected()),
        }
    }
}

/// The page that a client requests.
enum Wanted {
    At(Anchor),
    AroundMessage(MessageId),
}

impl HistoryQuery {
    fn anchor(&self) -> Result<Wanted, Problem> {
        match (&self.before, &self.after, &self.around) {
            (None, None, None) => Ok(Wanted::At(Anchor::Newest)),
            (Some(before), None, None) => Ok(Wanted::At(Anchor::Before(position(before)?))),
            (None, Some(after), None) => Ok(Wanted::At(Anchor::After(position(after)?))),
            (None, None, Some(around)) => match MessageId::parse(around) {
                Some(id) => Ok(Wanted::AroundMessage(id)),
                None => Ok(Wanted::At(Anchor::Around(position(around)?))),
            },
            _ => Err(Problem::field("query", "takes one of before, after and around")),
        }
    }
}

/// Parses a cursor or a decimal `seq`.
fn position(text: &str) -> Result<i64, Problem> {
    let digits = |text: &str| {
        let plain = (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if plain { text.parse().ok() } else { None }
    };
    if let Some(seq) = digits(text) {
        return Ok(seq);
    }
    let [seq] = Cursor::MESSAGES.read(text)?;
    digits(&seq).ok_or_else(bad_cursor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn positions_stay_below_what_a_javascript_number_holds(text in any::<String>(), number in any::<i64>(), few in "[0-9+. -]{0,20}") {
            let written = |seq: &str| Cursor::MESSAGES.write(&[seq]);
            let number = number.to_string();
            for text in [&text, &number, &few, &written(&text), &written(&number), &written(&few)] {
                if let Ok(seq) = position(text) {
                    prop_assert!((0..1_000_000_000_000_000).contains(&seq), "{text}");
                }
                let query = HistoryQuery { around: Some(text.clone()), ..HistoryQuery::default() };
                let is_message = MessageId::parse(text).is_some();
                prop_assert_eq!(query.anchor().is_ok(), is_message || position(text).is_ok());
            }
        }
    }
}
