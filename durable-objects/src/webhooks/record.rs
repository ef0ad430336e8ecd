//! Where an app wants to be told, and with which key and secrets: the record says so.

use super::Object;
use crate::record::record;
use campana_core::shared::address::{Reach, check_url};
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::channels::Endpoint;
use campana_storage::App;

/// How long what the record said is good, and how long to wait when it does not answer, milliseconds.
pub(super) const LOOK_EVERY_MS: i64 = 10_000;

/// What the record said. An app that is disabled or gone wants to hear of nothing.
pub(super) struct Known {
    /// Where to.
    pub(super) endpoints: Vec<Endpoint>,
    /// The app's key.
    pub(super) key: String,
    /// Its secrets that are good, the newest first.
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
        let endpoints: Vec<Endpoint> = hooks.map(|hook| Endpoint { url: hook.url, events: hook.events }).collect();
        if endpoints.len() < all {
            let refused = all.saturating_sub(endpoints.len());
            tracing::warn!(at = "webhooks.addresses", refused);
        }
        Self { endpoints, key: app.key, secrets }
    }
}

impl Object {
    /// What the record says now, if anything waits to be told and it was not asked just before. If it does not answer
    /// it stays with what is known; as long as nothing is, everything is kept.
    pub(super) async fn look_at_endpoints(&self) {
        let now = self.context.now();
        let is_fresh = self.looked_at.get().is_some_and(|at| now < at.plus_millis(LOOK_EVERY_MS));
        let is_idle = self.with(|queue| Ok(queue.is_empty())).unwrap_or(true);
        if is_fresh || is_idle {
            return;
        }
        self.looked_at.set(Some(now));
        let (Ok(Some(tenant)), Ok(store)) = (self.tenant(), record(&self.env)) else { return };
        match store.app_by_tenant(&tenant).await {
            Ok(app) => {
                let known = Known::of(app, self.context.reach(), self.context.now());
                let endpoints = known.endpoints.clone();
                *self.known.borrow_mut() = Some(known);
                // A failure is in the log of the engine, and the queue is opened anew with what is known.
                let _reported = self.with(|queue| self.rows.keep(queue.set_endpoints(endpoints)));
            }
            Err(error) => {
                tracing::warn!(at = "webhooks.record", detail = %error);
            }
        }
    }
}
