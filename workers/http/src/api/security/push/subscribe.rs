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
#[serde(deny_unknown_fields)]
pub(crate) struct Subscription {
    endpoint: String,
    keys: PushKeys,
    /// Ignored: the push service itself reports an expired subscription.
    #[serde(default, rename = "expirationTime")]
    _expiration_time: Option<IgnoredAny>,
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
