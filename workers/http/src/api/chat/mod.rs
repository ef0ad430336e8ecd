//! `/api/chat`: rooms, conversations, messages, people.

mod conversations;
mod history;
mod invites;
mod message_actions;
mod messages;
pub(super) mod room_lookup;
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
