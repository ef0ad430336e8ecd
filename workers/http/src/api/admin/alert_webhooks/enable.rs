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
