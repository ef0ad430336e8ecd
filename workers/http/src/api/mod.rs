//! The endpoints. Folders mirror the paths; a file is an endpoint.

mod admin;
mod chat;
mod demo;
mod healthz;
mod me;
mod metrics;

use crate::{App, Environment};
use axum::Router;
use axum::routing::get;

/// All routes. Those of the demo exist on a developer's machine only.
pub(crate) fn routes(environment: Environment) -> Router<App> {
    let routes = Router::new()
        .route("/healthz", get(healthz::handle))
        .merge(admin::routes())
        .merge(chat::routes())
        .merge(me::routes())
        .merge(metrics::routes());
    match environment {
        Environment::Local => routes.merge(demo::routes()),
        Environment::Production => routes,
    }
}

#[cfg(test)]
mod tests;
