//! `/app`: WebSocket endpoint for clients of the Pusher protocol.

mod choosing;
mod refresh;
mod socket;

pub use socket::REGION_HEADER;

use crate::App;
use axum::Router;
use axum::routing::{get, post};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/app/{key}", get(socket::handle)).route("/app/{key}/refresh", post(refresh::handle))
}

#[cfg(test)]
mod tests;
