//! `DELETE /api/chat/messages/{id}/follow`: stops following the thread of a message.

use super::Thread;
use crate::identity::Caller;
use crate::request::Segment;
use crate::response::Outcome;
use campana_core::shared::ids::MessageId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<MessageId>) -> Outcome {
    let thread = Thread::of(&caller, &id).await?;
    let place = caller.store().follow_thread(caller.tenant(), caller.user_id(), &thread.id, false).await?;
    thread.placed(&caller, place).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation
        .named("unfollowThread", Tag::Messages, "Stop following a thread")
        .about("Until the caller writes in it again.");
    super::describe(operation);
}
