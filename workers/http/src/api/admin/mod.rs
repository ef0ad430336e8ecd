//! `/api/admin`: endpoints for administrators of the app.

mod alert_webhooks;
mod audits;
mod settings;
mod stats;
mod users;

use crate::App;
use crate::identity::Caller;
use axum::Router;
use axum::routing::get;
use campana_core::chat::policy::{Action, Place, decide};
use campana_core::shared::problem::Problem;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(alert_webhooks::routes())
        .merge(users::routes())
        .route("/api/admin/audits", get(audits::handle))
        .route("/api/admin/settings", get(settings::handle).patch(settings::change))
        .route("/api/admin/stats", get(stats::handle))
}

/// 403 unless the caller is an administrator of the app.
pub(super) fn only_administrators(caller: &Caller) -> Result<(), Problem> {
    decide(Action::Administer, caller.standing(Place::App, None))
}
