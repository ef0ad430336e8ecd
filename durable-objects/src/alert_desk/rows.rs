//! Tables of an alert desk, in the object's SQLite.

mod pins;
mod views;

pub(super) use views::Own;

use super::queries::{alerts, users};
use crate::sql::{Param, Row, Sql, int, json, text};
use campana_core::alerts::record::{AlertChanges, Delivery, Sighting, Via};
use campana_core::alerts::{Alert, AlertId, Entry, Location};
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Context;
use campana_runtime::sql::Tables;
use campana_schema::objects::ALERT_DESK;
use serde::de::DeserializeOwned;
use std::cell::Cell;

/// Key in `meta`: the position up to which D1 has everything.
const FLUSHED: &str = "flushed";
/// Key in `meta`: the lowest position that can be resumed from.
const FLOOR: &str = "floor";
/// Key in `meta`: the epoch.
const EPOCH: &str = "epoch";

/// A stored alert.
pub(super) struct Held {
    pub(super) alert: Alert,
    /// When the newest location of its trail was stored.
    pub(super) sighted_at: Option<Timestamp>,
    /// Locations in its trail.
    pub(super) sightings: u32,
}

/// Row counts for the desk's status.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) open: u64,
    /// Open alerts in status `triggered`.
    pub(super) unanswered: u64,
    /// Alerts with a change whose notification is not complete.
    pub(super) untold: u64,
    /// Rows of the outbox to the pager.
    pub(super) errands: u64,
}

/// The desk's tables, and the newest position.
pub(super) struct Rows {
    sql: Sql,
    head: Cell<Option<i64>>,
    tables: Tables,
}

type Outcome<T> = Result<T, Problem>;

impl Rows {
    pub(super) fn of(sql: Sql) -> Self {
        Self { tables: Tables::new(sql.clone(), &ALERT_DESK), sql, head: Cell::new(None) }
    }

    /// Whether the tables exist.
    pub(super) fn are_made(&self) -> bool {
        self.tables.exist()
    }

    /// Creates the tables if they do not exist.
    pub(super) fn make(&self) -> Outcome<()> {
        self.tables.make()
    }

    /// The epoch. Positions of another epoch are meaningless.
    pub(super) fn epoch(&self, context: &Context) -> Outcome<String> {
        self.make()?;
        if let Some(epoch) = self.sql.recall(EPOCH)? {
            return Ok(epoch);
        }
        let epoch = context.random_name()?;
        self.sql.keep(EPOCH, &epoch)?;
        Ok(epoch)
    }

    /// Runs `act` in a transaction.
    pub(super) fn transaction<T>(&self, act: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        // After a failure the next use reads the head again.
        self.sql.transaction(act).inspect_err(|_| self.head.set(None))
    }

    /// The newest position.
    pub(super) fn head(&self) -> Outcome<i64> {
        if let Some(head) = self.head.get() {
            return Ok(head);
        }
        let newest = self.sql.find(alerts::HEAD, [], |row| row.int(0))?;
        let head = newest.unwrap_or(0).max(self.flushed()?);
        self.head.set(Some(head));
        Ok(head)
    }

    fn next_seq(&self) -> Outcome<i64> {
        let seq = self.head()?.saturating_add(1);
        self.head.set(Some(seq));
        Ok(seq)
    }

    /// The position up to which D1 has everything.
    pub(super) fn flushed(&self) -> Outcome<i64> {
        self.number(FLUSHED)
    }

    pub(super) fn set_flushed(&self, seq: i64) -> Outcome<()> {
        self.sql.keep_json(FLUSHED, &seq)
    }

    /// The lowest position that can be resumed from: older ones may miss a deleted alert.
    pub(super) fn floor(&self) -> Outcome<i64> {
        self.number(FLOOR)
    }

    fn number(&self, key: &str) -> Outcome<i64> {
        Ok(self.sql.recall_json(key)?.unwrap_or(0))
    }

    pub(super) fn alert(&self, id: &AlertId) -> Outcome<Option<Held>> {
        self.held(alerts::GET, vec![text(id.as_str())])
    }

