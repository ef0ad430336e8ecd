//! `/api/admin/alert-webhooks`: external services that get the tenant's alert events. For administrators only.
//!
//! The pager stores webhooks and D1 stores the audit log, so the two cannot be written atomically. The audit entry is
//! written first, after checking that the action is possible. No action happens without an entry; an entry whose action
//! failed records the attempt.

mod add;
mod enable;
mod list;
mod remove;
mod rotate;

use super::only_administrators;
use crate::endpoints::{Endpoints, endpoints};
use crate::identity::Caller;
use crate::response::{Refusal, unexpected};
use campana_core::accounts::audit::Act;
use campana_core::alerts::pager::{AlertWebhook, PagerCommand, PagerReply};
use campana_core::shared::address::host_of;
use campana_core::shared::ids::WebhookId;
use campana_core::shared::problem::Problem;
use serde_json::json;

pub(super) fn endpoints() -> Endpoints {
    endpoints! {
        GET "/api/admin/alert-webhooks" => list::handle, list::describe;
        POST "/api/admin/alert-webhooks" => add::handle, add::describe;
        DELETE "/api/admin/alert-webhooks/{id}" => remove::handle, remove::describe;
        POST "/api/admin/alert-webhooks/{id}/rotate" => rotate::handle, rotate::describe;
        POST "/api/admin/alert-webhooks/{id}/enable" => enable::handle, enable::describe;
    }
}

/// All webhooks of the caller's tenant.
async fn all(caller: &Caller) -> Result<Vec<AlertWebhook>, Refusal> {
    match caller.ask_pager(PagerCommand::Webhooks).await? {
        PagerReply::Webhooks { webhooks } => Ok(webhooks),
        _ => Err(unexpected()),
    }
}

/// Sends the pager a command that answers with a webhook.
async fn ask(caller: &Caller, command: PagerCommand) -> Result<AlertWebhook, Refusal> {
    match caller.ask_pager(command).await? {
        PagerReply::Webhook { webhook } => Ok(webhook),
        _ => Err(unexpected()),
    }
}

/// Checks that the webhook exists and writes the audit entry before an action. Returns the webhook's id.
async fn audited(caller: &Caller, act: Act, id: WebhookId) -> Result<String, Refusal> {
    only_administrators(caller)?;
    let id = id.as_str().to_owned();
    let found = all(caller).await?.into_iter().find(|webhook| webhook.id == id);
    let webhook = found.ok_or_else(Problem::not_found)?;
    append(caller, act, &id, &webhook.url).await?;
    Ok(id)
}

/// Logs only the host of the URL: the rest may contain a secret.
async fn append(caller: &Caller, act: Act, id: &str, url: &str) -> Result<(), Refusal> {
    let audit = caller.audit(act, id, json!({"host": host_of(url)}))?;
    Ok(caller.store().append_audit(caller.tenant(), &audit).await?)
}

#[cfg(test)]
mod tests;
