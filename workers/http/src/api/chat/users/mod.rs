//! `/api/chat/users`: users of the tenant.

mod online;
mod search;

use crate::App;
use axum::Router;
use axum::routing::get;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/api/chat/users", get(search::handle)).route("/api/chat/users/online", get(online::handle))
}
