//! Apps: one per tenant, with its secrets and settings.

use crate::Store;
use crate::audits;
use crate::database::{Statement, StorageError};
use crate::decode::{decode_first, flag, json, json_or_null, millis_or_null};
use crate::revocations::{self, AppRevocation};
use campana_core::accounts::app_config::AppConfig;
use campana_core::accounts::audit::Audit;
use campana_core::accounts::auth::AuthSettings;
use campana_core::accounts::revocation::{NewestRevocations, Revocation};
use campana_core::accounts::sealed::{Locked, NONCE_BYTES, SecretsKeys};
use campana_core::accounts::settings::Settings;
use campana_core::accounts::web::WebSettings;
use campana_core::alerts::AlertSettings;
use campana_core::chat::settings::{ChatSettings, RoomMentions};
use campana_core::files::settings::FileSettings;
use campana_core::pusher::settings::PusherSettings;
use campana_core::pusher::webhook_event::WebhookEvent;
use campana_core::shared::ids::TenantId;
use campana_core::shared::limits::{Limits, Retention};
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::channels::ChannelEndpoint;
use campana_schema::apps;
use serde::Deserialize;

/// Secret of the demo app. It is public, so it is accepted on a developer's machine only.
pub const DEMO_SECRET: &str = "demo-secret";

/// An app and its tenant.
#[derive(Clone, PartialEq)]
pub struct App {
    /// The app's id in URLs.
    pub id: String,
    /// The app's tenant.
    pub tenant_id: TenantId,
    /// The public key.
    pub key: String,
    /// The secret that signs tokens and requests.
    pub secret: String,
    /// Generation of the secret; the previous secret is of the generation before.
    pub secret_generation: u32,
    /// The previous secret and when it expires.
    pub previous_secret: Option<(String, Timestamp)>,
    /// Origins that browsers may call from, or `*`.
    pub allowed_origins: Vec<String>,
    /// JWKS document with the keys for RS256 and ES256 tokens.
    pub jwks: Option<serde_json::Value>,
    /// URL of that JWKS document.
    pub jwks_url: Option<String>,
    /// Limits; defaults where the app sets none.
    pub limits: Limits,
    /// Retention periods.
    pub retention: Retention,
    /// Settings of the Pusher protocol.
    pub pusher: PusherSettings,
    /// Settings of panic alerts.
    pub alerts: AlertSettings,
    /// Requirements on tokens.
    pub auth: AuthSettings,
    /// What the web app learns about the app.
    pub web: WebSettings,
    /// Settings of chat.
    pub chat: ChatSettings,
    /// Settings of files.
    pub files: FileSettings,
    /// Endpoints of its webhooks.
    pub webhooks: Vec<ChannelEndpoint>,
    /// The stored settings, as JSON text.
    pub settings: String,
    /// Invalid fields of the settings; their defaults apply.
    pub settings_faults: Vec<String>,
    /// Whether all access is refused.
    pub disabled: bool,
    /// The newest revocations of its identities.
    pub revocations: NewestRevocations,
    /// Those of them that its quota registry does not have yet.
    pub pending_revocations: Vec<Revocation>,
}

impl App {
    /// The secrets valid at `now`, newest first.
    pub fn secrets(&self, now: Timestamp) -> impl Iterator<Item = &str> {
        self.secrets_by_generation(now).map(|(_, secret)| secret)
    }

    /// The secrets valid at `now` with their generations, newest first.
    pub fn secrets_by_generation(&self, now: Timestamp) -> impl Iterator<Item = (u32, &str)> {
        let generation = self.secret_generation.saturating_sub(1);
        let previous = self.previous_secret.as_ref().filter(|(_, until)| now < *until);
        let previous = previous.map(|(secret, _)| (generation, secret.as_str()));
        std::iter::once((self.secret_generation, self.secret.as_str())).chain(previous)
    }

    /// The part of the app that objects behind channels need.
    pub fn app_config(&self) -> AppConfig {
        let mut webhooks: Vec<WebhookEvent> = self
            .webhooks
            .iter()
            .filter(|hook| hook.disabled_at.is_none())
            .flat_map(|hook| hook.events.iter().copied())
            .collect();
        webhooks.sort_unstable();
        webhooks.dedup();
        AppConfig { tenant: self.tenant_id.clone(), limits: self.limits.clone(), pusher: self.pusher.clone(), webhooks }
    }
}

/// Omits the secrets.
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
    secret_generation: u32,
    previous_secret: Option<String>,
    #[serde(deserialize_with = "millis_or_null")]
    previous_secret_until: Option<Timestamp>,
    #[serde(deserialize_with = "json")]
    webhooks: Vec<ChannelEndpoint>,
    #[serde(deserialize_with = "json")]
    allowed_origins: Vec<String>,
    #[serde(deserialize_with = "json_or_null")]
    jwks: Option<serde_json::Value>,
    jwks_url: Option<String>,
    settings: String,
    #[serde(deserialize_with = "flag")]
    disabled: bool,
    #[serde(deserialize_with = "json")]
    revocations: Vec<AppRevocation>,
}

