//! Choice of the key that verifies a token: an app secret, a key of the stored JWKS, or a key of the published JWKS.

use super::apps::good_secrets_by_generation;
use super::failures::Denied;
use super::signature::{Algorithm, Key};
use crate::App;
use campana_core::accounts::auth::secret_key_id;
use campana_core::accounts::auth_failure::AuthFailure;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::App as AppRecord;
use serde_json::Value;
use std::sync::Arc;

/// TTL of a published JWKS, milliseconds.
const FRESH_MS: u64 = 600_000;
/// How long a JWKS is used while its URL does not answer, milliseconds.
const STALE_MS: u64 = 24 * 3_600_000;
/// Minimum interval between fetches of one URL, whether they succeed or fail, milliseconds.
const LOOK_AGAIN_MS: u64 = 30_000;
/// A fetch that has not ended by then was abandoned with its request, milliseconds.
const ABANDONED_MS: u64 = 6_000;
/// Interval at which a request looks whether another request's fetch has ended, milliseconds.
const WAIT_MS: u32 = 50;

/// What is known of a JWKS URL.
#[derive(Debug, Clone)]
pub(crate) struct KeySet {
    /// The last document that was fetched, and when.
    set: Option<(Arc<Value>, Timestamp)>,
    /// When the last fetch began.
    tried_at: Timestamp,
    /// Whether that fetch is running.
    is_fetching: bool,
}

/// The key for a token of this app. 401 if there is none.
pub(super) async fn key_for(
    app: &App,
    record: &AppRecord,
    algorithm: Algorithm,
    key_id: Option<&str>,
) -> Result<Key, Denied> {
    let unknown = || Denied::new(AuthFailure::UnknownKey, "the app has no such key");
    if algorithm == Algorithm::Hs256 {
        let is_named = |secret: &str| key_id.is_none_or(|id| secret_key_id(secret).as_deref() == Some(id));
        let secrets = good_secrets_by_generation(app, record).filter(|(_, secret)| is_named(secret));
        let secrets: Vec<_> = secrets.map(|(generation, secret)| (generation, Vec::from(secret))).collect();
        return if key_id.is_some() && secrets.is_empty() { Err(unknown()) } else { Ok(Key::Secrets(secrets)) };
    }
    if let Some(key) = record.jwks.as_ref().and_then(|set| Key::in_set(set, algorithm, key_id)) {
        return Ok(key);
    }
    let url = record.jwks_url.as_ref().ok_or_else(unknown)?;
    let unavailable = |problem| Denied::with(AuthFailure::KeysUnavailable, problem);
    published(app, url, algorithm, key_id).await.map_err(unavailable)?.ok_or_else(unknown)
}

/// A key that the app publishes. Fetches the document if it is outdated or lacks the key, but never twice within
/// [`LOOK_AGAIN_MS`].
async fn published(
    app: &App,
    url: &String,
    algorithm: Algorithm,
    key_id: Option<&str>,
) -> Result<Option<Key>, Problem> {
    let began = app.now();
    loop {
        let now = app.now();
        let known = app.caches().key_sets.get(url).map(|(known, _)| known);
        let usable = known.as_ref().and_then(|known| known.set.as_ref()).filter(|(_, at)| now.since(*at) < STALE_MS);
        let key = usable.and_then(|(set, _)| Key::in_set(set, algorithm, key_id));
        if key.is_some() && usable.is_some_and(|(_, at)| now.since(*at) < FRESH_MS) {
            return Ok(key);
        }
        let since_try = known.as_ref().map(|known| now.since(known.tried_at));
        if since_try.is_none_or(|since| since >= LOOK_AGAIN_MS) {
            fetch(app, url, known.and_then(|known| known.set)).await;
            continue;
        }
        // A request cannot await another request's fetch on the platform, so it looks whether the fetch has ended.
        let is_fetching = known.as_ref().is_some_and(|known| known.is_fetching);
        if key.is_none() && is_fetching && now.since(began) < ABANDONED_MS && since_try < Some(ABANDONED_MS) {
            app.clock().sleep(WAIT_MS).await;
            continue;
        }
        // An outdated key set is better than refusing every token.
        return match usable {
            Some(_) => Ok(key),
            None => Err(Problem::unavailable("the app's keys cannot be fetched")),
        };
    }
}

/// Fetches a document and caches it, or the failure beside the previous document.
async fn fetch(app: &App, url: &str, previous: Option<(Arc<Value>, Timestamp)>) {
    let tried_at = app.now();
    let keep = |set, is_fetching| {
        app.caches().key_sets.keep(url.to_owned(), KeySet { set, tried_at, is_fetching }, tried_at);
    };
    keep(previous.clone(), true);
    let fetched = app.keys().fetch(url).await.filter(|set| set.get("keys").is_some_and(Value::is_array));
    keep(fetched.map(|set| (Arc::new(set), tried_at)).or(previous), false);
}
