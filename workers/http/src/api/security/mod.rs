//! `/api/security`: panic alerts, for owners and guards.

mod alerts;
mod guards;
mod push;
mod status;

pub(super) use alerts::own_routes;

use crate::App;
use axum::Router;
use axum::routing::get;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .merge(alerts::routes())
        .merge(guards::routes())
        .merge(push::routes())
        .route("/api/security/status", get(status::handle))
}

#[cfg(feature = "schema")]
pub(super) fn describe(documents: &mut crate::schema::Documents) {
    alerts::describe(documents);
    push::describe(documents);
}
