//! `/api/chat/conversations`: inbox, direct conversations and groups; reading and connecting for every conversation.

mod allowance;
mod create;
mod events;
mod get;
mod leave;
mod list;
mod members;
mod messages;
mod read;
mod socket;
mod update;

pub(super) use create::direct;
pub(super) use read::mark_read;

use crate::App;
use axum::Router;
use axum::routing::{get as on_get, post, put};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/api/chat/conversations", on_get(list::handle).post(create::handle))
        .route("/api/chat/conversations/{id}", on_get(get::handle).patch(update::handle))
        .route("/api/chat/conversations/{id}/leave", post(leave::handle))
        .route("/api/chat/conversations/{id}/members", on_get(members::list::handle).post(members::add::handle))
        .route(
            "/api/chat/conversations/{id}/members/{user_id}",
            put(members::change_role::handle).delete(members::remove::handle),
        )
        .route("/api/chat/conversations/{id}/read", post(read::handle))
        .route("/api/chat/conversations/{id}/socket", on_get(socket::handle))
        .route("/api/chat/conversations/{id}/events", on_get(events::handle))
        .route("/api/chat/conversations/{id}/messages", on_get(messages::list::handle).post(messages::send::handle))
}
