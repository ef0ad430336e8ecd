//! Durable Objects: conversations, channels, gateways, alert desk, pager, quota registry and webhooks.
//!
//! Each object is a shell: it decodes requests, lets `campana-core` decide, commits, and publishes. Shared parts
//! (sockets, fan-out, the clock) have their own modules.

#[expect(missing_docs, reason = "the platform's macro adds public items of its own")]
mod alert_desk;
mod attachment;
mod broadcast;
#[expect(missing_docs, reason = "the platform's macro adds public items of its own")]
mod channel;
mod closing;
#[expect(missing_docs, reason = "the platform's macro adds public items of its own")]
mod conversation;
mod fan_out;
#[expect(missing_docs, reason = "the platform's macro adds public items of its own")]
mod gateway;
mod handshake;
mod host;
mod log;
mod maintenance;
#[expect(missing_docs, reason = "the platform's macro adds public items of its own")]
mod pager;
mod platform;
mod presence;
mod queries;
#[expect(missing_docs, reason = "the platform's macro adds public items of its own")]
mod quota_registry;
mod quota_reporter;
mod reclaim;
mod record;
mod server_sent;
mod sessions;
mod sockets;
mod sql;
mod strings;
mod subscriptions;
#[expect(missing_docs, reason = "the platform's macro adds public items of its own")]
mod webhooks;

pub use alert_desk::AlertDesk;
pub use channel::Channel;
pub use conversation::Conversation;
pub use gateway::Gateway;
pub use log::start_log;
pub use pager::Pager;
pub use quota_registry::QuotaRegistry;
pub use webhooks::Webhooks;

/// Makes other objects of this isolate give way to an alert that is on its way to its desk.
pub fn expect_alert() {
    campana_runtime::urgency::begin(platform::now());
}

#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
