//! `DELETE /api/me/push/subscriptions`: ends pushes to the caller's device. An unknown device or another user's is left
//! unchanged.

use crate::identity::Caller;
use crate::request::Body;
use crate::response::{Outcome, done};
use serde::Deserialize;

/// The device to remove.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "NotificationDevice"))]
#[serde(deny_unknown_fields)]
pub(crate) struct Named {
    /// The push service's address of the device.
    endpoint: String,
}

pub(crate) async fn handle(caller: Caller, Body(named): Body<Named>) -> Outcome {
    caller.store().remove_push_device(caller.tenant(), caller.user_id(), &named.endpoint).await?;
    Ok(done())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use serde_json::json;
    operation
        .named("unsubscribeNotificationDevice", Tag::Notifications, "End pushes to a device of the caller")
        .about("An unknown device, and another user's, stays as it is.")
        .spares_socket()
        .sends(json!({"endpoint": "https://push.example.org/send/f3a9"}))
        .done("Nothing is pushed to the device for the caller.");
}
