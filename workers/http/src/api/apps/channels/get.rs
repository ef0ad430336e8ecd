//! `GET /apps/{id}/channels/{name}`: state of a channel. Users with native sockets in a conversation count as members
//! of its presence channel, the same as for its Pusher subscribers.

use super::ask;
use crate::api::apps::backend::Backend;
use crate::api::apps::channel_params::channel;
use crate::api::apps::fault::Outcome;
use crate::api::apps::info::Info;
use crate::response::json_text;
use axum::http::StatusCode;
use serde_json::Value;

pub(in crate::api::apps) async fn handle(backend: Backend) -> Outcome {
    let channel = channel(backend.named("name"), &backend.record.pusher)?;
    let info = Info::parse(backend.parameter("info"))?;
    info.fits(&channel)?;
    let state = ask(&backend, &channel, false).await?;
    let mut answer = info.of(&channel, &state);
    answer.insert("occupied".to_owned(), Value::Bool(state.subscription_count > 0 || state.user_count > 0));
    Ok(json_text(StatusCode::OK, Value::Object(answer).to_string()))
}

#[cfg(feature = "schema")]
pub(in crate::api::apps) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::api::apps::described::{Channel, ChannelQuery, ChannelState};
    use crate::openapi::Tag;
    use serde_json::json;
    operation
        .named("getChannel", Tag::PusherBackends, "Get the state of a channel")
        .path::<Channel>()
        .query::<ChannelQuery>()
        .answers::<ChannelState>(200, "The state.", json!({"occupied": true, "subscription_count": 3}));
}
