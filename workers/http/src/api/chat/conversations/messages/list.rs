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
