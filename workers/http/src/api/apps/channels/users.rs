//! `GET /apps/{id}/channels/{name}/users`: members of a presence channel.

use super::ask;
use crate::api::apps::backend::Backend;
use crate::api::apps::channel_params::channel;
use crate::api::apps::fault::{Fault, Outcome};
use crate::response::json_text;
use axum::http::StatusCode;

pub(in crate::api::apps) async fn handle(backend: Backend) -> Outcome {
    let channel = channel(backend.named("name"), &backend.record.pusher)?;
    if !channel.is_presence() {
        return Err(Fault::bad("Only presence channels have users"));
    }
    let state = ask(&backend, &channel, true).await?;
    // Ids are JSON text and keep the type they were signed with.
    let users: Vec<String> = state.members.iter().map(|id| format!(r#"{{"id":{id}}}"#)).collect();
    Ok(json_text(StatusCode::OK, format!(r#"{{"users":[{}]}}"#, users.join(","))))
}

#[cfg(feature = "schema")]
pub(in crate::api::apps) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::api::apps::described::{Channel, Users};
    use crate::openapi::Tag;
    use serde_json::json;
    operation
        .named("listChannelUsers", Tag::PusherBackends, "List the members of a presence channel")
        .path::<Channel>()
        .answers::<Users>(200, "The members.", json!({"users": [{"id": "7"}]}));
}
