//! Events about notifications for the own channels of users.

use crate::App;
use campana_core::chat::notifications::NotificationEvent;
use campana_core::chat::own_channel::OwnNotification;
use campana_core::chat::push::PushMessage;
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_storage::Notified;
use futures_util::{StreamExt, stream};

/// Own channels called concurrently.
const CONCURRENCY: usize = 20;

/// Sends events to users. What they tell is durable already, and a device that reconnects fetches it, so a failure is
/// only logged.
pub(in crate::api) async fn tell(app: &App, tenant: &TenantId, events: Vec<(UserId, NotificationEvent)>) {
    let send = |(user, event)| async move {
        let own = OwnNotification { tenant: tenant.clone(), user, event };
        if let Err(problem) = app.objects().notify_of_notification(own).await {
            tracing::warn!(at = "person", detail = problem.detail);
        }
    };
    stream::iter(events).for_each_concurrent(CONCURRENCY, send).await;
}

/// Tells users of their new notifications, and has them pushed to their devices.
pub(in crate::api) async fn tell_created(app: &App, tenant: &TenantId, notified: Vec<Notified>, now: Timestamp) {
    let message = |one: &Notified| PushMessage::of(tenant, &one.user_id, &one.notification, one.push.clone(), now);
    let pushes: Vec<PushMessage> = notified.iter().filter_map(message).collect();
    let push = |message| async move {
        if let Err(problem) = app.objects().push(message).await {
            tracing::warn!(at = "chat_push", detail = problem.detail);
        }
    };
    stream::iter(pushes).for_each_concurrent(CONCURRENCY, push).await;
    let event = |one: Notified| (one.user_id, NotificationEvent::created(&one.notification, now));
    tell(app, tenant, notified.into_iter().map(event).collect()).await;
}
