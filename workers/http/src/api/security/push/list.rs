//! `GET /api/security/push/subscriptions`: the caller's devices.

use super::device::Shown;
use crate::identity::Caller;
use crate::request::Page;
use crate::response::{Outcome, ok, unexpected};
use campana_core::alerts::pager::{PagerCommand, PagerReply};

pub(crate) async fn handle(caller: Caller) -> Outcome {
    match caller.ask_pager(PagerCommand::Devices).await? {
        PagerReply::Devices { devices } => {
            ok(&Page { data: devices.into_iter().map(Shown::from).collect(), next_cursor: None })
        }
        _ => Err(unexpected()),
    }
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("listPushDevices", Tag::Push, "List the caller's devices")
        .about("All of them on one page.")
        .answers::<Page<Shown>>(200, "The devices.", examples::page(examples::device()));
}
