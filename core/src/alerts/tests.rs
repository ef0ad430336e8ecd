//! Tests of the alert rules: every action in every state, timers, payloads, and random histories.

mod cap;
mod duress;
mod escalating;
mod histories;
mod ids;
mod payloads;
mod pins;
mod pressing;
mod reopening;
mod reporting;
mod transitions;

use super::pin::Verdict;
use super::*;
use crate::shared::problem::Problem;
use serde_json::{Value, json};

/// Time at which the alerts of these tests are raised.
const START: Timestamp = Timestamp::from_millis(1_769_850_300_000);

/// Time this many seconds after [`START`].
fn at(seconds: i64) -> Timestamp {
    START.plus_millis(seconds * 1_000)
}

fn who(id: &str, name: &str) -> Who {
    Who { id: UserId::trusted(id), name: name.to_owned() }
}

/// The user who raises the alert.
fn owner() -> Who {
    who("7", "Olga")
}

/// The guard who acknowledges it.
fn ana() -> Who {
    who("20", "Ana")
}

/// Another guard.
fn ben() -> Who {
    who("21", "Ben")
}

fn new_alert() -> NewAlert {
    let reported = json!({
        "id": 4711,
        "apartment": {"id": 12, "address": "Tower B, 4th floor"},
        "location": {"lat": 4.711, "lng": -74.0721, "string": "Lobby", "accuracy": 12.2, "source": "gps"},
        "note": "help",
    });
    let reported = Reported::read(reported.as_object().expect("an object").clone());
    reported.accept(AlertId::trusted("fresh"), 6, START).expect("a valid alert")
}

fn settings(steps: &[u32], repeat: u32, stale_after_s: u32) -> AlertSettings {
    let steps = steps.iter().map(|after_s| Step { after_s: *after_s, page: Page::guards() }).collect();
    AlertSettings { escalation: Policy { steps, repeat, stale_after_s }, ..AlertSettings::default() }
}

fn raised_by(settings: &AlertSettings) -> Alert {
    Alert::raise(new_alert(), owner(), settings, START).0
}

/// An alert under the default policy.
fn raised() -> Alert {
    raised_by(&AlertSettings::default())
}

fn because(reason: &str) -> Cause {
    Cause { reason: Some(reason.to_owned()), note: None }
}

fn cancel(verdict: Verdict) -> Act {
    Act::Cancel(because("by mistake"), verdict)
}

fn names(decision: &Decision) -> Vec<&'static str> {
    decision.noted.iter().map(|noted| noted.entry.what.name()).collect()
}

fn fields(problem: &Problem) -> Vec<&str> {
    problem.errors.iter().map(|error| error.field.as_str()).collect()
}
