//! Webhook events about public channels whose objects need not exist: which of them have listeners here, and cache misses.
//! The app's webhooks put the reports of all gateways together.
//!
//! What was reported is stored, so that a gateway that wakes without its sockets withdraws it.

use super::Object;
use super::queries::occupied_channels;
use crate::sql::{Row, text};
use crate::webhooks::{LOOK_AFTER_MS, outbox};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::Target;
use campana_core::pusher::webhook_event::WebhookEvent;
use campana_core::shared::problem::Problem;
use campana_core::webhooks::channels::{ChannelEvent, EventKind};
use campana_runtime::outbox::Outbox;
use campana_runtime::{Context, Hosted};
use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

/// Channels reported or withdrawn by one alarm.
const REPORTED_AT_ONCE: usize = 100;
/// Delay before the next of them, milliseconds.
const REPORT_NEXT_MS: i64 = 1_000;

/// Reported channels, and the outbox of reports.
pub(super) struct Occupancy {
    reported: RefCell<HashSet<ChannelName>>,
    outbox: Outbox,
}

impl Occupancy {
    pub(super) fn new(context: Context) -> Self {
        Self { reported: RefCell::default(), outbox: outbox::outbox(context) }
    }
}

impl Object {
    /// Reads what was reported, when the gateway wakes.
    pub(super) fn recall_occupancy(&self) -> Result<(), Problem> {
        let read = |row: &Row| row.text(0).map(ChannelName::trusted);
        let reported: HashSet<ChannelName> =
            self.context.sql.list(occupied_channels::ALL, [], read)?.into_iter().collect();
        let is_settled = reported.iter().all(|channel| self.is_occupied(channel));
        *self.occupancy.reported.borrow_mut() = reported;
        if !is_settled || !self.occupancy.outbox.is_empty() {
            self.context.wake_at(self.context.now());
        }
        Ok(())
    }

    fn is_occupied(&self, channel: &ChannelName) -> bool {
        let target = Target::Channel(channel.clone());
        target.is_public_channel() && self.clients.borrow().has_listeners_of(&target)
    }

    /// Reports a channel that has its first listener here or has lost its last one, if a webhook wants that.
    pub(super) fn occupancy_changed(self: &Rc<Self>, channel: &ChannelName) {
        let is_wanted = self.me.borrow().as_ref().is_some_and(|(app_config, _)| app_config.wants_occupancy());
        let is_reported = self.occupancy.reported.borrow().contains(channel);
        // What was reported stays until it ends: a new socket may come with settings from before the latest change.
        let is_occupied = (is_wanted || is_reported) && self.is_occupied(channel);
        if is_occupied != is_reported {
            // The database logs a failure. The alarm compares again.
            let _reported = self.report_occupancy(channel, is_occupied);
        }
    }

    fn report_occupancy(self: &Rc<Self>, channel: &ChannelName, is_occupied: bool) -> Result<(), Problem> {
        let (statement, what) = if is_occupied {
            (occupied_channels::ADD, EventKind::ChannelOccupied)
        } else {
            (occupied_channels::REMOVE, EventKind::ChannelVacated)
        };
        // Together: a channel that is stored without its report would never be reported.
        self.context.sql.transaction(|| {
            self.context.sql.run(statement, vec![text(channel.as_str())])?;
            self.append_event(channel, what)
        })?;
        let mut reported = self.occupancy.reported.borrow_mut();
        if is_occupied {
            reported.insert(channel.clone());
        } else {
            reported.remove(channel);
        }
        drop(reported);
        self.hand_over_events();
        Ok(())
    }

    fn append_event(&self, channel: &ChannelName, what: EventKind) -> Result<(), Problem> {
        let Some((_, gateway)) = self.me() else { return Ok(()) };
        let (at, channel) = (self.context.now(), channel.clone());
        self.occupancy.outbox.append(&[ChannelEvent { at, channel, gateway: Some(gateway), what }])?;
        self.context.wake_at(at.plus_millis(LOOK_AFTER_MS));
        Ok(())
    }

    /// Reports a cache miss that this gateway has answered by itself.
    pub(super) fn report_cache_miss(self: &Rc<Self>, channel: &ChannelName) {
        let is_wanted = |webhooks: &[WebhookEvent]| webhooks.contains(&WebhookEvent::CacheMiss);
        if !self.me.borrow().as_ref().is_some_and(|(app_config, _)| is_wanted(&app_config.webhooks)) {
            return;
        }
        // The database logs a failure.
        if self.append_event(channel, EventKind::CacheMiss).is_ok() {
            self.hand_over_events();
        }
    }

    fn hand_over_events(self: &Rc<Self>) {
        let Some((app_config, _)) = self.me() else { return };
        self.spawn(async move |object| outbox::drain(&object.occupancy.outbox, &app_config.tenant).await);
    }

    /// Compares what was reported with the listeners, after a loss of sockets or a change of the app's webhooks, and
    /// hands over what waits. Called by the alarm.
    pub(super) fn maintain_occupancy(self: &Rc<Self>) {
        let Some((app_config, _)) = self.me() else { return };
        let is_wanted = app_config.wants_occupancy();
        let mut different: Vec<ChannelName> = {
            let reported = self.occupancy.reported.borrow();
            let gone = |channel: &&ChannelName| !self.is_occupied(channel);
            reported.iter().filter(gone).take(REPORTED_AT_ONCE).cloned().collect()
        };
        if is_wanted {
            let (clients, reported) = (self.clients.borrow(), self.occupancy.reported.borrow());
            let new = clients.targets().filter(|target| target.is_public_channel()).filter_map(|target| match target {
                Target::Channel(channel) if !reported.contains(channel) => Some(channel.clone()),
                _ => None,
            });
            different.extend(new.take(REPORTED_AT_ONCE));
        }
        if different.len() >= REPORTED_AT_ONCE {
            self.context.wake_at(self.context.now().plus_millis(REPORT_NEXT_MS));
        }
        for channel in &different {
            self.occupancy_changed(channel);
        }
        if !self.occupancy.outbox.is_empty() {
            self.hand_over_events();
        }
    }
}
