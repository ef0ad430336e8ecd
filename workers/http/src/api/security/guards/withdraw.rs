//! `DELETE /api/security/guards/{user_id}`: withdraws a user's guard permission. Their dashboards close and their
//! devices are no longer paged. Tokens issued later may grant it again: that is up to the application.

use crate::api::admin::only_administrators;
use crate::identity::Caller;
use crate::request::Segment;
use crate::response::{Outcome, Refusal, done};
use campana_core::accounts::audit::Act;
use campana_core::alerts::command::DeskCommand;
use campana_core::shared::ids::UserId;
use serde_json::json;

pub(crate) async fn handle(caller: Caller, Segment(user): Segment<UserId>) -> Outcome {
    only_administrators(&caller)?;
    let answer = caller.ask_desk(DeskCommand::Withdraw { user: user.clone() }).await;
    answer.map_err(|refusal| Refusal(refusal.problem))?;
    // Written after the withdrawal: a client that gets an error retries, and the retry writes the entry.
    let audit = caller.audit(Act::GuardWithdrawn, user.as_str(), json!({}))?;
    caller.store().append_audit(caller.tenant(), &audit).await?;
    Ok(done())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    operation
        .named("withdrawGuard", Tag::Alerts, "Withdraw a user's permission to see alerts")
        .about("Their dashboards close, and their devices are no longer paged. Tokens issued later may grant it again.")
        .by(Security::Administrator)
        .done("The permission is withdrawn.");
}
