//! Presses that join an alert. For a while after a cancellation, the owner's next press reopens the alert: rounds of
//! raising and cancelling are one alert, and cost guards and the record little.
//!
//! The first reopenings page the guards and get a timeline entry at once, and so does every reopening of an alert that a
//! guard had taken: that guard believes it over. If there are many others in a row, entry and page of a further one wait
//! some seconds, while the screens show it; a cancellation within that time leaves no entry. The guards' devices were
//! paged for the same owner a few seconds before.

use super::machine::{Decision, Noted};
use super::wire::AlertEvent;
use super::{Alert, AlertId, Entry, NewAlert, Page, Status, What};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Reopenings of an alert that page at once, however close together.
const PROMPT: u32 = 10;
/// Time between the entries of later ones, milliseconds.
const SPACING_MS: i64 = 10_000;
/// Ids of joined presses that are remembered.
const MAX_JOINED: usize = 20;

/// Presses that joined an alert, and its reopenings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Rounds {
    /// Number of times it was reopened.
    pub count: u32,
    /// Time of the last reopening that has a timeline entry.
    pub noted_at: Option<Timestamp>,
    /// When the last reopening gets its entry and its page, if it has none yet.
    pub owed_at: Option<Timestamp>,
    /// Time of the last reopening.
    pub reopened_at: Option<Timestamp>,
    /// The newest ids under which clients raised what joined the alert: a repeated request is not another press.
    pub joined: VecDeque<AlertId>,
}

impl Alert {
    /// Whether a press now reopens it: its owner cancelled it at most `window_s` seconds ago.
    pub fn reopens(&self, window_s: u32, now: Timestamp) -> bool {
        let is_soon = |at: Timestamp| now.since(at) < u64::from(window_s).saturating_mul(1_000);
        self.status == Status::Cancelled && self.closed_at.is_some_and(is_soon)
    }

    /// When it was raised, or reopened last.
    pub fn opened_at(&self) -> Timestamp {
        self.rounds.reopened_at.unwrap_or(self.created_at)
    }

    /// Whether a press with this id has joined it.
    pub fn has_joined(&self, id: &AlertId) -> bool {
        self.rounds.joined.contains(id)
    }

    /// The owner presses soon after a cancellation: the alert is as open as a new one.
    pub fn reopen(&mut self, new: NewAlert, now: Timestamp) -> Decision {
        // Later than the cancellation even within a millisecond: clients keep the newest state, and prefer an end.
        let opened_at = self.updated_at.plus_millis(1).max(now);
        let was_taken = self.acknowledged_by.is_some();
        self.join(new, now);
        self.updated_at = opened_at;
        self.status = Status::Triggered;
        (self.acknowledged_by, self.acknowledged_at, self.responding_at) = (None, None, None);
        (self.closed_by, self.closed_at, self.reason) = (None, None, None);
        self.escalation.restart(now);
        self.rounds.reopened_at = Some(opened_at);
        self.rounds.count = self.rounds.count.saturating_add(1);
        let next_at = self.rounds.noted_at.map(|at| at.plus_millis(SPACING_MS)).filter(|at| *at > now);
        let noted = match next_at.filter(|_| self.rounds.count > PROMPT && !was_taken) {
            None => self.note_reopening(now),
            Some(at) => {
                self.rounds.owed_at = Some(at);
                Vec::new()
            }
        };
        Decision { noted, ..Decision::tell(AlertEvent::Triggered) }
    }

    /// Takes over what a press brings.
    pub(super) fn join(&mut self, new: NewAlert, now: Timestamp) {
        self.presses = self.presses.saturating_add(1);
        (self.pressed_at, self.updated_at) = (now, now);
        self.location = new.location.or_else(|| self.location.take());
        self.note = new.note.or_else(|| self.note.take());
        self.rounds.joined.push_back(new.id);
        while self.rounds.joined.len() > MAX_JOINED {
            self.rounds.joined.pop_front();
        }
    }

    /// Entry and page of a reopening.
    pub(super) fn note_reopening(&mut self, now: Timestamp) -> Vec<Noted> {
        (self.rounds.owed_at, self.rounds.noted_at) = (None, Some(now));
        self.entries = self.entries.saturating_add(1);
        let (by, what) = (Some(self.user.clone()), What::Reopened { presses: self.presses });
        let entry = Entry { number: self.entries, at: now, by, what };
        vec![Noted { entry, page: Some(Page::guards()) }]
    }
}
