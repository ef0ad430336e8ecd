//! `POST /api/admin/alert-webhooks/{id}/enable`: re-enables a disabled webhook. It gets events from now on.

use super::{ask, audited};
use crate::identity::Caller;
use crate::request::{NoBody, Segment};
use crate::response::{Outcome, ok};
use campana_core::accounts::audit::Act;
use campana_core::alerts::pager::PagerCommand;
use campana_core::shared::ids::WebhookId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<WebhookId>, _: NoBody) -> Outcome {
    let id = audited(&caller, Act::AlertWebhookEnabled, id).await?;
    ok(&ask(&caller, PagerCommand::EnableWebhook { id }).await?)
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag, examples};
    operation
        .named("enableAlertWebhook", Tag::Administration, "Enable a webhook of alerts again")
        .about("It gets events from now on.")
        .by(Security::Administrator)
        .answers::<campana_core::alerts::pager::AlertWebhook>(200, "The webhook.", examples::webhook());
}
