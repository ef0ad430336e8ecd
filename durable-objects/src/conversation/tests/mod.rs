//! Tests of the conversation in a simulated world: real SQLite for the object and the record, a fake clock.

mod blocks;
mod groups;
mod histories;
mod link_previews;
mod notifying;
mod pipelined;
mod posting;
mod privacy;
mod scene;
mod scheduled;
mod system;

use campana_core::chat::command::{Command, Reply};
use campana_core::shared::backlog;
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::ids::UserId;
use campana_runtime::testing::Faults;
use campana_schema::{conversations, members};
use campana_storage::Fault;
use scene::{Scene, acks, events, of_type};
use serde_json::json;

/// Longer than a window of the fan-out, milliseconds.
const SOON_MS: i64 = 100;
/// Longer than the delay of the alarm after a commit, milliseconds.
const ALARM_MS: i64 = 6_000;
/// Longer than the longest back-off of the flush, milliseconds.
const BACKOFF_MS: i64 = 35_000;

#[test]
fn a_send_is_acknowledged_and_reaches_every_other_socket() {
    let scene = Scene::new();
    let [ana, ana_elsewhere, bo] = [("ana", "one"), ("ana", "two"), ("bo", "three")].map(|it| scene.open(it.0, it.1));
    ana.say("a", "hello");
    scene.pass(SOON_MS);
    let mine = ana.frames();
    assert_eq!((acks(&mine).len(), events(&mine).len()), (1, 0), "the originating tab gets no echo: {mine:?}");
    for socket in [&ana_elsewhere, &bo] {
        let frames = socket.frames();
        let [event] = &events(&frames)[..] else { panic!("one event: {frames:?}") };
        assert_eq!((&event["event"], &event["partial"]["body"]), (&json!("message.created"), &json!("hello")));
        assert_eq!((&event["seq"], &event["id"]), (&acks(&mine)[0]["seq"], &acks(&mine)[0]["id"]));
    }
    assert_eq!(scene.recorded(), ["hello"]);
}

#[test]
fn a_repeated_client_msg_id_is_acknowledged_as_the_first_and_sent_once() {
    let scene = Scene::new();
    let (ana, bo) = (scene.open("ana", "one"), scene.open("bo", "two"));
    ana.say("a", "hello");
    scene.pass(SOON_MS);
    scene.hibernate();
    ana.say("a", "hello");
    scene.pass(SOON_MS);
    let acks = acks(&ana.frames());
    assert_eq!((acks.len(), &acks[0]), (2, &acks[1]));
    assert_eq!(events(&bo.frames()).len(), 1);
    assert_eq!(scene.recorded(), ["hello"]);
}

#[test]
fn a_message_during_a_round_of_inbox_notices_starts_another_round() {
    let scene = Scene::new();
    let notices = scene.own_channel("cy", 5_000);
    let ana = scene.open("ana", "one");
    for (id, body) in [("a", "first"), ("b", "second")] {
        ana.say(id, body);
        scene.pass(2_000);
    }
    assert_eq!(notices.borrow().len(), 1, "the first round waits for its answer");
    scene.pass(10_000);
    let bodies: Vec<_> = notices.borrow().iter().map(|notice| notice["last_message"]["body"].clone()).collect();
    assert_eq!(bodies, ["first", "second"]);
}

#[test]
fn frames_of_a_flood_are_handled_in_order_also_if_their_socket_closes_meanwhile() {
    let scene = Scene::new();
    let (ana, bo) = (scene.open("ana", "one"), scene.open("bo", "two"));
    let bodies: Vec<String> = (0..28).map(|number| number.to_string()).collect();
    for body in &bodies {
        ana.say(body, body);
    }
    ana.disconnect();
    scene.pass(SOON_MS);
    assert_eq!(scene.recorded(), bodies);
    let heard: Vec<_> = events(&bo.frames()).iter().map(|event| event["partial"]["body"].clone()).collect();
    assert_eq!(heard.iter().filter(|body| !body.is_null()).collect::<Vec<_>>(), bodies.iter().collect::<Vec<_>>());
}

