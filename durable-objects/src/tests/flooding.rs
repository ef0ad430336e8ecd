//! One owner who raises and cancels all the time: what that costs, and that it costs nobody else a page.

use super::desk::{Keeper, Scene, alert_id, tenant};
use campana_core::alerts::Status;
use campana_core::alerts::command::{AlertAction, DeskCommand, DeskReply};
use campana_core::alerts::notification::{Notification, Notifications};
use pollster::block_on;
use serde_json::Value;
use std::collections::BTreeSet;

const ROUNDS: u32 = 2_000;
/// Rounds between two alerts of the other owner.
const EVERY: u32 = 20;

fn cancel(scene: &Scene, user: &str, id: &str) {
    let action = AlertAction::Cancel { reason: None, pin: None };
    let answer = scene.ask(user, DeskCommand::Act { id: alert_id(id), action });
    assert!(matches!(answer, Ok(DeskReply::Alert { alert, .. }) if alert.status == Status::Cancelled));
}

fn handed_over(scene: &Scene) -> Vec<Notification> {
    let bodies = scene.pager.bodies.borrow();
    let batches = bodies.iter().map(|body| serde_json::from_slice::<Notifications>(body).expect("a hand-over"));
    batches.flat_map(|batch| batch.notifications).map(|(_, notification)| notification).collect()
}

/// Runs the rounds. Returns the ids of the other owner's alerts.
fn flood(scene: &Scene) -> BTreeSet<String> {
    let mut others = BTreeSet::new();
    for round in 0..ROUNDS {
        let answer = scene.raise("flooder", &format!("f-{round}")).expect("a call for help is not refused");
        let DeskReply::Alert { alert, is_new } = answer else { panic!("an alert") };
        assert_eq!((alert.id.as_str(), alert.status, is_new), ("f-0", Status::Triggered, round == 0));
        scene.world.run_for(30);
        if round % EVERY == 0 {
            let (user, id) = (format!("other{round}"), format!("o-{round}"));
            let answer = scene.raise(&user, &id).expect("a call for help is not refused");
            assert!(matches!(answer, DeskReply::Alert { is_new: true, .. }));
            others.insert(id);
        }
        cancel(scene, "flooder", "f-0");
        scene.world.run_for(30);
    }
    others
}

fn check(is_down: bool) {
    let (scene, own_channel) = (Scene::new(1), Keeper::default());
    scene.add_keeper("CHANNEL:demo/user.flooder", &own_channel);
    scene.pager.is_down.set(is_down);
    let others = flood(&scene);
    if is_down {
        let rows = scene.count("SELECT COUNT(*) FROM errands WHERE owner = 'flooder'");
        assert!(rows <= 101, "the flooder has {rows} rows in the outbox");
        scene.pager.is_down.set(false);
    }
    scene.world.run_for(60_000);
    let received = handed_over(&scene);
    let paged = received.iter().filter(|one| one.page.is_some());
    let paged: BTreeSet<String> = paged.map(|one| one.alert.id.to_string()).collect();
    assert!(paged.is_superset(&others), "a page of another owner was lost");
    assert!(paged.contains("f-0"), "the flooder is paged for too");
    let entries = block_on(scene.store.alert_entries(&tenant(), &alert_id("f-0"), 0, u32::MAX, 10_000));
    let entries = entries.expect("the query runs");
    // A minute of rounds takes 2 entries in 10 s, after the first ones.
    assert!(entries.len() < 80, "{} entries are kept for years", entries.len());
    let last = entries.last().map(|entry| entry.what.name());
    assert_eq!(last, Some("cancelled"), "the timeline ends as the alert did");
    let alert = block_on(scene.store.alert(&tenant(), &alert_id("f-0"))).expect("the query runs").expect("the alert");
    assert_eq!((alert.presses, alert.status), (ROUNDS, Status::Cancelled));
    // Two minutes of rounds: 2 a second, after the first ones.
    let events = own_channel.bodies.borrow();
    assert!((100..320).contains(&events.len()), "{} events for the owner", events.len());
    let last: Value = serde_json::from_slice(events.last().expect("an event")).expect("JSON");
    assert_eq!(last["partial"]["status"], "cancelled", "the last one has the state at the end: {last}");
}

#[test]
fn rounds_of_one_owner_cost_no_other_owner_a_page() {
    check(false);
}

#[test]
fn in_an_outage_of_the_pager_rounds_of_one_owner_crowd_out_no_page() {
    check(true);
}
