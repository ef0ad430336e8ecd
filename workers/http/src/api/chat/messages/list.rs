//! `GET /api/chat/messages`: history of the general chat. Reading it makes the caller a member.

use crate::App;
use crate::api::chat::history::{HistoryQuery, read_general};
use crate::api::chat::room_lookup::general;
use crate::identity::Caller;
use crate::request::Query;
use crate::response::Outcome;
use axum::extract::State;

pub(crate) async fn handle(State(app): State<App>, caller: Caller, Query(query): Query<HistoryQuery>) -> Outcome {
    let conversation = general(&app, &caller).await?;
    read_general(&app, &caller, &conversation, query).await
}
