//! Blocks in a direct conversation: who is refused, and from when on.

use super::scene::{Scene, acks, of_type};
use super::{SOON_MS, json};
use crate::tests::group::record_of_dm;
use campana_core::chat::command::{Command, Draft, Reply};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::problem::Kind;
use campana_runtime::testing::World;
use campana_schema::blocks;
use campana_storage::{Fault, Store};
use pollster::block_on;

/// The direct conversation of `ana` and `bo`.
fn dm() -> (Scene, Store) {
    let (store, record) = record_of_dm();
    (Scene::with(World::new(1), store.clone(), record), store)
}

fn set_blocked(scene: &Scene, store: &Store, is_blocked: bool) {
    let (tenant, ana, bo) = (TenantId::trusted("demo"), UserId::trusted("ana"), UserId::trusted("bo"));
    if is_blocked {
        block_on(store.add_block(&tenant, &ana, &bo, scene.world.now())).expect("the statement runs");
    } else {
        block_on(store.remove_block(&tenant, &ana, &bo)).expect("the statement runs");
    }
}

fn send(scene: &Scene, user: &str, key: &str) -> Result<(), Kind> {
    let draft = Draft::text(key, "hello");
    scene.command(user, Command::Send { draft }).map(drop).map_err(|problem| problem.kind)
}

#[test]
fn neither_writes_once_the_block_was_announced_and_both_read() {
    let (scene, store) = dm();
    let (ana, bo) = (scene.open("ana", "one"), scene.open("bo", "two"));
    bo.say("b1", "hello");
    scene.pass(SOON_MS);
    assert_eq!(acks(&bo.frames()).len(), 1);
    assert_eq!(scene.command("ana", Command::BlocksChanged), Ok(Reply::Done));
    assert_eq!(send(&scene, "bo", "b2"), Ok(()), "not blocked yet");
    set_blocked(&scene, &store, true);
    assert_eq!(scene.command("ana", Command::BlocksChanged), Ok(Reply::Done));
    for _ in 0..2 {
        drop((ana.frames(), bo.frames()));
        bo.say("b3", "x");
        bo.send(&json!({"type": "typing", "on": true}));
        scene.pass(SOON_MS);
        let refused = of_type(&bo.frames(), "error");
        assert_eq!((refused.len(), &refused[0]["error"]), (1, &json!("blocked")), "typing is dropped");
        assert!(ana.frames().is_empty());
        for user in ["ana", "bo"] {
            assert_eq!(send(&scene, user, "k"), Err(Kind::Blocked), "{user}");
            assert_eq!(scene.command(user, Command::View), Ok(Reply::Done), "{user}");
        }
        scene.hibernate();
        scene.pass(120_000);
    }
    set_blocked(&scene, &store, false);
    assert_eq!(scene.command("ana", Command::BlocksChanged), Ok(Reply::Done));
    assert_eq!(send(&scene, "bo", "b3"), Ok(()));
}

/// The function died after it wrote the record.
#[test]
fn a_block_whose_second_announcement_is_lost_holds_nevertheless() {
    let (scene, store) = dm();
    assert_eq!(send(&scene, "bo", "b1"), Ok(()));
    assert_eq!(scene.command("ana", Command::BlocksChanged), Ok(Reply::Done));
    scene.kill();
    assert_eq!(send(&scene, "bo", "b2"), Ok(()));
    set_blocked(&scene, &store, true);
    assert_eq!(send(&scene, "bo", "b3"), Err(Kind::Blocked));
}

#[test]
fn a_cached_state_needs_no_record_and_an_unsettled_one_does() {
    let (scene, _) = dm();
    let bo = scene.open("bo", "two");
    assert_eq!(send(&scene, "bo", "b1"), Ok(()));
    scene.hibernate();
    scene.set_record_available(false);
    bo.say("b2", "hello");
    scene.pass(SOON_MS);
    assert_eq!(acks(&bo.frames()).len(), 1, "also after hibernation");
    scene.set_record_available(true);
    assert_eq!(scene.command("ana", Command::BlocksChanged), Ok(Reply::Done));
    scene.fail(blocks::ANY_IN_DM, Fault::BeforePersisting);
    assert_eq!(send(&scene, "bo", "b3"), Err(Kind::Unavailable));
    scene.pass(60_000);
    assert_eq!(send(&scene, "bo", "b3"), Ok(()), "settled again");
    scene.set_record_available(false);
    bo.say("b4", "hello");
    scene.pass(SOON_MS);
    assert_eq!(acks(&bo.frames()).len(), 1);
}

#[test]
fn only_the_two_announce_a_block() {
    let (scene, _) = dm();
    assert_eq!(scene.command("cy", Command::BlocksChanged).expect_err("a stranger").kind, Kind::NotFound);
}
