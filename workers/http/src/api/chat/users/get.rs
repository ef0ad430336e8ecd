//! `GET /api/chat/users/{id}`: a user of the tenant.

use crate::identity::Caller;
use crate::request::Segment;
use crate::response::{Outcome, ok};
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Problem;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<UserId>) -> Outcome {
    let user = caller.store().user(caller.tenant(), &id, caller.now()).await?;
    ok(&user.ok_or_else(Problem::not_found)?)
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("getUser", Tag::Users, "Get a user")
        .about("A user who hides their presence is shown as offline, and as never seen.")
        .answers::<campana_storage::User>(200, "The user.", examples::user());
}
