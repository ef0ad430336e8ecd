//! `POST /api/notifications/{id}/read`: marks a notification of the caller as read.

use super::tell;
use crate::identity::Caller;
use crate::request::{NoBody, Segment};
use crate::response::{Outcome, done};
use campana_core::chat::notifications::{NotificationEvent, NotificationsRead};
use campana_core::shared::ids::NotificationId;
use campana_core::shared::problem::Problem;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<NotificationId>, _: NoBody) -> Outcome {
    let (tenant, user, now) = (caller.tenant(), caller.user_id(), caller.now());
    let was_unread = caller.store().read_notification(tenant, user, &id, now).await?.ok_or_else(Problem::not_found)?;
    if was_unread {
        let event = NotificationEvent::read(NotificationsRead::One(id), now);
        tell(&caller.app, tenant, vec![(user.clone(), event)]).await;
    }
    Ok(done())
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::Tag;
    operation
        .named("readNotification", Tag::Notifications, "Mark a notification as read")
        .about("The caller's other devices get `notification.read`. A repeat changes nothing.")
        .spares_socket()
        .done("The notification is read.");
}
