//! `DELETE /api/security/push/subscriptions`: removes the caller's device. An unknown device or another user's is left
//! unchanged. It needs no guard permission, so that former guards can unsubscribe.

use crate::identity::Caller;
use crate::request::Body;
use crate::response::{Outcome, done};
use campana_core::alerts::pager::PagerCommand;
use serde::Deserialize;

/// The device to remove.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "PushEndpoint"))]
#[serde(deny_unknown_fields)]
pub(crate) struct Named {
    /// The push service's address of the device.
    endpoint: String,
}

pub(crate) async fn handle(caller: Caller, Body(named): Body<Named>) -> Outcome {
    caller.ask_pager(PagerCommand::Unsubscribe { endpoint: named.endpoint }).await?;
    Ok(done())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use serde_json::json;
    operation
        .named("unsubscribePushDevice", Tag::Push, "Remove a device of the caller")
        .about("An unknown device, and another user's, stays as it is.")
        .sends(json!({"endpoint": "https://push.example.org/send/f3a9"}))
        .done("The device is not paged for the caller.");
}
