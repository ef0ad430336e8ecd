//! Channels with people whom the tenant does not know. The application may make them known later, so one can listen to
//! such a channel now; but each of these names makes an object, so nobody gets many of them at once.

use crate::App;
use crate::identity::Caller;
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::problem::Problem;
use campana_core::shared::rate::TokenBucket;
use std::collections::BTreeSet;

/// Channels with strangers that one person may ask for at once, of this isolate.
const BURST: u32 = 20;
/// The same in a minute, sustained.
const PER_MINUTE: u32 = 20;
/// Whom a tenant knows it knows for good.
const FOREVER_MS: u64 = u64::MAX;

/// Those of these people whom the tenant does not know. If the record does not answer, all may be known.
pub(super) async fn strangers(app: &App, tenant: &TenantId, mut people: BTreeSet<UserId>) -> BTreeSet<UserId> {
    let (cache, now) = (&app.caches().known_people, app.now());
    let key = |user: &UserId| (tenant.clone(), user.clone());
    people.retain(|user| cache.fresh(&key(user), now, FOREVER_MS).is_none());
    let asked: Vec<UserId> = people.iter().cloned().collect();
    let answer = app.ask_record("broadcasting.people", app.store().known_users(tenant, &asked)).await;
    let Some(known) = answer else { return BTreeSet::new() };
    for user in known {
        people.remove(&user);
        cache.keep(key(&user), (), now);
    }
    people
}

/// Counts one more channel of theirs with a stranger. 429 if there were too many.
pub(super) fn count(app: &App, caller: &Caller) -> Result<(), Problem> {
    let (rates, now) = (&app.caches().stranger_rates, app.now());
    let key = (caller.tenant().clone(), caller.user_id().clone());
    let full = || TokenBucket::full(BURST, now);
    let taken = rates.with(&key, now, full, |bucket| bucket.take_per_minute(PER_MINUTE, BURST, now));
    let detail = format!("at most {PER_MINUTE} channels a minute with people whom the tenant does not know");
    taken.map_err(|wait| Problem::rate_limited(detail, wait))
}
