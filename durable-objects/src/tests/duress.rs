//! Two desks with the same history, except that one owner cancels with the right PIN where the other gives the duress
//! PIN: everything that the owner observes is compared, times included.

use super::desk::{Keeper, Scene, alert_id, tenant};
use campana_core::alerts::command::{AlertAction, DeskAnswer, DeskCommand, DeskReply};
use campana_core::alerts::pin::NewPins;
use campana_core::alerts::wire::AlertNotice;
use campana_core::alerts::{Alert, Entry, Language, Location, Spot, Status, Viewer};
use campana_core::shared::ids::UserId;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::testing::World;
use campana_storage::AlertFilter;
use pollster::block_on;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const OWNER: &str = "owner";
const GUARD: &str = "guard";
const HISTORIES: u64 = 24;
const STEPS: u32 = 40;

/// A PIN, by what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pin {
    /// The right one in one history, the duress PIN in the other.
    Either,
    Right,
    Duress,
    Wrong,
    None,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Raise,
    /// Raises again under an earlier id.
    Repeat(u32),
    Cancel(u32, Pin),
    Locate(u32),
    SetPins(Pin),
    RemovePins(Pin),
    Guard(u32),
    Wait(i64),
}

/// One of the two histories.
struct History {
    scene: Scene,
    channel: Keeper,
    is_duress: bool,
    ids: Vec<String>,
    /// Number of changes of the PINs: each sets others.
    pins: u32,
    are_pins_set: bool,
}

fn pins_of(change: u32) -> NewPins {
    NewPins { cancel_pin: format!("1{change:04}"), duress_pin: Some(format!("2{change:04}")) }
}

fn as_owner(alert: &Alert, now: Timestamp) -> Value {
    alert.payload(Viewer::Owner, Language::En, now)
}

impl History {
    fn new(is_duress: bool) -> Self {
        let (scene, channel) = (Scene::new(1), Keeper::default());
        scene.add_keeper("CHANNEL:demo/user.owner", &channel);
        let history = Self { scene, channel, is_duress, ids: Vec::new(), pins: 0, are_pins_set: true };
        let command = DeskCommand::SetPins { pins: Some(pins_of(0)), current: None };
        assert!(history.scene.ask(OWNER, command).is_ok());
        history
    }

    /// The open alerts.
    fn open_alerts(&self) -> Vec<Alert> {
        self.settle();
        block_on(self.scene.store.active_alerts(&tenant())).expect("the query runs")
    }

    /// Has the desk flush to D1, as every reader of alerts does.
    fn settle(&self) {
        self.scene.ask(OWNER, DeskCommand::Settle).expect("the desk answers");
    }

    fn pin(&self, pin: Pin) -> Option<String> {
        let NewPins { cancel_pin, duress_pin } = pins_of(self.pins);
        match pin {
            Pin::Either if self.is_duress => duress_pin,
            Pin::Either | Pin::Right => Some(cancel_pin),
            Pin::Duress => duress_pin,
            Pin::Wrong => Some("999999".to_owned()),
            Pin::None => None,
        }
    }

    /// One of the ids that the owner used, newest first.
    fn id(&self, back: u32) -> String {
        let at = usize::try_from(back).expect("small").min(self.ids.len().saturating_sub(1));
        self.ids.iter().rev().nth(at).cloned().unwrap_or_else(|| "none".to_owned())
    }

    /// The answer as the owner gets it.
    fn observed(&self, answer: DeskAnswer) -> Value {
        let now = self.scene.world.now();
        match answer {
            Ok(DeskReply::Alert { alert, is_new }) => json!({"alert": as_owner(&alert, now), "is_new": is_new}),
            Ok(other) => json!(other),
            Err(refusal) => json!({
                "problem": refusal.problem.to_document(),
                "alert": refusal.alert.map(|alert| as_owner(&alert, now)),
            }),
        }
    }

