//! `DELETE /api/chat/messages/{id}`: deletes a message. Its position stays in the history, without a body.

use crate::api::chat::message_actions::{Hint, change};
use crate::identity::Caller;
use crate::request::{Query, Segment};
use crate::response::Outcome;
use campana_core::chat::command::Command;
use campana_core::shared::ids::MessageId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<MessageId>, Query(hint): Query<Hint>) -> Outcome {
    let conversation = hint.conversation(&caller, &id).await?;
    let command = Command::Delete { message_id: id.to_string() };
    change(&caller, &conversation, hint.origin_client_id, command).await
}
