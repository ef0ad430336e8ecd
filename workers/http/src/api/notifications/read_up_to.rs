//! `POST /api/notifications/read`: marks the caller's notifications up to one of them as read.

use super::tell;
use crate::identity::Caller;
use crate::request::Body;
use crate::response::{Outcome, done};
use campana_core::chat::notifications::{NotificationEvent, NotificationsRead};
use campana_core::shared::ids::NotificationId;
use campana_core::shared::problem::Problem;
use serde::Deserialize;

/// Maximum number of steps of a call. What it leaves unread is older.
const MAX_STEPS: usize = 20;

/// What was read.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadUpTo {
    /// The newest notification that was read: it and all older ones are.
    up_to: String,
}

pub(crate) async fn handle(caller: Caller, Body(body): Body<ReadUpTo>) -> Outcome {
    let up_to = NotificationId::parse(&body.up_to).ok_or_else(|| Problem::field("up_to", "is not an id"))?;
    let (tenant, user, now) = (caller.tenant(), caller.user_id(), caller.now());
    let mut any = false;
    for _ in 0..MAX_STEPS {
        let step = caller.store().read_notifications(tenant, user, &up_to, now).await?;
        any |= step.any;
        if !step.more {
            break;
        }
    }
    if any {
        let event = NotificationEvent::read(NotificationsRead::UpTo(up_to), now);
        tell(&caller.app, tenant, vec![(user.clone(), event)]).await;
    }
    Ok(done())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use serde_json::json;
    operation
        .named("readNotifications", Tag::Notifications, "Mark notifications as read")
        .about("All up to the one that the body names. The caller's other devices get `notification.read`.")
        .spares_socket()
        .sends(json!({"up_to": examples::NOTIFICATION}))
        .done("They are read.");
}
