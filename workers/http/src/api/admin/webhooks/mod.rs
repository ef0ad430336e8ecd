//! `/api/admin/webhooks`: all webhooks of the app, those of its channels and those of alerts, with their deliveries. For
//! administrators only.
//!
//! The record has the webhooks of channels, so that a change and its audit entry are one batch. The pager has those of
//! alerts: the entry is written first, after checking that the action is possible, as for `/api/admin/alert-webhooks`.

mod deliveries;
mod list;
mod replay;
mod switch;

use super::only_administrators;
use crate::endpoints::{Endpoints, endpoints};
use crate::identity::Caller;
use crate::response::{Refusal, unexpected};
use campana_core::accounts::audit::Act;
use campana_core::alerts::pager::{AlertWebhook, PagerCommand, PagerReply};
use campana_core::shared::address::host_of;
use campana_core::shared::ids::WebhookId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::channels::ChannelEndpoint;
use campana_core::webhooks::history::{Activity, HistoryReply, HistoryRequest, WebhooksRequest};
use campana_core::webhooks::shown_url;
use campana_storage::App as AppRecord;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;

pub(super) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/admin/webhooks" => list::handle, list::describe;
        GET "/api/admin/webhooks/{id}/deliveries" => deliveries::handle, deliveries::describe;
        POST "/api/admin/webhooks/{id}/deliveries/{delivery_id}/replay" => replay::handle, replay::describe;
        POST "/api/admin/webhooks/{id}/enable" => switch::enable, switch::describe_enable;
        POST "/api/admin/webhooks/{id}/disable" => switch::disable, switch::describe_disable;
    }
}

/// A webhook as the record or the pager has it.
enum Webhook {
    /// Of the app's channels.
    Channels(ChannelEndpoint),
    /// Of alerts.
    Alerts(AlertWebhook),
}

/// What a webhook is about.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
enum WebhookKind {
    /// Events of channels, in ordered batches.
    Channels,
    /// Panic alerts.
    Alerts,
}

/// A webhook without its secrets.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct AdminWebhook {
    /// Webhook id. That of a webhook of channels depends on its URL.
    id: WebhookId,
    kind: WebhookKind,
    /// URL without what is likely to be secret: credentials, query, and parts of the path of more than 20 characters.
    url: String,
    /// Event types; empty means all.
    events: Vec<String>,
    /// Beginning of the names of the channels whose events it gets.
    channel_prefix: Option<String>,
    /// End of these names.
    channel_suffix: Option<String>,
    /// Names of headers that are added to its requests. Their values are secret.
    header_names: Vec<String>,
    /// Time at which it was added, if known.
    created_at: Option<Timestamp>,
    /// Time at which it was disabled; `null` if it is enabled.
    disabled_at: Option<Timestamp>,
    /// Why it was disabled.
    disabled_because: Option<String>,
    #[serde(flatten)]
    activity: Activity,
}

impl Webhook {
    /// The id for administrators.
    fn id(&self, caller: &Caller) -> WebhookId {
        match self {
            Self::Channels(endpoint) => endpoint.id(caller.tenant()),
            Self::Alerts(webhook) => WebhookId::trusted(webhook.id.clone()),
        }
    }

    /// The id in the object that delivers.
    fn endpoint(&self) -> &str {
        match self {
            Self::Channels(endpoint) => &endpoint.url,
            Self::Alerts(webhook) => &webhook.id,
        }
    }

    fn url(&self) -> &str {
        match self {
            Self::Channels(endpoint) => &endpoint.url,
            Self::Alerts(webhook) => &webhook.url,
        }
    }

    fn disabled_at(&self) -> Option<Timestamp> {
        match self {
            Self::Channels(endpoint) => endpoint.disabled_at,
            Self::Alerts(webhook) => webhook.disabled_at,
        }
    }

    /// Asks the object that delivers.
    async fn ask(&self, caller: &Caller, request: HistoryRequest) -> Result<HistoryReply, Problem> {
        match self {
            Self::Channels(_) => ask_channels(caller, request).await,
            Self::Alerts(_) => ask_alerts(caller, request).await,
        }
    }

    /// Writes the audit entry of an action that the record does not store. Names only the host of the URL.
    async fn audit(&self, caller: &Caller, act: Act, about: Option<&str>) -> Result<(), Refusal> {
        let about = json!({"host": host_of(self.url()), "delivery_id": about});
        let audit = caller.audit(act, self.id(caller).as_str(), about)?;
        Ok(caller.store().append_audit(caller.tenant(), &audit).await?)
    }

