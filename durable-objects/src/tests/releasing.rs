//! The desk lets go of alerts of a user who is being erased, but not of an open one.

use super::desk::{Scene, alert_id, principal, tenant};
use campana_core::alerts::command::{AlertAction, DeskCommand};
use campana_core::alerts::pin::NewPins;
use campana_core::chat::erasure::{ReleaseAlerts, ReleasedAlerts};
use campana_core::shared::problem::Problem;

fn release(scene: &Scene) -> ReleasedAlerts {
    let up_to = scene.world.now();
    let asked = ReleaseAlerts { tenant: tenant(), user_id: principal("owner").user_id, up_to, forgets_pins: true };
    let answer = scene.world.call("ALERT_DESK:demo", "release", serde_json::to_vec(&asked).expect("JSON"));
    assert!(scene.world.run_until(10_000, || answer.borrow().is_some()));
    let answer = answer.take().expect("an answer").expect("no fault");
    serde_json::from_slice::<Result<ReleasedAlerts, Problem>>(&answer.body).expect("JSON").expect("it is released")
}

#[test]
fn an_alert_is_released_once_it_has_ended() {
    let scene = Scene::new(1);
    assert_eq!(release(&scene), ReleasedAlerts::default(), "a desk that has nothing");
    let pins = NewPins { cancel_pin: "1234".to_owned(), duress_pin: None };
    scene.ask("owner", DeskCommand::SetPins { pins: Some(pins), current: None }).expect("the PINs are set");
    scene.raise("owner", "a1").expect("the alert is raised");
    scene.raise("other", "b1").expect("the alert is raised");
    assert!(release(&scene).has_more, "it is open");
    let count = |statement| scene.count(statement);
    assert_eq!(count("SELECT count(*) FROM pins"), 1, "the PIN still cancels it");
    let resolve = AlertAction::Resolve { reason: None, note: None };
    scene.ask("guard", DeskCommand::Act { id: alert_id("a1"), action: resolve }).expect("it ends");
    scene.world.run_for(60_000);
    assert_eq!(release(&scene), ReleasedAlerts::default());
    assert_eq!(count("SELECT count(*) FROM alerts"), 1, "that of another user stays");
    assert_eq!(count("SELECT count(*) FROM entries WHERE alert_id = 'a1'"), 0);
    assert_eq!(count("SELECT count(*) FROM pins"), 0);
}