/// [I2] The replay and live events form one order.
#[test]
fn a_client_that_resumes_gets_what_it_missed_and_then_live_events_in_order() {
    let scene = Scene::new();
    let (ana, bo) = (scene.open("ana", "one"), scene.open("bo", "two"));
    let welcome = of_type(&bo.frames(), "welcome").remove(0);
    bo.disconnect();
    for (id, body) in [("a", "1"), ("b", "2")] {
        ana.say(id, body);
        scene.pass(SOON_MS);
    }
    let position = json!({"epoch": welcome["epoch"], "seq": welcome["head"]});
    let bo = scene.open_at("bo", "two", Some(position));
    ana.say("c", "3");
    scene.pass(SOON_MS);
    let frames = bo.frames();
    assert_eq!(frames[0]["type"], "welcome");
    let bodies: Vec<_> = events(&frames).iter().map(|event| event["partial"]["body"].clone()).collect();
    assert_eq!(bodies, ["1", "2", "3"]);
    let bo = scene.open_at("bo", "two", Some(json!({"epoch": "another", "seq": 1})));
    assert_eq!(of_type(&bo.frames(), "reset").len(), 1, "a position of another log");
}

/// [I1][I3] The alarm and the log are enough.
#[test]
fn an_acknowledged_message_outlives_the_process_that_did_not_flush_it() {
    let scene = Scene::new();
    let (ana, bo) = (scene.open("ana", "one"), scene.open("bo", "two"));
    scene.set_record_available(false);
    ana.say("a", "hello");
    scene.pass(SOON_MS);
    assert_eq!(acks(&ana.frames()).len(), 1);
    let welcome = of_type(&bo.frames(), "welcome").remove(0);
    scene.kill();
    assert_eq!(bo.closed(), Some(1006));
    scene.set_record_available(true);
    assert_eq!(scene.recorded(), [""; 0]);
    scene.pass(ALARM_MS);
    assert_eq!(scene.recorded(), ["hello"], "the alarm wakes the object, which flushes");
    let bo = scene.open_at("bo", "two", Some(json!({"epoch": welcome["epoch"], "seq": welcome["head"]})));
    assert_eq!(events(&bo.frames()).len(), 1);
}

/// [I1] What is not durable leaves nothing.
#[test]
fn a_send_whose_turn_dies_is_neither_acknowledged_nor_sent() {
    let scene = Scene::new();
    let (ana, bo) = (scene.open("ana", "one"), scene.open("bo", "two"));
    scene.set_faults(Faults { killed: 1_000, ..Faults::default() });
    ana.say("a", "hello");
    scene.pass(SOON_MS);
    scene.set_faults(Faults::default());
    assert!(acks(&ana.frames()).is_empty() && events(&bo.frames()).is_empty());
    let ana = scene.open("ana", "one");
    ana.say("a", "hello");
    scene.pass(SOON_MS);
    assert_eq!(acks(&ana.frames()).len(), 1);
    assert_eq!(scene.recorded(), ["hello"]);
}

/// [I3] Attachments are enough.
#[test]
fn sockets_and_their_principals_survive_hibernation() {
    let scene = Scene::new();
    let (ana, bo) = (scene.open("ana", "one"), scene.open("bo", "two"));
    scene.pass(BACKOFF_MS);
    drop((ana.frames(), bo.frames()));
    let attached = ana.attached();
    scene.hibernate();
    ana.say("a", "hello");
    scene.pass(SOON_MS);
    assert_eq!((acks(&ana.frames()).len(), events(&ana.frames()).len()), (1, 0), "its tab is still known");
    let frames = bo.frames();
    assert_eq!(events(&frames)[0]["partial"]["sender_id"], "ana", "{frames:?}");
    assert_eq!(ana.attached()["principal"], attached["principal"]);
    assert_eq!((ana.closed(), bo.closed()), (None, None));
}

