//! A user's own channel in a simulated world.

use super::{InboxNotice, Object};
use crate::tests::group::{GROUP, START, principal, record};
use crate::tests::histories::seeds;
use campana_core::accounts::principal::Principal;
use campana_core::alerts::AlertId;
use campana_core::alerts::wire::{AlertEvent, AlertNotice};
use campana_core::chat::command::Connect;
use campana_core::chat::own_channel::OwnEvent;
use campana_core::chat::wire::{Event, EventName};
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::shared::limits::Limits;
use campana_runtime::testing::{Faults, Node, TestSocket, World, instance};
use serde::Serialize;
use serde_json::{Value, json};
use std::rc::Rc;

const HISTORIES: u64 = 50;
/// Fewer than a device may send in one burst.
const FRAMES: u64 = 40;

/// JSON of a connection of one of Ana's devices.
fn connect(principal: Principal, client_id: Option<&str>) -> String {
    let connect = Connect {
        conversation_id: None,
        principal,
        limits: Limits::default(),
        client_id: client_id.map(str::to_owned),
        resume: None,
        request_id: None,
    };
    serde_json::to_string(&connect).expect("JSON")
}

fn check(seed: u64) {
    let world = World::new(seed);
    world.advance_to(START);
    world.set_record(Some(record().0));
    let node = world.add("demo/user.ana", instance::<Object>);
    let sockets = [(); 2].map(|()| world.open(node, connect(principal("ana"), None)));
    world.run_for(0);
    let mut expected = sockets.each_ref().map(|socket| {
        let welcome: Value = serde_json::from_str(&socket.received().concat()).expect("JSON");
        assert_eq!(welcome["type"], "welcome");
        Vec::new()
    });
    // The rate is that of the user, on all sockets.
    for _ in 0..FRAMES {
        let at = usize::try_from(world.draw(2)).expect("small");
        let (frame, answer) = match world.draw(3) {
            0 => ("ping".to_owned(), Some("pong")),
            1 => (json!({"type": "pong"}).to_string(), None),
            _ => (json!({"type": "send", "client_msg_id": "m", "body": "b"}).to_string(), Some("error")),
        };
        world.send(node, &sockets[at], &frame);
        expected[at].extend(answer);
        world.run(world.draw(3));
    }
    world.run_for(0);
    for (socket, expected) in sockets.iter().zip(expected) {
        let answer = |text: &String| if text == "pong" { "pong" } else { "error" };
        assert_eq!(socket.received().iter().map(answer).collect::<Vec<_>>(), expected, "seed {seed}");
        assert_eq!(socket.closed(), None);
    }
}

#[test]
fn pipelined_frames_are_answered_in_their_order() {
    seeds(HISTORIES).for_each(check);
}

const OBJECT: &str = "demo/user.ana";

/// Ana's own channel in a world with a record.
fn channel(seed: u64) -> (World, Node) {
    let world = World::new(seed);
    world.advance_to(START);
    world.set_record(Some(record().0));
    let node = world.add(OBJECT, instance::<Object>);
    (world, node)
}

/// Hands a request over to the channel. Whether it was accepted.
fn hand_over(world: &World, path: &str, request: &impl Serialize) -> bool {
    let answer = world.call(OBJECT, path, serde_json::to_vec(request).expect("JSON"));
    world.run_for(0);
    let answer = answer.take().expect("an answer");
    answer.is_ok_and(|answer| answer.status == 204)
}

fn joined() -> Event {
    Event {
        event: EventName::MemberJoined,
        conversation_id: ConversationId::trusted(GROUP),
        seq: None,
        id: Some("ana".to_owned()),
        partial: json!({"user_id": "ana"}),
        origin_client_id: None,
        at: START,
    }
}

/// A message that the tab `looking` does not need, because it has the conversation open.
fn inbox() -> InboxNotice {
    InboxNotice {
        conversation_id: ConversationId::trusted(GROUP),
        last_message: None,
        unread_count: 1,
        mention_count: 0,
        last_seq: 1,
        looking: vec!["looking".to_owned()],
        at: START,
    }
}

fn alert(is_for_guards: bool) -> AlertNotice {
    let (id, partial) = (AlertId::trusted("4711"), json!({}));
    AlertNotice { event: AlertEvent::Updated, id, partial, at: START, is_for_guards }
}

/// What a device got, as the name of the frame or event, and its revision.
fn frames(texts: &[String]) -> Vec<(String, Option<i64>)> {
    let read = |text: &String| {
        let frame: Value = serde_json::from_str(text).expect("JSON");
        let name = frame["event"].as_str().or(frame["type"].as_str()).expect("a name").to_owned();
        (name, frame["rev"].as_i64())
    };
    texts.iter().map(read).collect()
}

#[track_caller]
fn got(socket: &Rc<TestSocket>, expected: &[(&str, i64)]) {
    let expected: Vec<_> = expected.iter().map(|(name, rev)| ((*name).to_owned(), Some(*rev))).collect();
    assert_eq!(frames(&socket.received()), expected);
}

