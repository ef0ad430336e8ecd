//! Tests of the gateway in a simulated world: real SQLite for the object and the record, scripted targets, a fake
//! clock.

mod anonymous;
mod counting;
mod histories;
mod order;
mod pipelined;
mod revoking;
mod scene;

use crate::tests::group::GROUP;
use campana_core::accounts::app_config::AppConfig;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::code::{Code, error_frame};
use campana_core::pusher::link::{Delivered, Drop, Except, Frame, Handed, Refusal, Target, Terminate, Whose};
use campana_core::pusher::settings::PusherSettings;
use campana_core::shared::backlog;
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::shared::limits::Limits;
use campana_runtime::testing::{Faults, World};
use scene::{Client, Scene, app_config, established};
use serde_json::json;

/// Longer than the interval of the alarm, milliseconds.
const ALARM_MS: i64 = 61_000;

#[test]
fn a_subscription_is_reported_and_gets_frames_until_it_ends() {
    let scene = Scene::new();
    let (client, room) = (scene.open(), scene.channel("private-x"));
    client.listen("private-x", Some("ana"));
    assert_eq!(room.calls(), ["subscribe"]);
    scene.post::<Handed>("deliver", &room.delivery(&[room.frame("private-x", "first")]));
    client.unsubscribe("private-x");
    scene.pass(0);
    assert_eq!(room.calls(), ["unsubscribe"]);
    scene.post::<Handed>("deliver", &room.delivery(&[room.frame("private-x", "second")]));
    assert_eq!(client.events(), ["first private-x"]);
}

/// [I10] No call, so no object of the channel.
#[test]
fn a_subscription_to_a_public_channel_is_accepted_without_its_object() {
    let scene = Scene::new();
    let (client, news) = (scene.open(), scene.channel("news"));
    client.listen("news", None);
    client.unsubscribe("news");
    scene.pass(ALARM_MS);
    assert_eq!(news.calls(), [""; 0]);
}

#[test]
fn subscriptions_without_a_valid_signature_and_refused_ones_get_an_error() {
    let scene = Scene::new();
    let (client, room) = (scene.open(), scene.channel("private-x"));
    client.send(&json!({"event": "pusher:subscribe", "data": {"channel": "private-x", "auth": "demo:00"}}));
    scene.pass(0);
    assert_eq!((client.events(), room.calls()), (vec!["subscription_error private-x".to_owned()], Vec::new()));
    room.refuse(Some(Refusal::forbidden("no")));
    client.subscribe("private-x", Some("ana"));
    scene.pass(0);
    assert_eq!(client.events(), ["subscription_error private-x"]);
    room.refuse(None);
    client.listen("private-x", Some("ana"));
    room.refuse(Some(Refusal::forbidden("you are muted")));
    client.publish("private-x", "client-a");
    scene.pass(0);
    assert_eq!(client.events(), ["error private-x Client event rejected: you are muted"]);
}

#[test]
fn every_listener_gets_each_frame_once_and_in_order_also_if_deliveries_repeat() {
    let scene = Scene::new();
    let room = scene.channel("private-x");
    let clients = scene.listening("private-x", ["ana", "ana", "bo"]);
    let frames: Vec<_> = ["1", "2", "3", "4"].iter().map(|event| room.frame("private-x", event)).collect();
    for part in [&frames[..2], &frames[..2], &frames[1..3], &frames[3..], &frames[2..]] {
        scene.post::<Handed>("deliver", &room.delivery(part));
    }
    for client in &clients {
        assert_eq!(client.events(), ["1 private-x", "2 private-x", "3 private-x", "4 private-x"]);
    }
}

#[test]
fn a_crowd_gets_a_frame_except_its_publisher() {
    let scene = Scene::new();
    let room = scene.channel("private-x");
    let clients: Vec<_> = (0..250).map(|_| scene.open()).collect();
    for client in &clients {
        client.subscribe("private-x", Some("ana"));
    }
    scene.pass(0);
    let publisher = clients[7].id.clone();
    let frame = Frame { except: Except::Socket(publisher), ..room.frame("private-x", "1") };
    scene.post::<Handed>("deliver", &room.delivery(&[frame]));
    for (number, client) in clients.iter().enumerate() {
        let expected = ["subscription_succeeded private-x", "1 private-x"];
        assert_eq!(client.events(), expected[..if number == 7 { 1 } else { 2 }]);
    }
}

