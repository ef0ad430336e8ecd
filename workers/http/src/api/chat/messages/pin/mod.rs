//! `/api/chat/messages/{id}/pin`.

mod add;
mod remove;

use crate::api::chat::message_actions::{Hint, change};
use crate::endpoints::{Endpoints, endpoints};
use crate::identity::Caller;
use crate::response::Outcome;
use campana_core::chat::command::Command;
use campana_core::shared::ids::MessageId;

pub(super) fn endpoints() -> Endpoints {
    endpoints! {
        PUT "/api/chat/messages/{id}/pin" => add::handle, add::describe;
        DELETE "/api/chat/messages/{id}/pin" => remove::handle, remove::describe;
    }
}

/// Pins a message, or unpins it.
async fn pin(caller: &Caller, id: &MessageId, hint: Hint, on: bool) -> Outcome {
    let conversation = hint.conversation(caller, id).await?;
    let command = Command::Pin { message_id: id.to_string(), on };
    change(caller, &conversation, hint.origin_client_id, command).await
}

#[cfg(feature = "schema")]
fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use super::view::MessageView;
    use crate::openapi::examples;
    use campana_core::shared::problem::Kind;
    operation
        .spares_socket()
        .versioned()
        .refuses(&[Kind::Muted, Kind::AnnouncementOnly, Kind::Blocked, Kind::Conflict])
        .answers::<MessageView>(200, "The message after the change.", examples::message_view());
}
