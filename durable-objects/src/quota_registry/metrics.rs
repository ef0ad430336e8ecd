//! Metrics of an app at its quota registry: sums over isolates, active users, and readings per minute.
//!
//! **Atomicity.** A report's numbers, its users and the present minute are stored together before the answer leaves, or
//! none of them is and all are read again. Nothing is stored without a report, and no alarm is armed for metrics.
//!
//! **What survives hibernation.** All but the messages and connections of the present minute since the last report.

use super::Object;
use super::queries::metrics;
use crate::sql::{Row, int, json, text};
use campana_core::accounts::metrics::{
    ActivePeople, Counts, MAX_MINUTES, Measurements, Minute, Registers, Report, Series, Source, Taken, Totals,
    TotalsChange, minute_of,
};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Hosted;
use campana_runtime::sql::{Sql, Value};
use campana_schema::objects::METRICS;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Days of which active users are kept.
const DAYS: i64 = 7;
const DAY_MS: i64 = 24 * 60 * 60_000;
/// Name of the row with the sum of isolates that no longer report.
const FOLDED: &str = "";

/// A request of a function: readings per minute.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct AskSeries {
    /// Which readings.
    pub series: Series,
    /// Number of minutes up to the present one.
    pub minutes: i64,
}

/// Metrics in memory.
pub(super) struct Metering {
    totals: Totals,
    /// Active users by day.
    people: BTreeMap<i64, Registers>,
    minute: i64,
    readings: Minute,
    /// Whether the minute has readings that are not stored.
    is_unsaved: bool,
}

impl Metering {
    fn open(sql: &Sql, now: Timestamp) -> Result<Self, Problem> {
        sql.upgrade(&METRICS)?;
        let folded: Counts = sql.find(metrics::SOURCE, [text(FOLDED)], |row| row.json(0))?.unwrap_or_default();
        let sources = sql.pages(metrics::SOURCES_PAGE, &[Value::Text(FOLDED.to_owned())], &[0], source)?;
        let (today, mut people) = (day_of(now), BTreeMap::new());
        for day in today.saturating_sub(DAYS - 1)..=today {
            let stored = sql.find(metrics::PEOPLE, [int(day.rem_euclid(DAYS))], registers)?;
            if let Some((_, registers)) = stored.filter(|(stored_day, _)| *stored_day == day) {
                people.insert(day, registers);
            }
        }
        let minute = minute_of(now);
        let stored = sql.find(metrics::MINUTES, [int(minute), int(1)], minute_row)?;
        let readings = stored.filter(|(stored_minute, _)| *stored_minute == minute).map(|(_, readings)| readings);
        let totals = Totals::reopen(folded, sources);
        Ok(Self { totals, people, minute, readings: readings.unwrap_or_default(), is_unsaved: false })
    }

    /// Begins a minute, after the last one is stored.
    fn turn_to(&mut self, sql: &Sql, now: Timestamp) -> Result<(), Problem> {
        let minute = minute_of(now);
        if minute != self.minute {
            self.save_minute(sql)?;
            (self.minute, self.readings) = (minute, Minute::default());
        }
        Ok(())
    }

    fn save_minute(&mut self, sql: &Sql) -> Result<(), Problem> {
        if std::mem::take(&mut self.is_unsaved) {
            let slot = self.minute.rem_euclid(MAX_MINUTES);
            sql.run(metrics::SAVE_MINUTE, [int(slot), int(self.minute), json(&self.readings)])?;
        }
        Ok(())
    }

    fn take(&mut self, report: &Report, sql: &Sql, now: Timestamp) -> Result<Taken, Problem> {
        self.turn_to(sql, now)?;
        let (taken, grown, changes) = self.totals.take(report, now);
        for change in changes {
            match change {
                TotalsChange::Source(name, Source { heard_at, counts }) => {
                    sql.run(metrics::SAVE_SOURCE, [text(&name), int(heard_at.millis()), json(&counts)])?;
                }
                TotalsChange::Gone(name) => sql.run(metrics::REMOVE_SOURCE, [text(&name)])?,
                TotalsChange::Folded(counts) => {
                    sql.run(metrics::SAVE_SOURCE, [text(FOLDED), int(now.millis()), json(&counts)])?;
                }
            }
        }
        if taken.accepted {
            self.count_people(&report.people, sql, now)?;
        }
        self.readings.grow(&grown);
        self.is_unsaved = true;
        self.save_minute(sql)?;
        Ok(taken)
    }

