//! Durable Objects: conversations, channels, gateways, alert desk, pager, quota registry and webhooks.
//!
//! Each object implements [`campana_runtime::instance::Instance`]: it decodes requests, lets `campana-core` decide,
//! commits, and publishes. [`shell`] connects them to the platform. Shared parts (sockets, fan-out) have their own
//! modules.

mod alert_desk;
mod attachment;
mod broadcast;
mod channel;
mod chat_push;
mod closing;
mod conversation;
mod delivery_history;
mod fan_out;
mod file_parts;
mod gateway;
mod handshake;
mod host;
mod live;
mod log;
mod maintenance;
pub mod outbound;
mod pager;
mod platform;
mod presence;
mod push_signing;
mod queries;
mod quota_registry;
mod quota_reporter;
mod reclaim;
mod record;
mod resumable;
mod revoking;
mod search;
mod secrets;
mod server_sent;
mod sessions;
#[expect(missing_docs, reason = "the platform's macro adds public items of its own")]
mod shell;
mod sockets;
mod sql;
mod streams;
mod strings;
mod subscriptions;
mod webhooks;

pub use log::{error_message, start_log};
pub use quota_registry::Revoke;
pub use quota_registry::metrics::AskSeries;
pub use secrets::secrets_keys;
pub use shell::{
    AlertDesk, Channel, ChatPush, Conversation, Gateway, Pager, QuotaRegistry, ResumableUpload, Search, Webhooks,
};

/// Makes other objects of this isolate give way to an alert that is on its way to its desk.
pub fn expect_alert() {
    campana_runtime::urgency::begin(platform::now());
}

#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
