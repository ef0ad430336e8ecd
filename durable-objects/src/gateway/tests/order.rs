//! Order of the frames of one socket while a target is slow.

use super::scene::{Client, Scene, ScriptedTarget, record_with};
use campana_core::pusher::code::Code;
use campana_core::pusher::link::{Delivered, Refusal, Target, Terminate};
use campana_core::shared::ids::UserId;
use campana_runtime::testing::World;
use campana_storage::Store;
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
fn frames_that_wait_are_answered_as_if_each_were_sent_after_the_answer_before() {
    check(|client, slow| {
        client.subscribe(SLOW, Some("ana"));
        client.unsubscribe(SLOW);
        client.subscribe(SLOW, Some("ana"));
        client.unsubscribe(SLOW);
        client.scene.pass(0);
        slow.answer();
        let succeeded = format!("subscription_succeeded {SLOW}");
        assert_eq!(client.events(), [succeeded.clone(), succeeded]);
        assert_eq!(slow.calls(), ["subscribe", "unsubscribe", "subscribe", "unsubscribe"]);
        assert_eq!(client.attached()["s"], json!(null));
        client.listen(SLOW, Some("ana"));
    });
}

#[test]
fn a_second_subscription_is_refused_after_the_first_succeeded() {
    check(|client, slow| {
        client.subscribe(SLOW, Some("ana"));
        client.subscribe(SLOW, Some("ana"));
        client.scene.pass(0);
        assert_eq!(client.events(), [""; 0]);
        slow.answer();
        let existing = format!("error Existing subscription to channel {SLOW}");
        assert_eq!(client.events(), [format!("subscription_succeeded {SLOW}"), existing]);
    });
}

#[test]
fn a_second_subscription_succeeds_after_the_first_failed() {
    check(|client, slow| {
        slow.refuse(Some(Refusal::forbidden("no")));
        client.subscribe(SLOW, Some("ana"));
        client.subscribe(SLOW, Some("ana"));
        client.scene.pass(0);
        slow.answer_once();
        assert_eq!(client.events(), [format!("subscription_error {SLOW}")]);
        slow.refuse(None);
        slow.answer();
        assert_eq!(client.events(), [format!("subscription_succeeded {SLOW}")]);
    });
}

#[test]
fn a_subscription_without_a_user_is_that_of_the_sign_in_before_it() {
    check(|client, slow| {
        let user = client.scene.target(Target::Person(UserId::trusted("ana")));
        let room = client.scene.channel("presence-x");
        user.slow_down();
        slow.answer();
        client.sign_in("ana");
        client.subscribe(SLOW, Some("ana"));
        client.subscribe("presence-x", None);
        client.publish(SLOW, "client-1");
        client.scene.pass(0);
        assert_eq!(client.events(), [format!("subscription_succeeded {SLOW}")], "it names its user");
        assert_eq!((slow.calls(), room.calls()), (vec!["subscribe".to_owned()], Vec::new()));
        user.answer();
        assert_eq!(client.events(), ["signin_success", "subscription_succeeded presence-x"]);
        assert_eq!(slow.calls(), ["client-1"]);
        let subscriptions = client.attached()["s"].clone();
        let mine = subscriptions.as_array().into_iter().flatten().filter(|it| it["c"] == "presence-x");
        assert_eq!(mine.map(|it| it["u"].clone()).collect::<Vec<_>>(), ["ana"]);
    });
}

#[test]
fn an_invalid_sign_in_closes_the_socket_after_the_frames_before_it() {
    check(|client, slow| {
        client.subscribe(SLOW, Some("ana"));
        client.publish(SLOW, "client-1");
        client.send(&json!({"event": "pusher:signin", "data": {"auth": "demo:00", "user_data": r#"{"id":"ana"}"#}}));
        client.publish(SLOW, "client-2");
        client.scene.pass(0);
        assert_eq!(client.closed(), None);
        slow.answer();
        assert_eq!(client.closed(), Some(Code::Unauthorized.number()));
        assert_eq!(slow.calls(), ["subscribe", "client-1", "unsubscribe"]);
    });
}

#[test]
fn a_subscription_that_fits_after_those_before_it_is_accepted() {
    for seed in 1..20 {
        let (record, app_config) = record_with(&json!({"channels_per_socket": 1}));
        let scene = Scene::with(World::new(seed), Store::new(record));
        let (slow, other) = (scene.channel(SLOW), scene.channel("private-other"));
        let client = scene.open_as(app_config);
        slow.slow_down();
        client.subscribe(SLOW, Some("ana"));
        client.unsubscribe(SLOW);
        client.subscribe("private-other", Some("ana"));
        client.subscribe("private-another", Some("ana"));
        scene.pass(0);
        assert_eq!((client.events(), other.calls()), (Vec::new(), Vec::new()));
        slow.answer();
        let expected = ["succeeded private-slow", "succeeded private-other", "error private-another"];
        assert_eq!(client.events(), expected.map(|event| format!("subscription_{event}")));
    }
}

#[test]
fn all_frames_that_wait_for_a_channel_come_before_a_subscription_that_waits_for_room() {
    for seed in 1..20 {
        let (record, app_config) = record_with(&json!({"channels_per_socket": 1}));
        let scene = Scene::with(World::new(seed), Store::new(record));
        let slow = scene.channel(SLOW);
        let client = scene.open_as(app_config);
        slow.slow_down();
        slow.refuse(Some(Refusal::forbidden("no")));
        client.subscribe(SLOW, Some("ana"));
        client.send(&json!({"event": "pusher:subscribe", "data": {"channel": SLOW, "auth": "demo:00"}}));
        client.subscribe(SLOW, Some("ana"));
        client.subscribe("private-other", Some("ana"));
        scene.pass(0);
        slow.answer_once();
        slow.refuse(None);
        slow.answer();
        let expected = ["error private-slow", "error private-slow", "succeeded private-slow", "error private-other"];
        assert_eq!(client.events(), expected.map(|event| format!("subscription_{event}")));
    }
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
        let errors = [(); 4].map(|()| format!("subscription_error {SLOW}"));
        assert_eq!(client.events(), [&[format!("subscription_succeeded {SLOW}")][..], &errors].concat());
    });
}
