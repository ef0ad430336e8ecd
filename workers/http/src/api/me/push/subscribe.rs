//! `POST /api/me/push/subscriptions`: has the caller's notifications pushed to a device. Repeating the request renews it.

use super::{Shown, push_key};
use crate::identity::Caller;
use crate::request::Body;
use crate::response::{Outcome, json};
use axum::http::StatusCode;
use campana_core::push::{PushKeys, PushSubscription, accept};
use campana_core::shared::problem::{Kind, Problem};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// `PushSubscription.toJSON()` of the browser.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "NotificationDeviceDraft"))]
#[serde(deny_unknown_fields)]
pub(crate) struct Subscription {
    /// The push service's address of the device.
    endpoint: String,
    /// Its keys.
    keys: PushKeys,
    /// Ignored: the push service itself reports an expired subscription.
    #[serde(default, rename = "expirationTime")]
    #[cfg_attr(feature = "schema", schemars(with = "serde_json::Value"))]
    _expiration_time: Option<IgnoredAny>,
}

pub(crate) async fn handle(caller: Caller, Body(body): Body<Subscription>) -> Outcome {
    push_key(&caller.app)?;
    let Subscription { endpoint, keys, .. } = body;
    let subscription = PushSubscription { endpoint, keys };
    accept(&subscription, caller.app.reach())?;
    let (tenant, user) = (caller.tenant(), caller.user_id());
    let saved = caller.store().save_push_device(tenant, user, &subscription, caller.now()).await?;
    let taken = || Problem::new(Kind::Conflict, "this endpoint is another user's device");
    json(StatusCode::CREATED, &Shown::from(saved.ok_or_else(taken)?))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use serde_json::json;
    operation
        .named("subscribeNotificationDevice", Tag::Notifications, "Have notifications pushed to a device of the caller")
        .about(
            "Takes `PushSubscription.toJSON()` of the browser. Repeating the request renews the subscription, which ends after 60 \
             days. An eleventh device takes the place of the one renewed the longest ago. 409 if the endpoint is another user's \
             and the keys are not that device's.",
        )
        .spares_socket()
        .sends(json!({
            "endpoint": "https://push.example.org/send/f3a9",
            "keys": {
                "p256dh": "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
                "auth": "BTBZMqHH6r4Tts7J_aSIgg",
            },
            "expirationTime": null,
        }))
        .refuses(&[Kind::Conflict])
        .answers::<Shown>(201, "The device.", examples::push_device());
}
