//! `/api/chat/messages`: the general chat, private messages, and single messages by id.

mod delete;
mod edit;
mod list;
mod private;
mod read;
mod send;

use crate::App;
use axum::Router;
use axum::routing::{get, post, put};

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/api/chat/messages", get(list::handle).post(send::handle))
        .route("/api/chat/messages/private", post(private::handle))
        .route("/api/chat/messages/{id}", put(edit::handle).delete(delete::handle))
        .route("/api/chat/messages/{id}/read", post(read::handle))
}
