//! What anonymous clients of a gateway occupy, and its limits. A client is anonymous until a sign-in or a subscription
//! names its user: anyone with the app's key can open such sockets and invent names of public channels.
//!
//! Distinct channels are counted per address and for the gateway, and the memory of all their subscriptions for the
//! gateway. Names are kept as hashes; a collision counts two channels as one.

use super::channel::ChannelName;
use super::settings::PusherSettings;
use crate::shared::rate::TokenBucket;
use crate::shared::timestamp::Timestamp;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Memory of all subscriptions of anonymous clients of a gateway, bytes. Beyond it, each client still has its share.
pub const ANONYMOUS_BYTES: u64 = 32 * 1024 * 1024;
/// Assumed memory of a subscription besides its channel's name, bytes.
const SUBSCRIPTION_BYTES: u64 = 256;
/// Copies of the name in a gateway's indexes.
const NAME_COPIES: u64 = 3;
/// Seconds of its frame rate that an address may use at once: a crowd behind one address reconnects together.
const BURST_SECONDS: u32 = 5;
/// Refused frames of an address, minus frames accepted since, that begin a flood.
const MAX_REFUSED: u32 = 50;
/// Frames as which a subscription counts if no anonymous client of the gateway listens to its channel: a crowd has its channels
/// in common, and a flood invents them.
const NEW_CHANNEL_FRAMES: u32 = 2;
/// How long a flood lasts, milliseconds: each frame during it closes its socket.
const FLOOD_MS: i64 = 5_000;

/// A client's network address, as a hash.
pub type AddressHash = u64;

/// Whether a frame of an anonymous client is within the frame rate of its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameRate {
    /// The frame is accepted.
    Within,
    /// The frame is refused.
    Exceeded,
    /// The address floods: the frame is refused, and the client's socket is to be closed.
    Flooding,
}

/// A limit that a new subscription of an anonymous client would exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exceeded {
    /// Distinct channels of the client's address.
    Address,
    /// Distinct channels of all anonymous clients of the gateway.
    Gateway,
    /// Memory of the subscriptions of all anonymous clients of the gateway.
    Memory,
}

/// Channels and subscriptions of anonymous clients.
#[derive(Debug, Default)]
pub struct AnonymousLoad {
    addresses: HashMap<AddressHash, AtAddress>,
    /// Subscriptions by channel.
    channels: HashMap<u64, u32>,
    bytes: u64,
}

#[derive(Debug)]
struct AtAddress {
    clients: u32,
    channels: HashMap<u64, u32>,
    frames: TokenBucket,
    /// Refused frames, minus frames accepted since.
    refused: u32,
    flood_until: Timestamp,
}

/// Hash of a network address.
pub fn address_hash(network: &str) -> AddressHash {
    hash(network)
}

/// Assumed memory of a subscription to a channel, bytes.
pub fn subscription_bytes(channel: &ChannelName) -> u64 {
    let name = u64::try_from(channel.as_str().len()).unwrap_or(u64::MAX);
    name.saturating_mul(NAME_COPIES).saturating_add(SUBSCRIPTION_BYTES)
}

impl AnonymousLoad {
    /// Adds a client.
    pub fn opened(&mut self, address: Option<AddressHash>, settings: &PusherSettings, now: Timestamp) {
        let Some(address) = address else { return };
        let burst = settings.frames_per_address.saturating_mul(BURST_SECONDS);
        let at = self.addresses.entry(address).or_insert_with(|| AtAddress {
            clients: 0,
            channels: HashMap::new(),
            frames: TokenBucket::full(burst, now),
            refused: 0,
            flood_until: Timestamp::default(),
        });
        at.clients = at.clients.saturating_add(1);
    }

    /// Removes a client that has closed or is not anonymous any more, without its subscriptions.
    pub fn closed(&mut self, address: Option<AddressHash>) {
        let Some(address) = address else { return };
        let Some(at) = self.addresses.get_mut(&address) else { return };
        at.clients = at.clients.saturating_sub(1);
        if at.clients == 0 {
            self.addresses.remove(&address);
        }
    }

