//! Channel object as a target of gateways and functions.

use super::Object;
use super::revision::numbered;
use crate::presence::KeepsPresence;
use crate::subscriptions::{ClientEventHandling, Hosts, SubscriptionRegistry, send_frame};
use campana_core::accounts::app_config::AppConfig;
use campana_core::alerts::wire::AlertNotice;
use campana_core::chat::notifications::NotificationEvent;
use campana_core::chat::wire::{Event, EventName};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::event::Publication;
use campana_core::pusher::frame::{ClientEvent, event_frame, watchlist_events};
use campana_core::pusher::link::WATCH;
use campana_core::pusher::link::{Except, Listener, Refusal, Target};
use campana_core::pusher::naming::{Rendition, notification_renditions, renditions};
use campana_core::shared::ids::UserId;
use campana_core::shared::json::read_input;
use campana_core::shared::problem::Problem;
use campana_core::shared::socket_id::SocketId;
use campana_runtime::Hosted;
use serde_json::{Value, json};
use std::rc::Rc;

/// Time in milliseconds after the last listener until a channel deletes its storage.
const RETIRE_MS: i64 = 10_000;
/// Delay before the next check of a channel that still stores something, in milliseconds.
const RECHECK_MS: i64 = 30 * 60_000;

/// Prefix of channels that carry only invites and membership changes.
const INVITES: &str = "private-user.invites.";

impl Hosts for Object {
    fn subscriptions(&self) -> &SubscriptionRegistry {
        &self.subscriptions
    }

    async fn prepare(self: &Rc<Self>, app_config: &AppConfig, target: &Target) -> Result<(), Problem> {
        match target {
            Target::Person(user) => self.remember(&app_config.tenant, user, &app_config.limits),
            Target::Channel(_) => Ok(()),
            Target::Conversation(_) | Target::AlertDesk => Err(Problem::not_found()),
        }
    }

    /// Admits every listener: a valid signature is sufficient.
    async fn admit(self: &Rc<Self>, _channel: &ChannelName, _listener: Option<&Listener>) -> Result<(), Refusal> {
        Ok(())
    }

    /// New listeners of a watch channel get `online` if the watched user is signed in.
    fn greeting(&self, channel: &ChannelName, _listener: Option<&Listener>) -> Vec<(&'static str, String)> {
        let watched = channel.as_str().strip_prefix(WATCH);
        let is_online = watched.is_some_and(|user| self.is_signed_in(user));
        if is_online { vec![("online", String::new())] } else { Vec::new() }
    }

    async fn on_client_event(
        self: &Rc<Self>,
        _event: &ClientEvent,
        _socket: &SocketId,
        _listener: Option<&Listener>,
    ) -> Result<ClientEventHandling, Refusal> {
        Ok(ClientEventHandling::ForAll)
    }

    /// Also sends a published event to the user's native devices.
    fn published(self: &Rc<Self>, event: &Publication) {
        // A channel that has only a name has no native devices, so there is nothing to trace either.
        let is_own = self.own.borrow().is_some();
        if !is_own || (self.is_deserted() && self.subscriptions.traces.is_empty()) {
            return;
        }
        // The database logs its failure: the event has no number then.
        let rev = self.next_revision().ok().flatten();
        let data = read_input(&event.data).unwrap_or_else(|_| Value::from(event.data.as_str()));
        let event = json!({"event": event.event, "channel": event.channel, "data": data, "at": self.context.now()});
        self.send_to(&numbered(&event, rev), rev, |_| true);
    }

    /// Sends `online` or `offline` to the watchers when a user's first sign-in begins or the last one ends. A listener
    /// of the user's own channel counts as one of their devices.
    fn occupied(self: &Rc<Self>, channel: &ChannelName, is_occupied: bool) {
        if !is_occupied {
            self.wake_at(self.context.now().plus_millis(RETIRE_MS));
        }
        if is_own(channel) {
            if is_occupied && self.is_first_device() {
                // The database logs its failure.
                let _reported = self.next_revision();
            }
            let user = self.own.borrow().as_ref().map(|own| own.user.clone());
            self.presence_changed(user);
            self.arm_for_connections();
        }
        let Some(user) = channel.server_to_user() else { return };
        let name = if is_occupied { "online" } else { "offline" };
        let watch = ChannelName::trusted(format!("{WATCH}{user}"));
        send_frame(self, &watch, watchlist_events(name, &[&UserId::trusted(user)]), Except::Nobody);
    }

