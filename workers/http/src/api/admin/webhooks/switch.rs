//! `POST /api/admin/webhooks/{id}/enable` and `/disable`. A disabled webhook gets nothing, not even what is queued for it.
//!
//! A webhook that is in the wanted state already stays as it is, without an audit entry. For channels, the object that
//! delivers reads the record again before the answer; if it does not answer, the change is stored all the same, and a
//! repeated call has the object read it.

use super::{AdminWebhook, Webhook, ask_channels, find, only_administrators, with_activity};
use crate::api::admin::settings::stored;
use crate::identity::Caller;
use crate::request::{NoBody, Segment};
use crate::response::{Outcome, Refusal, ok, unexpected};
use campana_core::accounts::audit::Act;
use campana_core::alerts::pager::{PagerCommand, PagerReply};
use campana_core::shared::address::host_of;
use campana_core::shared::ids::WebhookId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::channels::ChannelEndpoint;
use campana_core::webhooks::history::HistoryRequest;
use campana_storage::{App as AppRecord, StorageError};
use serde_json::json;

pub(crate) async fn enable(caller: Caller, Segment(id): Segment<WebhookId>, _: NoBody) -> Outcome {
    switch(&caller, &id, None).await
}

pub(crate) async fn disable(caller: Caller, Segment(id): Segment<WebhookId>, _: NoBody) -> Outcome {
    switch(&caller, &id, Some(caller.now())).await
}

async fn switch(caller: &Caller, id: &WebhookId, disabled_at: Option<Timestamp>) -> Outcome {
    only_administrators(caller)?;
    let app = stored(caller).await?;
    let webhook = find(caller, app.clone(), id).await?;
    let is_change = webhook.disabled_at().is_some() != disabled_at.is_some();
    let webhook = match webhook {
        Webhook::Channels(endpoint) => {
            let changed = if is_change { of_channels(caller, &app, endpoint, disabled_at).await? } else { endpoint };
            ask_channels(caller, HistoryRequest::Refresh).await?;
            Webhook::Channels(changed)
        }
        Webhook::Alerts(_) if is_change => of_alerts(caller, &webhook, id, disabled_at.is_some()).await?,
        webhook @ Webhook::Alerts(_) => webhook,
    };
    let shown: Vec<AdminWebhook> = with_activity(caller, vec![webhook]).await?;
    ok(shown.first().ok_or_else(unexpected)?)
}

async fn of_channels(
    caller: &Caller,
    app: &AppRecord,
    endpoint: ChannelEndpoint,
    disabled_at: Option<Timestamp>,
) -> Result<ChannelEndpoint, Refusal> {
    let act = if disabled_at.is_some() { Act::WebhookDisabled } else { Act::WebhookEnabled };
    let audit = caller.audit(act, endpoint.id(caller.tenant()).as_str(), json!({"host": host_of(&endpoint.url)}))?;
    match caller.store().set_webhook_disabled(app, &endpoint.url, disabled_at, &audit, caller.now()).await {
        Ok(()) => {
            caller.app.caches().apps.forget(caller.tenant());
            Ok(ChannelEndpoint { disabled_at, ..endpoint })
        }
        Err(StorageError::Constraint) => Err(Problem::not_found().into()),
        Err(error) => Err(error.into()),
    }
}

async fn of_alerts(caller: &Caller, webhook: &Webhook, id: &WebhookId, disabled: bool) -> Result<Webhook, Refusal> {
    let id = id.as_str().to_owned();
    let (act, command) = if disabled {
        (Act::AlertWebhookDisabled, PagerCommand::DisableWebhook { id })
    } else {
        (Act::AlertWebhookEnabled, PagerCommand::EnableWebhook { id })
    };
    webhook.audit(caller, act, None).await?;
    match caller.ask_pager(command).await? {
        PagerReply::Webhook { webhook } => Ok(Webhook::Alerts(webhook)),
        _ => Err(unexpected()),
    }
}

#[cfg(feature = "schema")]
pub(crate) fn describe_enable(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    operation
        .named("enableWebhook", Tag::Administration, "Enable a webhook again")
        .about("It gets events from now on.")
        .by(Security::Administrator)
        .answers::<AdminWebhook>(200, "The webhook.", super::example());
}

#[cfg(feature = "schema")]
pub(crate) fn describe_disable(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    use campana_core::shared::json::set;
    let mut example = super::example();
    set(&mut example, "disabled_at", json!("2026-01-31T09:05:00.120Z"));
    set(&mut example, "disabled_because", json!("an administrator disabled it"));
    set(&mut example, "pending", json!(0));
    operation
        .named("disableWebhook", Tag::Administration, "Disable a webhook")
        .about(
            "It gets nothing more: what is queued for it is given up. A request that is on its way can still reach it. \
             Disabled webhooks of alerts are counted in `GET /api/security/status`.",
        )
        .by(Security::Administrator)
        .answers::<AdminWebhook>(200, "The webhook.", example);
}
