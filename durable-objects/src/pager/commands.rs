//! Commands of functions: devices and webhooks.

use super::{Object, Outcome};
use crate::platform;
use campana_core::alerts::pager::{AlertWebhook, PagerAnswer, PagerCommand, PagerReply, PagerRequest, WebhookCounts};
use campana_core::shared::problem::Problem;
use campana_core::webhooks::alerts::{AlertEndpoint, AlertQueue, Event, Secret};
use campana_core::webhooks::history::{Activity, HistoryAnswer, HistoryReply, HistoryRequest};
use std::rc::Rc;

impl Object {
    /// Executes a command. Its changes are durable when the answer leaves.
    pub(super) fn command(self: &Rc<Self>, request: PagerRequest) -> PagerAnswer {
        let request_id = request.request_id.clone();
        let answer = self.execute(request);
        self.arm();
        if let Err(problem) = &answer {
            platform::log_failure("pager.command", request_id.as_deref(), problem);
        }
        answer
    }

    fn execute(self: &Rc<Self>, request: PagerRequest) -> PagerAnswer {
        let PagerRequest { principal, push_days, command, .. } = request;
        let now = self.context.now();
        match command {
            PagerCommand::Subscribe { subscription, group } => {
                self.belong_to(&principal.tenant)?;
                let device = self.subscribe(&principal, push_days, &subscription, group, now)?;
                Ok(PagerReply::Device { device })
            }
            PagerCommand::Unsubscribe { endpoint } => {
                self.unsubscribe(&principal, &endpoint)?;
                Ok(PagerReply::Done)
            }
            PagerCommand::Devices => Ok(PagerReply::Devices { devices: self.devices_of(&principal.user_id)? }),
            PagerCommand::PushStatus => {
                let count = |queue: &mut AlertQueue| {
                    let (all, enabled) = (queue.endpoints(), queue.endpoints().filter(|hook| hook.disabled.is_none()));
                    let (all, enabled) = (all.count(), enabled.count());
                    WebhookCounts { enabled, disabled: all.saturating_sub(enabled) }
                };
                Ok(PagerReply::PushStatus { status: self.push_status()?, webhooks: self.webhooks.with(count)? })
            }
            PagerCommand::AddWebhook { id, webhook } => {
                self.belong_to(&principal.tenant)?;
                let endpoint = AlertEndpoint::new(id, webhook.url, webhook.events, self.new_secret()?, now);
                self.webhooks.with(|queue| queue.add(endpoint.clone()))??;
                Ok(shown(endpoint.shown_with_secret()))
            }
            PagerCommand::Webhooks => {
                let shown = |queue: &mut AlertQueue| queue.endpoints().map(AlertEndpoint::shown).collect();
                let webhooks = self.webhooks.with(shown)?;
                Ok(PagerReply::Webhooks { webhooks })
            }
            PagerCommand::RemoveWebhook { id } => {
                self.webhooks.with(|queue| queue.delete(&id))??;
                Ok(PagerReply::Done)
            }
            PagerCommand::RotateWebhook { id } => {
                let secret = self.new_secret()?;
                let endpoint = self.webhooks.with(|queue| queue.rotate(&id, secret, now))??;
                Ok(shown(endpoint.shown_with_secret()))
            }
            PagerCommand::EnableWebhook { id } => {
                let endpoint = self.webhooks.with(|queue| queue.enable(&id))??;
                Ok(shown(endpoint.shown()))
            }
            PagerCommand::DisableWebhook { id } => {
                let endpoint = self.webhooks.with(|queue| queue.disable(&id, now))??;
                Ok(shown(endpoint.shown()))
            }
            PagerCommand::Deliveries { request } => Ok(PagerReply::Deliveries { reply: self.deliveries(request)? }),
        }
    }

    /// Answers about deliveries. A tenant without webhooks has no tables, and no deliveries.
    fn deliveries(self: &Rc<Self>, request: HistoryRequest) -> HistoryAnswer {
        let (history, has_tables) = (&self.webhooks.backend.history, self.tables.exist());
        match request {
            HistoryRequest::Activity { endpoints } if has_tables => {
                let counted = |queue: &mut AlertQueue| endpoints.iter().map(|id| queue.pending(id)).collect::<Vec<_>>();
                let pending = self.webhooks.with(counted)?;
                let activity = endpoints.iter().zip(pending).map(|(id, pending)| history.activity(id, pending));
                Ok(HistoryReply::Activity { activity: activity.collect::<Outcome<_>>()? })
            }
            HistoryRequest::Activity { endpoints } => {
                Ok(HistoryReply::Activity { activity: vec![Activity::default(); endpoints.len()] })
            }
            HistoryRequest::Page { endpoint, before, limit } if has_tables => {
                Ok(HistoryReply::Page { deliveries: history.page(&endpoint, before, limit)? })
            }
            HistoryRequest::Page { .. } => Ok(HistoryReply::Page { deliveries: Vec::new() }),
            HistoryRequest::Replay { endpoint, id } if has_tables => {
                let stored = history.stored(&endpoint, &id)?.ok_or_else(Problem::not_found)?;
                let event: Event = serde_json::from_str(&stored.payload).map_err(|_| Problem::not_found())?;
                let now = self.context.now();
                self.webhooks.with(|queue| queue.replay(&endpoint, &event.again(), now))??;
                let delivery = history.get(&endpoint, &id)?.ok_or_else(Problem::not_found)?;
                self.context.spawn(Rc::clone(&self.webhooks).run());
                Ok(HistoryReply::Delivery { delivery })
            }
            HistoryRequest::Replay { .. } => Err(Problem::not_found()),
            HistoryRequest::Refresh => Ok(HistoryReply::Done),
        }
    }

    fn new_secret(&self) -> Outcome<Secret> {
        Ok(Secret::new(self.context.random()?))
    }
}

fn shown(webhook: AlertWebhook) -> PagerReply {
    PagerReply::Webhook { webhook }
}
