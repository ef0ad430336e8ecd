//! `/api/security/guards`: who attends to alerts is said by tokens; here it is taken back.

mod withdraw;

use crate::App;
use axum::Router;
use axum::routing::delete;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/api/security/guards/{user_id}", delete(withdraw::handle))
}