#[test]
fn every_device_gets_the_number_of_every_event() {
    let (world, node) = channel(1);
    let [other, looking] = ["other", "looking"].map(|tab| world.open(node, connect(principal("ana"), Some(tab))));
    let stream = world.stream(node, connect(principal("ana"), None));
    world.run_for(0);
    assert!(hand_over(&world, "inbox", &inbox()));
    world.hibernate(node);
    assert!(hand_over(&world, "event", &joined()));
    assert!(hand_over(&world, "alert", &alert(false)));
    got(&other, &[("welcome", 1), ("inbox.updated", 2), ("member.joined", 3), ("panic-alert.updated", 4)]);
    got(&looking, &[("welcome", 1), ("rev", 2), ("member.joined", 3), ("panic-alert.updated", 4)]);
    // A stream does not survive hibernation in this world.
    let received = stream.received();
    assert!(received.starts_with("event: welcome\ndata: {"), "{received}");
    assert!(received.contains(r#""rev":2"#) && !received.contains("id: "), "{received}");
}

#[test]
fn the_device_that_caused_an_event_gets_its_number_alone() {
    let (world, node) = channel(1);
    let [acting, other, nameless] =
        [Some("tab"), Some("other"), None].map(|client_id| world.open(node, connect(principal("ana"), client_id)));
    world.run_for(0);
    let mut own = OwnEvent {
        tenant: TenantId::trusted("demo"),
        user: UserId::trusted("ana"),
        event: Event { origin_client_id: Some("tab".to_owned()), ..joined() },
        origin_socket: None,
    };
    assert!(hand_over(&world, "own", &own));
    own.event.origin_client_id = None;
    assert!(hand_over(&world, "own", &own));
    got(&acting, &[("welcome", 1), ("rev", 2), ("member.joined", 3)]);
    for device in [other, nameless] {
        got(&device, &[("welcome", 1), ("member.joined", 2), ("member.joined", 3)]);
    }
}

#[test]
fn an_alert_for_guards_has_no_number_and_reaches_no_other_device() {
    let (world, node) = channel(1);
    let guard = Principal { permissions: vec!["view_panic_alerts".to_owned()], ..principal("ana") };
    let [guard, other] = [guard, principal("ana")].map(|principal| world.open(node, connect(principal, None)));
    world.run_for(0);
    assert!(hand_over(&world, "alert", &alert(true)));
    assert!(hand_over(&world, "event", &joined()));
    let numberless = ("panic-alert.updated".to_owned(), None);
    assert_eq!(frames(&guard.received())[1], numberless);
    got(&other, &[("welcome", 1), ("member.joined", 2)]);
}

#[test]
fn a_device_learns_from_its_welcome_that_it_missed_something() {
    let (world, node) = channel(1);
    let [first, second] = [(); 2].map(|()| world.open(node, connect(principal("ana"), None)));
    world.run_for(0);
    world.disconnect(node, &first);
    world.run_for(0);
    let again = world.open(node, connect(principal("ana"), None));
    world.run_for(0);
    got(&again, &[("welcome", 1)]);
    world.disconnect(node, &again);
    assert!(hand_over(&world, "inbox", &inbox()));
    let again = world.open(node, connect(principal("ana"), None));
    world.run_for(0);
    got(&again, &[("welcome", 2)]);
    // Nobody is here: conversations send no notices, so what changes is not counted.
    world.disconnect(node, &again);
    world.disconnect(node, &second);
    world.run_for(0);
    let again = world.open(node, connect(principal("ana"), None));
    world.run_for(0);
    got(&again, &[("welcome", 3)]);
}

#[test]
fn nothing_is_stored_for_a_user_whose_devices_were_never_here() {
    let (world, node) = channel(1);
    assert!(hand_over(&world, "event", &joined()));
    assert!(!world.look(node).has_table("meta").expect("the database is read"));
}

/// A device that stays connected gets consecutive numbers; one that comes back has missed nothing if its number is that
/// of the welcome.
fn numbers(seed: u64) {
    let (world, node) = channel(seed);
    world.set_faults(Faults { killed: 20, panics: 20, ..Faults::default() });
    let (mut accepted, mut delivered, mut last) = (0_u64, 0_u64, None::<i64>);
    for _ in 0..30 {
        let socket = world.open(node, connect(principal("ana"), None));
        let events = world.draw(4);
        for _ in 0..events {
            let answer = world.call(OBJECT, "event", serde_json::to_vec(&joined()).expect("JSON"));
            world.run_for(0);
            let is_accepted = answer.take().is_some_and(|answer| answer.is_ok_and(|answer| answer.status == 204));
            accepted = accepted.saturating_add(u64::from(is_accepted));
        }
        world.run_for(0);
        for (name, rev) in frames(&socket.received()) {
            let rev = rev.expect("a number");
            match (name.as_str(), last) {
                ("welcome", Some(last)) => assert!(rev >= last, "seed {seed}: {rev} after {last}"),
                ("welcome", None) => {}
                (_, last) => {
                    assert_eq!(Some(rev), last.map(|last| last.saturating_add(1)), "seed {seed}");
                    delivered = delivered.saturating_add(1);
                }
            }
            last = Some(rev);
        }
        if world.draw(2) == 0 {
            world.kill(node);
        } else {
            world.disconnect(node, &socket);
        }
        world.run_for(0);
    }
    assert!(delivered > 0 && accepted > 0, "seed {seed}");
}

#[test]
fn numbers_are_consecutive_and_durable_when_the_object_dies() {
    seeds(HISTORIES).for_each(numbers);
}
