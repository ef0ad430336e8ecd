//! `GET /api/admin/webhooks/{id}/deliveries`: recent deliveries to a webhook, newest first, without their bodies.

use super::{find, only_administrators};
use crate::api::admin::settings::stored;
use crate::identity::Caller;
use crate::request::{Cursor, Page, PageQuery, Query, Segment, limit, one_more};
use crate::response::{Outcome, ok, uncached, unexpected};
use campana_core::shared::ids::WebhookId;
use campana_core::webhooks::history::{HistoryReply, HistoryRequest};

pub(crate) async fn handle(caller: Caller, Segment(id): Segment<WebhookId>, Query(query): Query<PageQuery>) -> Outcome {
    only_administrators(&caller)?;
    let (limit, before) = (limit(query.limit)?, query.after::<i64>(Cursor::WEBHOOK_DELIVERIES)?);
    let webhook = find(&caller, stored(&caller).await?, &id).await?;
    let endpoint = webhook.endpoint().to_owned();
    let page = HistoryRequest::Page { endpoint, before, limit: one_more(limit) };
    let HistoryReply::Page { deliveries } = webhook.ask(&caller, page).await? else { return Err(unexpected()) };
    let cursor = |(number, _): &(i64, _)| Cursor::WEBHOOK_DELIVERIES.write(&[&number.to_string()]);
    let Page { data, next_cursor } = Page::cut(deliveries, limit, cursor);
    Ok(uncached(ok(&Page { data: data.into_iter().map(|(_, delivery)| delivery).collect::<Vec<_>>(), next_cursor })?))
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag, examples};
    operation
        .named("listWebhookDeliveries", Tag::Administration, "List recent deliveries to a webhook")
        .about(
            "Newest first, without their bodies. All that are queued or being sent, and of those that ended, for three days, \
             the newest 100 that were delivered and the newest 100 that were given up.",
        )
        .by(Security::Administrator)
        .uncached()
        .answers::<Page<campana_core::webhooks::history::WebhookDelivery>>(
            200,
            "A page of deliveries.",
            examples::page(super::delivery_example()),
        );
}
