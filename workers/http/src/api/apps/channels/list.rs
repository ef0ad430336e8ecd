//! `GET /apps/{id}/channels`: channels with subscribers, merged over all gateways of the app.

use crate::api::apps::backend::Backend;
use crate::api::apps::fault::{Fault, Outcome};
use crate::api::apps::info::Info;
use crate::response::json_text;
use axum::http::StatusCode;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::{ChannelState, Counted, GatewayName};
use campana_core::shared::ids::UserId;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashSet};

/// Gateways queried concurrently.
const CONCURRENCY: usize = 20;
/// Maximum number of channels in an answer; above it, a backend must narrow the list with `filter_by_prefix`.
const MAX_LISTED: usize = 100_000;
const PRESENCE: &str = "presence-";

/// Subscribers of a channel, over all gateways.
#[derive(Default)]
struct Listeners {
    sockets: u64,
    people: HashSet<UserId>,
}

pub(in crate::api::apps) async fn handle(backend: Backend) -> Outcome {
    let prefix = backend.parameter("filter_by_prefix").unwrap_or_default();
    let info = Info::parse(backend.parameter("info"))?;
    if info.user_count && !prefix.starts_with(PRESENCE) {
        return Err(Fault::bad("A user_count needs filter_by_prefix to begin with presence-"));
    }
    if info.cache {
        return Err(Fault::bad("The cache of a channel is asked for one by one"));
    }
    let tenant = &backend.record.tenant_id;
    let gateways = backend.app.store().gateways(tenant).await?;
    let ask = |gateway: GatewayName| {
        let app = &backend.app;
        async move { app.channels().occupied(tenant, &gateway).await }
    };
    let mut channels: BTreeMap<ChannelName, Listeners> = BTreeMap::new();
    let mut answers = stream::iter(gateways).map(ask).buffer_unordered(CONCURRENCY);
    while let Some(occupied) = answers.try_next().await? {
        let is_listed = |it: &Counted| !it.channel.is_inner() && it.channel.as_str().starts_with(prefix);
        for counted in occupied.channels.into_iter().filter(is_listed) {
            add(&mut channels, counted);
        }
        if channels.len() > MAX_LISTED {
            return Err(Fault::bad(format!("More than {MAX_LISTED} channels: narrow down with filter_by_prefix")));
        }
    }
    let attributes: Map<String, Value> =
        channels.into_iter().map(|(name, it)| (name.to_string(), info.of(&name, &state(&it)).into())).collect();
    Ok(json_text(StatusCode::OK, json!({"channels": attributes}).to_string()))
}

fn add(channels: &mut BTreeMap<ChannelName, Listeners>, counted: Counted) {
    let Counted { channel, sockets, people } = counted;
    let listeners = channels.entry(channel).or_default();
    listeners.sockets = listeners.sockets.saturating_add(sockets.into());
    listeners.people.extend(people.into_iter().map(|(listener, _)| listener.user));
}

fn state(listeners: &Listeners) -> ChannelState {
    let user_count = u64::try_from(listeners.people.len()).unwrap_or(u64::MAX);
    ChannelState { subscription_count: listeners.sockets, user_count, ..ChannelState::default() }
}

#[cfg(feature = "schema")]
pub(in crate::api::apps) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::api::apps::described::Channels;
    use crate::openapi::Tag;
    let text = || json!({"type": "string"});
    operation
        .named("listChannels", Tag::PusherBackends, "List channels with subscribers")
        .query_named("filter_by_prefix", false, "Beginning of the names.", &text())
        .query_named(
            "info",
            false,
            "`subscription_count`; `user_count` too if the prefix begins with `presence-`.",
            &text(),
        )
        .answers::<Channels>(200, "The channels.", json!({"channels": {"presence-room.1": {"user_count": 2}}}));
}
