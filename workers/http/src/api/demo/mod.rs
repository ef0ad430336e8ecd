//! `/api/demo`: demo users and their tokens, in the local environment only.

mod people;
mod token;

use crate::App;
use axum::Router;
use axum::routing::{get, post};

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/api/demo/people", get(people::handle)).route("/api/demo/token", post(token::handle))
}
