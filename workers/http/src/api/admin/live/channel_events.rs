//! `POST /api/admin/channels/{name}/events`: publishes a test event, on the same path and within the same limits as
//! the app's backend.
//!
//! The audit entry is written before the event, since the two cannot be written atomically. It has no data of the event.

use super::allowed;
use crate::api::admin::only_administrators;
use crate::api::apps::publishing::publish;
use crate::identity::Caller;
use crate::request::{Body, Segment};
use crate::response::{Outcome, ok};
use campana_core::accounts::audit::Act;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::event::Publication;
use campana_core::shared::problem::{Kind, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// An event to send.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "TestEvent"))]
#[serde(deny_unknown_fields)]
pub(crate) struct TestEvent {
    /// Name of the event.
    name: String,
    /// Its data: a text as it is, any other JSON as text.
    data: Value,
}

/// Who the event was handed to.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "TestEventSent"))]
pub(crate) struct Sent {
    /// Subscribed sockets of Pusher clients, as far as gateways answered within 3 s.
    subscribers: u64,
    /// On a presence channel: members.
    members: u64,
}

pub(crate) async fn handle(
    caller: Caller,
    Segment(channel): Segment<ChannelName>,
    Body(event): Body<TestEvent>,
) -> Outcome {
    only_administrators(&caller)?;
    allowed(&caller, &channel)?;
    let settings = &caller.record.pusher;
    if event.name.is_empty() || !settings.allows_event(&event.name) {
        let most = settings.event_name_chars;
        return Err(Problem::field("name", format!("does not have 1 to {most} characters")).into());
    }
    let data = match event.data {
        Value::String(text) => text,
        data => data.to_string(),
    };
    let most = settings.payload_bytes;
    if data.len() > usize::try_from(most).unwrap_or(usize::MAX) {
        return Err(Problem::new(Kind::TooLarge, format!("the data of an event has at most {most} bytes")).into());
    }
    let about = json!({"event": event.name, "bytes": data.len()});
    let audit = caller.audit(Act::ChannelEventSent, channel.as_str(), about)?;
    caller.store().append_audit(caller.tenant(), &audit).await?;
    let event = Publication { channel, event: event.name, data, except: None };
    let states = publish(&caller.app, &caller.record.app_config(), vec![event], true).await?;
    let state = states.into_iter().next().unwrap_or_default();
    ok(&Sent { subscribers: state.subscription_count, members: state.user_count })
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    operation
        .named("sendTestEvent", Tag::Administration, "Send a test event to a channel")
        .about("On the path of `publishEvent`, within the same limits. It is not stored, and audited without its data.")
        .by(Security::Administrator)
        .sends(json!({"name": "test", "data": {"text": "hello"}}))
        .answers::<Sent>(200, "The event is sent.", json!({"subscribers": 3, "members": 0}));
}
