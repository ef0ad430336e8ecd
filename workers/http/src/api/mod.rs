//! The endpoints. Folders mirror the URL paths; each file is one endpoint.

mod admin;
mod app;
mod apps;
mod broadcasting;
mod chat;
mod config;
mod demo;
mod healthz;
mod me;
mod metrics;
mod notifications;
mod problems;
mod security;
mod up;
mod web_app;

pub use app::REGION_HEADER;
#[cfg(feature = "fuzzing")]
pub use chat::invite_name;
pub(crate) use web_app::file;

use crate::endpoints::{Endpoints, endpoints};
use crate::{App, Environment};
use axum::Router;

/// All routes: the endpoints, and the web app.
pub(crate) fn routes(environment: Environment) -> Router<App> {
    endpoints(environment).into_router().merge(web_app::routes())
}

/// All endpoints. Those of the demo exist in the local environment only.
pub(crate) fn endpoints(environment: Environment) -> Endpoints {
    let endpoints = endpoints! {
        GET "/api/config" => config::handle, config::describe;
        GET "/healthz" => healthz::handle, healthz::describe;
        GET "/problems/{slug}" => problems::handle, problems::describe;
        GET "/up" => up::handle, up::describe;
    }
    .merge(admin::endpoints())
    .merge(app::endpoints())
    .merge(apps::endpoints())
    .merge(broadcasting::endpoints())
    .merge(chat::endpoints())
    .merge(me::endpoints())
    .merge(metrics::endpoints())
    .merge(notifications::endpoints())
    .merge(security::endpoints())
    .merge(security::own_endpoints());
    match environment {
        Environment::Local => endpoints.merge(demo::endpoints()),
        Environment::Production => endpoints,
    }
}

/// Registers every document that clients send or receive.
#[cfg(feature = "schema")]
pub(crate) fn describe(documents: &mut crate::schema::Documents) {
    chat::describe(documents);
    documents.answer::<config::WebConfig<'_>>();
    me::describe(documents);
    notifications::describe(documents);
    security::describe(documents);
}

#[cfg(test)]
mod tests;
