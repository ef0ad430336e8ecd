//! The isolate's side: counts in memory, and reports.
//!
//! **Cost.** An addition looks a series up by a key that is written into a buffer of the collector, so it allocates only
//! for a series that is new.

use super::{Counts, Metric, Report, SEPARATOR, add, beyond};
use crate::shared::ids::TenantId;
use crate::shared::timestamp::Timestamp;
use std::collections::{HashMap, HashSet};

/// Most series of an app in one isolate; more are not counted.
const MAX_SERIES: usize = 2_000;
/// Most users of an app that an isolate remembers as reported. Beyond, it begins again.
const MAX_PEOPLE: usize = 10_000;
/// Most users in one report.
const MAX_PEOPLE_PER_REPORT: usize = 1_000;
/// Most apps in one isolate; more are not counted.
const MAX_APPS: usize = 1_000;
/// Time after the first attempt during which the registry may not know the id, milliseconds. Far below the time after
/// which it folds an isolate's numbers.
const OPENS_FOR_MS: u64 = 5 * 60_000;
/// After this time a report without an answer counts as lost, milliseconds.
const LOST_AFTER_MS: u64 = 10_000;
const DAY_MS: i64 = 24 * 60 * 60_000;

#[derive(Debug, Default)]
struct Series {
    counts: Vec<u64>,
    /// What was last sent.
    attempted: Vec<u64>,
    /// What the registry has.
    taken: Vec<u64>,
}

/// Counts of one app in an isolate.
#[derive(Debug, Default)]
pub struct Collector {
    source: Option<String>,
    first_attempt_at: Option<Timestamp>,
    is_known: bool,
    series: HashMap<String, Series>,
    key: String,
    /// Day of the hashes below: a user counts on each day.
    day: i64,
    reported_people: HashSet<u64>,
    people: HashSet<u64>,
    has_news: bool,
    /// When a report was begun that is not answered yet.
    reporting_since: Option<Timestamp>,
}

impl Collector {
    /// Adds to a counter. `labels` are the values of the metric's labels, in order.
    pub fn add(&mut self, metric: &Metric, labels: &[&str], by: u64) {
        self.change(metric, labels, |numbers| {
            if let Some(count) = numbers.first_mut() {
                *count = count.saturating_add(by);
            }
        });
    }

    /// Adds a duration to a histogram.
    pub fn observe(&mut self, metric: &Metric, labels: &[&str], ms: u64) {
        self.change(metric, labels, |numbers| metric.observe(numbers, ms));
    }

    /// Adds numbers of a metric that were counted elsewhere.
    pub fn add_all(&mut self, metric: &Metric, labels: &[&str], more: &[u64]) {
        if more.len() == metric.width() {
            self.change(metric, labels, |numbers| add(numbers, more));
        }
    }

    /// Notes that a user was active, by their hash.
    pub fn active(&mut self, person: u64, now: Timestamp) {
        let day = now.millis().div_euclid(DAY_MS);
        if day != self.day || self.reported_people.len() >= MAX_PEOPLE {
            self.day = day;
            self.reported_people.clear();
        }
        if self.people.len() < MAX_PEOPLE && !self.reported_people.contains(&person) {
            self.has_news |= self.people.insert(person);
        }
    }

    fn change(&mut self, metric: &Metric, labels: &[&str], change: impl FnOnce(&mut Vec<u64>)) {
        self.key.clear();
        self.key.push_str(metric.name);
        for label in labels {
            self.key.push(SEPARATOR);
            self.key.push_str(label);
        }
        if !self.series.contains_key(&self.key) {
            if self.series.len() >= MAX_SERIES {
                return;
            }
            let counts = vec![0; metric.width()];
            self.series.insert(self.key.clone(), Series { counts, ..Series::default() });
        }
        if let Some(series) = self.series.get_mut(&self.key) {
            change(&mut series.counts);
            self.has_news = true;
        }
    }

    /// Whether there is something to report and no report waits for its answer.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.has_news && self.reporting_since.is_none_or(|since| now.since(since) >= LOST_AFTER_MS)
    }

    /// Claims the next report for the caller, who calls [`Self::report`] soon. False if there is none to make.
    pub fn begin(&mut self, now: Timestamp) -> bool {
        let is_due = self.is_due(now);
        if is_due {
            self.reporting_since = Some(now);
        }
        is_due
    }

    /// The report; the caller then calls [`Self::answered`] or [`Self::failed`]. `new_id` makes a random id.
    pub fn report<E>(
        &mut self,
        now: Timestamp,
        new_id: impl FnOnce() -> Result<String, E>,
    ) -> Result<Option<Report>, E> {
        if !self.has_news {
            self.reporting_since = None;
            return Ok(None);
        }
        let source = match &self.source {
            Some(source) => source.clone(),
            None => self.source.insert(new_id()?).clone(),
        };
        let first = *self.first_attempt_at.get_or_insert(now);
        self.reporting_since = Some(now);
        self.has_news = false;
        let mut counts = Counts::new();
        for (key, series) in &mut self.series {
            if series.counts != series.taken {
                series.attempted.clone_from(&series.counts);
                counts.insert(key.clone(), series.counts.clone());
            }
        }
        let people: Vec<_> = self.people.iter().copied().take(MAX_PEOPLE_PER_REPORT).collect();
        let opens = !self.is_known && now.since(first) < OPENS_FOR_MS;
        Ok(Some(Report { source, opens, counts, people }))
    }

    /// The registry's answer. After a refusal the isolate counts under a new id, from what it has never sent: what was
    /// sent may already be in the sum.
    pub fn answered(&mut self, report: &Report, accepted: bool) {
        self.reporting_since = None;
        if !accepted {
            self.source = None;
            self.first_attempt_at = None;
            self.is_known = false;
            for series in self.series.values_mut() {
                series.counts = beyond(&series.counts, &series.attempted);
                series.attempted.clear();
                series.taken = vec![0; series.counts.len()];
            }
            self.has_news = true;
            return;
        }
        self.is_known = true;
        for (key, taken) in &report.counts {
            if let Some(series) = self.series.get_mut(key) {
                series.taken.clone_from(taken);
            }
        }
        for person in &report.people {
            self.people.remove(person);
            self.reported_people.insert(*person);
        }
        self.has_news |= !self.people.is_empty();
    }

    /// There was no answer: the numbers go with the next report.
    pub fn failed(&mut self) {
        self.reporting_since = None;
        self.has_news = true;
    }
}

/// Counts of all apps in an isolate.
#[derive(Debug, Default)]
pub struct Collectors(HashMap<TenantId, Collector>);

impl Collectors {
    /// An app's counts; `None` if the isolate already counts for as many apps as it can.
    pub fn of(&mut self, tenant: &TenantId) -> Option<&mut Collector> {
        if !self.0.contains_key(tenant) {
            if self.0.len() >= MAX_APPS {
                self.0.retain(|_, collector| collector.has_news || collector.reporting_since.is_some());
            }
            if self.0.len() >= MAX_APPS {
                return None;
            }
            self.0.insert(tenant.clone(), Collector::default());
        }
        self.0.get_mut(tenant)
    }
}
