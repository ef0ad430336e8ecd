//! The endpoints. Folders mirror the paths; a file is an endpoint.

mod admin;
mod app;
mod apps;
mod broadcasting;
mod chat;
mod demo;
mod healthz;
mod me;
mod metrics;
mod security;

pub use app::REGION_HEADER;

use crate::{App, Environment};
use axum::Router;
use axum::routing::get;

/// All routes. Those of the demo exist on a developer's machine only.
pub(crate) fn routes(environment: Environment) -> Router<App> {
    let routes = Router::new()
        .route("/healthz", get(healthz::handle))
        .merge(admin::routes())
        .merge(app::routes())
        .merge(apps::routes())
        .merge(broadcasting::routes())
        .merge(chat::routes())
        .merge(me::routes())
        .merge(metrics::routes())
        .merge(security::routes())
        .merge(security::own_routes());
    match environment {
        Environment::Local => routes.merge(demo::routes()),
        Environment::Production => routes,
    }
}

/// Names every document that clients send or get.
#[cfg(feature = "schema")]
pub(crate) fn describe(documents: &mut crate::schema::Documents) {
    chat::describe(documents);
    me::describe(documents);
    security::describe(documents);
}

#[cfg(test)]
mod tests;
