//! Choice of the key that verifies a token: an app secret, a key of the stored JWKS, or a key of the published JWKS.

use super::apps::good_secrets_by_generation;
use super::signature::{Algorithm, Key};
use super::unauthenticated;
use crate::App;
use campana_core::shared::problem::Problem;
use campana_storage::App as AppRecord;
use serde_json::Value;
use std::sync::Arc;

/// TTL of a published JWKS, milliseconds.
const FRESH_MS: u64 = 600_000;
/// Minimum interval between fetches that unknown keys cause, milliseconds.
const LOOK_AGAIN_MS: u64 = 30_000;

/// The key for a token of this app. 401 if there is none.
pub(super) async fn key_for(
    app: &App,
    record: &AppRecord,
    algorithm: Algorithm,
    key_id: Option<&str>,
) -> Result<Key, Problem> {
    if algorithm == Algorithm::Hs256 {
        let secrets = good_secrets_by_generation(app, record);
        return Ok(Key::Secrets(secrets.map(|(generation, secret)| (generation, Vec::from(secret))).collect()));
    }
    let unknown = || unauthenticated("the app has no such key");
    if let Some(key) = record.jwks.as_ref().and_then(|set| Key::in_set(set, algorithm, key_id)) {
        return Ok(key);
    }
    let url = record.jwks_url.as_ref().ok_or_else(unknown)?;
    published(app, url, algorithm, key_id).await?.ok_or_else(unknown)
}

async fn published(
    app: &App,
    url: &String,
    algorithm: Algorithm,
    key_id: Option<&str>,
) -> Result<Option<Key>, Problem> {
    let now = app.now();
    let cached = app.caches().key_sets.get(url);
    if let Some((set, kept_at)) = &cached {
        let age = now.since(*kept_at);
        let key = Key::in_set(set, algorithm, key_id);
        if (key.is_some() && age < FRESH_MS) || age < LOOK_AGAIN_MS {
            return Ok(key);
        }
    }
    let Some(set) = app.keys().fetch(url).await else {
        // An outdated key set is better than refusing every token.
        let (set, _) = cached.ok_or_else(|| Problem::unavailable("the app's keys cannot be fetched"))?;
        app.caches().key_sets.keep(url.clone(), Arc::clone(&set), now);
        return Ok(Key::in_set(&set, algorithm, key_id));
    };
    let set: Arc<Value> = Arc::new(set);
    app.caches().key_sets.keep(url.clone(), Arc::clone(&set), now);
    Ok(Key::in_set(&set, algorithm, key_id))
}