    /// The user's open alert, or their open drill.
    pub(super) fn open_of(&self, user: &UserId, drill: bool) -> Outcome<Option<Held>> {
        self.held(alerts::OPEN_OF_PERSON, vec![text(user.as_str()), int(drill.into())])
    }

    fn held(&self, statement: &'static str, params: Vec<Param<'_>>) -> Outcome<Option<Held>> {
        let Some(row) = self.sql.first(statement, params)? else { return Ok(None) };
        let (sighted_at, sightings) = (row.time(1), row.number(2).unwrap_or(0));
        Ok(Some(Held { alert: read_json(&row, 0)?, sighted_at, sightings }))
    }

    /// Saves an alert and, if `is_news`, marks it for notification. Returns its new position.
    pub(super) fn save(&self, alert: &Alert, is_news: bool) -> Outcome<i64> {
        let seq = self.next_seq()?;
        let at = |at: Option<Timestamp>| at.map_or(Param::Null, |at| int(at.millis()));
        let params = vec![
            text(alert.id.as_str()),
            text(alert.user.id.as_str()),
            int(alert.drill.into()),
            int(alert.created_at.millis()),
            at(alert.due_at()),
            at(alert.closed_at),
            int(seq),
            if is_news { int(seq) } else { Param::Null },
            json(alert),
        ];
        self.sql.run(alerts::SAVE, params)?;
        Ok(seq)
    }

    pub(super) fn add_entry(&self, id: &AlertId, entry: &Entry) -> Outcome<()> {
        let seq = self.next_seq()?;
        let params = vec![text(id.as_str()), int(entry.number.into()), int(seq), json(entry)];
        self.sql.run(alerts::ADD_ENTRY, params)
    }

    /// Appends a location to an alert's trail.
    pub(super) fn add_sighting(&self, id: &AlertId, number: u32, location: &Location, now: Timestamp) -> Outcome<()> {
        let seq = self.next_seq()?;
        let sighting = Sighting { number, location: location.clone() };
        let params = vec![text(id.as_str()), int(number.into()), int(seq), json(&sighting)];
        self.sql.run(alerts::ADD_SIGHTING, params)?;
        self.sql.run(alerts::SIGHTED, vec![text(id.as_str()), int(now.millis()), int(number.into())])
    }

    /// Inserts a delivery, or adds its new milestones to the stored one.
    pub(super) fn add_delivery(&self, delivery: &Delivery) -> Outcome<()> {
        let at = |at: Option<Timestamp>| at.map_or(Param::Null, |at| int(at.millis()));
        let params = vec![
            text(delivery.alert_id.as_str()),
            text(delivery.user_id.as_str()),
            text(delivery.via.as_str()),
            at(delivery.sent_at),
            at(delivery.delivered_at),
            at(delivery.seen_at),
            at(delivery.acknowledged_at),
            int(self.next_seq()?),
        ];
        self.sql.run(alerts::SAVE_DELIVERY, params)
    }

    /// Clears the notification mark of an alert, if it was set at `seq`.
    pub(super) fn mark_told(&self, id: &AlertId, seq: i64) -> Outcome<()> {
        self.sql.run(alerts::MARK_TOLD, vec![text(id.as_str()), int(seq)])
    }

    /// Alerts whose notification is not complete, with their positions.
    pub(super) fn untold(&self, limit: i64) -> Outcome<Vec<(i64, Alert)>> {
        self.positioned(alerts::UNTOLD, vec![int(limit)])
    }

    /// An alert whose notification is not complete, with its position.
    pub(super) fn untold_of(&self, id: &AlertId) -> Outcome<Option<(i64, Alert)>> {
        Ok(self.positioned(alerts::UNTOLD_OF, vec![text(id.as_str())])?.pop())
    }

    /// The newest open alerts, newest first.
    pub(super) fn open(&self, limit: i64) -> Outcome<Vec<(i64, Alert)>> {
        self.positioned(alerts::OPEN, vec![int(limit)])
    }

    /// Alerts that changed after a position, in order.
    pub(super) fn changed_after(&self, seq: i64, limit: i64) -> Outcome<Vec<(i64, Alert)>> {
        self.positioned(alerts::CHANGED_AFTER, vec![int(seq), int(limit)])
    }