impl AppRow {
    /// The app. This is the only place that decrypts secrets.
    fn open(self, keys: &SecretsKeys) -> Result<App, Locked> {
        let row = self;
        let open = |stored: String| keys.open(stored, &row.tenant_id, &row.id);
        let (secret, previous) = (open(row.secret)?, row.previous_secret.map(open).transpose()?);
        let (Settings { limits, retention, pusher, alerts, auth, web, chat, files }, settings_faults) =
            Settings::read(&row.settings);
        // A conversation gets the limits with each command.
        let limits = Limits {
            custom_emoji: chat.custom_emoji.clone().unwrap_or_default(),
            all_mention_room: chat.room_mentions == RoomMentions::All,
            system_messages: chat.system_messages,
            link_previews: chat.link_previews,
            ..limits
        };
        let (revocations, pending_revocations) = revocations::of_app(row.revocations);
        Ok(App {
            id: row.id,
            tenant_id: row.tenant_id,
            key: row.key,
            secret,
            secret_generation: row.secret_generation,
            previous_secret: previous.zip(row.previous_secret_until),
            allowed_origins: row.allowed_origins,
            jwks: row.jwks,
            jwks_url: row.jwks_url,
            limits,
            retention,
            pusher,
            alerts,
            auth,
            web,
            chat,
            files,
            webhooks: row.webhooks,
            settings: row.settings,
            settings_faults,
            disabled: row.disabled,
            revocations,
            pending_revocations,
        })
    }
}

impl Store {
    /// The app of a tenant.
    pub async fn app_by_tenant(&self, tenant: &TenantId) -> Result<Option<App>, StorageError> {
        self.app(Statement::new(apps::BY_TENANT, [tenant.into()])).await
    }

    /// All tenants, at most `limit`.
    pub async fn tenants(&self, limit: u32) -> Result<Vec<TenantId>, StorageError> {
        self.column(apps::TENANTS, ["".into(), limit.into()]).await
    }

    /// The app with this id.
    pub async fn app_by_id(&self, id: &str) -> Result<Option<App>, StorageError> {
        self.app(Statement::new(apps::BY_ID, [id.into()])).await
    }

    /// The app with this public key.
    pub async fn app_by_key(&self, key: &str) -> Result<Option<App>, StorageError> {
        self.app(Statement::new(apps::BY_KEY, [key.into()])).await
    }

    /// Writes an app's settings and the audit entry in one batch. `Constraint` if the settings changed since `app` was
    /// read; then nothing is written.
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

    /// Gives an app a new secret, and writes the audit entry, in one batch. The present secret stays valid until a time,
    /// if one is given. `Constraint` if the secret changed since `app` was read, an earlier one is still valid, or the
    /// entry exists; then nothing is written. `nonces` must be random.
    pub async fn rotate_secret(
        &self,
        app: &App,
        secret: &str,
        previous_until: Option<Timestamp>,
        audit: &Audit,
        nonces: [[u8; NONCE_BYTES]; 2],
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let [first, second] = nonces;
        let seal = |secret: &str, nonce| self.secrets_keys.seal(secret, &app.tenant_id, &app.id, nonce);
        let stored = seal(secret, first)?;
        let previous = previous_until.map(|_| seal(&app.secret, second)).transpose()?;
        let params = [
            (&app.tenant_id).into(),
            app.secret_generation.into(),
            stored.into(),
            previous.into(),
            previous_until.into(),
            now.into(),
            audit.id.as_str().into(),
        ];
        let statements = vec![Statement::new(apps::ROTATE_SECRET, params), audits::append(&app.tenant_id, audit)?];
        self.db.batch(statements).await.map(drop)
    }

    /// Enables the webhook of this URL, or disables it since a time, and writes the audit entry in one batch.
    /// `Constraint` if the app has no such webhook; then nothing is written.
    pub async fn set_webhook_disabled(
        &self,
        app: &App,
        url: &str,
        disabled_at: Option<Timestamp>,
        audit: &Audit,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let disabled_at = disabled_at.map(Timestamp::to_rfc3339);
        let params = [(&app.tenant_id).into(), url.into(), disabled_at.into(), now.into()];
        let statements = vec![Statement::new(apps::DISABLE_WEBHOOK, params), audits::append(&app.tenant_id, audit)?];
        self.db.batch(statements).await.map(drop)
    }

    async fn app(&self, statement: Statement) -> Result<Option<App>, StorageError> {
        let row: Option<AppRow> = decode_first(self.db.query(statement).await?)?;
        Ok(row.map(|row| row.open(&self.secrets_keys)).transpose()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_that_changes_apps_knows_every_event_of_webhooks() {
        let known = include_str!("../../scripts/lib/webhook-events.json");
        let known: Vec<WebhookEvent> = serde_json::from_str(known).expect("the file lists event names");
        assert_eq!(known, WebhookEvent::ALL);
    }
}
