//! Tests of endpoints by topic, and of isolation between tenants.

mod annotations;
mod blocks;
mod config;
mod conversations;
mod demo;
mod erasure;
mod explain;
mod files;
mod general;
mod invented;
mod invites;
mod live;
mod mentions;
mod messages;
mod moderation;
mod notifications;
mod personal;
mod pictures;
mod privacy;
mod reports;
mod rooms;
mod scans;
mod scheduled;
mod search;
mod settings;
mod stats;
mod system_messages;
mod tenants;
mod threads;
mod traces;
mod uploads;
mod users;

use serde_json::Value;

/// Message bodies of a page, from the top.
pub(super) fn bodies(page: &Value) -> Vec<String> {
    let messages = page["data"].as_array().expect("a JSON array");
    messages.iter().map(|message| message["body"].as_str().unwrap_or("-").to_owned()).collect()
}
