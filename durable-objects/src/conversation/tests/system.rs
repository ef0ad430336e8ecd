//! System messages: each is committed with the change that it reports, once, and counts for nobody.

use super::scene::{Scene, events, of_type};
use super::{ALARM_MS, BACKOFF_MS, SOON_MS, json};
use crate::tests::group::{GROUP, record_of_dm, record_of_room};
use campana_core::chat::command::{Command, Reply};
use campana_core::chat::policy::Role;
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::shared::problem::Kind;
use campana_runtime::testing::World;
use campana_schema::{Query, conversations, members};
use campana_storage::Fault;
use serde_json::{Map, Value};

fn remove(user: &str) -> Command {
    Command::RemoveMember { user_id: UserId::trusted(user) }
}

fn add(user: &str) -> Command {
    Command::AddMember { user_id: UserId::trusted(user), role: Role::Member }
}

fn rename(name: &str) -> Command {
    Command::UpdateMetadata { metadata: Map::from_iter([("name".to_owned(), name.into())]) }
}

/// Metadata of the system messages in the record, oldest first.
fn reported(scene: &Scene) -> Vec<Value> {
    let rows = scene.sql("SELECT metadata FROM messages WHERE type = 'system' ORDER BY seq");
    let metadata = rows.iter().map(|row| row["metadata"].as_str().expect("metadata"));
    metadata.map(|text| serde_json::from_str(text).expect("JSON")).collect()
}

/// Unread messages of a member and their marker.
fn unread(scene: &Scene, user: &str) -> (i64, i64) {
    let (tenant, id, user) = (TenantId::trusted("demo"), ConversationId::trusted(GROUP), UserId::trusted(user));
    let found = scene.store().conversation(&tenant, &id, &user);
    let found = pollster::block_on(found).expect("the query runs").expect("a conversation");
    (found.unread_count, found.last_read_seq)
}

#[test]
fn the_event_and_the_message_of_a_change_are_sent_replayed_and_recorded() {
    let scene = Scene::new();
    let cy = scene.open("cy", "one");
    let welcome = of_type(&cy.frames(), "welcome").remove(0);
    assert_eq!(scene.command("ana", remove("bo")), Ok(Reply::Done));
    scene.pass(SOON_MS);
    let live = events(&cy.frames());
    let names: Vec<_> = live.iter().map(|event| event["event"].as_str().unwrap_or_default()).collect();
    assert_eq!(names, ["member.removed", "message.created"]);
    let metadata = json!({"kind": "removed", "actor_id": "ana", "user_id": "bo"});
    assert_eq!(live[1]["partial"]["metadata"], metadata);
    assert_eq!(reported(&scene), [metadata]);
    scene.hibernate();
    let resumed = scene.open_at("cy", "two", Some(json!({"epoch": welcome["epoch"], "seq": welcome["head"]})));
    scene.pass(SOON_MS);
    assert_eq!(events(&resumed.frames()), live);
}

/// Runs a command whose statement on the record fails. Returns the metadata of the system messages.
fn after_fault(command: Command, query: Query, fault: Fault, is_killed: bool) -> Vec<Value> {
    let scene = Scene::new();
    scene.command("ana", remove("cy")).expect("the owner removes");
    scene.fail(query, fault);
    assert_eq!(scene.command("ana", command).expect_err("no answer").kind, Kind::Unavailable);
    if is_killed {
        scene.kill();
    }
    scene.pass(ALARM_MS);
    scene.pass(BACKOFF_MS);
    reported(&scene).split_off(1)
}

#[test]
fn a_change_whose_outcome_is_unknown_is_reported_once_if_the_record_made_it() {
    let by_ana = |kind: &str, field: &str, value: &str| [json!({"kind": kind, "actor_id": "ana", field: value})];
    for is_killed in [false, true] {
        for (command, query, expected) in [
            (remove("bo"), members::REMOVE, by_ana("removed", "user_id", "bo")),
            (add("cy"), members::ADD, by_ana("joined", "user_id", "cy")),
            (rename("Team"), conversations::UPDATE_METADATA, by_ana("renamed", "name", "Team")),
        ] {
            assert_eq!(after_fault(command.clone(), query, Fault::AfterPersisting, is_killed), expected);
            assert_eq!(after_fault(command, query, Fault::BeforePersisting, is_killed), [Value::Null; 0]);
        }
    }
}

