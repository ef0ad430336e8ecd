//! The functions of Campana over ports: for HTTP one axum router, and those that a schedule runs.
//!
//! A function is stateless. It finds out who asks (`identity`), reads the request into types that cannot be
//! wrong (`request`), then either reads the record or sends the conversation's object a command: the object
//! is the only writer of its conversation. `response` turns what came of it into HTTP. The endpoints are in
//! `api`, whose folders mirror the paths. What happens by the clock, without a request, is in `scheduled`.

#![cfg_attr(
    test,
    expect(
        clippy::arithmetic_side_effects,
        clippy::string_slice,
        clippy::unreachable,
        reason = "tests count, and a panic of theirs is seen"
    )
)]

mod api;
mod app;
mod caches;
mod identity;
mod ports;
mod request;
mod response;
mod scheduled;
#[cfg(feature = "schema")]
pub mod schema;
#[cfg(test)]
mod testing;

pub use api::REGION_HEADER;
pub use app::{App, Ports};
pub use ports::{
    Attached, BoxFuture, Channels, Clock, Connection, Counted, Desks, Environment, JwksSource, Memory, Objects, Random,
    RateLimiter,
};
pub use response::Streamed;
pub use scheduled::run_schedule;

/// Every endpoint, with what holds for all of them.
pub fn router(app: App) -> axum::Router {
    let routes =
        api::routes(app.environment()).fallback(response::absent).method_not_allowed_fallback(response::wrong_method);
    response::around(routes, &app).with_state(app)
}
