//! One owner who raises and cancels all the time: what that costs, and that it costs nobody else a page.

use super::desk::{DESK, Keeper, Scene, alert_id, tenant};
use campana_core::accounts::revocation::{Revocation, Subject};
use campana_core::alerts::Status;
use campana_core::alerts::command::{AlertAction, DeskAnswer, DeskCommand, DeskReply};
use campana_core::alerts::notification::{Notification, Notifications};
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Kind;
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
    // Cancellations wait for their turn, so the rounds last 500 s, with 2 entries in 10 s after the first ones.
    assert!(entries.len() < 130, "{} entries are kept for years", entries.len());
    let last = entries.last().map(|entry| entry.what.name());
    assert_eq!(last, Some("cancelled"), "the timeline ends as the alert did");
    let alert = block_on(scene.store.alert(&tenant(), &alert_id("f-0"))).expect("the query runs").expect("the alert");
    assert_eq!((alert.presses, alert.status), (ROUNDS, Status::Cancelled));
    // 2 a second, after the first ones.
    let events = own_channel.bodies.borrow();
    assert!((500..1_100).contains(&events.len()), "{} events for the owner", events.len());
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

#[test]
fn a_press_voids_a_cancellation_that_waits_for_its_turn() {
    let scene = Scene::new(1);
    let status = |answer: DeskAnswer| match answer {
        Ok(DeskReply::Alert { alert, .. }) => alert.status,
        other => panic!("{other:?}"),
    };
    let mut began = scene.world.now();
    for round in 0..11 {
        began = scene.world.now();
        scene.raise("owner", &format!("p-{round}")).expect("a call for help is not refused");
        cancel(&scene, "owner", "p-0");
    }
    assert!(scene.world.now().since(began) >= 200, "the eleventh waited");
    assert_eq!(status(scene.raise("owner", "p-11")), Status::Triggered);
    let action = AlertAction::Cancel { reason: None, pin: None };
    let waiting = scene.begin("owner", DeskCommand::Act { id: alert_id("p-0"), action });
    scene.world.run_for(10);
    let began = scene.world.now();
    assert_eq!(status(scene.raise("owner", "p-12")), Status::Triggered);
    assert_eq!(scene.world.now(), began, "a press does not wait");
    let refusal = scene.answer_of(&waiting).expect_err("the press came after it");
    assert_eq!(refusal.problem.kind, Kind::Conflict);
    assert_eq!(status(scene.raise("owner", "p-12")), Status::Triggered, "the alert is open");
    // Another owner has turns of their own, and requests without end are refused.
    scene.raise("other", "o-0").expect("a call for help is not refused");
    let began = scene.world.now();
    cancel(&scene, "other", "o-0");
    assert_eq!(scene.world.now(), began);
    let action = || AlertAction::Cancel { reason: None, pin: None };
    let many: Vec<_> =
        (0..20).map(|_| scene.begin("owner", DeskCommand::Act { id: alert_id("p-0"), action: action() })).collect();
    let refused = many.iter().filter(|one| {
        let answer = scene.answer_of(one);
        answer
            .is_err_and(|refusal| refusal.problem.kind == Kind::RateLimited && refusal.problem.retry_after_ms.is_some())
    });
    assert!((8..=14).contains(&refused.count()), "some wait, the others are refused");
}

#[test]
fn a_sign_out_refuses_a_cancellation_that_waits_for_its_turn() {
    let scene = Scene::new(1);
    scene.raise("owner", "p-0").expect("a call for help is not refused");
    let cancel = || {
        let action = AlertAction::Cancel { reason: None, pin: None };
        scene.begin("owner", DeskCommand::Act { id: alert_id("p-0"), action })
    };
    let sent: Vec<_> = (0..12).map(|_| cancel()).collect();
    scene.world.run_for(10);
    let before = scene.world.now();
    let subject = Subject::User(UserId::trusted("owner"));
    let revocation = Revocation { subject, before, version: 1, effective_at: before };
    scene.world.call(DESK, "revoked", serde_json::to_vec(&[revocation]).expect("JSON"));
    let answers: Vec<DeskAnswer> = sent.iter().map(|one| scene.answer_of(one)).collect();
    let refused: Vec<Kind> = answers.into_iter().filter_map(Result::err).map(|refusal| refusal.problem.kind).collect();
    assert_eq!(refused, [Kind::Unauthenticated; 2], "those that waited");
}
