//! `GET /api/me/socket`: native socket of the user's own channel.

use crate::App;
use crate::identity::Connecting;
use axum::extract::State;
use axum::response::Response;

pub(crate) async fn handle(State(app): State<App>, connecting: Connecting<false>) -> Response {
    connecting.open(&app, None).await
}