#[test]
fn frames_that_overtake_the_answer_follow_it_from_its_number_on() {
    let scene = Scene::new();
    let (client, room) = (scene.open(), scene.channel("private-x"));
    let old = room.frame("private-x", "old");
    room.slow_down();
    client.subscribe("private-x", Some("ana"));
    scene.pass(0);
    room.answer_from_here();
    let new = room.frame("private-x", "new");
    scene.post::<Handed>("deliver", &room.delivery(&[old, new]));
    assert_eq!(client.events(), [""; 0]);
    room.answer();
    assert_eq!(client.events(), ["subscription_succeeded private-x", "new private-x"]);
}

/// [I3] Attachments and the stored targets are enough.
#[test]
fn sockets_and_their_subscriptions_survive_hibernation() {
    let scene = Scene::new();
    let (room, user) = (scene.channel("private-x"), scene.target(Target::Person(UserId::trusted("ana"))));
    let client = scene.open();
    client.listen("private-x", Some("ana"));
    client.sign_in("ana");
    scene.pass(0);
    assert_eq!(client.events(), ["signin_success"]);
    let (attached, _) = (client.attached(), (room.calls(), room.counts(), user.calls()));
    scene.world.hibernate(scene.gateway);
    scene.post::<Handed>("deliver", &room.delivery(&[room.frame("private-x", "1")]));
    assert_eq!((client.events(), client.attached()), (vec!["1 private-x".to_owned()], attached));
    client.publish("private-x", "client-a");
    client.unsubscribe("private-x");
    scene.pass(0);
    assert_eq!((room.calls(), room.counts()), (vec!["client-a".to_owned(), "unsubscribe".to_owned()], Vec::new()));
    scene.post::<Delivered>("terminate", &Terminate { user: UserId::trusted("ana") });
    assert_eq!(client.closed(), Some(Code::Unauthorized.number()));
}

/// [I3] The platform stores a text with two bytes for each character if one of them needs two.
#[test]
fn an_attachment_is_ascii_whatever_the_users_are_called() {
    let scene = Scene::new();
    let (room, client) = (scene.channel("private-x"), scene.open());
    let user = "\u{65e5}\u{672c}\u{1f600}";
    client.listen("private-x", Some(user));
    assert!(client.attached_json().is_ascii());
    scene.world.hibernate(scene.gateway);
    scene.post::<Handed>("deliver", &room.delivery(&[room.frame("private-x", "1")]));
    assert_eq!((client.events(), &client.attached()["s"][0]["u"]), (vec!["1 private-x".to_owned()], &json!(user)));
}

/// [I18] Targets learn that nobody listens any more.
#[test]
fn a_gateway_that_wakes_without_its_sockets_resyncs_the_targets() {
    let scene = Scene::new();
    let (room, client) = (scene.channel("private-x"), scene.open());
    client.listen("private-x", Some("ana"));
    assert_eq!((room.calls(), room.counts()), (vec!["subscribe".to_owned()], Vec::new()));
    scene.world.kill(scene.gateway);
    scene.pass(ALARM_MS);
    assert_eq!((room.calls(), room.counts()), (Vec::new(), vec![Vec::new()]));
    scene.world.kill(scene.gateway);
    scene.open();
    scene.pass(ALARM_MS);
    assert!(room.counts().is_empty(), "once is enough");
}

/// [I18] After any number of turns.
#[test]
fn a_target_that_counted_a_listener_learns_of_its_loss_whenever_the_gateway_dies() {
    for (seed, turns) in (1..10).flat_map(|seed| (0..30).map(move |turns| (seed, turns))) {
        let scene = Scene::of(World::new(seed));
        let (person, client) = (scene.target(Target::Person(UserId::trusted("ana"))), scene.open());
        client.subscribe("private-user.ana", Some("ana"));
        scene.world.run(turns);
        scene.world.kill(scene.gateway);
        scene.pass(ALARM_MS);
        let is_counted = person.calls() == ["subscribe"];
        assert_eq!(person.counts().last(), is_counted.then(Vec::new).as_ref(), "seed {seed}, {turns} turns");
    }
}

