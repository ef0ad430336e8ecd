//! `GET /api/chat/conversations/{id}/events`: server-sent events of a conversation, the same as on its socket.

use crate::identity::Connecting;
use crate::request::Segment;
use crate::response::Refusal;
use axum::response::Response;
use campana_core::shared::ids::ConversationId;

pub(crate) async fn handle(connecting: Connecting<true>, id: Result<Segment<ConversationId>, Refusal>) -> Response {
    connecting.open_named(id).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use serde_json::json;
    operation
        .named("streamEvents", Tag::Conversations, "Stream the events of a conversation")
        .about(
            "Server-sent events, the same as on the conversation's socket, for clients whose WebSockets do not open.",
        )
        .answers_with(
            200,
            "A stream of `ConversationFrame`s. The id of an event is `{epoch}:{seq}`.",
            "text/event-stream",
            json!({"type": "string"}),
            json!("id: k3v9s2:42\nevent: message.created\ndata: {\"event\":\"message.created\",\"seq\":42}\n\n"),
        );
}
