//! `DELETE /api/admin/alert-webhooks/{id}`: removes a webhook.

use super::audited;
use crate::App;
use crate::identity::Caller;
use crate::request::Segment;
use crate::response::{Outcome, done};
use axum::extract::State;
use campana_core::accounts::audit::Act;
use campana_core::alerts::pager::PagerCommand;
use campana_core::shared::ids::WebhookId;

pub(crate) async fn handle(State(app): State<App>, caller: Caller, Segment(id): Segment<WebhookId>) -> Outcome {
    let id = audited(&app, &caller, Act::AlertWebhookRemoved, id).await?;
    app.desks().page(caller.pager_request(PagerCommand::RemoveWebhook { id })).await?;
    Ok(done())
}
