//! `DELETE /api/me/scheduled/{id}`: cancels a message that the caller has scheduled.

use crate::identity::Caller;
use crate::request::Segment;
use crate::response::{Outcome, done, unexpected};
use campana_core::chat::command::{Command, Reply};
use campana_core::chat::scheduled::ScheduledStatus;
use campana_core::shared::ids::ScheduledId;
use campana_core::shared::problem::{Kind, Problem};

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<ScheduledId>) -> Outcome {
    let (tenant, user) = (caller.tenant(), caller.user_id());
    let message = caller.store().scheduled(tenant, user, &id).await?.ok_or_else(Problem::not_found)?;
    match message.status {
        ScheduledStatus::Sent => return Err(Problem::new(Kind::Conflict, "the message was sent").into()),
        ScheduledStatus::Cancelled => {}
        // What has ended changes no more at its conversation, which may be deleted.
        ScheduledStatus::Failed => caller.store().dismiss_scheduled(tenant, user, &id).await?,
        ScheduledStatus::Pending => {
            match caller.command(&message.conversation_id, None, Command::CancelScheduled { id }).await? {
                Reply::Done => {}
                _ => return Err(unexpected()),
            }
        }
    }
    Ok(done())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation
        .named("cancelScheduledMessage", Tag::Me, "Cancel a scheduled message")
        .about("For its author. Removes the text of a message that failed. 409 if it was sent.")
        .refuses(&[Kind::Conflict])
        .done("It is not sent.");
}