    /// Adds a subscription.
    pub fn add(&mut self, address: Option<AddressHash>, channel: &ChannelName) {
        let name = hash(channel.as_str());
        increment(&mut self.channels, name);
        self.bytes = self.bytes.saturating_add(subscription_bytes(channel));
        if let Some(at) = address.and_then(|address| self.addresses.get_mut(&address)) {
            increment(&mut at.channels, name);
        }
    }

    /// Removes a subscription.
    pub fn remove(&mut self, address: Option<AddressHash>, channel: &ChannelName) {
        let name = hash(channel.as_str());
        decrement(&mut self.channels, name);
        self.bytes = self.bytes.saturating_sub(subscription_bytes(channel));
        if let Some(at) = address.and_then(|address| self.addresses.get_mut(&address)) {
            decrement(&mut at.channels, name);
        }
    }

    /// Whether a client whose subscriptions take `own_bytes` may subscribe to one more channel.
    pub fn admits(
        &self,
        address: Option<AddressHash>,
        channel: &ChannelName,
        own_bytes: u64,
        settings: &PusherSettings,
    ) -> Result<(), Exceeded> {
        let name = hash(channel.as_str());
        let has_room = |channels: &HashMap<u64, u32>, most: u32| {
            channels.contains_key(&name) || channels.len() < usize::try_from(most).unwrap_or(usize::MAX)
        };
        let at = address.and_then(|address| self.addresses.get(&address));
        if at.is_some_and(|at| !has_room(&at.channels, settings.anonymous_channels_per_address)) {
            return Err(Exceeded::Address);
        }
        if !has_room(&self.channels, settings.anonymous_channels) {
            return Err(Exceeded::Gateway);
        }
        let more = subscription_bytes(channel);
        let share = ANONYMOUS_BYTES.checked_div(u64::from(settings.sockets_per_gateway)).unwrap_or(ANONYMOUS_BYTES);
        if self.bytes.saturating_add(more) > ANONYMOUS_BYTES && own_bytes.saturating_add(more) > share {
            return Err(Exceeded::Memory);
        }
        Ok(())
    }

    /// Counts a frame of an anonymous client, which may subscribe to a channel.
    pub fn take_frame(
        &mut self,
        address: Option<AddressHash>,
        channel: Option<&ChannelName>,
        settings: &PusherSettings,
        now: Timestamp,
    ) -> FrameRate {
        let Some(at) = address.and_then(|address| self.addresses.get_mut(&address)) else { return FrameRate::Within };
        if now < at.flood_until {
            return FrameRate::Flooding;
        }
        let is_new = channel.is_some_and(|channel| !self.channels.contains_key(&hash(channel.as_str())));
        let frames = if is_new { NEW_CHANNEL_FRAMES } else { 1 };
        let rate = settings.frames_per_address;
        if at.frames.take_many(frames, rate, rate.saturating_mul(BURST_SECONDS), now).is_ok() {
            at.refused = at.refused.saturating_sub(1);
            return FrameRate::Within;
        }
        at.refused = at.refused.saturating_add(1);
        if at.refused <= MAX_REFUSED {
            return FrameRate::Exceeded;
        }
        (at.refused, at.flood_until) = (0, now.plus_millis(FLOOD_MS));
        FrameRate::Flooding
    }

