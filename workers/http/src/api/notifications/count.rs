//! `GET /api/notifications/count`: number of the caller's unread notifications.

use crate::identity::Caller;
use crate::response::{Outcome, ok};
use serde::Serialize;

/// Unread notifications.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct NotificationCount {
    /// Their number, counted up to 1,000.
    unread: i64,
}

pub(crate) async fn handle(caller: Caller) -> Outcome {
    let (tenant, user, now) = (caller.tenant(), caller.user_id(), caller.now());
    ok(&NotificationCount { unread: caller.store().unread_notifications(tenant, user, now).await? })
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation
        .named("countNotifications", Tag::Notifications, "Count the caller's unread notifications")
        .answers::<NotificationCount>(200, "The number.", serde_json::json!({"unread": 3}));
}
