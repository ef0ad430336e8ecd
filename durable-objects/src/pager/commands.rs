//! Commands of functions: devices and webhooks.

use super::{Object, Outcome};
use crate::platform;
use campana_core::alerts::pager::{AlertWebhook, PagerAnswer, PagerCommand, PagerReply, PagerRequest};
use campana_core::webhooks::alerts::{AlertEndpoint, AlertQueue, Secret};
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
            PagerCommand::PushStatus => Ok(PagerReply::PushStatus { status: self.push_status()? }),
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
        }
    }

    fn new_secret(&self) -> Outcome<Secret> {
        Ok(Secret::new(self.context.random()?))
    }
}

fn shown(webhook: AlertWebhook) -> PagerReply {
    PagerReply::Webhook { webhook }
}
