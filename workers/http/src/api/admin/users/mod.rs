//! `/api/admin/users`: the app's users, for administrators.

mod sign_out;

use crate::App;
use axum::Router;
use axum::routing::post;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/api/admin/users/{user_id}/sign-out", post(sign_out::handle))
}
