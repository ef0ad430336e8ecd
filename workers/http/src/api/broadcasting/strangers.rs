//! Rate limit for channels of users unknown to the tenant. The application may create them later, so subscribing is
//! allowed; but each name creates an object, so one user may not open many.

use crate::identity::Caller;
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Problem;
use campana_core::shared::rate::TokenBucket;
use std::collections::BTreeSet;

/// Burst of channels with unknown users per user, in this isolate.
const BURST: u32 = 20;
/// Sustained rate of channels with unknown users, per user and minute.
const PER_MINUTE: u32 = 20;
/// TTL of a known user: users are never forgotten.
const FOREVER_MS: u64 = u64::MAX;

/// The users among these that are unknown to the tenant. Empty if D1 does not answer: then all count as known.
pub(super) async fn strangers(caller: &Caller, mut people: BTreeSet<UserId>) -> BTreeSet<UserId> {
    let (cache, now) = (&caller.app.caches().known_people, caller.now());
    let key = |user: &UserId| (caller.tenant().clone(), user.clone());
    people.retain(|user| cache.fresh(&key(user), now, FOREVER_MS).is_none());
    let asked: Vec<UserId> = people.iter().cloned().collect();
    let answer =
        caller.app.ask_record("broadcasting.people", caller.store().known_users(caller.tenant(), &asked)).await;
    let Some(known) = answer else { return BTreeSet::new() };
    for user in known {
        people.remove(&user);
        cache.keep(key(&user), (), now);
    }
    people
}

/// Counts one more channel with an unknown user. 429 over the limit.
pub(super) fn count(caller: &Caller) -> Result<(), Problem> {
    let (rates, now) = (&caller.app.caches().stranger_rates, caller.now());
    let key = (caller.tenant().clone(), caller.user_id().clone());
    let full = || TokenBucket::full(BURST, now);
    let taken = rates.with(&key, now, full, |bucket| bucket.take_per_minute(PER_MINUTE, BURST, now));
    let detail = format!("at most {PER_MINUTE} channels a minute with people whom the tenant does not know");
    taken.map_err(|wait| Problem::rate_limited(detail, wait))
}
