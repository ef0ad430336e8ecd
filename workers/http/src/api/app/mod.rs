//! `/app`: WebSocket endpoint for clients of the Pusher protocol.

mod choosing;
mod socket;

pub use socket::REGION_HEADER;

use crate::App;
use axum::Router;
use axum::routing::get;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/app/{key}", get(socket::handle))
}

#[cfg(test)]
mod tests;