#[test]
fn a_flush_that_is_repeated_writes_a_message_once() {
    let scene = Scene::new();
    scene.fail(conversations::ADVANCE, Fault::AfterPersisting);
    scene.command("ana", remove("bo")).expect("the owner removes");
    scene.pass(BACKOFF_MS);
    assert_eq!(reported(&scene).len(), 1);
}

#[test]
fn system_messages_are_neither_unread_nor_read_and_send_no_inbox_notice() {
    let scene = Scene::new();
    let cy = scene.open("cy", "one");
    cy.say("a", "hello");
    scene.pass(BACKOFF_MS);
    let notices = scene.own_channel("ana", 0);
    let before = unread(&scene, "ana");
    assert_eq!(before.0, 1);
    scene.command("ana", rename("Team")).expect("a member renames the group");
    scene.command("ana", remove("bo")).expect("the owner removes");
    scene.pass(BACKOFF_MS);
    assert_eq!(reported(&scene).len(), 2);
    assert_eq!(unread(&scene, "ana"), before, "who makes a change has not read what came before it");
    assert_eq!(unread(&scene, "cy").0, 0);
    assert_eq!(*notices.borrow(), [Value::Null; 0]);
    cy.say("b", "again");
    scene.pass(BACKOFF_MS);
    scene.command("ana", rename("Crew")).expect("a member renames the group");
    assert_eq!(scene.command("ana", Command::Read { seq: None }), Ok(Reply::Read { last_read_seq: 8 }));
    scene.pass(BACKOFF_MS);
    let last: Vec<_> = notices.borrow().iter().map(|notice| notice["last_message"]["body"].clone()).collect();
    assert_eq!(last, ["again", "again"]);
    assert_eq!(unread(&scene, "ana"), (0, 8));
    let at = scene.sql("SELECT last_message_at FROM conversations").remove(0)["last_message_at"].clone();
    let sent = scene.sql("SELECT max(created_at) AS at FROM messages WHERE type = 'text'").remove(0)["at"].clone();
    assert_eq!(at, sent);
}

#[test]
fn a_pin_in_a_group_is_reported_to_the_one_who_pins_too() {
    let scene = Scene::new();
    let (ana, cy) = (scene.open("ana", "one"), scene.open("cy", "two"));
    cy.say("a", "hello");
    scene.pass(SOON_MS);
    let id = events(&ana.frames())[0]["id"].as_str().expect("an id").to_owned();
    for on in [true, true, false] {
        scene.command("ana", Command::Pin { message_id: id.clone(), on }).expect("the owner pins");
    }
    scene.pass(BACKOFF_MS);
    let names: Vec<_> = events(&ana.frames()).iter().map(|event| event["event"].clone()).collect();
    assert_eq!(names, ["message.pinned", "message.created", "message.unpinned"]);
    assert_eq!(reported(&scene), [json!({"kind": "pinned", "actor_id": "ana", "message_id": id})]);
}

#[test]
fn public_rooms_and_direct_conversations_have_none() {
    let (store, record) = record_of_room();
    let room = Scene::with(World::new(1), store, record);
    room.command("ana", remove("bo")).expect("the owner removes");
    room.command("bo", Command::Join).expect("anybody joins");
    room.command("bo", Command::Leave).expect("a member leaves");
    let (store, record) = record_of_dm();
    let direct = Scene::with(World::new(1), store, record);
    let bo = direct.open("bo", "one");
    direct.open("ana", "two").say("a", "hello");
    direct.pass(SOON_MS);
    let message_id = events(&bo.frames())[0]["id"].as_str().expect("an id").to_owned();
    direct.command("bo", Command::Pin { message_id, on: true }).expect("either person pins");
    for scene in [room, direct] {
        scene.pass(BACKOFF_MS);
        assert_eq!(reported(&scene), [Value::Null; 0]);
    }
}
