//! The registry's side: the last numbers per isolate, and the sum of those that no longer report.

use super::{Counts, Metric, Report, Taken, add, beyond};
use crate::shared::timestamp::Timestamp;
use std::collections::{HashMap, HashSet};

/// Most isolates kept apart; of more, the one that was silent for longest is folded.
const MAX_SOURCES: usize = 256;
/// Silence after which an isolate's numbers are folded, milliseconds.
const FOLD_AFTER_MS: u64 = 60 * 60_000;
/// Most series of an app. Others are dropped.
const MAX_SERIES: usize = 5_000;
/// Longest key of a series, bytes.
const MAX_KEY_BYTES: usize = 200;

/// Numbers of one isolate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Time of its newest report.
    pub heard_at: Timestamp,
    /// Its numbers.
    pub counts: Counts,
}

/// A change to persist for [`Totals::reopen`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TotalsChange {
    /// An isolate's numbers.
    Source(String, Source),
    /// An isolate was folded.
    Gone(String),
    /// The sum of the folded isolates.
    Folded(Counts),
}

/// Sums of an app.
#[derive(Debug, Default)]
pub struct Totals {
    folded: Counts,
    sources: HashMap<String, Source>,
    /// Every series of them.
    series: HashSet<String>,
}

impl Totals {
    /// Sums with their persisted state.
    pub fn reopen(folded: Counts, sources: impl IntoIterator<Item = (String, Source)>) -> Self {
        let sources: HashMap<_, _> = sources.into_iter().collect();
        let keys = folded.keys().chain(sources.values().flat_map(|source: &Source| source.counts.keys()));
        let series = keys.cloned().collect();
        Self { folded, sources, series }
    }

    /// Takes a report. Returns the answer, what the sums grew by, and the changes to persist before the answer leaves.
    pub fn take(&mut self, report: &Report, now: Timestamp) -> (Taken, Counts, Vec<TotalsChange>) {
        let mut changes = Vec::new();
        let mut grown = Counts::new();
        let is_new = !self.sources.contains_key(&report.source);
        if is_new && !report.opens {
            return (Taken { accepted: false }, grown, changes);
        }
        self.fold(now, &report.source, usize::from(is_new), &mut changes);
        let empty = Source { heard_at: now, counts: Counts::new() };
        let source = self.sources.entry(report.source.clone()).or_insert(empty);
        source.heard_at = source.heard_at.max(now);
        for (key, numbers) in &report.counts {
            let is_valid = key.len() <= MAX_KEY_BYTES
                && Metric::of_series(key).is_some_and(|(metric, _)| metric.width() == numbers.len());
            if !is_valid || (!self.series.contains(key) && self.series.len() >= MAX_SERIES) {
                continue;
            }
            if !self.series.contains(key) {
                self.series.insert(key.clone());
            }
            let known = source.counts.entry(key.clone()).or_insert_with(|| vec![0; numbers.len()]);
            // Counters only grow, so the higher number is the newer one, in whatever order reports arrive.
            let more = beyond(numbers, known);
            if more.iter().any(|more| *more > 0) {
                add(known, &more);
                grown.insert(key.clone(), more);
            }
        }
        changes.push(TotalsChange::Source(report.source.clone(), source.clone()));
        (Taken { accepted: true }, grown, changes)
    }

    /// Sums over all isolates.
    pub fn sums(&self) -> Counts {
        let mut sums = self.folded.clone();
        for (key, numbers) in self.sources.values().flat_map(|source| &source.counts) {
            add(sums.entry(key.clone()).or_default(), numbers);
        }
        sums
    }

    /// Number of isolates kept apart.
    pub fn isolates(&self) -> usize {
        self.sources.len()
    }

    /// Folds isolates that are silent, and as many more as make room for `more`; not the one that reports now.
    fn fold(&mut self, now: Timestamp, reporting: &str, more: usize, changes: &mut Vec<TotalsChange>) {
        let others = self.sources.iter().filter(|(name, _)| *name != reporting);
        let mut leaving: Vec<_> = others.map(|(name, source)| (source.heard_at, name.clone())).collect();
        leaving.sort_unstable();
        let too_many = self.sources.len().saturating_add(more).saturating_sub(MAX_SOURCES);
        let silent = leaving.iter().filter(|(heard_at, _)| now.since(*heard_at) >= FOLD_AFTER_MS).count();
        leaving.truncate(too_many.max(silent));
        if leaving.is_empty() {
            return;
        }
        for (_, name) in leaving {
            for (key, numbers) in self.sources.remove(&name).into_iter().flat_map(|source| source.counts) {
                add(self.folded.entry(key).or_default(), &numbers);
            }
            changes.push(TotalsChange::Gone(name));
        }
        changes.push(TotalsChange::Folded(self.folded.clone()));
    }
}
