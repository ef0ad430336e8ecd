//! Rate limits of users and apps.
//!
//! Two limiters run in sequence. The isolate's limiter applies the app's settings and knows the remaining quota, which
//! responses report. The platform's limiter counts across all isolates of one Cloudflare location, up to a ceiling
//! shared by all apps. If it does not answer, requests pass.

use super::Caller;
use crate::App;
use crate::caches::Cache;
use crate::ports::Counted;
use crate::response::{Exchange, Quota};
use campana_core::accounts::auth_failure::AuthFailure;
use campana_core::accounts::principal::Principal;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::rate::TokenBucket;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::App as AppRecord;
use futures_util::future::join;
use std::hash::Hash;
use std::sync::atomic::Ordering;

/// Period of the platform's limiter, which does not report when requests will pass again, milliseconds.
const PLATFORM_PERIOD_MS: u64 = 60_000;
/// Searches of a person per minute and at once, within the limit of their requests: a search costs more than other requests.
const SEARCHES_PER_MINUTE: u32 = 120;
/// Look-ups of unknown names that an address may cause in this isolate, per minute and at once. Those that find something do
/// not count.
const LOOK_UPS_PER_MINUTE: u32 = 200;
/// Exports of what is a person's own, per minute in this isolate.
const EXPORTS_PER_MINUTE: u32 = 2;
/// How long requests from an address over its limit are refused without a D1 query, milliseconds.
const FLOOD_REMEMBERED_MS: u64 = 10_000;

/// Counts a request of a verified user. 429 over a limit.
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

/// Counts by the app's own settings, in this isolate.
fn count_here(app: &App, principal: &Principal, record: &AppRecord, exchange: &Exchange) -> Result<(), Problem> {
    let (now, limits) = (app.now(), &record.limits);
    let key = (principal.tenant.clone(), principal.user_id.clone());
    let of_person = Count { rates: &app.caches().person_rates, key: &key, limit: limits.requests_per_minute, now };
    let (rates, limit) = (&app.caches().app_rates, limits.app_requests_per_minute);
    let of_app = Count { rates, key: &principal.tenant, limit, now };
    let taken = of_person.take("by one person").and_then(|()| {
        of_app.take("by all people of this app").inspect_err(|_| of_person.with(TokenBucket::give_back))
    });
    exchange.is_of(&principal.user_id);
    exchange.counted([of_person.quota("person"), of_app.quota("app")]);
    taken
}

/// Counts a search of a verified user, in this isolate. 429 over the limit.
pub(crate) fn count_search(caller: &Caller) -> Result<(), Problem> {
    let key = (caller.tenant().clone(), caller.user_id().clone());
    let rates = &caller.app.caches().search_rates;
    Count { rates, key: &key, limit: SEARCHES_PER_MINUTE, now: caller.now() }.take("to search, by one person")
}

/// One bucket of this isolate.
struct Count<'a, K, const N: usize> {
    rates: &'a Cache<K, TokenBucket, N>,
    key: &'a K,
    limit: u32,
    now: Timestamp,
}

impl<K: Eq + Hash + Clone, const N: usize> Count<'_, K, N> {
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

/// Counts an export of what is the caller's own, which reads all of their messages. 429 over the limit.
pub(crate) fn count_export(caller: &Caller) -> Result<(), Problem> {
    let key = (caller.tenant().clone(), caller.user_id().clone());
    let rates = &caller.app.caches().export_rates;
    Count { rates, key: &key, limit: EXPORTS_PER_MINUTE, now: caller.now() }.take("for exports by one person")
}

/// Counts a failed authentication. Over the address limit, 429 replaces the original problem.
pub(super) async fn count_failure(app: &App, exchange: &Exchange, problem: Problem) -> Problem {
    if !matches!(problem.kind, Kind::Unauthenticated | Kind::TokenExpired) {
        return problem;
    }
    count_stranger(app, exchange).await.err().unwrap_or(problem)
}

/// Counts an unauthenticated request from this address. 429 over the limit.
pub(crate) async fn count_stranger(app: &App, exchange: &Exchange) -> Result<(), Problem> {
    match exchange.network() {
        Some(network) if !passes(app, Counted::Address, network).await => {
            app.caches().floods.keep(network.clone(), (), app.now());
            exchange.denied(AuthFailure::RateLimited);
            Err(flood())
        }
        _ => Ok(()),
    }
}

