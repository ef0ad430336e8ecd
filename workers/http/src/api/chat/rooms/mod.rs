//! `/api/chat/rooms`: rooms, their members, invites and messages.

mod bans;
mod create;
mod delete;
mod get;
mod invites;
mod join;
mod leave;
mod list;
mod members;
mod messages;
mod update;

use crate::App;
use axum::Router;
use axum::routing::{delete as on_delete, get as on_get, post, put};

#[cfg(feature = "schema")]
pub(super) use invites::create::InviteBody;

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
        .route("/api/chat/rooms/{id}/members/{user_id}/mute", post(members::mute::impose).delete(members::mute::lift))
        .route("/api/chat/rooms/{id}/members/{user_id}/ban", post(members::ban::impose).delete(members::ban::lift))
        .route("/api/chat/rooms/{id}/bans", on_get(bans::handle))
        .route("/api/chat/rooms/{id}/invites", on_get(invites::list::handle).post(invites::create::handle))
        .route("/api/chat/rooms/{id}/invites/{invite_id}", on_delete(invites::revoke::handle))
        .route("/api/chat/rooms/{id}/messages", on_get(messages::list::handle).post(messages::send::handle))
}