/// [I18] Every socket is closed with 1012.
#[test]
fn after_a_panic_every_socket_is_closed_for_a_reconnect() {
    let scene = Scene::new();
    let (ana, bo) = (scene.open("ana", "one"), scene.open("bo", "two"));
    scene.set_faults(Faults { panics: 1_000, ..Faults::default() });
    ana.say("a", "hello");
    scene.pass(SOON_MS);
    scene.set_faults(Faults::default());
    assert_eq!((ana.closed(), bo.closed()), (None, None));
    scene.pass(ALARM_MS);
    assert_eq!(scene.open("ana", "one").closed(), None);
    let restarted = Some(CloseCode::Restarted.code());
    assert_eq!((ana.closed(), bo.closed()), (restarted, restarted));
}

#[test]
fn a_flush_that_the_record_does_not_take_is_repeated_until_it_does() {
    let scene = Scene::new();
    let ana = scene.open("ana", "one");
    for (fault, body) in [(Fault::BeforePersisting, "1"), (Fault::AfterPersisting, "2")] {
        scene.fail(conversations::ADVANCE, fault);
        ana.say(body, body);
        scene.pass(BACKOFF_MS);
        assert_eq!(acks(&ana.frames()).len(), 1);
    }
    assert_eq!(scene.recorded(), ["1", "2"]);
    scene.set_record_available(false);
    ana.say("3", "3");
    scene.pass(3 * BACKOFF_MS);
    assert_eq!(acks(&ana.frames()).len(), 1, "the log does not wait for the record");
    scene.set_record_available(true);
    scene.pass(BACKOFF_MS);
    assert_eq!(scene.recorded(), ["1", "2", "3"]);
}

/// [I4] The closed sockets leave the fan-out in the same turn.
#[test]
fn a_removed_members_sockets_are_closed_and_get_nothing_more() {
    let scene = Scene::new();
    let (ana, bo) = (scene.open("ana", "one"), scene.open("bo", "two"));
    drop(bo.frames());
    assert_eq!(scene.command("ana", Command::RemoveMember { user_id: UserId::trusted("bo") }), Ok(Reply::Done));
    assert_eq!(bo.closed(), Some(CloseCode::Forbidden.code()));
    ana.say("a", "hello");
    scene.pass(SOON_MS);
    assert!(events(&bo.frames()).is_empty());
    assert_eq!(scene.open("bo", "two").closed(), Some(CloseCode::Forbidden.code()), "nor may they return");
}

/// [I4] Also if the object cannot know whether the record made the change.
#[test]
fn a_removal_whose_answer_is_lost_is_found_in_the_record() {
    let scene = Scene::new();
    let bo = scene.open("bo", "two");
    scene.fail(members::REMOVE, Fault::AfterPersisting);
    assert!(scene.command("ana", Command::RemoveMember { user_id: UserId::trusted("bo") }).is_err());
    scene.pass(ALARM_MS);
    assert_eq!(bo.closed(), Some(CloseCode::Forbidden.code()));
}

/// [I19] The limit of one connection.
#[test]
fn a_client_that_does_not_read_is_closed_and_others_go_on() {
    let scene = Scene::new();
    let [ana, bo, cy] = [("ana", "one"), ("bo", "two"), ("cy", "three")].map(|it| scene.open(it.0, it.1));
    bo.reads_nothing(backlog::CONNECTION_BYTES + 1);
    for body in ["1", "2", "3"] {
        ana.say(body, body);
        scene.pass(SOON_MS);
    }
    assert_eq!(bo.closed(), Some(CloseCode::NotReading.code()));
    assert_eq!((cy.closed(), events(&cy.frames()).len()), (None, 3));
}

#[test]
fn an_event_stream_has_the_positions_as_ids() {
    let scene = Scene::new();
    let (ana, stream) = (scene.open("ana", "one"), scene.stream("bo"));
    ana.say("a", "hello");
    scene.pass(SOON_MS);
    let (welcome, text) = (of_type(&ana.frames(), "welcome").remove(0), stream.received());
    let (epoch, head) = (welcome["epoch"].as_str().expect("a text"), welcome["head"].as_i64().expect("a number"));
    assert!(text.starts_with(&format!("id: {epoch}:{head}\nevent: welcome\n")), "{text}");
    assert!(text.contains(&format!("id: {epoch}:{}\ndata: {{\"event\":\"message.created\"", head + 1)), "{text}");
}
