//! Durable Objects: conversations, channels, gateways, the ledger of an app's connections, and its webhooks.
//!
//! Each object is a shell: it decodes, asks `campana-core` to decide, commits, and tells. What the objects
//! share (sockets, fan-out, the clock) is in modules of its own, once.

#[expect(missing_docs, reason = "the platform's macro adds public items of its own")]
mod alert_desk;
mod attachment;
mod broadcast;
#[expect(missing_docs, reason = "the platform's macro adds public items of its own")]
mod channel;
mod closing;
#[expect(missing_docs, reason = "the platform's macro adds public items of its own")]
mod conversation;
#[expect(missing_docs, reason = "the platform's macro adds public items of its own")]
mod gateway;
mod hosting;
#[expect(missing_docs, reason = "the platform's macro adds public items of its own")]
mod ledger;
mod outbox;
#[expect(missing_docs, reason = "the platform's macro adds public items of its own")]
mod pager;
mod platform;
mod presence;
mod reclaim;
mod server_sent;
mod sessions;
mod sql;
mod strings;
mod teller;
mod upkeep;
#[expect(missing_docs, reason = "the platform's macro adds public items of its own")]
mod webhooks;

pub use alert_desk::AlertDesk;
pub use channel::Channel;
pub use conversation::Conversation;
pub use gateway::Gateway;
pub use ledger::Ledger;
pub use pager::Pager;
pub use webhooks::Webhooks;
