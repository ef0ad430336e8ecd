//! What an isolate remembers between requests: copies of what the record has, whose loss costs a query, and how many
//! requests came, whose loss lets some more in. Every cache has a size and a time.

use campana_core::alerts::Alert;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::{GatewayName, Target};
use campana_core::shared::ids::{ConversationId, RoomId, TenantId, UserId};
use campana_core::shared::rate::TokenBucket;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::App as AppRecord;
use hashlink::LruCache;
use serde_json::Value;
use std::hash::Hash;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const MAX_APPS: usize = 1_000;
const MAX_PEOPLE: usize = 10_000;
const MAX_ROOMS: usize = 10_000;
const MAX_CONVERSATIONS: usize = 10_000;
const MAX_KEY_SETS: usize = 100;
const MAX_FLOODS: usize = 1_000;
const MAX_TARGETS: usize = 10_000;

/// The caches of one isolate.
pub(crate) struct Caches {
    /// Apps by tenant.
    pub(crate) apps: Cache<TenantId, Arc<AppRecord>>,
    /// Tenants by the public key of their app.
    pub(crate) app_keys: Cache<String, TenantId>,
    /// Tenants by the number of their app.
    pub(crate) app_ids: Cache<String, TenantId>,
    /// What was last recorded of a person: name and picture.
    pub(crate) people: Cache<(TenantId, UserId), Described>,
    /// Which conversation a room owns; that never changes.
    pub(crate) rooms: Cache<(TenantId, RoomId), ConversationId>,
    /// People whom the tenant was found to know.
    pub(crate) known_people: Cache<(TenantId, UserId), ()>,
    /// Conversations that were found to be there.
    pub(crate) conversations: Cache<(TenantId, ConversationId), ()>,
    /// A tenant's general room; that never changes.
    pub(crate) general: Cache<TenantId, ConversationId>,
    /// Conversations that channels were found to belong to.
    pub(crate) targets: Cache<(TenantId, ChannelName), Target>,
    /// The gateways of an app.
    pub(crate) gateways: Cache<TenantId, Arc<Vec<GatewayName>>>,
    /// How many gateways of a region are in use, where that are more than from the beginning.
    pub(crate) gateways_in_use: Cache<(TenantId, String), u32>,
    /// The newest open alerts.
    pub(crate) active_alerts: Cache<TenantId, Arc<Vec<Alert>>>,
    /// Guards whom the desk lets watch, with when their token was made.
    pub(crate) watching: Cache<(TenantId, UserId), Option<i64>>,
    /// Published keys by address.
    pub(crate) key_sets: Cache<String, Arc<Value>>,
    /// Requests that people may still make.
    pub(crate) person_rates: Cache<(TenantId, UserId), TokenBucket>,
    /// The same for all of an app.
    pub(crate) app_rates: Cache<TenantId, TokenBucket>,
    /// Channels with people whom the tenant does not know that somebody may still listen to.
    pub(crate) stranger_rates: Cache<(TenantId, UserId), TokenBucket>,
    /// Addresses from which too many failed to say who they are.
    pub(crate) floods: Cache<String, ()>,
    /// Whether it was written down that the platform's limiter does not count.
    pub(crate) limiter_is_silent: AtomicBool,
}

/// How a token described a person.
pub(crate) type Described = (String, Option<String>);

impl Default for Caches {
    fn default() -> Self {
        Self {
            apps: Cache::new(MAX_APPS),
            app_keys: Cache::new(MAX_APPS),
            app_ids: Cache::new(MAX_APPS),
            people: Cache::new(MAX_PEOPLE),
            rooms: Cache::new(MAX_ROOMS),
            known_people: Cache::new(MAX_PEOPLE),
            conversations: Cache::new(MAX_CONVERSATIONS),
            general: Cache::new(MAX_APPS),
            targets: Cache::new(MAX_TARGETS),
            gateways: Cache::new(MAX_APPS),
            gateways_in_use: Cache::new(MAX_APPS),
            active_alerts: Cache::new(MAX_APPS),
            watching: Cache::new(MAX_PEOPLE),
            key_sets: Cache::new(MAX_KEY_SETS),
            person_rates: Cache::new(MAX_PEOPLE),
            app_rates: Cache::new(MAX_APPS),
            stranger_rates: Cache::new(MAX_PEOPLE),
            floods: Cache::new(MAX_FLOODS),
            limiter_is_silent: AtomicBool::new(false),
        }
    }
}

/// A bounded map with the age of each entry. When it is full, the entry that was used longest ago makes room. It takes no
/// memory before it has entries.
pub(crate) struct Cache<K, V> {
    entries: Mutex<LruCache<K, (V, Timestamp)>>,
}

impl<K: Eq + Hash + Clone, V: Clone> Cache<K, V> {
    fn new(capacity: usize) -> Self {
        Self { entries: Mutex::new(LruCache::new(capacity)) }
    }

    fn entries(&self) -> MutexGuard<'_, LruCache<K, (V, Timestamp)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is kept, and since when.
    pub(crate) fn get(&self, key: &K) -> Option<(V, Timestamp)> {
        self.entries().get(key).cloned()
    }

    /// What is kept, unless it is older than so many milliseconds.
    pub(crate) fn fresh(&self, key: &K, now: Timestamp, max_age_ms: u64) -> Option<V> {
        self.get(key).filter(|(_, kept_at)| now.since(*kept_at) < max_age_ms).map(|(value, _)| value)
    }

    /// Keeps a value.
    pub(crate) fn keep(&self, key: K, value: V, now: Timestamp) {
        self.entries().insert(key, (value, now));
    }

    /// Works on a value where it is kept; on a new one if there is none.
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

    /// Lets go of a value that is known to be over.
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
    fn an_entry_is_fresh_for_its_time() {
        let cache = Cache::new(2);
        cache.keep("a", 1, at(0));
        assert_eq!(cache.fresh(&"a", at(9), 10), Some(1));
        assert_eq!(cache.fresh(&"a", at(10), 10), None);
        assert_eq!(cache.get(&"a"), Some((1, at(0))));
    }

    #[test]
    fn a_value_is_worked_on_where_it_is_kept_until_it_is_forgotten() {
        let cache = Cache::new(2);
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
        assert_eq!(cache.get(&"a"), None, "what was used longest ago goes when there is no room");
    }

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let cache = Cache::new(2);
        let values = |cache: &Cache<_, _>| ["a", "b", "c"].map(|key| cache.get(&key).map(|(value, _): (i32, _)| value));
        for (key, value) in [("a", 1), ("b", 2), ("a", 3), ("c", 4)] {
            cache.keep(key, value, at(0));
        }
        assert_eq!(values(&cache), [Some(3), None, Some(4)]);
        assert_eq!(cache.fresh(&"a", at(1), 10), Some(3));
        cache.keep("b", 5, at(1));
        assert_eq!(values(&cache), [Some(3), Some(5), None], "a look is a use");
    }
}
