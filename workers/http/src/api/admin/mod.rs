//! `/api/admin`: for administrators of the app.

mod stats;

use crate::App;
use axum::Router;
use axum::routing::get;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/api/admin/stats", get(stats::handle))
}
