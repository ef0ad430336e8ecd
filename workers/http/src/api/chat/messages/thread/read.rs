//! `POST /api/chat/messages/{id}/replies/read`: moves the caller's marker in a thread.

use super::Thread;
use crate::api::notifications::tell;
use crate::identity::Caller;
use crate::request::{OptionalBody, Segment};
use crate::response::Outcome;
use campana_core::chat::notifications::{NotificationEvent, NotificationsRead};
use campana_core::shared::ids::MessageId;
use campana_core::shared::problem::Problem;
use serde::Deserialize;

/// How far the caller has read a thread.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ThreadPosition"))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReadReplies {
    /// Position to move to: the newest reply if absent.
    seq: Option<i64>,
}

pub(crate) async fn handle(
    caller: Caller,
    Segment(id): Segment<MessageId>,
    OptionalBody(read): OptionalBody<ReadReplies>,
) -> Outcome {
    if read.seq.is_some_and(|seq| seq < 0) {
        return Err(Problem::field("seq", "is negative").into());
    }
    let thread = Thread::of(&caller, &id).await?;
    let (store, user) = (caller.store(), caller.user_id());
    let (tenant, now) = (caller.tenant(), caller.now());
    let place = store.mark_thread_read(tenant, user, &thread.id, read.seq).await?;
    let read = store.read_notifications_of_thread(tenant, user, &thread.id, now).await?;
    if !read.is_empty() {
        let event = NotificationEvent::read(NotificationsRead::Some(read), now);
        tell(&caller.app, tenant, vec![(user.clone(), event)]).await;
    }
    thread.placed(&caller, place).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    use serde_json::json;
    operation
        .named("readReplies", Tag::Messages, "Mark the replies to a message as read")
        .about("Moves the caller's marker in the thread forward, whether or not they follow it. Notifications of its replies up to there are \
             read too.")
        .sends(json!({"seq": 57}));
    super::describe(operation);
}
