//! `/broadcasting`: signatures for Pusher clients that have a token.

mod asking;
mod auth;
mod described;
mod fields;
mod strangers;
mod user_auth;

use crate::App;
use axum::Router;
use axum::routing::post;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/broadcasting/auth", post(auth::handle))
        .route("/broadcasting/user-auth", post(user_auth::handle))
}

#[cfg(test)]
mod tests;
