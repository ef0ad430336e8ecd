//! `GET /api/admin/channels/{name}`: what a channel is, and who is subscribed.

use super::allowed;
use super::asking::ask;
use crate::api::admin::only_administrators;
use crate::api::apps::channels::state_of;
use crate::api::apps::targets::target_of;
use crate::identity::Caller;
use crate::request::Segment;
use crate::response::{Outcome, ok, uncached};
use campana_core::accounts::quota::Kind;
use campana_core::live::{Holder, LiveAnswer, LiveQuestion, Position};
use campana_core::pusher::channel::{ChannelKind, ChannelName};
use campana_core::pusher::link::Target;
use campana_core::shared::ids::ConversationId;
use campana_core::shared::json::read_stored;
use serde::Serialize;
use serde_json::Value;

/// Members listed at most.
const MAX_MEMBERS: usize = 100;

/// A channel.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ChannelFacts"))]
pub(crate) struct Facts {
    name: ChannelName,
    /// `public`, `private`, `presence`, `encrypted` or `user` (server to user).
    kind: &'static str,
    /// Whether it keeps the last event for new subscribers.
    is_cache: bool,
    /// The object that it belongs to: `conversation`, `user`, `channel` or `alert_desk`.
    object: &'static str,
    /// The conversation, if it is one's channel.
    conversation_id: Option<ConversationId>,
    /// Subscribed sockets of Pusher clients.
    subscribers: u64,
    /// Native connections of the object.
    native_connections: u32,
    /// On a presence channel: number of members, those with native connections included.
    member_count: u64,
    /// Ids of members, up to 100.
    members: Vec<String>,
    /// Epoch of the object's log; `null` if it has none or did not answer.
    epoch: Option<String>,
    /// `seq` of the newest event in that log.
    head: Option<i64>,
}

pub(crate) async fn handle(caller: Caller, Segment(name): Segment<ChannelName>) -> Outcome {
    only_administrators(&caller)?;
    allowed(&caller, &name)?;
    let app_config = caller.record.app_config();
    let target = target_of(&caller.app, &app_config, &name).await?;
    let state = state_of(&caller.app, app_config, target.clone(), &name, true).await?;
    let Position { epoch, head, connections } = position(&caller, &target).await.unwrap_or_default();
    let members = state.members.iter().take(MAX_MEMBERS).filter_map(|id| match read_stored::<Value>(id).ok()? {
        Value::String(id) => Some(id),
        id => Some(id.to_string()),
    });
    Ok(uncached(ok(&Facts {
        kind: kind(&name),
        is_cache: name.is_cache(),
        object: object(&target),
        conversation_id: match &target {
            Target::Conversation(id) => Some(id.clone()),
            Target::Person(_) | Target::Channel(_) | Target::AlertDesk => None,
        },
        subscribers: state.subscription_count,
        native_connections: connections,
        member_count: state.user_count,
        members: members.collect(),
        epoch,
        head,
        name,
    })?))
}

/// The position of the target's log. `None` if it did not answer. The target exists: it was asked for its subscribers.
pub(super) async fn position(caller: &Caller, target: &Target) -> Option<Position> {
    let source = Holder::source_of(target)?;
    let kind = if matches!(target, Target::Conversation(_)) { Kind::Conversation } else { Kind::Channel };
    match ask(caller, &Holder { source, kind }, LiveQuestion::Position).await {
        Ok(LiveAnswer::Position(position)) => Some(position),
        Ok(_) | Err(_) => None,
    }
}

const fn object(target: &Target) -> &'static str {
    match target {
        Target::Conversation(_) => "conversation",
        Target::Person(_) => "user",
        Target::Channel(_) => "channel",
        Target::AlertDesk => "alert_desk",
    }
}

fn kind(name: &ChannelName) -> &'static str {
    match name.kind() {
        ChannelKind::Public => "public",
        ChannelKind::Private => "private",
        ChannelKind::Presence => "presence",
        ChannelKind::Encrypted => "encrypted",
        ChannelKind::ServerToUser => "user",
    }
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    use serde_json::json;
    operation
        .named("inspectChannel", Tag::Administration, "Get a channel with its subscribers")
        .by(Security::Administrator)
        .uncached()
        .answers::<Facts>(
            200,
            "The channel.",
            json!({
                "name": "presence-room.019a3e5b-7a10-7c3e-9d7f-2b6f0c1d4e01",
                "kind": "presence",
                "is_cache": false,
                "object": "conversation",
                "conversation_id": "019a3e5b-7a10-7c3e-9d7f-2b6f0c1d4e02",
                "subscribers": 3,
                "native_connections": 1,
                "member_count": 2,
                "members": ["7", "8"],
                "epoch": "5f0c1d4e02b6f7a1",
                "head": 42,
            }),
        );
}
