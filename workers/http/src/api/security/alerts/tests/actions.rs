//! Tests of actions on an alert.

use super::{PATH, at, ended, guard, guard_called, other_guard, raised, shown, under_duress, who};
use crate::testing::{Token, World};
use campana_core::alerts::command::{AlertAction, DeskCommand, DeskRefusal, DeskReply};
use campana_core::alerts::wire::Receipt;
use campana_core::alerts::{Alert, Status};
use campana_core::shared::problem::{Kind, Problem};
use serde_json::{Value, json};

#[track_caller]
fn check(act: &str, body: Value, expected: &AlertAction) {
    let world = World::new();
    world.desks.will_answer(Ok(shown(raised("a-1"), false)));
    let document = world.post(&format!("{PATH}/a-1/{act}"), body).with(&guard()).status(200);
    assert_eq!((&document["id"], &document["duress"]), (&json!("a-1"), &json!(false)), "a guard sees every field");
    match world.asked() {
        DeskCommand::Act { id, action } => assert_eq!((id.as_str(), &action), ("a-1", expected)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_action_is_sent_to_the_desk() {
    let some = |text: &str| Some(text.to_owned());
    check("acknowledge", json!({}), &AlertAction::Acknowledge);
    check("respond", json!({}), &AlertAction::Respond);
    check("resolve", json!({}), &AlertAction::Resolve { reason: None, note: None });
    let document = json!({"reason": " all well ", "note": "by the door"});
    check("resolve", document, &AlertAction::Resolve { reason: some("all well"), note: some("by the door") });
    let cat = AlertAction::FalseAlarm { reason: "a cat".to_owned(), note: None };
    check("false-alarm", json!({"reason": "a cat", "note": " "}), &cat);
    check("cancel", json!({}), &AlertAction::Cancel { reason: None, pin: None });
    check(
        "cancel",
        json!({"reason": "slip", "pin": "1234"}),
        &AlertAction::Cancel { reason: some("slip"), pin: some("1234") },
    );
}

#[test]
fn optional_bodies_may_be_absent() {
    let world = World::new();
    for act in ["acknowledge", "respond", "resolve", "cancel"] {
        world.desks.will_answer(Ok(shown(raised("a-1"), false)));
        world.call("POST", &format!("{PATH}/a-1/{act}")).with(&guard()).status(200);
    }
}

#[test]
fn locations_and_receipts_are_sent_to_the_desk() {
    let world = World::new();
    world.desks.will_answer(Ok(shown(raised("a-1"), false)));
    let document = world.post(&format!("{PATH}/a-1/location"), json!({"lat": 1, "lng": 2})).by("7").status(200);
    assert_eq!(document["id"], "a-1");
    match world.asked() {
        DeskCommand::Locate { id, location } => {
            assert_eq!((id.as_str(), location.lat.degrees(), location.at), ("a-1", 1.0, at(0)));
        }
        other => panic!("{other:?}"),
    }
    world.post(&format!("{PATH}/a-1/receipts"), json!({"state": "seen"})).with(&guard()).status(204);
    match world.asked() {
        DeskCommand::Receipts { ids, state } => assert_eq!((ids[0].as_str(), state), ("a-1", Receipt::Seen)),
        other => panic!("{other:?}"),
    }
    world.desks.will_answer(Ok(DeskReply::InRecord));
    world.post(&format!("{PATH}/a-1/receipts"), json!({"state": "delivered"})).with(&guard()).status(204);
}

#[track_caller]
fn names_the_field(act: &str, body: Value, field: &str) {
    let world = World::new();
    let refusal = world.post(&format!("{PATH}/a-1/{act}"), body).with(&guard()).refused(422, "invalid");
    assert_eq!(refusal["errors"][0]["field"], field, "{refusal}");
    assert!(world.desks.requests().is_empty());
}

#[test]
fn a_refusal_names_the_field() {
    names_the_field("acknowledge", json!({"surprise": 1}), "surprise");
    names_the_field("respond", json!({"reason": "x"}), "reason");
    names_the_field("resolve", json!({"reason": "x".repeat(501)}), "reason");
    names_the_field("resolve", json!({"note": "x".repeat(1_001)}), "note");
    names_the_field("false-alarm", json!({}), "reason");
    names_the_field("false-alarm", json!({"reason": "  "}), "reason");
    names_the_field("cancel", json!({"pin": 1234}), "pin");
    names_the_field("cancel", json!({"pin": "1".repeat(65)}), "pin");
    names_the_field("location", json!({"lat": 91, "lng": 2}), "location.lat");
    names_the_field("location", json!({"lat": 1}), "location.lng");
    names_the_field("location", json!({"lat": "1", "lng": 2}), "lat");
    names_the_field("receipts", json!({"state": "eaten"}), "state");
}

#[test]
fn a_conflict_contains_the_current_alert() {
    let world = World::new();
    let taken = Alert { status: Status::Acknowledged, acknowledged_by: Some(who("h")), ..raised("a-1") };
    let problem = Problem::new(Kind::Conflict, "somebody else has taken the alert");
    world.desks.will_answer(Err(DeskRefusal { problem, alert: Some(Box::new(taken)) }));
    let refusal = world.post(&format!("{PATH}/a-1/acknowledge"), json!({})).with(&guard()).refused(409, "conflict");
    assert_eq!(refusal["alert"]["acknowledged_by"], json!({"id": "h", "name": "Person h"}));
    assert_eq!(refusal["alert"]["duress"], false);
    let gone = Problem::not_found();
    world.desks.will_answer(Err(gone.into()));
    let refusal = world.post(&format!("{PATH}/a-1/acknowledge"), json!({})).by("8").refused(404, "not-found");
    assert_eq!(refusal.get("alert"), None);
}

#[test]
fn the_owner_gets_the_owners_view() {
    let world = World::new();
    let secret = under_duress(raised("a-1"), 3);
    world.desks.will_answer(Ok(shown(secret.clone(), false)));
    let document = world.post(&format!("{PATH}/a-1/cancel"), json!({"pin": "4321"})).by("7").status(200);
    assert_eq!((&document["status"], document.get("duress")), (&json!("cancelled"), None));
    let problem = Problem::new(Kind::Conflict, "the alert is over");
    world.desks.will_answer(Err(DeskRefusal { problem, alert: Some(Box::new(secret)) }));
    let path = format!("{PATH}/a-1/acknowledge");
    let refusal = world.post(&path, json!({})).with(&guard_called("7")).refused(409, "conflict");
    assert_eq!((&refusal["alert"]["status"], refusal["alert"].get("duress")), (&json!("cancelled"), None));
}

#[test]
fn late_actions_get_the_closed_alert_from_d1() {
    let world = World::new();
    world.recorded(&[ended(raised("a-1"), Status::Resolved, "g", 9), ended(raised("a-2"), Status::Cancelled, "7", 9)]);
    let act = |id: &str, act: &str, body: Value, token: &Token| {
        world.desks.will_answer(Ok(DeskReply::InRecord));
        world.post(&format!("{PATH}/{id}/{act}"), body).with(token).send()
    };
    let cat = || json!({"reason": "a cat"});
    for (id, does, body, token, status) in [
        ("a-1", "resolve", json!({}), guard(), 200),
        ("a-1", "resolve", json!({}), guard_called("h"), 409),
        ("a-1", "acknowledge", json!({}), guard(), 409),
        ("a-1", "respond", json!({}), guard(), 409),
        ("a-1", "false-alarm", cat(), guard(), 409),
        ("a-1", "cancel", json!({}), Token::of("7"), 409),
        ("a-1", "cancel", json!({}), guard(), 403),
        ("a-1", "resolve", json!({}), Token::of("7"), 403),
        ("a-1", "location", json!({"lat": 1, "lng": 2}), Token::of("7"), 404),
        ("a-1", "resolve", json!({}), Token::of("8"), 404),
        ("a-1", "resolve", json!({}), other_guard(), 404),
        ("a-2", "cancel", json!({}), Token::of("7"), 200),
        ("a-3", "cancel", json!({}), Token::of("7"), 404),
    ] {
        let reply = act(id, does, body, &token);
        assert_eq!(reply.status.as_u16(), status, "{does} {id}: {}", reply.body);
    }
    let conflict = act("a-1", "acknowledge", json!({}), &guard());
    assert_eq!(conflict.body["alert"]["status"], "resolved");
}

#[test]
fn an_open_alert_missing_at_the_desk_is_a_503() {
    let world = World::new();
    world.recorded(&[raised("a-1")]);
    world.desks.will_answer(Ok(DeskReply::InRecord));
    world.post(&format!("{PATH}/a-1/acknowledge"), json!({})).with(&guard()).refused(503, "unavailable");
}

#[test]
fn a_withdrawal_by_an_administrator_is_audited() {
    let world = World::new();
    let withdraw = || world.delete("/api/security/guards/g");
    withdraw().by("7").refused(403, "forbidden");
    withdraw().with(&guard()).refused(403, "forbidden");
    assert!(world.desks.requests().is_empty());
    withdraw().with(&Token::admin()).status(204);
    assert_eq!(world.asked(), DeskCommand::Withdraw { user: campana_core::shared::ids::UserId::trusted("g") });
    world.desks.will_answer(Err(Problem::unavailable("the desk did not answer").into()));
    withdraw().with(&Token::admin()).refused(503, "unavailable");
    let audits = world.get("/api/admin/audits").with(&Token::admin()).status(200);
    assert_eq!(audits["data"].as_array().map(Vec::len), Some(1), "a failed withdrawal has no audit entry");
    let entry = &audits["data"][0];
    let document = [&entry["action"], &entry["actor_id"], &entry["target_type"], &entry["target_id"]];
    assert_eq!(document, [&json!("guard.withdrawn"), &json!("1"), &json!("user"), &json!("g")]);
    world.delete("/api/security/guards/a%2Fb").with(&Token::admin()).refused(404, "not-found");
}
