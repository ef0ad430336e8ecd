//! The `info` parameter: channel attributes that a backend requests.

use super::fault::Fault;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::ChannelState;
use serde_json::{Map, Value, json};

/// Requested attributes of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Info {
    pub(super) subscription_count: bool,
    pub(super) user_count: bool,
    pub(super) cache: bool,
}

impl Info {
    /// Parses a comma-separated list of attribute names. Spaces around a name and empty names are ignored.
    pub(super) fn parse(text: Option<&str>) -> Result<Self, Fault> {
        let mut info = Self::default();
        for name in
            text.unwrap_or_default().split(',').map(|name| name.trim_matches(' ')).filter(|name| !name.is_empty())
        {
            match name {
                "subscription_count" => info.subscription_count = true,
                "user_count" => info.user_count = true,
                "cache" => info.cache = true,
                _ => return Err(Fault::bad("info takes subscription_count, user_count and cache")),
            }
        }
        Ok(info)
    }

    /// Whether any attribute is requested.
    pub(super) fn is_some(self) -> bool {
        self != Self::default()
    }

    /// 400 if this channel lacks a requested attribute.
    pub(super) fn fits(self, channel: &ChannelName) -> Result<(), Fault> {
        if self.user_count && !channel.is_presence() {
            return Err(Fault::bad("Only presence channels have a user_count"));
        }
        if self.cache && !channel.is_cache() {
            return Err(Fault::bad("Only cache channels have a cache"));
        }
        Ok(())
    }

    /// The requested attributes of a channel's state, without those that such a channel lacks: a publish with them still
    /// publishes.
    pub(super) fn of(self, channel: &ChannelName, state: &ChannelState) -> Map<String, Value> {
        let mut attributes = Map::new();
        if self.subscription_count {
            attributes.insert("subscription_count".to_owned(), state.subscription_count.into());
        }
        if self.user_count && channel.is_presence() {
            attributes.insert("user_count".to_owned(), state.user_count.into());
        }
        if self.cache && channel.is_cache() {
            let cached = state.cache.as_ref().map(|(data, ttl)| json!({"data": data, "ttl": ttl}));
            attributes.insert("cache".to_owned(), cached.unwrap_or_default());
        }
        attributes
    }
}
