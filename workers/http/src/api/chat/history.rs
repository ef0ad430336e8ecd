//! Reading messages. The newest page is the record's, completed by what the conversation's object has not
//! flushed yet: whoever was acknowledged is read back at once. Older pages are the record's alone.

use super::acting::find_message;
use super::places::in_general;
use super::sending::unexpected;
use crate::App;
use crate::identity::Caller;
use crate::request::{Cursor, bad_cursor, limit};
use crate::response::{Outcome, Refusal, ok};
use campana_core::command::{Answer, Command, Reply};
use campana_core::ids::{ConversationId, MessageId};
use campana_core::policy::{Action, decide};
use campana_core::problem::Problem;
use campana_core::wire::Message;
use campana_storage::Anchor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which page.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct HistoryQuery {
    limit: Option<u32>,
    /// A cursor, or a position.
    before: Option<String>,
    /// A cursor, or a position.
    after: Option<String>,
    /// A position, or a message's id.
    around: Option<String>,
}

/// A page, newest message first.
#[derive(Debug, Serialize)]
struct HistoryPage {
    data: Vec<Message>,
    /// Goes into `before`.
    next_cursor: Option<String>,
    /// Goes into `after`; on the newest page there is nothing newer.
    prev_cursor: Option<String>,
    #[serde(flatten)]
    position: Option<Position>,
}

/// Where the conversation stands: what a socket resumes from to miss nothing after this page.
#[derive(Debug, Serialize)]
struct Position {
    head: i64,
    epoch: String,
}

/// A page of a conversation.
pub(super) async fn read(app: &App, caller: &Caller, conversation: &ConversationId, query: HistoryQuery) -> Outcome {
    match query.anchor()? {
        Wanted::Newest => {
            let envelope = caller.envelope(conversation, None, Command::Tail);
            newest(app, caller, conversation, limit(query.limit)?, app.objects().command(envelope).await).await
        }
        older => page(app, caller, conversation, older, limit(query.limit)?).await,
    }
}

/// A page of the general chat, which everybody may read by joining it.
pub(super) async fn read_general(
    app: &App,
    caller: &Caller,
    conversation: &ConversationId,
    query: HistoryQuery,
) -> Outcome {
    let wanted = query.anchor()?;
    let limit = limit(query.limit)?;
    let tail = in_general(app, caller, conversation, None, Command::Tail).await;
    match wanted {
        Wanted::Newest => newest(app, caller, conversation, limit, tail).await,
        older => {
            tail?;
            page(app, caller, conversation, older, limit).await
        }
    }
}

/// The page a client asks for.
enum Wanted {
    Newest,
    At(Anchor),
    AroundMessage(MessageId),
}

impl HistoryQuery {
    fn anchor(&self) -> Result<Wanted, Problem> {
        match (&self.before, &self.after, &self.around) {
            (None, None, None) => Ok(Wanted::Newest),
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

/// A position from a cursor, or from its digits.
fn position(text: &str) -> Result<i64, Problem> {
    let digits = |text: &str| {
        let plain = (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if plain { text.parse().ok() } else { None }
    };
    if let Some(seq) = digits(text) {
        return Ok(seq);
    }
    let [seq] = Cursor::Messages.read(text)?;
    digits(&seq).ok_or_else(bad_cursor)
}

fn cursor(message: &Message) -> String {
    Cursor::Messages.write(&[&message.seq.to_string()])
}

/// The object is asked first: what it flushes in between is then in the record.
async fn newest(app: &App, caller: &Caller, conversation: &ConversationId, limit: u32, tail: Answer) -> Outcome {
    let Reply::Tail { epoch, head, messages: tail, .. } = tail? else { return Err(unexpected().into()) };
    let stored = app.store().page(caller.tenant(), conversation, Anchor::Newest, limit + 1).await?;
    let mut by_seq: BTreeMap<i64, Message> = stored.into_iter().map(|message| (message.seq, message)).collect();
    by_seq.extend(tail.into_iter().map(|message| (message.seq, message)));
    let mut data: Vec<Message> = by_seq.into_values().rev().collect();
    let goes_on = data.len() > size(limit);
    data.truncate(size(limit));
    let next_cursor = if goes_on { data.last().map(cursor) } else { None };
    ok(&HistoryPage { data, next_cursor, prev_cursor: None, position: Some(Position { head, epoch }) })
}

async fn page(app: &App, caller: &Caller, conversation: &ConversationId, wanted: Wanted, limit: u32) -> Outcome {
    let anchor = match wanted {
        Wanted::Newest => Anchor::Newest,
        Wanted::At(anchor) => anchor,
        Wanted::AroundMessage(id) => {
            let message = find_message(app, caller, &id).await?;
            let message = message.filter(|message| message.conversation_id == *conversation);
            Anchor::Around(message.ok_or_else(bad_cursor)?.seq)
        }
    };
    let found = app.store().page_for(caller.tenant(), conversation, caller.user_id(), anchor, limit + 1).await?;
    let Some(found) = found else { return Err(refused(app, caller, conversation).await) };
    let mut data = found.messages;
    let goes_on = data.len() > size(limit);
    if goes_on && matches!(anchor, Anchor::After(_)) {
        data.remove(0);
    }
    data.truncate(size(limit));
    let may_be_older = goes_on || !matches!(anchor, Anchor::Before(_));
    let next_cursor = if may_be_older { data.last().map(cursor) } else { None };
    let prev_cursor = data.first().map(cursor);
    ok(&HistoryPage { data, next_cursor, prev_cursor, position: None })
}

/// Why somebody who is not a member gets no page.
async fn refused(app: &App, caller: &Caller, conversation: &ConversationId) -> Refusal {
    match app.store().conversation(caller.tenant(), conversation, caller.user_id()).await {
        Err(error) => error.into(),
        Ok(None) => Problem::not_found().into(),
        Ok(Some(found)) => {
            let decision = decide(Action::ViewConversation, caller.standing(found.place(), found.role));
            decision.err().unwrap_or_else(|| Problem::unavailable("the membership is just changing")).into()
        }
    }
}

fn size(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
