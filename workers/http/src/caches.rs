//! Caches of an isolate. They hold copies of D1 data, whose loss costs a query, and rate-limit buckets, whose loss
//! admits some extra requests. Every cache is bounded in size, and every read of D1 data states a TTL.

use crate::identity::{Failures, KeySet};
use crate::metrics::Metrics;
use crate::turn::Turns;
use campana_core::accounts::revocation::Revocation;
use campana_core::alerts::Alert;
use campana_core::alerts::record::OwnView;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::{GatewayName, Target};
use campana_core::shared::ids::{ConversationId, RoomId, TenantId, UserId};
use campana_core::shared::rate::TokenBucket;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::App as AppRecord;
use hashlink::LruCache;
use std::collections::BTreeSet;
use std::hash::Hash;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(crate) const MAX_APPS: usize = 1_000;
const MAX_PEOPLE: usize = 10_000;
const MAX_ROOMS: usize = 10_000;
const MAX_CONVERSATIONS: usize = 10_000;
const MAX_KEY_SETS: usize = 100;
const MAX_FLOODS: usize = 1_000;
const MAX_ADDRESSES: usize = 10_000;
pub(crate) const MAX_ABSENT: usize = 1_000;
const MAX_TARGETS: usize = 10_000;

/// The caches of one isolate.
#[derive(Default)]
pub(crate) struct Caches {
    /// Apps by tenant.
    pub(crate) apps: Cache<TenantId, Arc<AppRecord>, MAX_APPS>,
    /// Tenants by their app's public key.
    pub(crate) app_keys: Cache<String, TenantId, MAX_APPS>,
    /// Tenants by their app's id.
    pub(crate) app_ids: Cache<String, TenantId, MAX_APPS>,
    /// Tenants that D1 does not have.
    pub(crate) absent_tenants: Cache<TenantId, (), MAX_ABSENT>,
    /// Public keys that D1 does not have.
    pub(crate) absent_keys: Cache<String, (), MAX_ABSENT>,
    /// App ids that D1 does not have.
    pub(crate) absent_ids: Cache<String, (), MAX_ABSENT>,
    /// All tenants, for alerts from addresses that may not cause look-ups.
    pub(crate) tenants: Cache<(), Listing, 1>,
    /// Whether D1 answered the last health check.
    pub(crate) health: Cache<(), bool, 1>,
    /// Name and avatar last recorded for a user.
    pub(crate) people: Cache<(TenantId, UserId), Described, MAX_PEOPLE>,
    /// Conversations by room. The mapping never changes.
    pub(crate) rooms: Cache<(TenantId, RoomId), ConversationId, MAX_ROOMS>,
    /// Users known to the tenant.
    pub(crate) known_people: Cache<(TenantId, UserId), (), MAX_PEOPLE>,
    /// Conversations known to exist.
    pub(crate) conversations: Cache<(TenantId, ConversationId), (), MAX_CONVERSATIONS>,
    /// Conversation of a tenant's general room. It never changes.
    pub(crate) general: Cache<TenantId, ConversationId, MAX_APPS>,
    /// Targets of channels that belong to conversations.
    pub(crate) targets: Cache<(TenantId, ChannelName), Target, MAX_TARGETS>,
    /// Gateways of an app.
    pub(crate) gateways: Cache<TenantId, Arc<Vec<GatewayName>>, MAX_APPS>,
    /// Number of gateways in use per region, if above the app's setting.
    pub(crate) gateways_in_use: Cache<(TenantId, String), u32, MAX_APPS>,
    /// Newest open alerts, as guards and their owners see them.
    pub(crate) active_alerts: Cache<TenantId, Arc<ActiveAlerts>, MAX_APPS>,
    /// Revocations of users that are older than those that come with the app, and the version up to which the newest
    /// was read.
    pub(crate) user_revocations: Cache<(TenantId, UserId), (Option<Revocation>, i64), MAX_PEOPLE>,
    /// Published JWKS by URL.
    pub(crate) key_sets: Cache<String, KeySet, MAX_KEY_SETS>,
    /// Rate-limit buckets of users.
    pub(crate) person_rates: Cache<(TenantId, UserId), TokenBucket, MAX_PEOPLE>,
    /// Rate-limit buckets of users for exports of what is their own.
    pub(crate) export_rates: Cache<(TenantId, UserId), TokenBucket, MAX_PEOPLE>,
    /// Rate-limit buckets of users for searches.
    pub(crate) search_rates: Cache<(TenantId, UserId), TokenBucket, MAX_PEOPLE>,
    /// Rate-limit buckets of apps, for all their users together.
    pub(crate) app_rates: Cache<TenantId, TokenBucket, MAX_APPS>,
    /// Rate-limit buckets of apps and of addresses, for opening Pusher sockets.
    pub(crate) opening_rates: Cache<TenantId, TokenBucket, MAX_APPS>,
    pub(crate) address_rates: Cache<(TenantId, String), TokenBucket, MAX_PEOPLE>,
    /// Rate-limit buckets of users for channels of unknown users.
    pub(crate) stranger_rates: Cache<(TenantId, UserId), TokenBucket, MAX_PEOPLE>,
    /// Look-ups of unknown names that an address may cause.
    pub(crate) look_ups: Cache<String, TokenBucket, MAX_ADDRESSES>,
    /// Addresses with too many failed authentications.
    pub(crate) floods: Cache<String, (), MAX_FLOODS>,
    /// Failed authentications that are not in D1 yet.
    pub(crate) failures: Failures,
    /// Counters and histograms that are reported to quota registries.
    pub(crate) metrics: Metrics,
    /// Turns of pictures that come into the memory of this isolate.
    pub(crate) pictures: Turns,
    /// Whether the failure of the platform's limiter has been logged.
    pub(crate) limiter_is_silent: AtomicBool,
}

