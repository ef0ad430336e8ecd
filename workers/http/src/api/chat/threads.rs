//! `GET /api/chat/threads`: threads that the caller follows, newest reply first.

use super::messages::view::{MessageView, all_seen};
use crate::identity::Caller;
use crate::request::{Cursor, FromText, Page, PageQuery, Query, bad_cursor, limit, one_more};
use crate::response::{Outcome, ok};
use campana_core::shared::ids::MessageId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::FollowedThread;
use serde::Serialize;

/// A thread that the caller follows.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Thread {
    /// The first message.
    id: MessageId,
    /// The first message as the caller sees it.
    message: MessageView,
    /// Number of replies that are not deleted.
    reply_count: i64,
    /// Number of replies after the caller's marker.
    unread_count: i64,
    /// Mentions of the caller in these, apart from those by people that the caller has blocked.
    mention_count: i64,
    /// The last position that the caller has read in the thread.
    last_read_seq: i64,
    /// When the newest reply was sent.
    last_reply_at: Option<Timestamp>,
}

pub(crate) async fn handle(caller: Caller, Query(query): Query<PageQuery>) -> Outcome {
    let limit = limit(query.limit)?;
    let after = query.cursor.as_deref().map(place).transpose()?;
    let after = after.as_ref().map(|(at, id)| (*at, id));
    let found = caller.store().followed_threads(caller.tenant(), caller.user_id(), after, one_more(limit)).await?;
    let Page { data, next_cursor } = Page::cut(found, limit, cursor);
    let (roots, counts): (Vec<_>, Vec<_>) = data
        .into_iter()
        .map(|FollowedThread { root, last_read_seq, unread_count, mention_count }| {
            ((root.message, root.view), (last_read_seq, unread_count, mention_count))
        })
        .unzip();
    let reply = roots.iter().map(|(_, view)| (view.annotations.reply_count, view.annotations.last_reply_at));
    let replies: Vec<_> = reply.collect();
    let messages = all_seen(&caller, roots).await?;
    let data = messages.into_iter().zip(counts).zip(replies);
    let data = data.map(|((message, (last_read_seq, unread_count, mention_count)), (reply_count, last_reply_at))| {
        let id = message.message.id.clone();
        Thread { id, message, reply_count, unread_count, mention_count, last_read_seq, last_reply_at }
    });
    ok(&Page { data: data.collect(), next_cursor })
}

fn cursor(thread: &FollowedThread) -> String {
    let at = thread.root.view.annotations.last_reply_at.map_or(0, Timestamp::millis);
    Cursor::THREADS.write(&[&at.to_string(), thread.root.message.id.as_str()])
}

/// Time of the newest reply, and the first message.
fn place(cursor: &str) -> Result<(i64, MessageId), Problem> {
    let [at, id] = Cursor::THREADS.read(cursor)?;
    let at = i64::read(&at).ok_or_else(bad_cursor)?;
    Ok((at, MessageId::parse(&id).ok_or_else(bad_cursor)?))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("listThreads", Tag::Messages, "List the threads that the caller follows")
        .about("Newest reply first. A thread is on the list only while the caller may read it.")
        .answers::<Page<Thread>>(200, "A page of threads.", examples::page(examples::thread()));
}
