//! `GET /apps/{id}/channels`: channels with subscribers, merged over all gateways of the app.

use super::occupied::{MAX_LISTED, occupied};
use crate::api::apps::backend::Backend;
use crate::api::apps::fault::{Fault, Outcome};
use crate::api::apps::info::Info;
use crate::response::json_text;
use axum::http::StatusCode;
use campana_core::pusher::link::ChannelState;
use campana_core::shared::problem::Problem;
use serde_json::{Map, Value, json};

const PRESENCE: &str = "presence-";

pub(in crate::api::apps) async fn handle(backend: Backend) -> Outcome {
    let prefix = backend.parameter("filter_by_prefix").unwrap_or_default();
    let info = Info::parse(backend.parameter("info"))?;
    if info.user_count && !prefix.starts_with(PRESENCE) {
        return Err(Fault::bad("A user_count needs filter_by_prefix to begin with presence-"));
    }
    if info.cache {
        return Err(Fault::bad("The cache of a channel is asked for one by one"));
    }
    let occupied = occupied(&backend.app, &backend.record.tenant_id, prefix).await?;
    if occupied.is_cut {
        return Err(Fault::bad(format!("More than {MAX_LISTED} channels: narrow down with filter_by_prefix")));
    }
    if !occupied.unanswered.is_empty() {
        return Err(Problem::unavailable("the object did not answer").into());
    }
    let state = |sockets, people| ChannelState { subscription_count: sockets, user_count: people, ..<_>::default() };
    let channels = occupied.channels.into_iter();
    let attributes: Map<String, Value> =
        channels.map(|(name, it)| (name.to_string(), info.of(&name, &state(it.sockets, it.people())).into())).collect();
    Ok(json_text(StatusCode::OK, json!({"channels": attributes}).to_string()))
}

#[cfg(feature = "schema")]
pub(in crate::api::apps) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::api::apps::described::{Channels, ChannelsQuery};
    use crate::openapi::Tag;
    operation
        .named("listChannels", Tag::PusherBackends, "List channels with subscribers")
        .query::<ChannelsQuery>()
        .answers::<Channels>(200, "The channels.", json!({"channels": {"presence-room.1": {"user_count": 2}}}));
}
