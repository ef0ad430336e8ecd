//! The desk as the target of Pusher channels, for dashboards that are Pusher clients.

use super::Object;
use crate::broadcast;
use crate::fan_out::Exclusion;
use crate::subscriptions::{ClientEventHandling, Hosts, SubscriptionRegistry};
use campana_core::accounts::app_config::AppConfig;
use campana_core::alerts::record::{Milestone, Via};
use campana_core::alerts::wire::{AlertEvent, MAX_RECEIPTS, Receipt};
use campana_core::alerts::{Alert, AlertId, Status, Viewer};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::event::Publication;
use campana_core::pusher::frame::ClientEvent;
use campana_core::pusher::link::{Listener, Reached, Refusal, Target};
use campana_core::shared::json::read_input;
use campana_core::shared::problem::Problem;
use campana_core::shared::socket_id::SocketId;
use serde_json::{Value, json};
use std::rc::Rc;

/// Client events that confirm an alert: received, and shown.
const DELIVERED: &str = "client-alert.delivered";
const SEEN: &str = "client-alert.seen";
/// Open alerts that a new listener gets at most: the newest.
const MAX_GREETED: i64 = 100;

impl Hosts for Object {
    fn subscriptions(&self) -> &SubscriptionRegistry {
        &self.subscriptions
    }

    async fn prepare(self: &Rc<Self>, app_config: &AppConfig, target: &Target) -> Result<(), Problem> {
        if *target != Target::AlertDesk {
            return Err(Problem::not_found());
        }
        self.know(&app_config.tenant, &app_config.limits).await
    }

    /// The signature vouches for the permission, which may have been withdrawn since.
    async fn admit(self: &Rc<Self>, _channel: &ChannelName, listener: Option<&Listener>) -> Result<(), Refusal> {
        let withdrawn_at = match listener {
            Some(listener) => self.rows.withdrawn_at(&listener.user)?,
            None => None,
        };
        match withdrawn_at {
            Some(_) => Err(Refusal::forbidden("the permission to see panic alerts was withdrawn")),
            None => Ok(()),
        }
    }

    /// Events for a new listener: the open alerts, oldest first.
    fn greeting(&self, _channel: &ChannelName, listener: Option<&Listener>) -> Vec<(&'static str, String)> {
        if !self.rows.are_made() {
            return Vec::new();
        }
        let (language, now) = (self.alert_settings().language, self.context.now());
        // The engine logs a failure; the listener still gets later events.
        let open = self.open_for(listener.map(|listener| &listener.user), MAX_GREETED).unwrap_or_default();
        let greet = |(alert, viewer): &(Alert, Viewer)| {
            let event = if alert.status == Status::Triggered { AlertEvent::Triggered } else { AlertEvent::Updated };
            (event.as_str(), alert.payload(*viewer, language, now).to_string())
        };
        open.iter().rev().map(greet).collect()
    }

    /// Keeps receipts for the desk and relays all other client events.
    async fn on_client_event(
        self: &Rc<Self>,
        event: &ClientEvent,
        _socket: &SocketId,
        listener: Option<&Listener>,
    ) -> Result<ClientEventHandling, Refusal> {
        let state = match event.event.as_str() {
            DELIVERED => Receipt::Delivered,
            SEEN => Receipt::Seen,
            _ => return Ok(ClientEventHandling::ForAll),
        };
        if let Some(listener) = listener {
            self.received(&ids_in(&event.data), &listener.user, Via::Channel, Milestone::Receipt(state));
        }
        Ok(ClientEventHandling::ForUs)
    }

    fn sent_to(self: &Rc<Self>, recipients: Vec<Reached>) {
        self.sent_by_gateways(recipients);
    }

    /// Sends events of the app's backend to native dashboards, too.
    fn published(self: &Rc<Self>, event: &Publication) {
        let data = read_input(&event.data).unwrap_or_else(|_| Value::from(event.data.as_str()));
        let text = json!({"event": event.event, "channel": event.channel, "data": data, "at": self.context.now()});
        broadcast::publish(self, &text.to_string(), None, Exclusion::Nobody);
    }

    fn occupied(self: &Rc<Self>, _channel: &ChannelName, _is_occupied: bool) {}

    /// The desk's channels show no presence.
    fn present(self: &Rc<Self>, _listener: &Listener, _is_here: bool) {}
}

/// Alert ids of a receipt: `{"alert_id": ...}` or `{"ids": [...]}`, as numbers or strings.
fn ids_in(data: &str) -> Vec<AlertId> {
    let data: Value = read_input(data).unwrap_or_default();
    // Some clients send their JSON as a string.
    let data = data.as_str().and_then(|text| read_input(text).ok()).unwrap_or(data);
    let many = data.get("ids").and_then(Value::as_array).cloned().unwrap_or_default();
    let id_of = |id: &Value| match id {
        Value::String(text) => AlertId::parse(text),
        Value::Number(number) => AlertId::parse(&number.to_string()),
        _ => None,
    };
    data.get("alert_id").into_iter().chain(&many).take(MAX_RECEIPTS).filter_map(id_of).collect()
}
