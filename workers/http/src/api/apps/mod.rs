//! `/apps`: HTTP API of the Pusher protocol for backends, which sign requests with the app's secret.

mod backend;
mod batch_events;
mod channel_params;
mod channels;
mod events;
mod fault;
mod gateways;
mod info;
mod publishing;
mod targets;
mod users;

use crate::App;
use axum::Router;
use axum::routing::{get, post};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/apps/{id}/events", post(events::handle))
        .route("/apps/{id}/batch_events", post(batch_events::handle))
        .route("/apps/{id}/channels", get(channels::list::handle))
        .route("/apps/{id}/channels/{name}", get(channels::get::handle))
        .route("/apps/{id}/channels/{name}/users", get(channels::users::handle))
        .route("/apps/{id}/users/{user}/terminate_connections", post(users::terminate_connections::handle))
}

#[cfg(test)]
mod tests;
