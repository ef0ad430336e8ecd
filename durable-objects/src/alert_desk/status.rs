//! Status report of the desk, to diagnose missed notifications.

use super::Object;
use super::rows::Counts;
use crate::subscriptions;
use campana_core::accounts::principal::Principal;
use campana_core::alerts::command::{DeliveryTimes, DeskStatus, MAX_WATCHING_NAMED, Watching};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Newest deliveries that the delivery times are computed from.
const DELIVERIES: i64 = 1_000;

impl Object {
    /// The desk's status, for guards and administrators.
    pub(super) async fn status(self: &Rc<Self>, who: &Principal) -> Result<DeskStatus, Problem> {
        if !who.admin {
            self.check_guard(who)?;
        }
        // A status request creates no tables: an unused desk reports zeros.
        let is_used = self.rows.are_made();
        subscriptions::resync_stale(self).await;
        self.write_deliveries(usize::MAX);
        let counts = if is_used { self.rows.counts()? } else { Counts::default() };
        let behind = if is_used { self.rows.head()?.saturating_sub(self.rows.flushed()?) } else { 0 };
        let newest = if is_used { self.rows.newest_deliveries(DELIVERIES)? } else { Vec::new() };
        let channels = self.subscriptions.channels();
        Ok(DeskStatus {
            open_alerts: counts.open,
            unanswered_alerts: counts.unanswered,
            next_step_at: if is_used { self.rows.next_due()? } else { None },
            native_dashboards: u64::try_from(self.sessions.borrow().len()).unwrap_or(u64::MAX),
            watching: self.watching(),
            channel_dashboards: self
                .subscriptions
                .with(|roster| channels.iter().map(|channel| roster.subscription_count(channel)).max().unwrap_or(0)),
            gateways: self.subscriptions.with(|roster| u64::try_from(roster.gateways().len()).unwrap_or(u64::MAX)),
            record_behind: u64::try_from(behind).unwrap_or(0),
            errands_waiting: counts.errands,
            untold_alerts: counts.untold,
            delivery: DeliveryTimes::of(&newest),
            at: self.context.now(),
        })
    }

    fn watching(&self) -> Vec<Watching> {
        let mut people: BTreeMap<_, Watching> = BTreeMap::new();
        for session in self.sessions.borrow().iter() {
            let attachment = session.attachment.borrow();
            let pinged = session.pinged_at(&self.context);
            let heard_at: Timestamp = pinged.map_or(attachment.heard_at(), |at| at.max(attachment.heard_at()));
            let principal = &attachment.principal;
            let person = people.entry(principal.user_id.clone()).or_insert_with(|| Watching {
                user_id: principal.user_id.clone(),
                name: principal.name.clone(),
                dashboards: 0,
                heard_at,
            });
            person.dashboards = person.dashboards.saturating_add(1);
            person.heard_at = person.heard_at.max(heard_at);
        }
        people.into_values().take(MAX_WATCHING_NAMED).collect()
    }
}
