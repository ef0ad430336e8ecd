//! `GET /api/me/push/key`: the browser's `applicationServerKey`.

use super::push_key;
use crate::identity::Caller;
use crate::response::{Outcome, ok};
use serde::Serialize;

/// The deployment's key for push subscriptions.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "NotificationPushKey"))]
pub(super) struct PushKey<'a> {
    /// The public key, base64url.
    key: &'a str,
}

pub(crate) async fn handle(caller: Caller) -> Outcome {
    ok(&PushKey { key: push_key(&caller.app)? })
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use serde_json::json;
    operation
        .named("getNotificationPushKey", Tag::Notifications, "Get the `applicationServerKey` for subscriptions")
        .about("503 without `Retry-After` if the deployment has no key.")
        .answers::<PushKey<'_>>(
            200,
            "The public key, base64url.",
            json!({"key": "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"}),
        );
}
