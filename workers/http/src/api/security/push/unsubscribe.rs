//! `DELETE /api/security/push/subscriptions`: removes the caller's device. An unknown device or another user's is left
//! unchanged. It needs no guard permission, so that former guards can unsubscribe.

use crate::App;
use crate::identity::Caller;
use crate::request::Body;
use crate::response::{Outcome, done};
use axum::extract::State;
use campana_core::alerts::pager::PagerCommand;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Named {
    endpoint: String,
}

pub(crate) async fn handle(State(app): State<App>, caller: Caller, Body(named): Body<Named>) -> Outcome {
    app.desks().page(caller.pager_request(PagerCommand::Unsubscribe { endpoint: named.endpoint })).await?;
    Ok(done())
}