    fn positioned(&self, statement: &'static str, params: Vec<Param<'_>>) -> Outcome<Vec<(i64, Alert)>> {
        let rows = self.sql.rows(statement, params)?;
        rows.iter().map(|row| Ok((row.int(0).unwrap_or(0), read_json(row, 1)?))).collect()
    }

    /// Alerts with a due step, the longest overdue first.
    pub(super) fn due(&self, now: Timestamp, limit: i64) -> Outcome<Vec<Alert>> {
        self.sql.rows(alerts::DUE, vec![int(now.millis()), int(limit)])?.iter().map(|row| read_json(row, 0)).collect()
    }

    /// When the next step of any alert is due.
    pub(super) fn next_due(&self) -> Outcome<Option<Timestamp>> {
        self.sql.find(alerts::NEXT_DUE, [], |row| row.time(0))
    }

    /// When the earliest-closed alert closed.
    pub(super) fn first_closed(&self) -> Outcome<Option<Timestamp>> {
        self.sql.find(alerts::FIRST_CLOSED, [], |row| row.time(0))
    }

    /// Counts rows for the desk's status.
    pub(super) fn counts(&self) -> Outcome<Counts> {
        let row = self.sql.first(alerts::COUNTS, Vec::new())?.unwrap_or_default();
        let count = |at: usize| row.number(at).unwrap_or(0);
        Ok(Counts { open: count(0), unanswered: count(1), untold: count(2), errands: count(3) })
    }

    /// When the newest deliveries were sent, and when their clients confirmed them.
    pub(super) fn newest_deliveries(&self, limit: i64) -> Outcome<Vec<(Timestamp, Option<Timestamp>)>> {
        self.sql.list(alerts::NEWEST_DELIVERIES, [int(limit)], |row| Some((row.time(0)?, row.time(1))))
    }

    /// Whether the notification of any alert is not complete.
    pub(super) fn has_untold(&self) -> bool {
        self.are_made() && self.sql.first(alerts::HAS_UNTOLD, []).is_ok_and(|row| row.is_some())
    }

    /// Changes after `after`, up to and including `up_to`.
    pub(super) fn changes(&self, after: i64, up_to: i64) -> Outcome<AlertChanges> {
        let between = || vec![int(after), int(up_to)];
        let about = |row: &Row| AlertId::trusted(row.text(0).unwrap_or_default());
        let entries = self.sql.rows(alerts::ENTRIES_BETWEEN, between())?;
        let sightings = self.sql.rows(alerts::SIGHTINGS_BETWEEN, between())?;
        let mut changes = AlertChanges {
            alerts: self.positioned(alerts::BETWEEN, between())?,
            entries: entries.iter().map(|row| Ok((about(row), read_json(row, 1)?))).collect::<Outcome<_>>()?,
            sightings: sightings.iter().map(|row| Ok((about(row), read_json(row, 1)?))).collect::<Outcome<_>>()?,
            deliveries: self.sql.list(alerts::DELIVERIES_BETWEEN, between(), delivery)?,
            ..AlertChanges::default()
        };
        self.add_views(&mut changes, after, up_to)?;
        Ok(changes)
    }

    /// Deletes alerts that closed before `before`, once D1 has every change. Returns how many it deleted.
    pub(super) fn forget_closed(&self, before: Timestamp, now: Timestamp, limit: i64) -> Outcome<usize> {
        let flushed = self.flushed()?;
        if self.head()? > flushed {
            return Ok(0);
        }
        let rows = self.sql.rows(alerts::CLOSED_BEFORE, vec![int(before.millis()), int(flushed), int(limit)])?;
        for row in &rows {
            let (Some(id), Some(user)) = (row.text(0), row.text(1)) else { continue };
            self.forget_alert(id, user, now)?;
        }
        if !rows.is_empty() {
            self.sql.keep_json(FLOOR, &flushed)?;
        }
        Ok(rows.len().max(self.forget_closed_views(before, now, limit)?))
    }

    /// Deletes an alert, of which only the id and the owner's stay.
    fn forget_alert(&self, id: &str, user: &str, now: Timestamp) -> Outcome<()> {
        self.sql.run(alerts::KEEP_KNOWN, vec![text(id), text(user), int(now.millis())])?;
        for statement in [alerts::REMOVE_ENTRIES, alerts::REMOVE_SIGHTINGS, alerts::REMOVE_DELIVERIES, alerts::REMOVE] {
            self.sql.run(statement, vec![text(id)])?;
        }
        Ok(())
    }

