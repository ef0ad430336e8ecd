//! The endpoints. Folders mirror the paths; a file is an endpoint.

mod admin;
mod chat;
mod demo;
mod healthz;
mod me;

use crate::{App, Environment};
use axum::Router;
use axum::routing::get;

/// All routes. Those of the demo exist on a developer's machine only.
pub(crate) fn routes(environment: Environment) -> Router<App> {
    let routes = Router::new()
        .route("/healthz", get(healthz::handle))
        .merge(me::routes())
        .merge(chat::routes())
        .merge(admin::routes());
    match environment {
        Environment::Local => routes.merge(demo::routes()),
        Environment::Production => routes,
    }
}

#[cfg(test)]
mod tests;