/// [I18] Every socket is closed with 4200, and targets get new counts.
#[test]
fn after_a_panic_every_socket_reconnects() {
    let scene = Scene::new();
    let room = scene.channel("private-x");
    let clients = scene.listening("private-x", ["ana", "bo"]);
    drop((room.calls(), room.counts()));
    scene.world.set_faults(Faults { panics: 1_000, ..Faults::default() });
    clients[0].unsubscribe("private-x");
    scene.open_with(app_config());
    scene.world.set_faults(Faults::default());
    scene.pass(ALARM_MS);
    let reconnect = Some(Code::Reconnect.number());
    assert_eq!((clients[0].closed(), clients[1].closed()), (reconnect, reconnect));
    assert_eq!(room.counts(), [Vec::new()], "nobody listens");
    let client = scene.open();
    client.listen("private-x", Some("ana"));
    assert_eq!(client.closed(), None);
}

#[test]
fn too_many_frames_are_refused_and_then_close_the_socket() {
    let scene = Scene::new();
    let client = scene.open();
    for _ in 0..310 {
        client.send(&json!({"event": "pusher:ping", "data": {"a": 1}}));
    }
    scene.pass(0);
    let events = client.events();
    let count = |event: &str| events.iter().filter(|it| it.starts_with(event)).count();
    assert_eq!((count("pong"), count("error Too many frames")), (250, 60));
    assert_eq!(client.closed(), Some(Code::OverCapacity.number()));
}

#[test]
fn frames_that_cannot_be_read_are_answered_with_an_error() {
    let scene = Scene::new();
    let client = scene.open();
    client.send_text("{");
    client.send_text(&" ".repeat(40_000));
    client.publish("private-x", "client-a");
    client.publish("news", "client-a");
    client.unsubscribe("private-x");
    scene.pass(0);
    assert_eq!(
        client.events(),
        [
            "error Invalid message format: not a JSON object with an event",
            "error A frame has at most 32768 bytes",
            "error private-x Client event rejected: the socket does not listen to the channel",
            "error news Client event rejected: only private and presence channels take them",
        ]
    );
}

#[test]
fn a_full_gateway_takes_no_more_sockets_until_one_closes() {
    let scene = Scene::new();
    let pusher = PusherSettings { sockets_per_gateway: 2, ..PusherSettings::default() };
    let settings = || AppConfig { pusher: pusher.clone(), ..app_config() };
    let sockets = [(); 3].map(|()| scene.open_with(settings()));
    let closed = sockets.each_ref().map(|socket| socket.closed().map(|(code, _)| code));
    assert_eq!(closed, [None, None, Some(503)], "the function tries another gateway");
    scene.world.disconnect(scene.gateway, &sockets[0]);
    scene.pass(0);
    assert!(established(&scene.open_with(settings()).received()).is_some());
}

#[test]
fn a_socket_above_the_apps_quota_is_told_the_code() {
    let scene = Scene::new();
    let limits = Limits { max_connections: Some(1), ..Limits::default() };
    let sockets = [(); 2].map(|()| scene.open_with(AppConfig { limits: limits.clone(), ..app_config() }));
    assert_eq!(sockets[0].closed(), None);
    assert_eq!(sockets[1].closed().map(|(code, _)| code), Some(Code::OverQuota.number()));
    assert_eq!(sockets[1].received(), [error_frame(Some(Code::OverQuota), None, Code::OverQuota.message())]);
}