    /// Deletes alerts that a user raised up to `up_to` and that have ended, and their closed views, once D1 has every change. Returns whether
    /// there may be more.
    pub(super) fn release(&self, user: &UserId, up_to: Timestamp, now: Timestamp, limit: i64) -> Outcome<bool> {
        let flushed = self.flushed()?;
        if self.head()? > flushed {
            return Ok(true);
        }
        let params = vec![text(user.as_str()), int(up_to.millis()), int(flushed), int(limit)];
        let ended: Vec<String> = self.sql.list(alerts::CLOSED_OF_PERSON, params, |row| row.string(0))?;
        for id in &ended {
            self.forget_alert(id, user.as_str(), now)?;
        }
        if !ended.is_empty() {
            self.sql.keep_json(FLOOR, &flushed)?;
        }
        let views = self.release_views(user, flushed, now, limit)?;
        Ok(ended.len().max(views) >= usize::try_from(limit).unwrap_or(usize::MAX))
    }

    /// Who raised a deleted alert.
    pub(super) fn who_raised(&self, id: &AlertId) -> Outcome<Option<UserId>> {
        self.sql.find(alerts::IS_KNOWN, [text(id.as_str())], |row| row.text(0).map(UserId::trusted))
    }

    /// Deletes the ids of alerts that were deleted before `before`.
    pub(super) fn forget_known(&self, before: Timestamp) -> Outcome<()> {
        self.sql.run(alerts::FORGET_KNOWN, vec![int(before.millis())])
    }

    /// When the user's permission was withdrawn.
    pub(super) fn withdrawn_at(&self, user: &UserId) -> Outcome<Option<Timestamp>> {
        if !self.are_made() {
            return Ok(None);
        }
        self.sql.find(users::WITHDRAWN, [text(user.as_str())], |row| row.time(0))
    }

    pub(super) fn withdraw(&self, user: &UserId, now: Timestamp) -> Outcome<()> {
        self.sql.run(users::WITHDRAW, vec![text(user.as_str()), int(now.millis())])
    }

    /// Deletes a withdrawal.
    pub(super) fn restore(&self, user: &UserId) -> Outcome<()> {
        self.sql.run(users::RESTORE, vec![text(user.as_str())])
    }

    /// Subscribes the user's own channel until `until`.
    pub(super) fn subscribe(&self, user: &UserId, until: Timestamp) -> Outcome<()> {
        self.sql.run(users::WATCH, vec![text(user.as_str()), int(until.millis())])
    }

    /// Ends the subscription of the user's own channel.
    pub(super) fn unsubscribe(&self, user: &UserId) -> Outcome<()> {
        self.sql.run(users::UNWATCH, vec![text(user.as_str())])
    }

    /// Users whose own channels are subscribed.
    pub(super) fn subscribers(&self, now: Timestamp, limit: i64) -> Outcome<Vec<UserId>> {
        self.sql.list(users::WATCHERS, [int(now.millis()), int(limit)], |row| row.text(0).map(UserId::trusted))
    }

    /// Deletes expired subscriptions.
    pub(super) fn end_old_subscriptions(&self, now: Timestamp) -> Outcome<()> {
        self.sql.run(users::FORGET_WATCHERS, vec![int(now.millis())])
    }
}

fn delivery(row: &Row) -> Option<(i64, Delivery)> {
    let delivery = Delivery {
        alert_id: AlertId::trusted(row.text(1)?),
        user_id: UserId::trusted(row.text(2)?),
        via: Via::parse(row.text(3)?)?,
        sent_at: row.time(4),
        delivered_at: row.time(5),
        seen_at: row.time(6),
        acknowledged_at: row.time(7),
    };
    Some((row.int(0)?, delivery))
}

fn read_json<T: DeserializeOwned>(row: &Row, at: usize) -> Outcome<T> {
    row.json(at).ok_or_else(|| Problem::internal("the desk keeps something that it cannot read"))
}
