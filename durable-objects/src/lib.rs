//! Durable Objects: conversations, channels, gateways, and the ledger of an app's connections.
//!
//! Each object is a shell: it decodes, asks `campana-core` to decide, commits, and tells. What the objects
//! share (sockets, fan-out, the clock) is in modules of its own, once.

mod attachment;
#[expect(missing_docs, reason = "the platform's macro adds public items of its own")]
mod channel;
#[expect(missing_docs, reason = "the platform's macro adds public items of its own")]
mod conversation;
#[expect(missing_docs, reason = "the platform's macro adds public items of its own")]
mod gateway;
mod hosting;
#[expect(missing_docs, reason = "the platform's macro adds public items of its own")]
mod ledger;
mod outbox;
mod platform;
mod presence;
mod sessions;
mod sql;
mod teller;
mod upkeep;

pub use channel::Channel;
pub use conversation::Conversation;
pub use gateway::Gateway;
pub use ledger::Ledger;