/// The newest open alerts of a tenant, and the newest open views of owners, which only they see.
pub(crate) struct ActiveAlerts {
    pub(crate) alerts: Vec<Alert>,
    pub(crate) views: Vec<OwnView>,
}

/// A user's name and avatar in a token.
pub(crate) type Described = (String, Option<String>);

/// The list of all tenants.
#[derive(Debug, Clone)]
pub(crate) enum Listing {
    /// A request is reading it.
    Pending,
    /// It was read.
    Read(Arc<BTreeSet<TenantId>>),
}

/// An LRU map of at most `N` entries that stores the age of each. It allocates nothing while empty.
pub(crate) struct Cache<K, V, const N: usize> {
    entries: Mutex<LruCache<K, (V, Timestamp)>>,
}

impl<K: Eq + Hash, V, const N: usize> Default for Cache<K, V, N> {
    fn default() -> Self {
        Self { entries: Mutex::new(LruCache::new(N)) }
    }
}

impl<K: Eq + Hash + Clone, V: Clone, const N: usize> Cache<K, V, N> {
    fn entries(&self) -> MutexGuard<'_, LruCache<K, (V, Timestamp)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The cached value and when it was stored.
    pub(crate) fn get(&self, key: &K) -> Option<(V, Timestamp)> {
        self.entries().get(key).cloned()
    }

    /// The cached value, unless it is `max_age_ms` old or older.
    pub(crate) fn fresh(&self, key: &K, now: Timestamp, max_age_ms: u64) -> Option<V> {
        self.get(key).filter(|(_, kept_at)| now.since(*kept_at) < max_age_ms).map(|(value, _)| value)
    }

    /// Stores a value.
    pub(crate) fn keep(&self, key: K, value: V, now: Timestamp) {
        self.entries().insert(key, (value, now));
    }

    /// Modifies a value in place; creates it if absent.
    pub(crate) fn with<T>(
        &self,
        key: &K,
        now: Timestamp,
        new: impl FnOnce() -> V,
        work: impl FnOnce(&mut V) -> T,
    ) -> T {
        let mut entries = self.entries();
        if let Some((value, _)) = entries.get_mut(key) {
            return work(value);
        }
        let mut value = new();
        let outcome = work(&mut value);
        entries.insert(key.clone(), (value, now));
        outcome
    }

    /// Removes an outdated value.
    pub(crate) fn forget(&self, key: &K) {
        self.entries().remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn an_entry_is_fresh_for_its_ttl() {
        let cache = Cache::<_, _, 2>::default();
        cache.keep("a", 1, at(0));
        assert_eq!(cache.fresh(&"a", at(9), 10), Some(1));
        assert_eq!(cache.fresh(&"a", at(10), 10), None);
        assert_eq!(cache.get(&"a"), Some((1, at(0))));
    }

    #[test]
    fn a_value_is_modified_in_place_until_it_is_removed() {
        let cache = Cache::<_, _, 2>::default();
        let add = |key| {
            cache.with(
                &key,
                at(0),
                || 0,
                |value| {
                    *value += 1;
                    *value
                },
            )
        };
        assert_eq!([add("a"), add("a"), add("b")], [1, 2, 1]);
        cache.forget(&"a");
        assert_eq!([add("a"), add("b"), add("c")], [1, 2, 1]);
        assert_eq!(cache.get(&"a"), None, "the least recently used entry is evicted");
    }

    #[test]
    fn the_least_recently_used_entry_is_evicted_first() {
        let cache = Cache::<_, _, 2>::default();
        let values =
            |cache: &Cache<_, _, 2>| ["a", "b", "c"].map(|key| cache.get(&key).map(|(value, _): (i32, _)| value));
        for (key, value) in [("a", 1), ("b", 2), ("a", 3), ("c", 4)] {
            cache.keep(key, value, at(0));
        }
        assert_eq!(values(&cache), [Some(3), None, Some(4)]);
        assert_eq!(cache.fresh(&"a", at(1), 10), Some(3));
        cache.keep("b", 5, at(1));
        assert_eq!(values(&cache), [Some(3), Some(5), None], "a read counts as a use");
    }
}
