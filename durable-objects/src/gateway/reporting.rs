//! Subscriptions to public channels: which ones the gateway reports to the channel's object, and which ones it accepts
//! without a report. For the correctness argument see [`campana_core::pusher::reporting`].

use super::queries::report_leases;
use super::{Object, listing};
use crate::sql::{int, text};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::frame::cache_miss;
use campana_core::pusher::link::{Answer, ResyncAnswer, ResyncRequest, Target};
use campana_core::pusher::reporting::REPORT_LEASE_MS;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use std::collections::HashMap;
use std::rc::Rc;

/// A lease with at least this much time left is not renewed, milliseconds.
const FRESH_LEASE_MS: i64 = 50_000;
/// Expired leases deleted with each lease written. More than one, so that the table shrinks.
const SWEPT_PER_LEASE: i64 = 2;
/// Expired leases deleted by each alarm.
const SWEPT_BY_ALARM: i64 = 1_000;
/// TTL of the cached answer whether a cache channel has an event, milliseconds. Shorter than a lease: once the
/// channel's object has asked, a cached "no event" expires before reporting ends.
const LOOKUP_FRESH_MS: u64 = 5_000;
/// Largest number of cached answers.
const MAX_LOOKUPS: usize = 10_000;
/// Channels reported per alarm after the app's settings begin to require reports.
const REPORTED_AT_ONCE: usize = 100;
/// Delay before the next such channels are reported, milliseconds.
const REPORT_NEXT_MS: i64 = 1_000;

/// By cache channel: whether it may have an event, and when the record was asked.
pub(super) type CachedEventLookups = HashMap<ChannelName, (bool, Timestamp)>;

impl Object {
    /// Accepts a subscription without a report. Returns `None` if it must be reported. The caller applies the answer in
    /// the same turn, since nothing is awaited after the last check.
    pub(super) async fn subscribe_unreported(
        self: &Rc<Self>,
        target: &Target,
        channel: &ChannelName,
    ) -> Option<Answer> {
        if self.reports(target, channel) {
            return None;
        }
        listing::wait_until_listed(self).await?;
        if channel.is_cache() && self.may_have_cached_event(channel).await {
            return None;
        }
        if self.reports(target, channel) {
            return None;
        }
        if channel.is_cache() {
            self.report_cache_miss(channel);
        }
        let miss = channel.is_cache().then(|| cache_miss(channel));
        Some(Answer::Subscribed { from: 0, data: "{}".to_owned(), then: miss.into_iter().collect() })
    }

    /// Whether subscriptions to a channel must be reported to its object.
    fn reports(&self, target: &Target, channel: &ChannelName) -> bool {
        let is_wanted = || self.me.borrow().as_ref().is_none_or(|(app_config, _)| app_config.wants_reports());
        !target.is_public_channel() || self.has_reported(target) || is_wanted() || self.has_lease(channel)
    }

    /// Whether the target knows all listeners here or is about to be notified of them.
    pub(super) fn has_reported(&self, target: &Target) -> bool {
        self.reported_targets.borrow().contains(target)
    }

    /// Whether the channel's object relies on reports. True if the lease cannot be read.
    fn has_lease(&self, channel: &ChannelName) -> bool {
        let params = vec![text(channel.as_str()), int(self.context.now().millis())];
        !matches!(self.context.sql.first(report_leases::HOLDS, params), Ok(None))
    }

    /// Answers a resync. From this turn on, the target gets every change.
    pub(super) async fn answer_resync(&self, question: &ResyncRequest) -> Result<ResyncAnswer, Problem> {
        let ResyncRequest { target, answered } = question;
        if let Some(number) = answered {
            self.answered_by(target, *number).await;
        }
        let counts = self.listener_counts_of(target);
        let Target::Channel(channel) = target else { return Ok(ResyncAnswer { counts, reports: false }) };
        if !target.is_public_channel() || self.me().is_none() {
            return Ok(ResyncAnswer { counts, reports: false });
        }
        if !counts.is_empty() {
            self.store_target(target)?;
        }
        let now = self.context.now();
        let fresh = vec![text(channel.as_str()), int(now.plus_millis(FRESH_LEASE_MS).millis())];
        if self.context.sql.first(report_leases::HOLDS, fresh)?.is_none() {
            self.sweep_leases(SWEPT_PER_LEASE)?;
            let until = now.plus_millis(REPORT_LEASE_MS).millis();
            self.context.sql.run(report_leases::SAVE, vec![text(channel.as_str()), int(until)])?;
        }
        Ok(ResyncAnswer { counts, reports: true })
    }

    fn sweep_leases(&self, most: i64) -> Result<(), Problem> {
        self.context.sql.run(report_leases::SWEEP, vec![int(self.context.now().millis()), int(most)])
    }

    /// Deletes expired leases and reports channels that the app's settings now require. Called by the alarm.
    pub(super) fn maintain_reports(self: &Rc<Self>) {
        // SQL failures are already logged, and the next alarm retries.
        let _reported = self.sweep_leases(SWEPT_BY_ALARM);
        let Some((app_config, _)) = self.me() else { return };
        let is_unreported =
            |target: &&Target| target.is_public_channel() && app_config.wants_reports() && !self.has_reported(target);
        let unreported: Vec<Target> = {
            let clients = self.clients.borrow();
            clients.targets().filter(is_unreported).take(REPORTED_AT_ONCE).cloned().collect()
        };
        if unreported.len() == REPORTED_AT_ONCE {
            self.context.wake_at(self.context.now().plus_millis(REPORT_NEXT_MS));
        }
        for target in unreported {
            self.doubt(&target);
        }
    }

    /// Whether a cache channel may have an event, from the record. True if the record does not answer, so that the
    /// channel's object is asked.
    async fn may_have_cached_event(&self, channel: &ChannelName) -> bool {
        let now = self.context.now();
        let known = self.cached_event_lookups.borrow().get(channel).copied();
        if let Some((may_have_event, _)) = known.filter(|(_, asked_at)| now.since(*asked_at) < LOOKUP_FRESH_MS) {
            return may_have_event;
        }
        let (Some((app_config, _)), Ok(store)) = (self.me(), self.store()) else { return true };
        match store.keeps_event(&app_config.tenant, channel, now).await {
            Ok(may_have_event) => {
                let mut known = self.cached_event_lookups.borrow_mut();
                if known.len() >= MAX_LOOKUPS {
                    known.clear();
                }
                known.insert(channel.clone(), (may_have_event, now));
                may_have_event
            }
            Err(error) => {
                tracing::warn!(at = "gateway.kept", detail = %error);
                true
            }
        }
    }
}
