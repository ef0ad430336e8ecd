//! Webhook endpoints, key and secrets of an app, read from the record.

use campana_core::shared::address::{Reach, check_url};
use campana_core::shared::ids::TenantId;
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::channels::{AppKey, ChannelEndpoint};
use campana_storage::App;
use futures_util::future::LocalBoxFuture;

/// An app's endpoints with an allowed URL, and its key.
pub(super) type Receivers = (Vec<ChannelEndpoint>, AppKey);

/// Asks the record for an app's receivers. `None` if it does not answer, which is logged.
pub(super) type Record = Box<dyn Fn(TenantId) -> LocalBoxFuture<'static, Option<Receivers>>>;

/// What the record says about an app: its enabled endpoints. A disabled or deleted app has none.
pub(super) fn receivers(app: Option<App>, reach: Reach, now: Timestamp) -> Receivers {
    let Some(app) = app.filter(|app| !app.disabled) else {
        return (Vec::new(), AppKey { key: String::new(), secrets: Vec::new() });
    };
    let secrets = app.secrets(now).map(str::to_owned).collect();
    let enabled: Vec<ChannelEndpoint> = app.webhooks.into_iter().filter(|hook| hook.disabled_at.is_none()).collect();
    let all = enabled.len();
    let hooks = enabled.into_iter().filter(|hook| check_url(&hook.url, reach).is_ok());
    let endpoints: Vec<ChannelEndpoint> = hooks.collect();
    if endpoints.len() < all {
        let refused = all.saturating_sub(endpoints.len());
        tracing::warn!(at = "webhooks.addresses", refused);
    }
    (endpoints, AppKey { key: app.key, secrets })
}
