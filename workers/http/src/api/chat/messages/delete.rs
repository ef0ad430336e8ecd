//! `DELETE /api/chat/messages/{id}`: deletes a message. Its position stays in the history, without a body.

use crate::App;
use crate::api::chat::message_actions::{Hint, change};
use crate::identity::Caller;
use crate::request::{Query, Segment};
use crate::response::Outcome;
use axum::extract::State;
use campana_core::chat::command::Command;
use campana_core::shared::ids::MessageId;

pub(crate) async fn handle(
    State(app): State<App>,
    caller: Caller,
    Segment(id): Segment<MessageId>,
    Query(hint): Query<Hint>,
) -> Outcome {
    let conversation = hint.conversation(&app, &caller, &id).await?;
    let command = Command::Delete { message_id: id.to_string() };
    change(&app, &caller, &conversation, hint.origin_client_id, command).await
}
