//! Commands of functions: devices and webhooks.

use super::{Object, Outcome};
use crate::platform;
use campana_core::alerts::pager::{AlertWebhook, PagerAnswer, PagerCommand, PagerReply, PagerRequest};
use campana_core::webhooks::alerts::{AlertEndpoint, Secret};
use std::rc::Rc;

impl Object {
    /// Executes a command. Its changes are durable when the answer leaves.
    pub(super) fn command(self: &Rc<Self>, request: PagerRequest) -> PagerAnswer {
        let request_id = request.request_id.clone();
        let answer = self.execute(request);
        if let Err(problem) = &answer {
            platform::log_failure("pager.command", request_id.as_deref(), problem);
        }
        answer
    }

    fn execute(self: &Rc<Self>, request: PagerRequest) -> PagerAnswer {
        let PagerRequest { principal, push_days, command, .. } = request;
        let now = platform::now();
        match command {
            PagerCommand::Subscribe { subscription, group } => {
                self.belong_to(&principal.tenant)?;
                let device = self.subscribe(&principal, push_days, &subscription, group, now)?;
                self.arm();
                Ok(PagerReply::Device { device })
            }
            PagerCommand::Unsubscribe { endpoint } => {
                self.unsubscribe(&principal, &endpoint)?;
                Ok(PagerReply::Done)
            }
            PagerCommand::Devices => Ok(PagerReply::Devices { devices: self.devices_of(&principal.user_id)? }),
            PagerCommand::AddWebhook { id, webhook } => {
                self.belong_to(&principal.tenant)?;
                let endpoint = AlertEndpoint::new(id, webhook.url, webhook.events, new_secret()?, now);
                let turn = self.with_hooks(|queue| queue.add(endpoint.clone()))?;
                self.keep_turn(turn)?;
                Ok(shown(endpoint.shown_with_secret()))
            }
            PagerCommand::Webhooks => {
                let webhooks = self.with_hooks(|queue| Ok(queue.endpoints().map(AlertEndpoint::shown).collect()))?;
                Ok(PagerReply::Webhooks { webhooks })
            }
            PagerCommand::RemoveWebhook { id } => {
                let turn = self.with_hooks(|queue| queue.remove(&id))?;
                self.keep_turn(turn)?;
                Ok(PagerReply::Done)
            }
            PagerCommand::RotateWebhook { id } => {
                let secret = new_secret()?;
                let (endpoint, turn) = self.with_hooks(|queue| queue.rotate(&id, secret, now))?;
                self.keep_turn(turn)?;
                Ok(shown(endpoint.shown_with_secret()))
            }
            PagerCommand::EnableWebhook { id } => {
                let (endpoint, turn) = self.with_hooks(|queue| queue.enable(&id))?;
                self.keep_turn(turn)?;
                Ok(shown(endpoint.shown()))
            }
        }
    }
}

fn shown(webhook: AlertWebhook) -> PagerReply {
    PagerReply::Webhook { webhook }
}

fn new_secret() -> Outcome<Secret> {
    Ok(Secret::new(platform::random()?))
}
