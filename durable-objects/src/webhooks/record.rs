//! Webhook endpoints, key and secrets of an app, read from the record.

use super::Object;
use campana_core::shared::address::{Reach, check_url};
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::channels::ChannelEndpoint;
use campana_storage::App;

/// TTL of the record's answer, and pause after a failed query, milliseconds.
pub(super) const LOOK_EVERY_MS: i64 = 10_000;

/// Cached answer of the record. A disabled or deleted app has no endpoints.
pub(super) struct Known {
    /// Endpoints with an allowed URL.
    pub(super) endpoints: Vec<ChannelEndpoint>,
    /// App key.
    pub(super) key: String,
    /// Valid secrets, newest first.
    pub(super) secrets: Vec<String>,
}

impl Known {
    fn of(app: Option<App>, reach: Reach, now: Timestamp) -> Self {
        let Some(app) = app.filter(|app| !app.disabled) else {
            return Self { endpoints: Vec::new(), key: String::new(), secrets: Vec::new() };
        };
        let secrets = app.secrets(now).map(str::to_owned).collect();
        let all = app.webhooks.len();
        let hooks = app.webhooks.into_iter().filter(|hook| check_url(&hook.url, reach).is_ok());
        let endpoints: Vec<ChannelEndpoint> =
            hooks.map(|hook| ChannelEndpoint { url: hook.url, events: hook.events }).collect();
        if endpoints.len() < all {
            let refused = all.saturating_sub(endpoints.len());
            tracing::warn!(at = "webhooks.addresses", refused);
        }
        Self { endpoints, key: app.key, secrets }
    }
}

impl Object {
    /// Refreshes the endpoints from the record, if events wait and the cache is older than [`LOOK_EVERY_MS`]. If the
    /// record does not answer, the cached endpoints stay. Without any, all events stay in the queue.
    pub(super) async fn look_at_endpoints(&self) {
        let now = self.context.now();
        let is_fresh = self.looked_at.get().is_some_and(|at| now < at.plus_millis(LOOK_EVERY_MS));
        let is_idle = self.with(|queue| Ok(queue.is_empty())).unwrap_or(true);
        if is_fresh || is_idle {
            return;
        }
        self.looked_at.set(Some(now));
        let (Ok(Some(tenant)), Ok(store)) = (self.tenant(), self.context.record()) else { return };
        match store.app_by_tenant(&tenant).await {
            Ok(app) => {
                let known = Known::of(app, self.context.reach(), self.context.now());
                let endpoints = known.endpoints.clone();
                *self.known.borrow_mut() = Some(known);
                // SQL failures are already logged. The queue is then reloaded with the known endpoints.
                let _reported = self.with(|queue| self.rows.keep(queue.set_endpoints(endpoints)));
            }
            Err(error) => {
                tracing::warn!(at = "webhooks.record", detail = %error);
            }
        }
    }
}
