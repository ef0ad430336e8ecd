//! `POST /api/security/push/subscriptions`: registers the caller's device for pages. Repeating the request renews it.

use super::device::Shown;
use super::push_key;
use crate::api::security::alerts::only_guards;
use crate::identity::Caller;
use crate::request::Body;
use crate::response::{Outcome, json, unexpected};
use axum::http::StatusCode;
use campana_core::alerts::pager::{PagerCommand, PagerReply, PushKeys, PushSubscription};
use campana_core::alerts::push::accept;
use campana_core::alerts::{GUARDS, is_group};
use campana_core::shared::problem::{Kind, Problem};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// `PushSubscription.toJSON()`, plus the group for which the device is paged.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "PushSubscriptionDraft"))]
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
    /// Group of guards that the device is paged for, `guards` by default.
    #[serde(default)]
    group: Option<String>,
}

pub(crate) async fn handle(caller: Caller, Body(body): Body<Subscription>) -> Outcome {
    only_guards(&caller)?;
    push_key(&caller.app)?;
    let Subscription { endpoint, keys, group, .. } = body;
    let group = group.unwrap_or_else(|| GUARDS.to_owned());
    if !is_group(&group) {
        return Err(Problem::field("group", "is not 1 to 32 small letters, digits, hyphens and underscores").into());
    }
    if !caller.principal.is_in_group(&group) {
        return Err(Problem::new(Kind::Forbidden, "your token does not name this group").into());
    }
    let subscription = PushSubscription { endpoint, keys };
    accept(&subscription, caller.app.reach())?;
    match caller.ask_pager(PagerCommand::Subscribe { subscription, group }).await? {
        PagerReply::Device { device } => json(StatusCode::CREATED, &Shown::from(device)),
        _ => Err(unexpected()),
    }
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag, examples};
    use serde_json::json;
    operation
        .named("subscribePushDevice", Tag::Push, "Register a device of the caller for pages")
        .about("For guards. Takes `PushSubscription.toJSON()` of the browser. Repeating the request renews the registration.")
        .by(Security::Guard)
        .sends(json!({
            "endpoint": "https://push.example.org/send/f3a9",
            "keys": {
                "p256dh": "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
                "auth": "BTBZMqHH6r4Tts7J_aSIgg",
            },
            "expirationTime": null,
            "group": "guards",
        }))
        .refuses(&[Kind::Conflict])
        .answers::<Shown>(201, "The device.", examples::device());
}
