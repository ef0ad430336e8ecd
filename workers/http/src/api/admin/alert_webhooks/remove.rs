//! `DELETE /api/admin/alert-webhooks/{id}`: tell it no longer.

use super::audited;
use crate::App;
use crate::identity::Caller;
use crate::request::Segment;
use crate::response::{Outcome, done};
use axum::extract::State;
use campana_core::alert::pager::PagerCommand;
use campana_core::audit::Act;
use campana_core::ids::WebhookId;

pub(crate) async fn handle(State(app): State<App>, caller: Caller, Segment(id): Segment<WebhookId>) -> Outcome {
    let id = audited(&app, &caller, Act::AlertWebhookRemoved, id).await?;
    app.desks().page(caller.pager_request(PagerCommand::RemoveWebhook { id })).await?;
    Ok(done())
}
