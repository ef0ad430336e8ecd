//! `DELETE /api/admin/alert-webhooks/{id}`: removes a webhook.

use super::audited;
use crate::identity::Caller;
use crate::request::Segment;
use crate::response::{Outcome, done};
use campana_core::accounts::audit::Act;
use campana_core::alerts::pager::PagerCommand;
use campana_core::shared::ids::WebhookId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<WebhookId>) -> Outcome {
    let id = audited(&caller, Act::AlertWebhookRemoved, id).await?;
    caller.ask_pager(PagerCommand::RemoveWebhook { id }).await?;
    Ok(done())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    operation
        .named("removeAlertWebhook", Tag::Administration, "Remove a webhook of alerts")
        .by(Security::Administrator)
        .done("The webhook is removed.");
}
