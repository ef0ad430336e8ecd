//! What administrators ask about an app's webhooks.

use super::deliveries::AppWebhooks;
use campana_core::shared::ids::TenantId;
use campana_core::shared::problem::Problem;
use campana_core::webhooks::channels::{Batch, ChannelQueue};
use campana_core::webhooks::history::{Activity, HistoryAnswer, HistoryReply, HistoryRequest, WebhooksRequest};
use std::rc::Rc;

impl AppWebhooks {
    /// Answers about deliveries. Changes are durable when the answer leaves.
    pub(super) async fn command(&self, asked: WebhooksRequest) -> HistoryAnswer {
        let WebhooksRequest { tenant, request_id, request } = asked;
        let answer = self.execute(&tenant, request).await;
        if let Err(problem) = &answer {
            crate::platform::log_failure("webhooks.command", request_id.as_deref(), problem);
        }
        answer
    }

    async fn execute(&self, tenant: &TenantId, request: HistoryRequest) -> HistoryAnswer {
        let (deliveries, backend) = (&self.deliveries, &self.deliveries.backend);
        backend.tables.make()?;
        let history = &backend.history;
        match request {
            HistoryRequest::Activity { endpoints } => {
                let counted =
                    |queue: &mut ChannelQueue| endpoints.iter().map(|url| queue.pending(url)).collect::<Vec<_>>();
                let pending = deliveries.with(counted)?;
                let activity = endpoints.iter().zip(pending).map(|(url, pending)| history.activity(url, pending));
                Ok(HistoryReply::Activity { activity: activity.collect::<Result<Vec<Activity>, Problem>>()? })
            }
            HistoryRequest::Page { endpoint, before, limit } => {
                Ok(HistoryReply::Page { deliveries: history.page(&endpoint, before, limit)? })
            }
            HistoryRequest::Replay { endpoint, id } => {
                let stored = history.stored(&endpoint, &id)?.ok_or_else(Problem::not_found)?;
                let now = self.context.now();
                let batch = Batch {
                    id: id.clone(),
                    body: stored.payload,
                    events: stored.events,
                    made_at: now,
                    attempts: 0,
                    next_at: now,
                };
                deliveries.with(|queue| queue.replay(&endpoint, stored.kinds, batch))??;
                let delivery = history.get(&endpoint, &id)?.ok_or_else(Problem::not_found)?;
                self.context.spawn(Rc::clone(deliveries).run());
                Ok(HistoryReply::Delivery { delivery })
            }
            HistoryRequest::Refresh => {
                let unanswered = || Problem::unavailable("the record did not answer");
                let (endpoints, key) = backend.ask(tenant.clone()).await.ok_or_else(unanswered)?;
                deliveries.with(|queue| queue.set_endpoints(endpoints, key))?;
                self.context.spawn(Rc::clone(deliveries).run());
                Ok(HistoryReply::Done)
            }
        }
    }
}
