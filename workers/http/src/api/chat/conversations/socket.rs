//! `GET /api/chat/conversations/{id}/socket`: native socket, subprotocol `campana.v1`.

use crate::identity::Connecting;
use crate::request::Segment;
use crate::response::Refusal;
use axum::response::Response;
use campana_core::shared::ids::ConversationId;

pub(crate) async fn handle(connecting: Connecting<false>, id: Result<Segment<ConversationId>, Refusal>) -> Response {
    connecting.open_named(id).await
}
