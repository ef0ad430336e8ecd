//! Dashboards and devices that do not read: they are closed before they fill the memory of the desk or of a user's own
//! channel, and those that read get every alert.

use super::desk::{Scene, principal};
use crate::channel;
use campana_core::alerts::wire::{AlertEvent, AlertNotice};
use campana_core::alerts::{Alert, AlertId, AlertSettings, Language, NewAlert, Viewer, Who};
use campana_core::chat::command::Connect;
use campana_core::shared::backlog::{CONNECTION_BYTES, SPARED_BYTES};
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::ids::UserId;
use campana_core::shared::limits::Limits;
use campana_runtime::testing::{Node, TestSocket, World, instance};
use serde_json::json;
use std::rc::Rc;

const CHANNEL: &str = "CHANNEL:demo/user.guard1";
/// Within the budget of a connection with the frames of this test; two of them are nearly the budget of a person. Unread bytes
/// of a closed connection still count towards that budget, so each check closes one more connection of a person above it.
const NEARLY_FULL: u64 = CONNECTION_BYTES - 100_000;

fn open(world: &World, node: Node, user: &str) -> Rc<TestSocket> {
    let connect = Connect {
        conversation_id: None,
        principal: principal(user),
        limits: Limits::default(),
        client_id: None,
        resume: None,
        request_id: None,
    };
    let socket = world.open(node, serde_json::to_string(&connect).expect("JSON"));
    world.run_for(100);
    assert!(!socket.received().is_empty(), "the welcome arrives");
    socket
}

fn code(socket: &TestSocket) -> Option<u16> {
    socket.closed().map(|(code, _)| code)
}

/// Whether an alert arrived that was raised after the socket's last frames.
fn gets_alerts(socket: &TestSocket) -> bool {
    socket.received().iter().any(|text| text.contains("panic-alert.triggered"))
}

/// [I19] The budgets of a connection, and of a person over all their dashboards.
#[test]
fn dashboards_that_do_not_read_are_closed_and_others_get_the_alert() {
    let not_reading = Some(CloseCode::NotReading.code());
    for (backlogs, closed) in [
        (vec![CONNECTION_BYTES + 1, SPARED_BYTES], vec![not_reading, None]),
        (vec![NEARLY_FULL, NEARLY_FULL, 1_000_000], vec![not_reading; 3]),
        (vec![NEARLY_FULL, NEARLY_FULL], vec![None, None]),
    ] {
        let scene = Scene::new(1);
        let reader = open(&scene.world, scene.desk, "guard-reads");
        let slow: Vec<Rc<TestSocket>> = backlogs.iter().map(|_| open(&scene.world, scene.desk, "guard-slow")).collect();
        for (socket, bytes) in slow.iter().zip(&backlogs) {
            socket.set_buffered(*bytes);
        }
        for number in 0..5 {
            scene.raise(&format!("owner{number}"), &format!("a-{number}")).expect("the alert is raised");
            scene.world.run_for(100);
            assert!(gets_alerts(&reader));
        }
        let codes: Vec<Option<u16>> = slow.iter().map(|socket| code(socket)).collect();
        assert_eq!(codes, closed, "{backlogs:?}");
        assert_eq!(code(&reader), None);
    }
}

fn notice(scene: &Scene, number: u32) -> Vec<u8> {
    let now = scene.world.now();
    let new: NewAlert = serde_json::from_value(json!({
        "id": format!("a-{number}"), "apartment": {}, "location": null, "note": null, "drill": false,
    }))
    .expect("an alert");
    let who = Who { id: UserId::trusted("7"), name: "Olga".to_owned() };
    let (alert, _) = Alert::raise(new, who, &AlertSettings::default(), now);
    let partial = alert.payload(Viewer::Guard, Language::En, now);
    let id = AlertId::trusted(alert.id.as_str());
    let notice = AlertNotice { event: AlertEvent::Triggered, id, partial, at: now, is_for_guards: true };
    serde_json::to_vec(&notice).expect("JSON")
}

/// [I19] The budgets of a device, and of a person over all their devices.
#[test]
fn devices_on_an_own_channel_that_do_not_read_are_closed_and_others_get_the_alert() {
    let not_reading = Some(CloseCode::NotReading.code());
    for (backlogs, closed) in [
        (vec![CONNECTION_BYTES + 1, SPARED_BYTES], vec![not_reading, None]),
        (vec![NEARLY_FULL, NEARLY_FULL, 1_000_000], vec![not_reading; 3]),
        (vec![NEARLY_FULL, NEARLY_FULL], vec![None, None]),
    ] {
        let scene = Scene::new(1);
        let channel = scene.world.add(CHANNEL, instance::<channel::Object>);
        let reader = open(&scene.world, channel, "guard1");
        let slow: Vec<Rc<TestSocket>> = backlogs.iter().map(|_| open(&scene.world, channel, "guard1")).collect();
        for (socket, bytes) in slow.iter().zip(&backlogs) {
            socket.set_buffered(*bytes);
        }
        for number in 0..5 {
            scene.world.call(CHANNEL, "alert", notice(&scene, number));
            scene.world.run_for(100);
            assert!(gets_alerts(&reader));
        }
        let codes: Vec<Option<u16>> = slow.iter().map(|socket| code(socket)).collect();
        assert_eq!(codes, closed, "{backlogs:?}");
        assert_eq!(code(&reader), None);
    }
}

/// [I19] A device that sends frames and reads none of the refusals.
#[test]
fn a_device_that_only_sends_is_closed_at_its_next_frame() {
    let scene = Scene::new(1);
    let channel = scene.world.add(CHANNEL, instance::<channel::Object>);
    for (node, user) in [(channel, "guard1"), (scene.desk, "guard2")] {
        let socket = open(&scene.world, node, user);
        socket.set_buffered(CONNECTION_BYTES + 1);
        scene.world.send(node, &socket, "nonsense");
        scene.world.run_for(10);
        assert_eq!(code(&socket), Some(CloseCode::NotReading.code()));
    }
}