/// [I19] The limit of one connection, on every kind of channel, the urgent ones of alerts included.
#[test]
fn a_client_that_does_not_read_is_closed_and_others_go_on() {
    let channel = Target::Channel(ChannelName::trusted("private-x"));
    let own = Target::Person(UserId::trusted("ana"));
    for (name, target, users) in [
        ("private-x", channel, ["ana", "bo"]),
        // Nobody else may listen to a user's own channel.
        ("private-user.ana", own, ["ana", "ana"]),
        ("private-panic-alerts", Target::AlertDesk, ["ana", "bo"]),
        ("private-security-dashboard", Target::AlertDesk, ["ana", "bo"]),
    ] {
        let scene = Scene::new();
        let room = scene.target(target);
        let clients = scene.listening(name, users);
        clients[0].reads_nothing(backlog::CONNECTION_BYTES + 1);
        for event in ["1", "2"] {
            scene.post::<Handed>("deliver", &room.delivery(&[room.frame(name, event)]));
            scene.pass(100);
        }
        assert_eq!((clients[0].closed(), clients[1].closed()), (Some(Code::OverCapacity.number()), None), "{name}");
        assert_eq!(clients[1].events(), [format!("1 {name}"), format!("2 {name}")]);
    }
}

/// [I15] The owner of an alert who is a guard gets what the owner may see, and other guards what guards may.
#[test]
fn a_frame_for_one_user_reaches_their_sockets_only() {
    let scene = Scene::new();
    let room = scene.channel("private-x");
    let [ana, bo] = scene.listening("private-x", ["ana", "bo"]);
    let to_ana = Frame { except: Except::Others(UserId::trusted("ana")), ..room.frame("private-x", "theirs") };
    let to_others = Frame { except: Except::Person(UserId::trusted("ana")), ..room.frame("private-x", "others") };
    scene.post::<Handed>("deliver", &room.delivery(&[to_ana, to_others]));
    scene.pass(100);
    assert_eq!((ana.events(), bo.events()), (vec!["theirs private-x".to_owned()], vec!["others private-x".to_owned()]));
}

/// [I4] The sockets of one user, those of others stay.
#[test]
fn a_terminated_users_sockets_are_closed() {
    let scene = Scene::new();
    let room = scene.channel("private-x");
    let clients = scene.listening("private-x", ["ana", "ana", "bo"]);
    scene.post::<Delivered>("terminate", &Terminate { user: UserId::trusted("ana") });
    let closed = clients.each_ref().map(Client::closed);
    assert_eq!(closed, [Some(Code::Unauthorized.number()), Some(Code::Unauthorized.number()), None]);
    scene.pass(0);
    assert_eq!(room.calls(), ["subscribe", "subscribe", "subscribe", "unsubscribe", "unsubscribe"]);
}

/// [I4] Also the socket whose subscription is not answered yet.
#[test]
fn a_terminated_user_is_not_admitted_by_a_pending_subscription() {
    let scene = Scene::new();
    let (room, client) = (scene.channel("presence-x"), scene.open());
    room.slow_down();
    client.subscribe("presence-x", Some("ana"));
    scene.pass(0);
    scene.post::<Delivered>("terminate", &Terminate { user: UserId::trusted("ana") });
    assert_eq!(client.closed(), Some(Code::Unauthorized.number()));
}

/// [I4] The room has become private.
#[test]
fn outsiders_are_dropped_from_public_channels_and_by_name() {
    let scene = Scene::new();
    let room = scene.target(Target::Conversation(ConversationId::trusted(GROUP)));
    let channel = format!("private-conversation.{GROUP}");
    let [ana, bo] = scene.listening(&channel, ["ana", "bo"]);
    let unnamed = scene.open();
    unnamed.listen(&channel, None);
    let (target, refusal) = (room.delivery(&[]).target, Refusal::forbidden("private"));
    let whose = Whose::Outsiders([UserId::trusted("bo")].into());
    scene.post::<Delivered>("drop", &Drop { target, whose, refusal });
    scene.post::<Handed>("deliver", &room.delivery(&[room.frame(&channel, "1")]));
    assert_eq!(
        (ana.events(), bo.events()),
        (vec![format!("1 {channel}")], vec![format!("subscription_error {channel}")])
    );
    assert_eq!(unnamed.closed(), Some(Code::Reconnect.number()), "its backend decides again");
}

