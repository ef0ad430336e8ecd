//! Slow mode and announcement rooms, in the object: after hibernation, crashes and lost answers too.

use super::SOON_MS;
use super::scene::{Scene, acks, events, of_type};
use crate::tests::group::record_of_room;
use campana_core::chat::command::{Command, Draft, Reply};
use campana_core::chat::policy::{Posting, Role};
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::{Kind, Problem};
use campana_runtime::testing::World;
use campana_schema::rooms;
use campana_storage::Fault;
use serde_json::{Value, json};

/// A public room of the owner `ana` and the members `bo` and `cy`.
fn room() -> Scene {
    let (store, record) = record_of_room();
    Scene::with(World::new(1), store, record)
}

fn posting(post: Option<Posting>, slow_mode_s: Option<u32>) -> Command {
    Command::UpdateRoom { name: None, description: None, visibility: None, post, slow_mode_s }
}

fn send(key: &str) -> Command {
    let draft = Draft::text(key, "hello");
    Command::Send { draft }
}

fn sends(scene: &Scene, user: &str, key: &str) -> Result<bool, Problem> {
    match scene.command(user, send(key))? {
        Reply::Sent { created, .. } => Ok(created),
        _ => Err(Problem::internal("not an answer to a send")),
    }
}

fn refusal(scene: &Scene, user: &str, key: &str) -> Kind {
    sends(scene, user, key).expect_err("refused").kind
}

#[test]
fn slow_mode_survives_hibernation_and_never_refuses_a_repeat() {
    let scene = room();
    scene.command("ana", posting(None, Some(60))).expect("the owner turns it on");
    let bo = scene.open("bo", "two");
    bo.say("b1", "hello");
    scene.pass(SOON_MS);
    assert_eq!(acks(&bo.frames()).len(), 1);
    bo.say("b2", "too early");
    scene.pass(SOON_MS);
    let refused = of_type(&bo.frames(), "error").remove(0);
    assert_eq!((&refused["error"], &refused["client_msg_id"]), (&json!("slow-mode"), &json!("b2")));
    assert!(refused["retry_after_ms"].as_i64().is_some_and(|wait| (1..=60_000).contains(&wait)), "{refused}");
    scene.hibernate();
    assert_eq!(refusal(&scene, "bo", "b3"), Kind::SlowMode, "by HTTP, after hibernation");
    assert_eq!(sends(&scene, "bo", "b1"), Ok(false), "a repeat");
    assert_eq!(sends(&scene, "cy", "c1"), Ok(true), "each member has an interval of their own");
    scene.kill();
    assert_eq!(refusal(&scene, "cy", "c2"), Kind::SlowMode, "after a crash");
    for key in ["a1", "a2"] {
        assert_eq!(sends(&scene, "ana", key), Ok(true), "the owner is exempt");
    }
    scene.pass(60_000);
    assert_eq!(sends(&scene, "bo", "b3"), Ok(true));
}

#[test]
fn leaving_and_joining_again_is_no_way_around_slow_mode() {
    let scene = room();
    scene.command("ana", posting(None, Some(60))).expect("the owner turns it on");
    assert_eq!(sends(&scene, "bo", "b1"), Ok(true));
    scene.command("bo", Command::Leave).expect("bo leaves");
    scene.command("bo", Command::Join).expect("bo joins");
    assert_eq!(refusal(&scene, "bo", "b2"), Kind::SlowMode);
    let promote = Command::ChangeRole { user_id: UserId::trusted("bo"), role: Role::Moderator };
    scene.command("ana", promote).expect("the owner changes roles");
    assert_eq!(sends(&scene, "bo", "b2"), Ok(true), "a moderator is exempt");
    scene.command("bo", posting(None, Some(0))).expect("and turns it off");
    assert_eq!(sends(&scene, "cy", "c1"), Ok(true));
    assert_eq!(sends(&scene, "cy", "c2"), Ok(true));
}

/// A message that was refused, or repeated, does not begin another interval.
#[test]
fn only_a_committed_message_counts_for_slow_mode() {
    let scene = room();
    scene.command("ana", posting(None, Some(10))).expect("the owner turns it on");
    assert_eq!(sends(&scene, "bo", "b1"), Ok(true));
    scene.pass(8_000);
    assert_eq!(sends(&scene, "bo", "b1"), Ok(false), "a repeat");
    assert_eq!(refusal(&scene, "bo", "b2"), Kind::SlowMode);
    scene.pass(2_000);
    assert_eq!(sends(&scene, "bo", "b2"), Ok(true));
}

#[test]
fn only_moderators_write_in_an_announcement_room_from_the_change_on() {
    let scene = room();
    let (bo, cy) = (scene.open("bo", "two"), scene.open("cy", "three"));
    let Reply::Sent { message, .. } = scene.command("bo", send("b1")).expect("not yet") else { panic!("a message") };
    assert_eq!(
        scene.command("bo", posting(Some(Posting::Moderators), None)).expect_err("a member").kind,
        Kind::Forbidden
    );
    scene.pass(SOON_MS);
    drop(cy.frames());
    scene.command("ana", posting(Some(Posting::Moderators), None)).expect("the owner");
    scene.pass(SOON_MS);
    let update = events(&cy.frames()).remove(0);
    assert_eq!(
        (&update["event"], &update["partial"]),
        (&json!("conversation.updated"), &json!({"post": "moderators"}))
    );
    let id = message.id.to_string();
    for _ in 0..2 {
        drop(bo.frames());
        for frame in [
            json!({"type": "send", "client_msg_id": "b2", "body": "x"}),
            json!({"type": "edit", "id": id, "body": "x"}),
            json!({"type": "typing", "on": true}),
        ] {
            bo.send(&frame);
        }
        scene.pass(SOON_MS);
        let refused: Vec<Value> = of_type(&bo.frames(), "error").iter().map(|frame| frame["error"].clone()).collect();
        assert_eq!(refused, vec![json!("announcement-only"); 3]);
        assert_eq!(refusal(&scene, "bo", "b3"), Kind::AnnouncementOnly);
        assert!(events(&cy.frames()).is_empty());
        scene.hibernate();
    }
    assert_eq!(sends(&scene, "ana", "a1"), Ok(true));
    scene.command("ana", posting(Some(Posting::All), None)).expect("the owner");
    assert_eq!(sends(&scene, "bo", "b2"), Ok(true));
}

#[test]
fn a_change_whose_answer_is_lost_is_found_in_the_record() {
    let scene = room();
    let cy = scene.open("cy", "three");
    drop(cy.frames());
    scene.fail(rooms::UPDATE, Fault::AfterPersisting);
    assert!(scene.command("ana", posting(Some(Posting::Moderators), Some(5))).is_err());
    scene.kill();
    scene.pass(super::ALARM_MS);
    assert_eq!(refusal(&scene, "bo", "b1"), Kind::AnnouncementOnly);
    scene.command("ana", posting(Some(Posting::All), None)).expect("the owner");
    assert_eq!(sends(&scene, "bo", "b1"), Ok(true));
    assert_eq!(refusal(&scene, "bo", "b2"), Kind::SlowMode);
}
