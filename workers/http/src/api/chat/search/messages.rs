//! Messages: the index names candidates, and the record says which of them the caller may read, and as they are now.
//!
//! Before a removal, a ban, a deletion of a message or of a room is answered, the record has it. So the index may be behind
//! without showing anything that it should not.

use super::{Hit, names};
use crate::api::chat::messages::view::all_seen;
use crate::identity::Caller;
use crate::request::{Cursor, FromText, Page, bad_cursor};
use crate::response::Refusal;
use campana_core::chat::search::{Excerpt, Find, MessageQuery, ParsedQuery, Place, Sort};
use campana_core::shared::ids::MessageId;
use campana_core::shared::problem::Problem;
use campana_storage::ReadableMessage;
use std::collections::HashMap;

/// Requests to the index for one page, if candidates are not to be shown or the index has examined as many as it does for
/// one request.
const MAX_ROUNDS: u32 = 3;

/// A page of messages that fit.
pub(super) async fn messages(
    caller: &Caller,
    parsed: &ParsedQuery,
    sort: Sort,
    cursor: Option<&str>,
    limit: u32,
) -> Result<Page<Hit>, Refusal> {
    let mut after = cursor.map(|cursor| place(cursor, sort)).transpose()?;
    let empty = Page { data: Vec::new(), next_cursor: None };
    if parsed.is_empty() {
        return Ok(empty);
    }
    let query = MessageQuery {
        terms: parsed.terms.clone(),
        conversations: names::places(caller, parsed).await?,
        senders: names::senders(caller, parsed).await?,
        has: parsed.has.clone(),
        before: parsed.before,
        after: parsed.after,
    };
    let is_nowhere = query.conversations.as_ref().is_some_and(Vec::is_empty);
    if is_nowhere || query.senders.as_ref().is_some_and(Vec::is_empty) {
        return Ok(empty);
    }
    let mut data: Vec<Hit> = Vec::new();
    for _ in 0..MAX_ROUNDS {
        let wanted = limit.saturating_sub(u32::try_from(data.len()).unwrap_or(u32::MAX));
        // Read before the candidates: who joins in between finds more with the next page.
        let rev = caller.store().memberships_rev(caller.tenant(), caller.user_id()).await?;
        let find = Find {
            tenant: caller.tenant().clone(),
            user: caller.user_id().clone(),
            memberships_rev: rev.unwrap_or_default(),
            query: query.clone(),
            sort,
            after,
            limit: wanted,
        };
        let found = caller.app.search().find(find).await?;
        let ids: Vec<MessageId> = found.messages.into_iter().map(|message| message.id).collect();
        data.extend(hits(caller, &query, &ids).await?);
        after = found.next;
        if after.is_none() || data.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
            break;
        }
    }
    Ok(Page { data, next_cursor: after.map(|place| write(place, sort)) })
}

/// Of the candidates, those that the caller may read and that still fit, in order.
async fn hits(caller: &Caller, query: &MessageQuery, ids: &[MessageId]) -> Result<Vec<Hit>, Refusal> {
    let readable = caller.store().readable_messages(caller.tenant(), caller.user_id(), ids).await?;
    let mut by_id: HashMap<MessageId, ReadableMessage> =
        readable.into_iter().map(|one| (one.recorded.message.id.clone(), one)).collect();
    let in_order = ids.iter().filter_map(|id| by_id.remove(id));
    let fitting: Vec<ReadableMessage> = in_order.filter(|one| query.accepts(&one.recorded.message)).collect();
    let (recorded, conversations): (Vec<_>, Vec<_>) = fitting
        .into_iter()
        .map(|ReadableMessage { recorded, conversation }| ((recorded.message, recorded.view), conversation))
        .unzip();
    let seen = all_seen(caller, recorded).await?;
    let hits = seen.into_iter().zip(conversations).map(|(message, conversation)| {
        let body = message.message.body.as_deref().unwrap_or_default();
        let highlights = query.highlights(body);
        let context = Excerpt::around(body, &highlights);
        Hit::Message { message: Box::new(message), conversation, highlights, context }
    });
    Ok(hits.collect())
}

fn write(place: Place, sort: Sort) -> String {
    let Place { rank, number, newest } = place;
    let numbers = [rank, number, newest].map(|number| number.to_string());
    let [rank, number, newest] = numbers.each_ref().map(String::as_str);
    Cursor::SEARCH.write(&[sort.as_str(), rank, number, newest])
}

fn place(cursor: &str, sort: Sort) -> Result<Place, Problem> {
    let [order, rank, number, newest] = Cursor::SEARCH.read(cursor)?;
    if order != sort.as_str() {
        return Err(bad_cursor());
    }
    let read = |text: &str| i64::read(text).ok_or_else(bad_cursor);
    Ok(Place { rank: read(&rank)?, number: read(&number)?, newest: read(&newest)? })
}
