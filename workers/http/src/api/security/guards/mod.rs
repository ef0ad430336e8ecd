//! `/api/security/guards`: withdrawal of the guard permission, which tokens grant.

mod withdraw;

use crate::App;
use axum::Router;
use axum::routing::delete;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/api/security/guards/{user_id}", delete(withdraw::handle))
}