    fn play(&mut self, step: Step) -> Value {
        let command = match step {
            Step::Raise => {
                let id = format!("press-{}", self.ids.len());
                self.ids.push(id.clone());
                return self.observed(self.scene.raise(OWNER, &id));
            }
            Step::Repeat(back) => return self.observed(self.scene.raise(OWNER, &self.id(back))),
            Step::Cancel(back, pin) => {
                let action = AlertAction::Cancel { reason: Some("slip".to_owned()), pin: self.pin(pin) };
                DeskCommand::Act { id: alert_id(&self.id(back)), action }
            }
            Step::Locate(back) => {
                DeskCommand::Locate { id: alert_id(&self.id(back)), location: place(self.scene.world.now()) }
            }
            Step::SetPins(pin) => {
                let current = self.pin(pin).filter(|_| self.are_pins_set);
                let next = self.pins.saturating_add(1);
                let command = DeskCommand::SetPins { pins: Some(pins_of(next)), current };
                let answer = self.scene.ask(OWNER, command);
                if answer.is_ok() {
                    (self.pins, self.are_pins_set) = (next, true);
                }
                return self.observed(answer);
            }
            Step::RemovePins(pin) => {
                let answer = self.scene.ask(OWNER, DeskCommand::SetPins { pins: None, current: self.pin(pin) });
                self.are_pins_set &= answer.is_err();
                return self.observed(answer);
            }
            Step::Guard(what) => {
                self.guard(what);
                return Value::Null;
            }
            Step::Wait(millis) => {
                self.scene.world.run_for(millis);
                return Value::Null;
            }
        };
        self.observed(self.scene.ask(OWNER, command))
    }

    /// The guard acts on the owner's alert, if there is an open one.
    fn guard(&self, what: u32) {
        let open = self.open_alerts();
        let Some(alert) = open.first() else { return };
        let action = match what {
            0 | 1 => AlertAction::Acknowledge,
            2 => AlertAction::Respond,
            3 => AlertAction::Resolve { reason: Some("seen".to_owned()), note: None },
            _ => AlertAction::FalseAlarm { reason: "a cat".to_owned(), note: None },
        };
        self.scene.ask(GUARD, DeskCommand::Act { id: alert.id.clone(), action }).expect("there is one guard");
    }

    /// Everything that the owner can look at.
    fn screen(&self) -> Value {
        self.settle();
        let (store, tenant, now) = (&self.scene.store, tenant(), self.scene.world.now());
        let owner = UserId::trusted(OWNER);
        let filter = AlertFilter { user_id: Some(owner), ..AlertFilter::default() };
        let alerts = block_on(store.list_alerts(&tenant, &filter, None, 1_000)).expect("the query runs");
        let views = block_on(store.list_views(&tenant, &filter, None, 1_000)).expect("the query runs");
        let timeline = |entries: Vec<Entry>| -> Value { json!(entries) };
        let mut shown: Vec<(Timestamp, Value)> = Vec::new();
        for alert in alerts.iter().filter(|alert| !alert.is_apart) {
            let entries =
                block_on(store.alert_entries(&tenant, &alert.id, 0, u32::MAX, 1_000)).expect("the query runs");
            shown.push((alert.created_at, json!([as_owner(alert, now), timeline(entries)])));
        }
        for view in &views {
            let entries = block_on(store.view_entries(&tenant, view, 0, u32::MAX, 1_000)).expect("the query runs");
            shown.push((view.alert.created_at, json!([as_owner(&view.alert, now), timeline(entries)])));
        }
        shown.sort_by_key(|(at, _)| *at);
        let of_desk: Vec<Value> = self
            .ids
            .iter()
            .map(|id| self.observed(self.scene.ask(OWNER, DeskCommand::View { id: alert_id(id) })))
            .collect();
        let are_set = self.observed(self.scene.ask(OWNER, DeskCommand::HasPins));
        let notices: Vec<AlertNotice> =
            self.channel.bodies.borrow().iter().map(|body| serde_json::from_slice(body).expect("a notice")).collect();
        json!({"record": shown, "desk": of_desk, "pins": are_set, "notices": notices})
    }
}

fn place(at: Timestamp) -> Location {
    let spot = Spot { lat: Some(4.7), lng: Some(-74.0), at: Some(at), ..Spot::default() };
    spot.locate(6, at).expect("a location")
}

