//! `PUT /api/chat/messages/{id}/follow`: follows the thread of a message.

use super::Thread;
use crate::identity::Caller;
use crate::request::{NoBody, Segment};
use crate::response::Outcome;
use campana_core::shared::ids::MessageId;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<MessageId>, _: NoBody) -> Outcome {
    let thread = Thread::of(&caller, &id).await?;
    let place = caller.store().follow_thread(caller.tenant(), caller.user_id(), &thread.id, true).await?;
    thread.placed(&caller, place).await
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation.named("followThread", Tag::Messages, "Follow a thread").about(
        "For members. Who writes in a thread, is mentioned in it, or wrote its first message follows it already.",
    );
    super::describe(operation);
}
