//! `DELETE /api/security/push/subscriptions`: removes the caller's device. An unknown device or another user's is left
//! unchanged. It needs no guard permission, so that former guards can unsubscribe.

use crate::identity::Caller;
use crate::request::Body;
use crate::response::{Outcome, done};
use campana_core::alerts::pager::PagerCommand;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Named {
    endpoint: String,
}

pub(crate) async fn handle(caller: Caller, Body(named): Body<Named>) -> Outcome {
    caller.ask_pager(PagerCommand::Unsubscribe { endpoint: named.endpoint }).await?;
    Ok(done())
}
