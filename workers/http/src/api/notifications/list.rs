//! `GET /api/notifications`: notifications of the caller, newest first.

use crate::identity::Caller;
use crate::request::{Cursor, Page, Query, limit, one_more};
use crate::response::{Outcome, ok};
use campana_core::shared::ids::NotificationId;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NotificationsQuery {
    /// `true` for unread ones only.
    unread: Option<bool>,
    /// Items on the page, 50 by default.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

pub(crate) async fn handle(caller: Caller, Query(query): Query<NotificationsQuery>) -> Outcome {
    let limit = limit(query.limit)?;
    let before = Cursor::NOTIFICATIONS.place_of::<NotificationId>(query.cursor.as_deref())?;
    let is_unread = query.unread.unwrap_or_default();
    let (tenant, user, now) = (caller.tenant(), caller.user_id(), caller.now());
    let listed = caller.store().notifications(tenant, user, is_unread, before.as_ref(), now, one_more(limit)).await?;
    ok(&Page::cut(listed, limit, |one| Cursor::NOTIFICATIONS.write(&[one.id.as_str()])))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Tag, examples};
    use campana_core::chat::notifications::Notification;
    operation
        .named("listNotifications", Tag::Notifications, "List the caller's notifications")
        .about(
            "Newest first. One about a message shows the message as it is now, and is on the list only while the caller may \
             read it; an invite or a report only while it is open. They are kept for 90 days.",
        )
        .answers::<Page<Notification>>(200, "A page of notifications.", examples::page(examples::notification()));
}