/// Draws the steps of a history.
fn steps(seed: u64) -> Vec<Step> {
    let source = World::new(seed);
    let draw = |below: u32| u32::try_from(source.draw(below.into())).expect("below a small number");
    let mut steps = vec![Step::Raise, Step::Wait(3_000)];
    for _ in 0..STEPS {
        let back = draw(3);
        steps.push(match draw(20) {
            0..=4 => Step::Raise,
            5 => Step::Repeat(back),
            6..=9 => Step::Cancel(0, Pin::Either),
            10 => Step::Cancel(back, Pin::Either),
            11 => Step::Cancel(0, [Pin::Right, Pin::Duress, Pin::Wrong, Pin::None][draw(4) as usize]),
            12 | 13 => Step::Locate(back),
            14 => Step::SetPins([Pin::Either, Pin::Either, Pin::Wrong, Pin::None][draw(4) as usize]),
            15 => Step::RemovePins(if draw(2) == 0 { Pin::Either } else { Pin::Wrong }),
            16..=18 => Step::Guard(draw(6)),
            _ => Step::Wait(61_000),
        });
        // The trail takes a location every 2 s; presses within 1 s count once.
        steps.push(Step::Wait([400, 1_200, 2_500, 7_000, 20_000][draw(5) as usize]));
    }
    steps
}

/// [I15] An owner under duress observes what an owner observes who cancelled.
#[test]
fn whatever_happens_an_owner_under_duress_observes_a_cancelled_alert() {
    let mut kinds = BTreeSet::new();
    for seed in 0..HISTORIES {
        let (mut real, mut duress) = (History::new(false), History::new(true));
        for step in steps(seed) {
            let (one, other) = (real.play(step), duress.play(step));
            assert_eq!(other, one, "the answer to {step:?}, seed {seed}");
            assert_eq!(duress.screen(), real.screen(), "after {step:?}, seed {seed}");
        }
        assert!(!duress.screen().to_string().contains("duress"));
        let alerts = |history: &History| history.scene.count("SELECT COUNT(*) FROM alerts");
        kinds.insert((alerts(&real).cmp(&alerts(&duress)), duress.scene.count("SELECT COUNT(*) FROM views") > 1));
    }
    assert!(kinds.len() > 1, "in some histories guards see fewer alerts than the owner");
}

#[test]
fn guards_see_one_alert_with_one_more_press_and_a_new_one_once_it_is_over() {
    let mut history = History::new(true);
    history.play(Step::Raise);
    history.play(Step::Cancel(0, Pin::Either));
    history.play(Step::Wait(61_000));
    assert_eq!(history.play(Step::Raise)["is_new"], true);
    let alerts = history.open_alerts();
    assert_eq!(alerts.len(), 1);
    assert_eq!((alerts[0].id.as_str(), alerts[0].presses, alerts[0].duress_at.is_some()), ("press-0", 2, true));
    let seen = alerts[0].payload(Viewer::Guard, Language::En, history.scene.world.now());
    assert_eq!(seen["duress"], true);
    // The owner cancels with the duress PIN again, a guard ends the alert, and the owner presses within the window.
    let mut history = History::new(true);
    history.play(Step::Raise);
    history.play(Step::Cancel(0, Pin::Either));
    history.guard(3);
    let answer = history.play(Step::Raise);
    assert_eq!((&answer["is_new"], &answer["alert"]["id"]), (&json!(false), &json!("press-0")));
    let alerts = history.open_alerts();
    assert_eq!((alerts.len(), alerts[0].status), (1, Status::Triggered));
    assert!(!alerts[0].id.as_str().starts_with("press"), "an id that the owner never learns");
    // The right PIN ends it for everybody.
    history.play(Step::Cancel(1, Pin::Right));
    assert_eq!(history.open_alerts(), []);
}

#[test]
fn pins_that_were_set_with_the_duress_pin_only_pretend_to_cancel_until_a_guard_has_ended_an_alert() {
    let mut history = History::new(true);
    history.play(Step::SetPins(Pin::Either));
    for (step, still_open) in [(Step::Guard(3), true), (Step::Wait(0), false)] {
        history.play(Step::Wait(61_000));
        history.play(Step::Raise);
        let answer = history.play(Step::Cancel(0, Pin::Right));
        assert_eq!(answer["alert"]["status"], "cancelled");
        assert_eq!(!history.open_alerts().is_empty(), still_open);
        history.play(step);
    }
}
