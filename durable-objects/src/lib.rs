//! Durable Objects: conversations and users' own channels.
//!
//! Each object is a shell: it decodes, asks `campana-core` to decide, commits, and tells. What the objects
//! share (sockets, fan-out, the clock) is in modules of its own, once.

mod attachment;
#[expect(missing_docs, reason = "the platform's macro adds public items of its own")]
mod channel;
#[expect(missing_docs, reason = "the platform's macro adds public items of its own")]
mod conversation;
mod outbox;
mod platform;
mod presence;
mod sessions;
mod sql;
mod upkeep;

pub use channel::Channel;
pub use conversation::Conversation;
