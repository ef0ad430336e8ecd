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

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::shared::problem::Kind;
    operation
        .named("listGeneralMessages", Tag::Messages, "List the messages of the general chat")
        .about(
            "Newest first. At most one of `before`, `after` and `around` is given. Reading makes the caller a member.",
        )
        .refuses(&[Kind::Banned, Kind::NotFound])
        .answers::<crate::api::chat::history::HistoryPage>(200, "A page of messages.", examples::messages());
}