    /// Number of distinct channels, and assumed memory of their subscriptions in bytes.
    pub fn size(&self) -> (usize, u64) {
        (self.channels.len(), self.bytes)
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn increment(counts: &mut HashMap<u64, u32>, key: u64) {
    let count = counts.entry(key).or_default();
    *count = count.saturating_add(1);
}

fn decrement(counts: &mut HashMap<u64, u32>, key: u64) {
    let Some(count) = counts.get_mut(&key) else { return };
    *count = count.saturating_sub(1);
    if *count == 0 {
        counts.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: Option<AddressHash> = Some(1);
    const OFFICE: Option<AddressHash> = Some(2);

    fn settings() -> PusherSettings {
        PusherSettings {
            anonymous_channels_per_address: 3,
            anonymous_channels: 5,
            frames_per_address: 2,
            ..PusherSettings::default()
        }
    }

    fn channel(name: &str) -> ChannelName {
        ChannelName::trusted(name)
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn opened(addresses: &[Option<AddressHash>]) -> AnonymousLoad {
        let mut load = AnonymousLoad::default();
        for address in addresses {
            load.opened(*address, &settings(), at(0));
        }
        load
    }

    #[test]
    fn distinct_channels_are_limited_per_address_and_for_the_gateway() {
        let mut load = opened(&[HOME, HOME, OFFICE]);
        for name in ["a", "b", "c", "a", "b"] {
            load.add(HOME, &channel(name));
        }
        let admits = |load: &AnonymousLoad, address, name| load.admits(address, &channel(name), 0, &settings());
        assert_eq!(admits(&load, HOME, "d"), Err(Exceeded::Address));
        assert_eq!(admits(&load, HOME, "c"), Ok(()), "known there already");
        for name in ["d", "e"] {
            assert_eq!(admits(&load, OFFICE, name), Ok(()));
            load.add(OFFICE, &channel(name));
        }
        assert_eq!(admits(&load, OFFICE, "f"), Err(Exceeded::Gateway));
        assert_eq!(admits(&load, None, "f"), Err(Exceeded::Gateway), "also of an unknown address");
        load.remove(HOME, &channel("a"));
        assert_eq!(admits(&load, OFFICE, "f"), Err(Exceeded::Gateway), "another client still listens");
        load.remove(HOME, &channel("a"));
        assert_eq!((admits(&load, OFFICE, "f"), admits(&load, HOME, "f")), (Ok(()), Ok(())));
    }

    #[test]
    fn memory_is_bounded_and_each_client_keeps_a_share() {
        let settings = PusherSettings { anonymous_channels: u32::MAX, ..PusherSettings::default() };
        let mut load = AnonymousLoad::default();
        let mut number = 0;
        while load.size().1 < ANONYMOUS_BYTES {
            load.add(None, &channel(&format!("invented-{number}")));
            number += 1;
        }
        assert!(number < 130_000, "{number}");
        let share = ANONYMOUS_BYTES / u64::from(settings.sockets_per_gateway);
        assert_eq!(load.admits(None, &channel("x"), share, &settings), Err(Exceeded::Memory));
        assert_eq!(load.admits(None, &channel("x"), 0, &settings), Ok(()));
    }

    #[test]
    fn what_closed_leaves_nothing() {
        let mut load = opened(&[HOME, OFFICE]);
        load.add(HOME, &channel("a"));
        load.remove(HOME, &channel("a"));
        for address in [HOME, OFFICE, OFFICE, None] {
            load.closed(address);
        }
        assert_eq!((load.size(), load.addresses.len()), ((0, 0), 0));
    }

    #[test]
    fn frames_are_counted_for_all_clients_of_an_address() {
        let mut load = opened(&[HOME, HOME, OFFICE]);
        let mut take = |address, count: usize, millis| taken(&mut load, (address, None), count, millis);
        assert_eq!(take(HOME, 60, 0), (10, 50, 0));
        assert_eq!(take(HOME, 500, 0), (0, 0, 500), "a flood");
        assert_eq!((take(OFFICE, 1, 0), take(None, 1_000, 0)), ((1, 0, 0), (1_000, 0, 0)));
        assert_eq!(take(HOME, 1, FLOOD_MS - 1), (0, 0, 1), "within the frame rate, but the flood goes on");
        assert_eq!(take(HOME, 16, FLOOD_MS), (10, 6, 0), "it is over");
    }

    #[test]
    fn a_subscription_to_an_invented_channel_counts_as_several_frames() {
        let mut load = opened(&[HOME, OFFICE]);
        load.add(OFFICE, &channel("news"));
        assert_eq!(taken(&mut load, (OFFICE, Some(&channel("news"))), 16, 0), (10, 6, 0));
        assert_eq!(taken(&mut load, (HOME, Some(&channel("invented"))), 10, 0), (5, 5, 0));
    }

    /// How many of the frames are accepted, refused, and part of a flood.
    fn taken(
        load: &mut AnonymousLoad,
        (address, channel): (Option<AddressHash>, Option<&ChannelName>),
        count: usize,
        millis: i64,
    ) -> (usize, usize, usize) {
        let rates: Vec<FrameRate> =
            (0..count).map(|_| load.take_frame(address, channel, &settings(), at(millis))).collect();
        let count = |rate| rates.iter().filter(|it| **it == rate).count();
        (count(FrameRate::Within), count(FrameRate::Exceeded), count(FrameRate::Flooding))
    }
}
