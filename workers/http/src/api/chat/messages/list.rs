//! `GET /api/chat/messages`: history of the general chat. Reading it makes the caller a member.

use crate::api::chat::history::{HistoryQuery, read_general};
use crate::api::chat::room_lookup::general;
use crate::identity::Caller;
use crate::request::Query;
use crate::response::Outcome;

pub(crate) async fn handle(caller: Caller, Query(query): Query<HistoryQuery>) -> Outcome {
    let conversation = general(&caller).await?;
    read_general(&caller, &conversation, query).await
}
