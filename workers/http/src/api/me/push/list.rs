//! `GET /api/me/push/subscriptions`: the caller's devices, the one renewed last first.

use super::Shown;
use crate::identity::Caller;
use crate::request::Page;
use crate::response::{Outcome, ok};

pub(crate) async fn handle(caller: Caller) -> Outcome {
    let devices = caller.store().push_devices(caller.tenant(), caller.user_id(), caller.now()).await?;
    ok(&Page { data: devices.into_iter().map(Shown::from).collect(), next_cursor: None })
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    operation
        .named("listNotificationDevices", Tag::Notifications, "List the caller's devices for pushes")
        .about("All of them, at most ten, on one page.")
        .answers::<Page<Shown>>(200, "The devices.", examples::page(examples::push_device()));
}
