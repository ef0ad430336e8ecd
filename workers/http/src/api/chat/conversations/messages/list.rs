//! `GET /api/chat/conversations/{id}/messages`: a page of messages, newest first.

use crate::api::chat::history::{HistoryQuery, read};
use crate::identity::Caller;
use crate::request::{Query, Segment};
use crate::response::Outcome;
use campana_core::shared::ids::ConversationId;

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<ConversationId>,
    Query(query): Query<HistoryQuery>,
) -> Outcome {
    read(&caller, &id, query).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("listMessages", Tag::Messages, "List the messages of a conversation")
        .about("Newest first. At most one of `before`, `after` and `around` is given.")
        .answers::<crate::api::chat::history::HistoryPage>(200, "A page of messages.", examples::messages());
}
