//! `POST /api/admin/alert-webhooks/{id}/rotate`: replaces the signing secret. Only this answer contains the new one.
//! Both secrets sign for one day.

use super::{ask, audited};
use crate::identity::Caller;
use crate::request::{NoBody, Segment};
use crate::response::{Outcome, ok, uncached};
use campana_core::accounts::audit::Act;
use campana_core::alerts::pager::PagerCommand;
use campana_core::shared::ids::WebhookId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<WebhookId>, _: NoBody) -> Outcome {
    let id = audited(&caller, Act::AlertWebhookRotated, id).await?;
    Ok(uncached(ok(&ask(&caller, PagerCommand::RotateWebhook { id }).await?)?))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag, examples};
    operation
        .named("rotateAlertWebhook", Tag::Administration, "Replace the secret of a webhook of alerts")
        .about("Only this answer has the new secret. Both secrets sign for one day.")
        .by(Security::Administrator)
        .uncached()
        .answers::<campana_core::alerts::pager::AlertWebhook>(
            200,
            "The webhook with its new secret.",
            examples::webhook_with_secret(),
        );
}
