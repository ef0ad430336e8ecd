//! `GET /api/me/socket`: native socket of the user's own channel.

use crate::identity::Connecting;
use axum::response::Response;

pub(crate) async fn handle(connecting: Connecting<false>) -> Response {
    connecting.open(None).await
}
