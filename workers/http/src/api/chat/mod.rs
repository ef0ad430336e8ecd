//! `/api/chat`: rooms, conversations, messages, people.

mod acting;
mod conversations;
mod history;
mod invites;
mod messages;
pub(super) mod places;
mod rooms;
mod sending;
mod typing;
mod users;

use crate::App;
use axum::Router;
use axum::routing::post;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .merge(rooms::routes())
        .merge(conversations::routes())
        .merge(messages::routes())
        .merge(invites::routes())
        .merge(users::routes())
        .route("/api/chat/typing", post(typing::handle))
}
