//! The endpoints. Folders mirror the URL paths; each file is one endpoint.

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
mod up;
mod web_app;

pub use app::REGION_HEADER;
#[cfg(feature = "fuzzing")]
pub use chat::invite_name;
pub(crate) use web_app::file;

use crate::{App, Environment};
use axum::Router;
use axum::routing::get;

/// All routes. The demo routes exist in the local environment only.
pub(crate) fn routes(environment: Environment) -> Router<App> {
    let routes = Router::new()
        .route("/healthz", get(healthz::handle))
        .route("/up", get(up::handle))
        .merge(admin::routes())
        .merge(app::routes())
        .merge(apps::routes())
        .merge(broadcasting::routes())
        .merge(chat::routes())
        .merge(me::routes())
        .merge(metrics::routes())
        .merge(security::routes())
        .merge(security::own_routes())
        .merge(web_app::routes());
    match environment {
        Environment::Local => routes.merge(demo::routes()),
        Environment::Production => routes,
    }
}

/// Registers every document that clients send or receive.
#[cfg(feature = "schema")]
pub(crate) fn describe(documents: &mut crate::schema::Documents) {
    chat::describe(documents);
    me::describe(documents);
    security::describe(documents);
}

#[cfg(test)]
mod tests;
