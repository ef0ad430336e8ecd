//! `/api/admin`: for administrators of the app.

mod settings;

use crate::App;
use axum::Router;
use axum::routing::get;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/api/admin/settings", get(settings::handle).patch(settings::change))
}
