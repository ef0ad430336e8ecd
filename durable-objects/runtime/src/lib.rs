//! Runtime of Durable Objects: ports to the host, and the mechanisms that the objects share.
//!
//! An object is a shell around rules in `campana-core`. It reaches its host through a [`Context`]: SQLite
//! ([`sql::Sql`]), the clock, randomness, one alarm, background tasks, calls to other objects, outbound HTTP. On
//! Cloudflare the platform implements the ports. The `testing` feature implements them in this process, with SQLite in
//! memory, a fake clock and a network that loses and delays calls, so the mechanisms are tested natively.
//!
//! | module | mechanism |
//! |---|---|
//! | [`sql`] | statements on the object's SQLite, table migrations, transactions |
//! | [`single_flight`] | at most one run of a task at a time |
//! | [`retry`] | exponential back-off after failed attempts |
//! | [`alarm`] | the object's one alarm, armed for the earliest due time |
//! | [`outbox`], [`inbox`] | exactly-once hand-over of numbered rows from one object to another |
//! | [`objects`] | calls to other objects, with a time-out |
//! | [`http`] | outbound HTTP: address check, time-out, no redirects |
//! | [`delivery`] | the loop of webhooks: decide, store, send, settle |

pub mod alarm;
pub mod context;
pub mod delivery;
pub mod http;
pub mod inbox;
pub mod objects;
pub mod outbox;
pub mod ports;
pub mod retry;
pub mod single_flight;
pub mod sql;
#[cfg(feature = "testing")]
pub mod testing;

pub use context::Context;
