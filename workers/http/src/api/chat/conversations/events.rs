//! `GET /api/chat/conversations/{id}/events`: server-sent events of a conversation, the same as on its socket.

use crate::identity::Connecting;
use crate::request::Segment;
use crate::response::Refusal;
use axum::response::Response;
use campana_core::shared::ids::ConversationId;

pub(crate) async fn handle(connecting: Connecting<true>, id: Result<Segment<ConversationId>, Refusal>) -> Response {
    connecting.open_named(id).await
}
