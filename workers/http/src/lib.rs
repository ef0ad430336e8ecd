//! The stateless functions of Campana over ports: one axum router for HTTP, and scheduled jobs.
//!
//! A function authenticates the caller (`identity`) and parses the request into validated types (`request`). Then it
//! reads D1, or sends a command to the conversation's object, which is the conversation's only writer. `response`
//! converts the result to HTTP. The endpoints are in `api`, whose folders mirror the URL paths. Jobs run by the clock
//! are in `scheduled`.

#![cfg_attr(
    test,
    expect(clippy::arithmetic_side_effects, clippy::string_slice, reason = "a panic in a test is a failed test")
)]

mod api;
mod app;
mod caches;
mod endpoints;
mod erasing;
mod file_store;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod identity;
mod metrics;
#[cfg(feature = "schema")]
pub mod openapi;
mod pictures;
mod ports;
mod request;
mod response;
mod scanning;
mod scheduled;
#[cfg(feature = "schema")]
pub mod schema;
#[cfg(test)]
mod testing;
mod turn;

pub use api::REGION_HEADER;
pub use app::{App, Ports};
pub use file_store::{ByteStream, FilePart, FileStore, Stored};
pub use pictures::{Looked, Pictures};
pub use ports::{
    Attached, Background, BoxFuture, Channels, Clock, Connection, Counted, Desks, Environment, FileRequest, Files,
    JwksSource, Live, Memory, Objects, Random, RateLimiter, ScannerAnswer, ScannerCall, Scanners, SearchIndex, Uploads,
};
pub use response::{Streamed, unrouted};
pub use scheduled::run_schedule;

/// The router with every endpoint and the common middleware.
pub fn router(app: App) -> axum::Router {
    let routes = api::routes(app.environment()).fallback(api::file).method_not_allowed_fallback(response::wrong_method);
    response::around(routes, &app).with_state(app)
}
