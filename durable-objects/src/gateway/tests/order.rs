//! Order of the frames of one socket while a target is slow.

use super::scene::{Client, Scene, ScriptedTarget};
use campana_core::pusher::code::Code;
use campana_core::pusher::link::{Delivered, Target, Terminate};
use campana_core::shared::ids::UserId;
use campana_runtime::testing::World;
use serde_json::json;

const SLOW: &str = "private-slow";

/// Runs a test for several orders in which the world runs tasks.
fn check(run: impl Fn(&Client<'_>, &ScriptedTarget)) {
    for seed in 1..20 {
        let scene = Scene::of(World::new(seed));
        let target = scene.channel(SLOW);
        target.slow_down();
        run(&scene.open(), &target);
    }
}

#[test]
fn frames_about_a_channel_wait_for_its_answer_and_keep_their_order() {
    check(|client, slow| {
        client.subscribe(SLOW, Some("ana"));
        client.publish(SLOW, "client-1");
        client.publish(SLOW, "client-2");
        client.unsubscribe(SLOW);
        client.subscribe(SLOW, Some("ana"));
        client.publish(SLOW, "client-3");
        client.scene.pass(0);
        assert_eq!((slow.calls(), client.events()), (vec!["subscribe".to_owned()], Vec::new()));
        slow.answer();
        assert_eq!(slow.calls(), ["client-1", "client-2", "unsubscribe", "subscribe", "client-3"]);
        let succeeded = format!("subscription_succeeded {SLOW}");
        assert_eq!(client.events(), [succeeded.clone(), succeeded]);
    });
}

#[test]
fn other_channels_of_the_socket_do_not_wait() {
    check(|client, slow| {
        let other = client.scene.channel("private-other");
        client.subscribe(SLOW, Some("ana"));
        client.publish(SLOW, "client-1");
        client.subscribe("private-other", Some("ana"));
        client.publish("private-other", "client-2");
        client.send(&json!({"event": "pusher:ping", "data": {"a": 1}}));
        client.scene.pass(0);
        assert_eq!(
            (slow.calls(), other.calls()),
            (vec!["subscribe".to_owned()], vec!["subscribe".to_owned(), "client-2".to_owned()])
        );
        let mut events = client.events();
        events.sort();
        assert_eq!(events, ["pong", "subscription_succeeded private-other"]);
        slow.answer();
        assert_eq!(slow.calls(), ["client-1"]);
    });
}

#[test]
fn the_last_frame_decides_whether_the_socket_listens() {
    check(|client, slow| {
        client.subscribe(SLOW, Some("ana"));
        client.unsubscribe(SLOW);
        client.subscribe(SLOW, Some("ana"));
        client.unsubscribe(SLOW);
        client.scene.pass(0);
        slow.answer();
        assert_eq!(client.events(), [""; 0], "both ended before their answer");
        let calls = slow.calls();
        assert_eq!(calls.iter().filter(|call| *call == "subscribe").count() * 2, calls.len(), "{calls:?}");
        assert_eq!(client.attached()["s"], json!(null));
        client.listen(SLOW, Some("ana"));
    });
}

#[test]
fn a_second_subscription_is_refused_while_the_first_waits() {
    check(|client, slow| {
        client.subscribe(SLOW, Some("ana"));
        client.subscribe(SLOW, Some("ana"));
        client.scene.pass(0);
        assert_eq!(client.events(), [format!("error Existing subscription to channel {SLOW}")]);
        slow.answer();
        assert_eq!(client.events(), [format!("subscription_succeeded {SLOW}")]);
    });
}

#[test]
fn frames_before_a_close_are_handled_also_if_they_wait() {
    check(|client, slow| {
        client.subscribe(SLOW, Some("ana"));
        for event in 0..5 {
            client.publish(SLOW, &format!("client-{event}"));
        }
        client.disconnect();
        client.scene.pass(0);
        slow.answer();
        let expected = ["subscribe", "client-0", "client-1", "client-2", "client-3", "client-4", "unsubscribe"];
        assert_eq!(slow.calls(), expected);
    });
}

#[test]
fn a_flood_is_handled_in_order_before_its_socket_closes() {
    check(|client, slow| {
        slow.answer();
        client.listen(SLOW, Some("ana"));
        slow.calls();
        for _ in 0..30 {
            client.send(&json!({"event": "pusher:ping", "data": {"a": 1}}));
        }
        for event in 0..5 {
            client.publish(SLOW, &format!("client-{event}"));
        }
        client.disconnect();
        client.scene.pass(0);
        assert_eq!(slow.calls(), ["client-0", "client-1", "client-2", "client-3", "client-4", "unsubscribe"]);
    });
}

/// [I4] Nothing of a closed socket is handled.
#[test]
fn frames_that_wait_are_dropped_with_a_terminated_socket() {
    check(|client, slow| {
        client.subscribe(SLOW, Some("ana"));
        client.publish(SLOW, "client-1");
        client.sign_in("ana");
        let person = client.scene.target(Target::Person(UserId::trusted("ana")));
        client.scene.pass(0);
        assert_eq!(
            (person.calls(), client.events()),
            (vec!["subscribe".to_owned()], vec!["signin_success".to_owned()])
        );
        client.scene.post::<Delivered>("terminate", &Terminate { user: UserId::trusted("ana") });
        assert_eq!(client.closed(), Some(Code::Unauthorized.number()));
        slow.answer();
        assert_eq!(slow.calls(), ["subscribe", "unsubscribe"]);
    });
}

/// [I10] The bytes that wait are bounded, and the rest is refused.
#[test]
fn too_many_frames_that_wait_are_refused() {
    check(|client, slow| {
        client.subscribe(SLOW, Some("ana"));
        client.unsubscribe(SLOW);
        let auth = "x".repeat(30_000);
        for _ in 0..5 {
            client.send(&json!({"event": "pusher:subscribe", "data": {"channel": SLOW, "auth": auth}}));
        }
        client.scene.pass(0);
        assert_eq!(client.events(), ["error Too many frames: slow down"]);
        slow.answer();
        assert_eq!(client.events(), [(); 4].map(|()| format!("subscription_error {SLOW}")));
    });
}
