//! Runtime of Durable Objects: ports to the host, and the mechanisms that the objects share.
//!
//! An object is a shell around rules in `campana-core`. It reaches its host through a [`Context`]: SQLite
//! ([`sql::Sql`]), the clock, randomness, one alarm, background tasks, connections, calls to other objects, outbound
//! HTTP, the record. On Cloudflare the platform implements the ports. The `testing` feature implements them in this
//! process, with SQLite in memory, a fake clock and a network that loses and delays calls, so the mechanisms are tested
//! natively.
//!
//! | module | mechanism |
//! |---|---|
//! | [`instance`] | what a host calls on an object |
//! | [`sql`] | statements on the object's SQLite, table migrations, transactions |
//! | [`single_flight`] | at most one run of a task at a time |
//! | [`retry`] | attempts with pauses, and exponential back-off |
//! | [`alarm`] | the object's one alarm, armed for the earliest due time |
//! | [`outbox`], [`inbox`] | exactly-once hand-over of numbered rows from one object to another |
//! | [`delivery_queue`] | ordered batches to other objects, one in flight per receiver; each loss is reported |
//! | [`slicer`] | sending to many connections in slices, alerts first |
//! | [`sockets`] | clients' connections: hibernating sockets, event streams |
//! | [`metrics`] | counters and histograms of an isolate, reported to quota registries |
//! | [`objects`] | calls to other objects, with a time-out |
//! | [`http`] | outbound HTTP: address check, time-out, no redirects |
//! | [`files`] | the store of uploaded files, written in parts |
//! | [`inbound`] | pacing of incoming frames, in order |
//! | [`serial`] | frames of one connection, strictly one after the other |
//! | [`urgency`] | precedence of alerts over other work in the same isolate |
//! | [`delivery`] | the loop of webhooks: decide, store, send, settle |

pub mod alarm;
pub mod context;
pub mod delivery;
pub mod delivery_queue;
pub mod files;
pub mod http;
pub mod inbound;
pub mod inbox;
pub mod instance;
pub mod metrics;
pub mod notify;
pub mod objects;
pub mod outbox;
pub mod pages;
pub mod ports;
pub mod retry;
pub mod serial;
pub mod single_flight;
pub mod slicer;
pub mod sockets;
pub mod sql;
#[cfg(feature = "testing")]
pub mod testing;
pub mod urgency;

pub use context::{Context, Hosted};
