//! Tests of PINs.

use crate::testing::World;
use campana_core::alerts::command::{DeskCommand, DeskReply};
use campana_core::alerts::pin::NewPins;
use campana_core::shared::problem::{Kind, Problem};
use serde_json::{Value, json};

const PATH: &str = "/api/me/alert-pins";

#[test]
fn pins_are_sent_to_the_desk() {
    let world = World::new();
    let body = json!({"cancel_pin": "1234", "duress_pin": "4321", "current_pin": "9999"});
    assert_eq!(world.put(PATH, body).by("7").status(200), json!({"are_set": true}));
    let pins = NewPins { cancel_pin: "1234".to_owned(), duress_pin: Some("4321".to_owned()) };
    let current = Some("9999".to_owned());
    assert_eq!(world.asked(), DeskCommand::SetPins { pins: Some(pins), current: current.clone() });
    world.delete(PATH).json(&json!({"current_pin": "9999"})).by("7").status(204);
    assert_eq!(world.asked(), DeskCommand::SetPins { pins: None, current });
    world.delete(PATH).by("7").status(204);
    assert_eq!(world.asked(), DeskCommand::SetPins { pins: None, current: None });
    for are_set in [true, false] {
        world.desks.will_answer(Ok(DeskReply::Pins { are_set }));
        assert_eq!(world.get(PATH).by("7").status(200), json!({"are_set": are_set}));
    }
    assert_eq!(world.asked(), DeskCommand::HasPins);
}

#[track_caller]
fn names_the_field(body: Value, field: &str) {
    let world = World::new();
    let refusal = world.put(PATH, body).by("7").refused(422, "invalid");
    assert_eq!(refusal["errors"][0]["field"], field, "{refusal}");
    assert!(world.desks.requests().is_empty());
}

#[test]
fn invalid_pins_are_refused() {
    names_the_field(json!({}), "cancel_pin");
    names_the_field(json!({"cancel_pin": "12a4"}), "cancel_pin");
    names_the_field(json!({"cancel_pin": "1234", "duress_pin": "1234"}), "duress_pin");
    names_the_field(json!({"cancel_pin": "1234", "duress_pin": "123"}), "duress_pin");
    names_the_field(json!({"cancel_pin": "1234", "current_pin": "1".repeat(65)}), "current_pin");
    names_the_field(json!({"cancel_pin": "1234", "surprise": 1}), "surprise");
}

#[test]
fn refusals_of_the_desk_are_passed_on() {
    let world = World::new();
    let wrong = || Problem::new(Kind::Forbidden, "the PIN is wrong");
    world.desks.will_answer(Err(wrong().into()));
    world.put(PATH, json!({"cancel_pin": "1234"})).by("7").refused(403, "forbidden");
    world.desks.will_answer(Err(wrong().into()));
    world.delete(PATH).by("7").refused(403, "forbidden");
    world.desks.will_answer(Err(Problem::unavailable("the desk did not answer").into()));
    world.get(PATH).by("7").refused(503, "unavailable");
    for call in [world.get(PATH), world.put(PATH, json!({"cancel_pin": "1234"})), world.delete(PATH)] {
        call.refused(401, "unauthenticated");
    }
}

#[test]
fn no_log_line_contains_a_pin() {
    let world = World::new();
    world.desks.will_answer(Err(Problem::unavailable("the desk did not answer").into()));
    world.put(PATH, json!({"cancel_pin": "73519"})).by("7").refused(503, "unavailable");
    world.put(PATH, json!({"cancel_pin": "73519", "duress_pin": "73519"})).by("7").refused(422, "invalid");
    assert!(!world.log.everything().is_empty());
    assert!(world.log.everything().iter().all(|line| !line.to_string().contains("73519")));
}
