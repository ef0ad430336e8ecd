//! `GET /api/chat/messages/{id}/replies`: the thread of a message.

use super::Thread;
use crate::api::chat::history::{HistoryQuery, read_thread};
use crate::identity::Caller;
use crate::request::{Query, Segment};
use crate::response::Outcome;
use campana_core::shared::ids::MessageId;

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<MessageId>,
    Query(query): Query<HistoryQuery>,
) -> Outcome {
    let Thread { conversation, id } = Thread::of(&caller, &id).await?;
    read_thread(&caller, &conversation, &id, query).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("listReplies", Tag::Messages, "List the replies to a message")
        .about(
            "Newest first, for members. At most one of `before`, `after` and `around` is given. Of a reply, its thread is \
             listed.",
        )
        .answers::<crate::api::chat::history::HistoryPage>(200, "A page of messages.", examples::replies());
}
