//! `POST /api/admin/webhooks/{id}/deliveries/{delivery_id}/replay`: queues a delivery again, with its id and body.

use super::{find, only_administrators};
use crate::api::admin::settings::stored;
use crate::identity::Caller;
use crate::request::{Creation, Empty, Segments, idempotently};
use crate::response::{Outcome, json, unexpected};
use axum::http::StatusCode;
use campana_core::accounts::audit::Act;
use campana_core::shared::ids::WebhookId;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::webhooks::history::{DeliveryId, HistoryReply, HistoryRequest};

pub(crate) async fn handle(
    caller: Caller,
    Segments(id, delivery): Segments<WebhookId, DeliveryId>,
    Creation { key, body: Empty {} }: Creation<Empty>,
) -> Outcome {
    only_administrators(&caller)?;
    idempotently(&caller, key, async |_| replay(&caller, &id, &delivery).await).await
}

async fn replay(caller: &Caller, id: &WebhookId, delivery: &DeliveryId) -> Outcome {
    let webhook = find(caller, stored(caller).await?, id).await?;
    if webhook.disabled_at().is_some() {
        return Err(Problem::new(Kind::Conflict, "the webhook is disabled").into());
    }
    let (endpoint, id) = (webhook.endpoint().to_owned(), delivery.as_str().to_owned());
    webhook.audit(caller, Act::WebhookDeliveryReplayed, Some(&id)).await?;
    match webhook.ask(caller, HistoryRequest::Replay { endpoint, id }).await? {
        HistoryReply::Delivery { delivery } => json(StatusCode::ACCEPTED, &delivery),
        _ => Err(unexpected()),
    }
}

#[cfg(feature = "schema")]
pub(crate) fn describe(operation: &mut crate::openapi::Operation<'_>) {
    use crate::openapi::{Security, Tag};
    use campana_core::shared::json::set;
    let mut example = super::delivery_example();
    for (field, value) in [("state", serde_json::json!("pending")), ("attempts", 0.into())] {
        set(&mut example, field, value);
    }
    for field in ["last_status", "last_error", "next_attempt_at"] {
        set(&mut example, field, serde_json::Value::Null);
    }
    operation
        .named("replayWebhookDelivery", Tag::Administration, "Send a delivery to a webhook again")
        .about(
            "It is sent with the same id and body, and retried like a new one: a receiver that has it can drop it. 404 if it \
             is not in the list of deliveries; 409 if it is queued already, the webhook is disabled, or its queue is full.",
        )
        .by(Security::Administrator)
        .sends(serde_json::json!({}))
        .refuses(&[Kind::Conflict])
        .answers::<campana_core::webhooks::history::WebhookDelivery>(202, "The delivery, queued again.", example);
}
