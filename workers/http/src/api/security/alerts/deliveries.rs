//! `GET /api/security/alerts/{id}/deliveries`: deliveries of an alert by user and channel, for guards.

use super::desk::settled;
use super::viewing::only_for_guards;
use crate::identity::Caller;
use crate::request::{Cursor, Page, PageQuery, Query, Segment, bad_cursor, limit, one_more};
use crate::response::{Outcome, ok};
use campana_core::alerts::AlertId;
use campana_core::alerts::record::{Delivery, Via};
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::DeliveryKey;
use serde::Serialize;

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<AlertId>, Query(query): Query<PageQuery>) -> Outcome {
    let limit = limit(query.limit)?;
    let after = query.cursor.as_deref().map(read_key).transpose()?;
    let alert = only_for_guards(settled(&caller, &id).await?)?;
    let found = caller.store().alert_deliveries(caller.tenant(), &alert.id, after.as_ref(), one_more(limit)).await?;
    let write_key = |one: &Delivery| Cursor::ALERT_DELIVERIES.write(&[one.user_id.as_str(), one.via.as_str()]);
    let page = Page::cut(found, limit, write_key);
    let people = page.data.iter().map(|one| &one.user_id).collect();
    let names = caller.store().user_names(caller.tenant(), &people).await?;
    let data = page.data.iter().map(|one| AlertDelivery::new(one, names.get(&one.user_id))).collect();
    ok(&Page::<AlertDelivery<'_>> { data, next_cursor: page.next_cursor })
}

fn read_key(cursor: &str) -> Result<DeliveryKey, Problem> {
    let [user, via] = Cursor::ALERT_DELIVERIES.read(cursor)?;
    let key = UserId::parse(&user).zip(Via::parse(&via)).map(|(user_id, via)| DeliveryKey { user_id, via });
    key.ok_or_else(bad_cursor)
}

/// Delivery progress of an alert for one user and channel (`via`). Each time is the first of its kind.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(super) struct AlertDelivery<'a> {
    acknowledged_at: Option<Timestamp>,
    delivered_at: Option<Timestamp>,
    /// The user's current name; `null` if only their id is known.
    name: Option<&'a str>,
    seen_at: Option<Timestamp>,
    sent_at: Option<Timestamp>,
    user_id: &'a UserId,
    via: Via,
}

impl<'a> AlertDelivery<'a> {
    fn new(delivery: &'a Delivery, name: Option<&'a String>) -> Self {
        Self {
            acknowledged_at: delivery.acknowledged_at,
            delivered_at: delivery.delivered_at,
            name: name.map(String::as_str),
            seen_at: delivery.seen_at,
            sent_at: delivery.sent_at,
            user_id: &delivery.user_id,
            via: delivery.via,
        }
    }
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag, examples};
    use serde_json::json;
    operation
        .named("listAlertDeliveries", Tag::Alerts, "List who got an alert")
        .about("By user and channel, for guards.")
        .by(Security::Guard)
        .answers::<Page<AlertDelivery<'_>>>(
            200,
            "A page of deliveries.",
            examples::page(json!({
                "user_id": "11",
                "name": "Grace",
                "via": "socket",
                "sent_at": "2026-01-31T09:05:00.125Z",
                "delivered_at": "2026-01-31T09:05:00.190Z",
                "seen_at": null,
                "acknowledged_at": null,
            })),
        );
}
