//! `/api/admin/traces`: what happens to the events of a channel for one user, step by step, for some minutes.
//!
//! The object of the channel records the steps, so the id of a trace contains the object's lease.
//!
//! The audit entry is written before the trace begins, since the two cannot be written atomically.

use super::asking::ask;
use super::held_id::HeldId;
use super::subject::Subject;
use super::traced::Traced;
use crate::api::admin::only_administrators;
use crate::identity::Caller;
use crate::request::{Body, Segment};
use crate::response::{Outcome, json, ok, uncached, unexpected};
use axum::http::StatusCode;
use campana_core::accounts::audit::Act;
use campana_core::live::{Holder, LiveAnswer, LiveQuestion, MAX_TRACE_MINUTES, StartTrace};
use campana_core::shared::problem::Problem;
use serde::Deserialize;
use serde_json::json as value;

/// What to trace: one of `channel` and `conversation_id` is needed.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "NewTrace"))]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTrace {
    /// The user.
    user_id: String,
    /// The channel.
    #[serde(default)]
    channel: Option<String>,
    /// The conversation, instead of a channel: all its channels, native connections included.
    #[serde(default)]
    conversation_id: Option<String>,
    /// How long it runs.
    #[serde(default = "default_minutes")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 15)))]
    minutes: i64,
}

const fn default_minutes() -> i64 {
    5
}

pub(crate) async fn create(caller: Caller, Body(new): Body<NewTrace>) -> Outcome {
    only_administrators(&caller)?;
    let NewTrace { user_id, channel, conversation_id, minutes } = new;
    if !(1..=MAX_TRACE_MINUTES).contains(&minutes) {
        return Err(Problem::field("minutes", format!("is not between 1 and {MAX_TRACE_MINUTES}")).into());
    }
    let is_whole = conversation_id.is_some();
    let subject = Subject::find(&caller, &user_id, channel, conversation_id).await?;
    let holder = Holder::of(&subject.target);
    let about = value!({"channel": subject.channel, "minutes": minutes});
    let audit = caller.audit(Act::TraceStarted, subject.user.as_str(), about)?;
    caller.store().append_audit(caller.tenant(), &audit).await?;
    let start = StartTrace {
        app_config: caller.record.app_config(),
        target: subject.target,
        channel: subject.channel.filter(|_| !is_whole),
        user: subject.user,
        millis: minutes.saturating_mul(60_000),
    };
    match ask(&caller, &holder, LiveQuestion::StartTrace(Box::new(start))).await? {
        LiveAnswer::Trace(trace) => Ok(uncached(json(StatusCode::CREATED, &Traced::new(&holder.source, *trace))?)),
        _ => Err(unexpected()),
    }
}

pub(crate) async fn get(caller: Caller, Segment(id): Segment<HeldId>) -> Outcome {
    only_administrators(&caller)?;
    let (source, name) = id.parts().ok_or_else(Problem::not_found)?;
    let holder = Holder::of_channel(source).ok_or_else(Problem::not_found)?;
    match ask(&caller, &holder, LiveQuestion::Trace { name }).await? {
        LiveAnswer::Trace(trace) => Ok(uncached(ok(&Traced::new(&holder.source, *trace))?)),
        _ => Err(unexpected()),
    }
}

#[cfg(feature = "schema")]
pub(crate) fn describe_create(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    use campana_core::shared::problem::Kind;
    operation
        .named("startTrace", Tag::Administration, "Trace the events of a channel for a user")
        .about("Of a channel or a conversation: one of `channel` and `conversation_id` is needed. While the trace runs, each step of an event is recorded with its time: accepted, handed to a gateway, written to the user's connections, confirmed; or why it stopped. Steps have names and ids, never the data of events.")
        .about("Up to four traces run at a channel at once; 409 beyond.")
        .by(Security::Administrator)
        .uncached()
        .refuses(&[Kind::NotFound, Kind::Conflict])
        .sends(value!({"user_id": "7", "conversation_id": "019a3e5b-7a10-7c3e-9d7f-2b6f0c1d4e02", "minutes": 5}))
        .answers::<Traced>(201, "The trace runs.", super::traced::example());
}

#[cfg(feature = "schema")]
pub(crate) fn describe_get(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    use campana_core::shared::problem::Kind;
    operation
        .named("getTrace", Tag::Administration, "Read a trace")
        .about("While it runs, and for an hour after its end.")
        .by(Security::Administrator)
        .uncached()
        .refuses(&[Kind::NotFound])
        .answers::<Traced>(200, "The steps so far.", super::traced::example());
}