    fn count_people(&mut self, people: &[u64], sql: &Sql, now: Timestamp) -> Result<(), Problem> {
        let today = day_of(now);
        self.people.retain(|day, _| *day > today.saturating_sub(DAYS));
        if people.is_empty() {
            return Ok(());
        }
        let registers = self.people.entry(today).or_default();
        let mut has_changed = false;
        for person in people {
            has_changed |= registers.add(*person);
        }
        if has_changed {
            let slot = int(today.rem_euclid(DAYS));
            sql.run(metrics::SAVE_PEOPLE, [slot, int(today), text(&registers.to_text())])?;
        }
        Ok(())
    }

    fn measurements(&self, now: Timestamp) -> Measurements {
        let today = day_of(now);
        let mut week = Registers::default();
        for (_, registers) in self.people.range(today.saturating_sub(DAYS - 1)..=today) {
            week.merge(registers);
        }
        let day = self.people.get(&today).map(Registers::estimate).unwrap_or_default();
        Measurements {
            counts: self.totals.sums(),
            people: ActivePeople { day, week: week.estimate() },
            isolates: u64::try_from(self.totals.isolates()).unwrap_or(u64::MAX),
        }
    }
}

impl Object {
    /// Takes an isolate's numbers.
    pub(super) fn measure(&self, report: &Report) -> Result<Taken, Problem> {
        self.metered(|metering, sql, now| sql.transaction(|| metering.take(report, sql, now)))
    }

    /// The app's metrics.
    pub(super) fn measurements(&self) -> Result<Measurements, Problem> {
        self.metered(|metering, _, now| Ok(metering.measurements(now)))
    }

    /// Readings of the newest minutes, oldest first; `None` where nothing was measured.
    pub(super) fn series(&self, asked: AskSeries) -> Result<Vec<Option<u64>>, Problem> {
        self.metered(|metering, sql, now| {
            metering.turn_to(sql, now)?;
            let minutes = asked.minutes.clamp(1, MAX_MINUTES);
            let first = metering.minute.saturating_sub(minutes.saturating_sub(1));
            let rows = sql.list(metrics::MINUTES, [int(first), int(MAX_MINUTES)], minute_row)?;
            let mut stored: BTreeMap<_, _> = rows.into_iter().collect();
            stored.insert(metering.minute, metering.readings.clone());
            let silent = Minute::default();
            let value = |minute| stored.get(&minute).unwrap_or(&silent).value(asked.series);
            Ok((first..=metering.minute).map(value).collect())
        })
    }

    /// Notes the app's connections and newly sent messages. They are stored with the next report.
    pub(super) fn note_traffic(&self, connections: Option<u64>, messages: u64) -> Result<(), Problem> {
        self.metered(|metering, sql, now| {
            metering.turn_to(sql, now)?;
            let readings = &mut metering.readings;
            readings.messages = readings.messages.saturating_add(messages);
            readings.connections = connections.or(readings.connections);
            metering.is_unsaved = true;
            Ok(())
        })
    }

    /// Runs `act` with the metrics. If it fails, they are read again at the next call.
    fn metered<T>(&self, act: impl FnOnce(&mut Metering, &Sql, Timestamp) -> Result<T, Problem>) -> Result<T, Problem> {
        let now = self.context().now();
        let sql = &self.context().sql;
        let mut metering = match self.metering.take() {
            Some(metering) => metering,
            None => Metering::open(sql, now)?,
        };
        let value = act(&mut metering, sql, now)?;
        self.metering.replace(Some(metering));
        Ok(value)
    }
}

fn day_of(at: Timestamp) -> i64 {
    at.millis().div_euclid(DAY_MS)
}

fn source(row: &Row) -> Option<(String, Source)> {
    Some((row.string(0)?, Source { heard_at: row.time(1)?, counts: row.json(2)? }))
}

fn registers(row: &Row) -> Option<(i64, Registers)> {
    Some((row.int(0)?, Registers::parse(row.text(1)?)))
}

fn minute_row(row: &Row) -> Option<(i64, Minute)> {
    Some((row.int(0)?, row.json(1)?))
}