    /// Ignored: presence on a channel is independent of the presence of the user's own devices.
    fn present(self: &Rc<Self>, _listener: &Listener, _is_here: bool) {}
}

impl Object {
    /// Deletes the storage of a named channel without listeners and stored events: channel names are unlimited.
    pub(super) fn retire(&self) {
        let is_unused = self.own.borrow().is_none() && self.sessions.borrow().len() == 0;
        if is_unused && self.subscriptions.is_idle() {
            self.context.sql.delete_all();
            self.subscriptions.forget();
        } else if is_unused && self.subscriptions.is_silent() {
            self.wake_at(self.context.now().plus_millis(RECHECK_MS));
        }
    }

    /// Whether a device of the user is subscribed at a gateway.
    pub(super) fn is_listened_to(&self) -> bool {
        self.subscriptions.with(|roster| roster.channels().any(is_own))
    }

    /// Whether the user has one device, by its first subscription at a gateway.
    fn is_first_device(&self) -> bool {
        let channels = self.subscriptions.with(|roster| roster.channels().filter(|channel| is_own(channel)).count());
        self.sessions.borrow().len() == 0 && channels == 1
    }

    /// Whether nobody listens, natively or at a gateway.
    fn is_deserted(&self) -> bool {
        self.sessions.borrow().len() == 0 && self.subscriptions.is_silent()
    }

    fn is_signed_in(&self, user: &str) -> bool {
        self.subscriptions.with(|roster| roster.subscription_count(&ChannelName::of_user(user)) > 0)
    }

    /// Sends an event to the user's subscriptions at gateways.
    pub(super) fn send_to_listeners(self: &Rc<Self>, event: &Event, text: &str, except: &Except) {
        if self.subscriptions.is_silent() {
            return;
        }
        let names = self.subscriptions.settings().map(|settings| settings.pusher.event_names).unwrap_or_default();
        for channel in self.subscriptions.channels().iter().filter(|channel| carries(channel, event.event)) {
            for Rendition { event: name, data } in renditions(event, text, channel, names) {
                send_frame(self, channel, event_frame(&name, channel, &data), except.clone());
            }
        }
    }

    /// Sends an event about notifications to the user's subscriptions at gateways.
    pub(super) fn send_notification_to_listeners(self: &Rc<Self>, event: &NotificationEvent, text: &str) {
        if self.subscriptions.is_silent() {
            return;
        }
        let names = self.subscriptions.settings().map(|settings| settings.pusher.event_names).unwrap_or_default();
        for channel in self.subscriptions.channels().iter().filter(|channel| carries(channel, event.event)) {
            for Rendition { event: name, data } in notification_renditions(event, text, names) {
                send_frame(self, channel, event_frame(&name, channel, &data), Except::Nobody);
            }
        }
    }

    /// Sends an alert to the user's subscriptions at gateways.
    pub(super) fn notify_of_alert(self: &Rc<Self>, notice: &AlertNotice) {
        let data = notice.partial.to_string();
        for channel in self.subscriptions.channels().iter().filter(|channel| is_own(channel)) {
            let frame = event_frame(notice.event.as_str(), channel, &data);
            if !channel.as_str().starts_with(INVITES) {
                send_frame(self, channel, frame, Except::Nobody);
            }
        }
    }
}

fn is_own(channel: &ChannelName) -> bool {
    channel.as_str().starts_with("private-user.")
}

/// Whether a user's channel carries an event: `private-user.{id}` carries all, `private-user.invites.{id}` invites and
/// memberships, and other channels only what the application publishes.
fn carries(channel: &ChannelName, event: EventName) -> bool {
    if channel.as_str().starts_with(INVITES) {
        return matches!(
            event,
            EventName::InviteCreated
                | EventName::InviteUpdated
                | EventName::InviteRevoked
                | EventName::MemberJoined
                | EventName::MemberLeft
                | EventName::MemberUpdated
                | EventName::MemberRemoved
                | EventName::MessageRead
        );
    }
    is_own(channel)
}
