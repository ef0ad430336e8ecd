//! Apps: one per tenant, with its secret and its settings.

use crate::Store;
use crate::audits;
use crate::database::{Statement, StorageError};
use crate::decode::{decode_first, flag, json, json_or_null, millis_or_null};
use campana_core::accounts::app_config::AppConfig;
use campana_core::accounts::audit::Audit;
use campana_core::accounts::settings::Settings;
use campana_core::alerts::AlertSettings;
use campana_core::pusher::settings::PusherSettings;
use campana_core::pusher::webhook_event::WebhookEvent;
use campana_core::shared::ids::TenantId;
use campana_core::shared::limits::{Limits, Retention};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::apps;
use serde::Deserialize;

/// The secret of the demo app, which everybody knows: nobody gets in by it but on a developer's machine.
pub const DEMO_SECRET: &str = "demo-secret";

/// An app and its tenant.
#[derive(Clone, PartialEq)]
pub struct App {
    /// The app's number or name in addresses.
    pub id: String,
    /// The tenant everything of it belongs to.
    pub tenant_id: TenantId,
    /// The public key.
    pub key: String,
    /// The secret that signs tokens and requests.
    pub secret: String,
    /// The one before it, good until then.
    pub previous_secret: Option<(String, Timestamp)>,
    /// Origins that a browser may call from, or `*`.
    pub allowed_origins: Vec<String>,
    /// Keys for RS256 and ES256 tokens, as a JWKS document.
    pub jwks: Option<serde_json::Value>,
    /// Where to fetch those keys.
    pub jwks_url: Option<String>,
    /// The app's limits, defaults where it sets none.
    pub limits: Limits,
    /// How long it keeps what is over.
    pub retention: Retention,
    /// What it has set of the Pusher protocol.
    pub pusher: PusherSettings,
    /// What it has set of alerts.
    pub alerts: AlertSettings,
    /// Where it wants to be told of what happens on its channels.
    pub webhooks: Vec<Webhook>,
    /// The settings as they stand in the row, in JSON.
    pub settings: String,
    /// Fields of the settings that cannot be used; their defaults are in force.
    pub settings_faults: Vec<String>,
    /// Nobody of it may do anything.
    pub disabled: bool,
}

/// An address of the app's backend that is told of what happens on its channels.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize)]
pub struct Webhook {
    /// Where.
    pub url: String,
    /// Of what.
    pub events: Vec<WebhookEvent>,
}

impl App {
    /// The secrets that are good now, the newest first.
    pub fn secrets(&self, now: Timestamp) -> impl Iterator<Item = &str> {
        let previous =
            self.previous_secret.as_ref().filter(|(_, until)| now < *until).map(|(secret, _)| secret.as_str());
        std::iter::once(self.secret.as_str()).chain(previous)
    }

    /// What objects behind channels need to know of the app.
    pub fn app_config(&self) -> AppConfig {
        let mut webhooks: Vec<WebhookEvent> =
            self.webhooks.iter().flat_map(|hook| hook.events.iter().copied()).collect();
        webhooks.sort_unstable();
        webhooks.dedup();
        AppConfig { tenant: self.tenant_id.clone(), limits: self.limits.clone(), pusher: self.pusher.clone(), webhooks }
    }
}

/// The secret does not show.
impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("id", &self.id).field("tenant_id", &self.tenant_id).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct AppRow {
    id: String,
    tenant_id: TenantId,
    key: String,
    secret: String,
    previous_secret: Option<String>,
    #[serde(deserialize_with = "millis_or_null")]
    previous_secret_until: Option<Timestamp>,
    #[serde(deserialize_with = "json")]
    webhooks: Vec<Webhook>,
    #[serde(deserialize_with = "json")]
    allowed_origins: Vec<String>,
    #[serde(deserialize_with = "json_or_null")]
    jwks: Option<serde_json::Value>,
    jwks_url: Option<String>,
    settings: String,
    #[serde(deserialize_with = "flag")]
    disabled: bool,
}

impl From<AppRow> for App {
    fn from(row: AppRow) -> Self {
        let (Settings { limits, retention, pusher, alerts }, settings_faults) = Settings::read(&row.settings);
        Self {
            id: row.id,
            tenant_id: row.tenant_id,
            key: row.key,
            secret: row.secret,
            previous_secret: row.previous_secret.zip(row.previous_secret_until),
            allowed_origins: row.allowed_origins,
            jwks: row.jwks,
            jwks_url: row.jwks_url,
            limits,
            retention,
            pusher,
            alerts,
            webhooks: row.webhooks,
            settings: row.settings,
            settings_faults,
            disabled: row.disabled,
        }
    }
}

impl Store {
    /// The app of a tenant.
    pub async fn app_by_tenant(&self, tenant: &TenantId) -> Result<Option<App>, StorageError> {
        self.app(Statement::new(apps::BY_TENANT, [tenant.into()])).await
    }

    /// The app of this number.
    pub async fn app_by_id(&self, id: &str) -> Result<Option<App>, StorageError> {
        self.app(Statement::new(apps::BY_ID, [id.into()])).await
    }

    /// The app with this public key.
    pub async fn app_by_key(&self, key: &str) -> Result<Option<App>, StorageError> {
        self.app(Statement::new(apps::BY_KEY, [key.into()])).await
    }

    /// Writes an app's settings together with the entry that tells of it. `Constraint` if they are no longer those
    /// that `app` was read with: then nothing was changed.
    pub async fn update_settings(
        &self,
        app: &App,
        settings: &str,
        audit: &Audit,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let params = [(&app.tenant_id).into(), (&app.settings).into(), settings.into(), now.into()];
        let statements = vec![Statement::new(apps::UPDATE_SETTINGS, params), audits::append(&app.tenant_id, audit)?];
        self.db.batch(statements).await.map(drop)
    }

    async fn app(&self, statement: Statement) -> Result<Option<App>, StorageError> {
        let row: Option<AppRow> = decode_first(self.db.query(statement).await?)?;
        Ok(row.map(App::from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_that_changes_apps_knows_every_event_of_webhooks() {
        let known = include_str!("../../scripts/lib/webhook-events.json");
        let known: Vec<WebhookEvent> = serde_json::from_str(known).expect("names of events");
        assert_eq!(known, WebhookEvent::ALL);
    }
}
