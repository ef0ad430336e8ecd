//! `/api/chat/rooms`: rooms, their members and their messages.

mod create;
mod delete;
mod get;
mod join;
mod leave;
mod list;
mod members;
mod messages;
mod update;

use crate::App;
use axum::Router;
use axum::routing::{get as on_get, post, put};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/api/chat/rooms", on_get(list::handle).post(create::handle))
        .route("/api/chat/rooms/{id}", on_get(get::handle).put(update::handle).delete(delete::handle))
        .route("/api/chat/rooms/{id}/join", post(join::handle))
        .route("/api/chat/rooms/{id}/leave", post(leave::handle))
        .route("/api/chat/rooms/{id}/members", on_get(members::list::handle).post(members::add::handle))
        .route(
            "/api/chat/rooms/{id}/members/{user_id}",
            put(members::change_role::handle).delete(members::remove::handle),
        )
        .route("/api/chat/rooms/{id}/messages", on_get(messages::list::handle).post(messages::send::handle))
}
