//! The register of endpoints: a route and its description in the OpenAPI document are declared together, so that neither
//! exists without the other.
//!
//! Descriptions are compiled with the feature `schema` only, which no build for Workers has.

use crate::App;
#[cfg(feature = "schema")]
use crate::openapi::{Entry, Inputs, Operation};
use crate::response::{DEPRECATED, Deprecation};
use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};

/// Routes, each with its description.
#[derive(Default)]
pub(crate) struct Endpoints {
    router: Router<App>,
    #[cfg(feature = "schema")]
    entries: Vec<Entry>,
}

impl Endpoints {
    /// Adds a route.
    pub(crate) fn route<H: Handler<T, App>, T: 'static>(
        mut self,
        filter: MethodFilter,
        method: &str,
        path: &str,
        handler: H,
    ) -> Self {
        let endpoint = on(filter, handler);
        let endpoint = match Deprecation::find(DEPRECATED, method, path) {
            Some(deprecation) => deprecation.announce(endpoint),
            None => endpoint,
        };
        self.router = self.router.route(path, endpoint);
        self
    }

    /// Adds the description of a route. What the handler's arguments read is described by their types.
    #[cfg(feature = "schema")]
    pub(crate) fn describe<H: Inputs<A>, A>(
        mut self,
        method: &'static str,
        path: &'static str,
        _handler: &H,
        describe: fn(&mut Operation<'_>),
    ) -> Self {
        self.entries.push(Entry { method, path, inputs: H::describe, describe });
        self
    }

    /// Adds all endpoints of another part of the API.
    pub(crate) fn merge(self, other: Self) -> Self {
        Self {
            router: self.router.merge(other.router),
            #[cfg(feature = "schema")]
            entries: self.entries.into_iter().chain(other.entries).collect(),
        }
    }

    /// The router of these endpoints.
    pub(crate) fn into_router(self) -> Router<App> {
        self.router
    }

    /// The descriptions of these endpoints.
    #[cfg(feature = "schema")]
    pub(crate) fn into_entries(self) -> Vec<Entry> {
        self.entries
    }
}

/// Endpoints, one a line: `METHOD "path" => handler, description;`.
macro_rules! endpoints {
    ($($method:ident $path:literal => $($handler:ident)::+, $($description:ident)::+;)+) => {{
        let endpoints = $crate::endpoints::Endpoints::default();
        $(
            #[cfg(feature = "schema")]
            let endpoints =
                endpoints.describe(stringify!($method), $path, &$($handler)::+, $($description)::+);
            let filter = axum::routing::MethodFilter::$method;
            let endpoints = endpoints.route(filter, stringify!($method), $path, $($handler)::+);
        )+
        endpoints
    }};
}

pub(crate) use endpoints;
