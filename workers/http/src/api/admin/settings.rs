//! `GET` and `PATCH /api/admin/settings`: limits, retention, Pusher settings, alert settings, requirements on tokens
//! and what the web app learns. Answers contain every effective value, defaults included.
//!
//! A change takes effect in this isolate immediately, in others when their cached app expires, and in an object with
//! its next command, connection or connection check.

use super::only_administrators;
use crate::identity::Caller;
use crate::request::Body;
use crate::response::{Outcome, Refusal, ok};
use campana_core::accounts::audit::Act;
use campana_core::accounts::settings::{Settings, SettingsChange};
use campana_core::shared::address::check_url;
use campana_core::shared::limits::Limits;
use campana_core::shared::problem::{Kind, Problem};
use campana_storage::{App as AppRecord, StorageError};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Attempts to save a change that conflicts with concurrent changes.
const TRIES: usize = 10;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsParams {
    #[serde(default)]
    limits: Map<String, Value>,
    #[serde(default)]
    retention: Map<String, Value>,
    #[serde(default)]
    pusher: Map<String, Value>,
    #[serde(default)]
    alerts: Map<String, Value>,
    #[serde(default)]
    auth: Map<String, Value>,
    #[serde(default)]
    web: Map<String, Value>,
    #[serde(default)]
    chat: Map<String, Value>,
    #[serde(default)]
    files: Map<String, Value>,
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for SettingsParams {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SettingsChange".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        SettingsChange::json_schema(generator)
    }
}

pub(crate) async fn handle(caller: Caller) -> Outcome {
    only_administrators(&caller)?;
    let AppRecord { limits, retention, pusher, alerts, auth, web, chat, files, .. } = stored(&caller).await?;
    // They are shown as settings of chat.
    let limits = Limits {
        custom_emoji: Vec::new(),
        all_mention_room: false,
        system_messages: true,
        link_previews: false,
        ..limits
    };
    ok(&Settings { limits, retention, pusher, alerts, auth, web, chat, files })
}

pub(crate) async fn change(caller: Caller, Body(params): Body<SettingsParams>) -> Outcome {
    only_administrators(&caller)?;
    let SettingsParams { limits, retention, pusher, alerts, auth, web, chat, files } = params;
    let scanner = files.get("scanner_url").and_then(Value::as_str).map(str::to_owned);
    let change = SettingsChange::validate([limits, retention, pusher, alerts, auth, web, chat, files])?;
    if let Some(url) = scanner {
        check_url(&url, caller.app.reach()).map_err(|problem| Problem::field("files.scanner_url", problem.detail))?;
    }
    for _ in 0..TRIES {
        let record = stored(&caller).await?;
        let changed = change.on(&record.settings)?;
        if changed.fields.is_empty() && record.settings_faults.is_empty() {
            return ok(&changed.settings);
        }
        let audit = caller.audit(Act::SettingsUpdated, &record.id, json!({"changed": changed.fields}))?;
        match caller.store().update_settings(&record, &changed.stored, &audit, caller.now()).await {
            Ok(()) => {
                caller.app.caches().apps.forget(caller.tenant());
                return ok(&changed.settings);
            }
            Err(StorageError::Constraint) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::new(Kind::Conflict, "others change the settings at the same time").into())
}

/// The app's row in D1, bypassing the cache.
pub(super) async fn stored(caller: &Caller) -> Result<AppRecord, Refusal> {
    let record = caller.store().app_by_tenant(caller.tenant()).await?;
    Ok(record.ok_or_else(Problem::not_found)?)
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    operation
        .named("getSettings", Tag::Administration, "Get the settings of the app")
        .about("Every value in force, defaults included.")
        .by(Security::Administrator)
        .answers::<Settings>(200, "The settings.", json!(Settings::default()));
}

#[cfg(feature = "schema")]
pub(crate) fn describe_change(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    operation
        .named("changeSettings", Tag::Administration, "Change settings of the app")
        .about("Absent fields stay unchanged; `null` resets one to its default. 422 names up to 20 invalid fields.")
        .by(Security::Administrator)
        .sends(json!({"limits": {"body_chars": 2_000}, "retention": {"message_days": 365}}))
        .refuses(&[Kind::NotFound, Kind::Conflict])
        .answers::<Settings>(200, "All settings after the change.", json!(Settings::default()));
}
