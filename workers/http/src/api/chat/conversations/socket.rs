//! `GET /api/chat/conversations/{id}/socket`: native socket, subprotocol `campana.v1`.

use crate::identity::Connecting;
use crate::request::Segment;
use crate::response::Refusal;
use axum::response::Response;
use campana_core::shared::ids::ConversationId;

pub(crate) async fn handle(connecting: Connecting<false>, id: Result<Segment<ConversationId>, Refusal>) -> Response {
    connecting.open_named(id).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation
        .named("openSocket", Tag::Conversations, "Open the socket of a conversation")
        .about(
            "A WebSocket with the subprotocol `campana.v1`. Frames are `ConversationFrame` and `ClientFrame` of the native \
             protocol. To a client that offers the subprotocol, refusals are sent on the accepted socket, as an `error` \
             frame and a close code.",
        );
}