#[test]
fn a_client_that_has_to_sign_in_is_closed_with_4009_if_it_does_not() {
    let scene = Scene::new();
    scene.target(Target::Person(UserId::trusted("ana")));
    let pusher = PusherSettings { signin_timeout_s: Some(10), ..PusherSettings::default() };
    let [idle, signed_in] = [(); 2].map(|()| scene.open_as(AppConfig { pusher: pusher.clone(), ..app_config() }));
    signed_in.sign_in("ana");
    scene.pass(9_000);
    assert_eq!((idle.closed(), signed_in.events()), (None, vec!["signin_success".to_owned()]));
    scene.world.hibernate(scene.gateway);
    scene.pass(2_000);
    assert_eq!((idle.closed(), signed_in.closed()), (Some(Code::Unauthorized.number()), None));
}

#[test]
fn names_and_user_info_are_limited_by_the_apps_settings() {
    let scene = Scene::new();
    let pusher = PusherSettings { channel_name_chars: 100, event_name_chars: 50, ..PusherSettings::default() };
    let client = scene.open_as(AppConfig { pusher, ..app_config() });
    client.subscribe(&"c".repeat(101), None);
    scene.pass(0);
    assert_eq!(client.events(), ["error Invalid channel name: it has at most 100 characters"]);
    scene.channel("private-x");
    client.listen("private-x", Some("ana"));
    client.publish("private-x", &format!("client-{}", "e".repeat(44)));
    scene.pass(0);
    assert_eq!(client.events(), ["error private-x Client event rejected: a name has at most 50 characters"]);
    client.subscribe_with("presence-x", &json!({"user_id": "ana", "user_info": "x".repeat(1_023)}));
    scene.pass(0);
    assert_eq!(client.events(), ["subscription_error presence-x"]);
}

/// [I4] No frame after the answer, also for a subscription that is not answered yet.
#[test]
fn dropped_listeners_get_no_later_frame() {
    let scene = Scene::new();
    let room = scene.channel("private-x");
    let [ana, bo] = scene.listening("private-x", ["ana", "bo"]);
    let late = scene.open();
    room.slow_down();
    late.subscribe("private-x", Some("ana"));
    scene.pass(0);
    let whose = Whose::Person(UserId::trusted("ana"));
    let target = room.delivery(&[]).target;
    scene.post::<Delivered>("drop", &Drop { target, whose, refusal: Refusal::forbidden("removed") });
    scene.post::<Handed>("deliver", &room.delivery(&[room.frame("private-x", "1")]));
    room.answer();
    assert_eq!([ana.events(), late.events()], [["subscription_error private-x"], ["subscription_error private-x"]]);
    assert_eq!(bo.events(), ["1 private-x"]);
}

#[test]
fn the_first_of_two_sign_ins_counts_also_if_its_target_is_slow() {
    let scene = Scene::new();
    let [ana, bo] = ["ana", "bo"].map(|user| scene.target(Target::Person(UserId::trusted(user))));
    let client = scene.open();
    ana.slow_down();
    client.sign_in("ana");
    client.sign_in("bo");
    scene.pass(0);
    assert_eq!(client.events(), [""; 0]);
    ana.answer();
    assert_eq!(client.events(), ["signin_success", "error The socket is signed in as somebody else"]);
    assert_eq!((ana.calls(), bo.calls()), (vec!["subscribe".to_owned()], Vec::new()));
    assert_eq!(client.attached()["u"]["u"], "ana");
}

#[test]
fn signatures_that_do_not_fit_are_counted_in_one_write() {
    let scene = Scene::new();
    let (store, _) = crate::tests::group::record();
    scene.world.set_record(Some(store.clone()));
    let client = scene.open();
    let counted = || {
        let [of_app, _] =
            pollster::block_on(store.auth_failures(&TenantId::trusted("demo"))).expect("the record answers");
        of_app["bad_channel_signature"]
    };
    for channel in ["private-a", "private-b", "private-c"] {
        client.send(&json!({"event": "pusher:subscribe", "data": {"channel": channel, "auth": "demo:00"}}));
    }
    scene.pass(0);
    assert_eq!(counted(), 0);
    scene.pass(2_000);
    assert_eq!(counted(), 3);
    assert_eq!(client.events().len(), 3);
    let _target = scene.channel("private-d");
    client.listen("private-d", Some("ana"));
    scene.pass(2_000);
    assert_eq!(counted(), 3, "a good signature is not counted");
}
