//! `GET /api/me/scheduled/{id}`: a message that the caller has scheduled.

use crate::identity::Caller;
use crate::request::Segment;
use crate::response::{Outcome, ok};
use campana_core::shared::ids::ScheduledId;
use campana_core::shared::problem::Problem;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<ScheduledId>) -> Outcome {
    let found = caller.store().scheduled(caller.tenant(), caller.user_id(), &id).await?;
    ok(&found.ok_or_else(Problem::not_found)?)
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::chat::scheduled::ScheduledMessage;
    operation
        .named("getScheduledMessage", Tag::Me, "Read a scheduled message")
        .about("For its author.")
        .answers::<ScheduledMessage>(200, "The scheduled message.", examples::scheduled_message());
}
