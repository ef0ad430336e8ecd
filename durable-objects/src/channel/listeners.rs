//! A channel as gateways and functions see it.

use super::Object;
use crate::gateway::WATCH;
use crate::hosting::{self, Hosting, Hosts, say};
use crate::platform;
use campana_core::ids::UserId;
use campana_core::problem::Problem;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::event::Publication;
use campana_core::pusher::frame::{ClientEvent, event_frame, watchlist_events};
use campana_core::pusher::link::{self, Except, Listener, Refusal, Target};
use campana_core::timestamp::Timestamp;
use campana_core::wire::{Event, EventName};
use campana_schema::objects::CHANNEL;
use serde_json::{Value, json};
use std::rc::Rc;
use worker::{Env, State};

impl Hosts for Object {
    fn hosting(&self) -> &Hosting {
        &self.hosting
    }

    fn platform(&self) -> (&State, &Env) {
        (&self.state, &self.env)
    }

    fn wake_at(&self, at: Timestamp) {
        self.alarm.arm(&self.state, at);
    }

    async fn prepare(self: &Rc<Self>, hosting: &link::Hosting, target: &Target) -> Result<(), Problem> {
        match target {
            Target::Person(user) => self.remember(&hosting.tenant, user, &hosting.limits),
            // Even a table that is there already would cost every publish a transaction, and all it says a wait for it.
            Target::Channel(_) if self.hosting.has_tables() => Ok(()),
            Target::Channel(_) => self.sql.script(CHANNEL),
            Target::Conversation(_) => Err(Problem::not_found()),
        }
    }

    /// A signature is all that it takes: there is nobody else to ask.
    async fn admit(self: &Rc<Self>, _channel: &ChannelName, _listener: Option<&Listener>) -> Result<(), Refusal> {
        Ok(())
    }

    /// Whoever watches a person hears whether they are online.
    fn greeting(&self, channel: &ChannelName) -> Vec<(&'static str, String)> {
        let watched = channel.as_str().strip_prefix(WATCH);
        let is_online = watched.is_some_and(|user| self.is_signed_in(user));
        if is_online { vec![("online", String::new())] } else { Vec::new() }
    }

    async fn heard(self: &Rc<Self>, _event: &ClientEvent, _listener: Option<&Listener>) -> Result<(), Refusal> {
        Ok(())
    }

    /// A person's own devices hear what is published on their channels, too.
    fn published(self: &Rc<Self>, event: &Publication) {
        if self.sessions.borrow().len() == 0 {
            return;
        }
        let data = serde_json::from_str(&event.data).unwrap_or_else(|_| Value::from(event.data.as_str()));
        let text = json!({"event": event.event, "channel": event.channel, "data": data, "at": platform::now()});
        self.send_to(&text.to_string(), |_| true);
    }

    /// A person signs in for the first time, or not at all any more: whoever watches them is told.
    fn occupied(self: &Rc<Self>, channel: &ChannelName, is_occupied: bool) {
        let Some(user) = channel.server_to_user() else { return };
        let name = if is_occupied { "online" } else { "offline" };
        let watch = ChannelName::trusted(format!("{WATCH}{user}"));
        say(self, &watch, watchlist_events(name, &[&UserId::trusted(user)]), Except::Nobody);
    }

    /// Presence on a channel is not presence of the person's own devices.
    fn present(self: &Rc<Self>, _listener: &Listener, _is_here: bool) {}
}

impl Object {
    fn is_signed_in(&self, user: &str) -> bool {
        self.hosting.with(|roster| roster.subscription_count(&ChannelName::of_user(user)) > 0)
    }

    /// Tells those who listen by a gateway what the person's devices are told.
    pub(super) fn tell_listeners(self: &Rc<Self>, text: &str) {
        if self.hosting.is_silent() {
            return;
        }
        let Ok(event) = serde_json::from_str::<Event>(text) else { return };
        for channel in self.hosting.channels().iter().filter(|channel| carries(channel, event.event)) {
            let Ok(name) = serde_json::to_value(event.event) else { continue };
            let frame = event_frame(name.as_str().unwrap_or_default(), channel, text);
            hosting::say(self, channel, frame, Except::Nobody);
        }
    }
}

/// Which of a person's channels carry an event: `private-user.{id}` all of them, `private-user.invites.{id}` invites and
/// memberships, and the others only what the application publishes.
fn carries(channel: &ChannelName, event: EventName) -> bool {
    if channel.as_str().starts_with("private-user.invites.") {
        return !matches!(event, EventName::InboxUpdated);
    }
    channel.as_str().starts_with("private-user.")
}