/// Counts the opening of a Pusher socket, whose user is not known yet: by its address, and for the app apart from the
/// requests of its users, so that strangers cannot use up the users' quota. 429 over a limit.
pub(crate) async fn count_opening(app: &App, record: &AppRecord, exchange: &Exchange) -> Result<(), Problem> {
    let (caches, now) = (app.caches(), app.now());
    let all = Count {
        rates: &caches.opening_rates,
        key: &record.tenant_id,
        limit: record.limits.app_requests_per_minute,
        now,
    };
    let Some(network) = exchange.network() else { return all.take("for sockets of this app") };
    let key = (record.tenant_id.clone(), network.clone());
    let of_address = Count { rates: &caches.address_rates, key: &key, limit: record.pusher.connects_per_address, now };
    of_address.take("for sockets of this address")?;
    all.take("for sockets of this app")?;
    if passes(app, Counted::Opening, &format!("{}/{network}", record.tenant_id)).await {
        return Ok(());
    }
    Err(Problem::rate_limited("too many sockets of this address for this service", PLATFORM_PERIOD_MS))
}

/// Counts a request of an app without a user: of its backend. It uses the quota of all the app's users. 429 over the
/// limit.
pub(crate) async fn count_app(app: &App, record: &AppRecord) -> Result<(), Problem> {
    let (rates, limit) = (&app.caches().app_rates, record.limits.app_requests_per_minute);
    Count { rates, key: &record.tenant_id, limit, now: app.now() }.take("of this app")?;
    if passes(app, Counted::App, record.tenant_id.as_str()).await {
        return Ok(());
    }
    Err(Problem::rate_limited("too many requests of this app for this service", PLATFORM_PERIOD_MS))
}

/// Permission for one D1 look-up of a name that this isolate does not know. It is counted before the query, so that
/// requests sent at the same time cannot cause more.
#[must_use]
pub(super) struct LookUp<'a> {
    app: &'a App,
    network: Option<&'a String>,
}

impl<'a> LookUp<'a> {
    /// 429 for an address that failed too often recently, here or at the platform's limiter. Requests that caches can
    /// authenticate need no look-up and still pass.
    pub(super) fn begin(app: &'a App, exchange: &'a Exchange) -> Result<Self, Problem> {
        let (network, now) = (exchange.network(), app.now());
        if let Some(network) = network {
            if app.caches().floods.fresh(network, now, FLOOD_REMEMBERED_MS).is_some() {
                return Err(flood());
            }
            let full = || TokenBucket::full(LOOK_UPS_PER_MINUTE, now);
            let take = |bucket: &mut TokenBucket| bucket.take_per_minute(LOOK_UPS_PER_MINUTE, LOOK_UPS_PER_MINUTE, now);
            let taken = app.caches().look_ups.with(network, now, full, take);
            taken.map_err(|wait| Problem::rate_limited(FLOOD, wait))?;
        }
        Ok(Self { app, network })
    }

    /// The name exists: the look-up does not count.
    pub(super) fn found(self) {
        if let Some(network) = self.network {
            let full = || TokenBucket::full(LOOK_UPS_PER_MINUTE, self.app.now());
            let give_back = |bucket: &mut TokenBucket| bucket.give_back(LOOK_UPS_PER_MINUTE);
            self.app.caches().look_ups.with(network, self.app.now(), full, give_back);
        }
    }
}

const FLOOD: &str = "too many requests without a good token from this address";

fn flood() -> Problem {
    Problem::rate_limited(FLOOD, PLATFORM_PERIOD_MS)
}

/// Whether the platform's limiter admits one more request. True if it fails.
async fn passes(app: &App, counted: Counted, key: &str) -> bool {
    match app.limiter().count(counted, key).await {
        Ok(passes) => passes,
        Err(detail) => {
            // Logged once per isolate: every request would fail the same way.
            if !app.caches().limiter_is_silent.swap(true, Ordering::Relaxed) {
                tracing::warn!(at = "identity.rates", detail);
            }
            true
        }
    }
}
