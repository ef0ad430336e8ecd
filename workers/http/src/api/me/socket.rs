//! `GET /api/me/socket`: native socket of the user's own channel.

use crate::identity::Connecting;
use axum::response::Response;

pub(crate) async fn handle(connecting: Connecting<false>) -> Response {
    connecting.open(None).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation.named("openOwnSocket", Tag::Me, "Open the socket of the caller's own channel").about(
        "A WebSocket with the subprotocol `campana.v1`, for changes of the inbox, invites, memberships, and alerts for \
             those who may see them. Events are numbered by `rev`, and `welcome` has the newest number. Frames are `UserFrame` of the native protocol.",
    );
}
