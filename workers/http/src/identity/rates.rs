//! How many requests people and apps may make.
//!
//! Two limiters, one behind the other. This isolate counts by the app's own settings, and knows what is left: that is
//! what callers are told. The platform counts across all isolates of a place, up to a ceiling that is the same for all;
//! should it not answer, requests pass: a limiter that is down keeps nobody out.

use crate::App;
use crate::caches::Cache;
use crate::ports::Counted;
use crate::response::{Exchange, Quota};
use campana_core::accounts::principal::Principal;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::rate::TokenBucket;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::App as AppRecord;
use futures_util::future::join;
use std::hash::Hash;
use std::sync::atomic::Ordering;

/// The platform does not say when there is room again: after its period there is.
const PLATFORM_PERIOD_MS: u64 = 60_000;
/// How long an address that failed too often costs the record nothing.
const FLOOD_REMEMBERED_MS: u64 = 10_000;

/// Counts a request of somebody known. 429 if there were too many.
pub(super) async fn count(
    app: &App,
    principal: &Principal,
    record: &AppRecord,
    exchange: &Exchange,
) -> Result<(), Problem> {
    count_here(app, principal, record, exchange)?;
    let person = format!("{}/{}", principal.tenant, principal.user_id);
    let (person, all) =
        join(passes(app, Counted::Person, &person), passes(app, Counted::App, principal.tenant.as_str())).await;
    if person && all {
        return Ok(());
    }
    let whose = if person { "this app's people" } else { "you" };
    Err(Problem::rate_limited(format!("too many requests by {whose} for this service"), PLATFORM_PERIOD_MS))
}

/// By the app's own settings.
fn count_here(app: &App, principal: &Principal, record: &AppRecord, exchange: &Exchange) -> Result<(), Problem> {
    let (now, limits) = (app.now(), &record.limits);
    let key = (principal.tenant.clone(), principal.user_id.clone());
    let of_person = Count { rates: &app.caches().person_rates, key: &key, limit: limits.requests_per_minute, now };
    let (rates, limit) = (&app.caches().app_rates, limits.app_requests_per_minute);
    let of_app = Count { rates, key: &principal.tenant, limit, now };
    let taken = of_person.take("by one person").and_then(|()| {
        of_app.take("by all people of this app").inspect_err(|_| of_person.with(TokenBucket::give_back))
    });
    exchange.counted([of_person.quota("person"), of_app.quota("app")]);
    taken
}

/// One of the counts of this isolate.
struct Count<'a, K> {
    rates: &'a Cache<K, TokenBucket>,
    key: &'a K,
    limit: u32,
    now: Timestamp,
}

impl<K: Eq + Hash + Clone> Count<'_, K> {
    fn with<T>(&self, work: impl FnOnce(&mut TokenBucket, u32) -> T) -> T {
        let full = || TokenBucket::full(self.limit, self.now);
        self.rates.with(self.key, self.now, full, |bucket| work(bucket, self.limit))
    }

    fn take(&self, whose: &str) -> Result<(), Problem> {
        let taken = self.with(|bucket, limit| bucket.take_per_minute(limit, limit, self.now));
        taken.map_err(|wait| Problem::rate_limited(format!("at most {} requests a minute {whose}", self.limit), wait))
    }

    fn quota(&self, name: &'static str) -> Quota {
        let (left, full_in_ms) = self.with(|bucket, limit| bucket.left(limit, limit, self.now));
        Quota { name, limit: self.limit, left, full_in_ms }
    }
}

/// Somebody failed to say who they are. Too many such from one address are told to wait instead.
pub(super) async fn count_failure(app: &App, exchange: &Exchange, problem: Problem) -> Problem {
    if !matches!(problem.kind, Kind::Unauthenticated | Kind::TokenExpired) {
        return problem;
    }
    count_stranger(app, exchange).await.err().unwrap_or(problem)
}

/// Somebody without a name of ours came from this address. 429 if too many did.
pub(crate) async fn count_stranger(app: &App, exchange: &Exchange) -> Result<(), Problem> {
    match exchange.network() {
        Some(network) if !passes(app, Counted::Address, network).await => {
            app.caches().floods.keep(network.clone(), (), app.now());
            Err(flood())
        }
        _ => Ok(()),
    }
}

/// Counts a request that is an app's and nobody's in particular: of its backend, or for a Pusher client's socket. It has a
/// share in what all people of the app may ask for. 429 if there were too many.
pub(crate) async fn count_app(app: &App, record: &AppRecord) -> Result<(), Problem> {
    let (rates, limit) = (&app.caches().app_rates, record.limits.app_requests_per_minute);
    Count { rates, key: &record.tenant_id, limit, now: app.now() }.take("of this app")?;
    if passes(app, Counted::App, record.tenant_id.as_str()).await {
        return Ok(());
    }
    Err(Problem::rate_limited("too many requests of this app for this service", PLATFORM_PERIOD_MS))
}

/// Before the record is asked who somebody is: not for an address that failed too often just now. Whoever can be told
/// to be good without asking gets in all the same.
pub(super) fn may_ask(app: &App, exchange: &Exchange) -> Result<(), Problem> {
    let flooded =
        exchange.network().and_then(|network| app.caches().floods.fresh(network, app.now(), FLOOD_REMEMBERED_MS));
    flooded.map_or(Ok(()), |()| Err(flood()))
}

fn flood() -> Problem {
    Problem::rate_limited("too many requests without a good token from this address", PLATFORM_PERIOD_MS)
}

/// Whether the platform lets one more pass.
async fn passes(app: &App, counted: Counted, key: &str) -> bool {
    match app.limiter().count(counted, key).await {
        Ok(passes) => passes,
        Err(detail) => {
            // Once: it would be the same with every request.
            if !app.caches().limiter_is_silent.swap(true, Ordering::Relaxed) {
                tracing::warn!(at = "identity.rates", detail);
            }
            true
        }
    }
}