    fn shown(self, caller: &Caller, activity: Activity) -> AdminWebhook {
        let (id, url, disabled_at) = (self.id(caller), shown_url(self.url()), self.disabled_at());
        match self {
            Self::Channels(endpoint) => AdminWebhook {
                id,
                kind: WebhookKind::Channels,
                url,
                events: endpoint.events.iter().map(|event| event.as_str().to_owned()).collect(),
                header_names: endpoint.header_names(),
                channel_prefix: endpoint.channel_prefix,
                channel_suffix: endpoint.channel_suffix,
                created_at: None,
                disabled_at,
                disabled_because: disabled_at.map(|_| "an administrator disabled it".to_owned()),
                activity,
            },
            Self::Alerts(webhook) => AdminWebhook {
                id,
                kind: WebhookKind::Alerts,
                url,
                events: webhook.events,
                header_names: Vec::new(),
                channel_prefix: None,
                channel_suffix: None,
                created_at: Some(webhook.created_at),
                disabled_at,
                disabled_because: webhook.disabled_because,
                activity,
            },
        }
    }
}

async fn ask_channels(caller: &Caller, request: HistoryRequest) -> Result<HistoryReply, Problem> {
    let (tenant, request_id) = (caller.tenant().clone(), caller.request_id.clone());
    caller.app.desks().webhooks(WebhooksRequest { tenant, request_id, request }).await
}

async fn ask_alerts(caller: &Caller, request: HistoryRequest) -> Result<HistoryReply, Problem> {
    match caller.ask_pager(PagerCommand::Deliveries { request }).await? {
        PagerReply::Deliveries { reply } => Ok(reply),
        _ => Err(unexpected().0),
    }
}

/// The webhooks of the app's channels, one of each URL.
fn of_channels(app: AppRecord) -> Vec<Webhook> {
    let mut urls = BTreeSet::new();
    app.webhooks.into_iter().filter(|hook| urls.insert(hook.url.clone())).map(Webhook::Channels).collect()
}

/// The webhooks of the tenant's alerts.
async fn of_alerts(caller: &Caller) -> Result<Vec<Webhook>, Refusal> {
    match caller.ask_pager(PagerCommand::Webhooks).await? {
        PagerReply::Webhooks { webhooks } => Ok(webhooks.into_iter().map(Webhook::Alerts).collect()),
        _ => Err(unexpected()),
    }
}

/// A webhook of the caller's tenant. 404 if it has none of this id.
async fn find(caller: &Caller, app: AppRecord, id: &WebhookId) -> Result<Webhook, Refusal> {
    let is_meant = |webhook: &Webhook| webhook.id(caller) == *id;
    if let Some(webhook) = of_channels(app).into_iter().find(is_meant) {
        return Ok(webhook);
    }
    let found = of_alerts(caller).await?.into_iter().find(is_meant);
    Ok(found.ok_or_else(Problem::not_found)?)
}

/// Webhooks with what is known of their deliveries. All are of one object.
async fn with_activity(caller: &Caller, webhooks: Vec<Webhook>) -> Result<Vec<AdminWebhook>, Refusal> {
    let Some(first) = webhooks.first() else { return Ok(Vec::new()) };
    let endpoints = webhooks.iter().map(|webhook| webhook.endpoint().to_owned()).collect();
    match first.ask(caller, HistoryRequest::Activity { endpoints }).await? {
        HistoryReply::Activity { activity } => {
            Ok(webhooks.into_iter().zip(activity).map(|(webhook, activity)| webhook.shown(caller, activity)).collect())
        }
        _ => Err(unexpected()),
    }
}

#[cfg(feature = "schema")]
fn example() -> serde_json::Value {
    json!({
        "id": "7c1f0a52-8f0e-8b7d-9a41-5d0b3c2e1f60",
        "kind": "channels",
        "url": "https://acme.example/pusher/webhooks",
        "events": ["channel_occupied", "channel_vacated"],
        "channel_prefix": "presence-",
        "channel_suffix": null,
        "header_names": ["X-Tenant"],
        "created_at": null,
        "disabled_at": null,
        "disabled_because": null,
        "pending": 3,
        "last_success_at": "2026-01-31T09:04:12.480Z",
        "last_failure_at": "2026-01-31T09:05:00.120Z",
        "last_failure_status": 503,
        "last_failure": "answered",
    })
}

#[cfg(feature = "schema")]
fn delivery_example() -> serde_json::Value {
    json!({
        "id": "5f0c1d9e8b7a46352413f2e1d0c9b8a7",
        "events": ["channel_occupied"],
        "event_count": 2,
        "state": "failed",
        "attempts": 3,
        "last_status": 503,
        "last_error": "answered",
        "given_up": null,
        "next_attempt_at": "2026-01-31T09:05:08.120Z",
        "created_at": "2026-01-31T09:04:50.120Z",
        "ended_at": null,
    })
}

#[cfg(test)]
mod tests;
