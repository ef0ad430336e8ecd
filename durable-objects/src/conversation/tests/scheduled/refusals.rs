//! Scheduled messages whose authors may not send them.

use super::super::scene::Scene;
use super::{MINUTE_MS, draft, posting, room};
use crate::tests::group::{principal, record_of_dm};
use campana_core::accounts::audit::{Act, Audit};
use campana_core::accounts::principal::Principal;
use campana_core::chat::command::Command;
use campana_core::chat::policy::{Posting, Role};
use campana_core::chat::scheduled::ScheduledStatus;
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::problem::Kind;
use campana_runtime::testing::World;
use pollster::block_on;
use serde_json::{Value, json};

#[test]
fn a_mute_at_its_time_fails_it_and_its_author_is_told() {
    let scene = room();
    let told = scene.own_channel("bo", 0);
    let (during, after) =
        (scene.schedule("bo", "during", MINUTE_MS).expect("early"), scene.schedule("bo", "after", 9 * MINUTE_MS));
    let until = scene.world.now().plus_millis(5 * MINUTE_MS);
    let mute = Command::Mute { user_id: UserId::trusted("bo"), until, reason: "noise".to_owned() };
    scene.command("ana", mute).expect("the owner mutes");
    let within = scene.schedule("bo", "within", 2 * MINUTE_MS).expect_err("the mute is in force then");
    assert_eq!(within.kind, Kind::Muted);
    scene.schedule("bo", "beyond", 6 * MINUTE_MS).expect("the mute ends before");
    scene.pass(2 * MINUTE_MS);
    assert_eq!(scene.failed("bo", &during.id).as_deref(), Some("muted"));
    assert_eq!(scene.status("bo", &during.id).body.as_deref(), Some("during"), "the author can copy it");
    let told: Vec<Value> =
        told.borrow().iter().filter(|notice| notice["event"] == "scheduled.failed").cloned().collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["partial"], json!({"scheduled_id": during.id, "problem": "muted"}));
    scene.pass(8 * MINUTE_MS);
    assert_eq!(scene.recorded(), ["beyond", "after"]);
    assert_eq!(scene.status("bo", &after.expect("early").id).status, ScheduledStatus::Sent);
}

#[test]
fn who_may_not_write_at_its_time_sends_nothing() {
    type Act<'a> = (&'a str, Box<dyn Fn(&Scene)>, &'a str);
    let acts: [Act<'_>; 4] = [
        ("removed", Box::new(|scene| drop(scene.command("ana", remove("bo")).expect("removed"))), "forbidden"),
        ("banned", Box::new(|scene| drop(scene.command("ana", ban("bo")).expect("banned"))), "forbidden"),
        (
            "announcements",
            Box::new(|scene| drop(scene.command("ana", posting(Some(Posting::Moderators), None)).expect("changed"))),
            "announcement-only",
        ),
        ("deleted", Box::new(delete_room), "not-found"),
    ];
    for (what, act, problem) in acts {
        for hibernates in [false, true] {
            let scene = room();
            let scheduled = scene.schedule("bo", "later", MINUTE_MS).expect("scheduled");
            act(&scene);
            if hibernates {
                scene.hibernate();
            }
            scene.pass(2 * MINUTE_MS);
            assert_eq!(scene.failed("bo", &scheduled.id).as_deref(), Some(problem), "{what}");
            assert_eq!(scene.recorded(), [""; 0], "{what}");
        }
    }
}

fn remove(user: &str) -> Command {
    Command::RemoveMember { user_id: UserId::trusted(user) }
}

fn ban(user: &str) -> Command {
    Command::Ban { user_id: UserId::trusted(user), until: None, reason: "spam".to_owned() }
}

fn delete_room(scene: &Scene) {
    let admin = Principal { admin: true, ..principal("ana") };
    scene.command_as(admin, Command::DeleteRoom).expect("deleted");
}

#[test]
fn a_block_at_its_time_fails_it() {
    let (store, record) = record_of_dm();
    let scene = Scene::with(World::new(1), store, record);
    let scheduled = scene.schedule("ana", "later", MINUTE_MS).expect("scheduled");
    scene.block("bo", "ana");
    scene.command("bo", Command::BlocksChanged).expect("bo blocks ana");
    assert_eq!(scene.schedule("ana", "another", MINUTE_MS).expect_err("blocked now").kind, Kind::Blocked);
    scene.pass(2 * MINUTE_MS);
    assert_eq!(scene.failed("ana", &scheduled.id).as_deref(), Some("blocked"));
    assert_eq!(scene.recorded(), [""; 0]);
}

#[test]
fn an_identity_that_was_revoked_since_sends_nothing() {
    let scene = Scene::new();
    let scheduled = scene.schedule("ana", "later", MINUTE_MS).expect("scheduled");
    let other = scene.schedule("bo", "of another person", MINUTE_MS).expect("scheduled");
    let (tenant, now) = (TenantId::trusted("demo"), scene.world.now());
    let audit = Audit::new(&principal("ana"), Act::UserSignedOut, "ana", Value::Null, now, [1; 10]);
    block_on(scene.store().revoke_user(&tenant, &UserId::trusted("ana"), &audit, now)).expect("revoked");
    scene.pass(2 * MINUTE_MS);
    assert_eq!(scene.failed("ana", &scheduled.id).as_deref(), Some("unauthenticated"));
    assert_eq!(scene.status("bo", &other.id).status, ScheduledStatus::Sent);
    assert_eq!(scene.recorded(), ["of another person"]);
}

#[test]
fn a_disabled_app_sends_nothing() {
    let scene = Scene::new();
    let scheduled = scene.schedule("ana", "later", MINUTE_MS).expect("scheduled");
    scene.sql("UPDATE apps SET disabled_at = 1");
    scene.pass(2 * MINUTE_MS);
    assert_eq!(scene.failed("ana", &scheduled.id).as_deref(), Some("forbidden"));
    assert_eq!(scene.recorded(), [""; 0]);
}

#[test]
fn an_expired_token_does_not_matter() {
    let scene = Scene::new();
    let short = Principal { expires_at_ms: scene.world.now().millis() + 1_000, ..principal("ana") };
    let send_at = scene.world.now().plus_millis(MINUTE_MS);
    scene.command_as(short, Command::Schedule { draft: draft("a", "later"), send_at }).expect("scheduled");
    scene.pass(2 * MINUTE_MS);
    assert_eq!(scene.recorded(), ["later"]);
}

#[test]
fn the_rights_of_a_token_are_not_kept_for_later() {
    let scene = room();
    scene.command("ana", posting(Some(Posting::Moderators), None)).expect("the owner");
    let admin = Principal { admin: true, ..principal("bo") };
    let send_at = scene.world.now().plus_millis(MINUTE_MS);
    let refused = scene.command_as(admin, Command::Schedule { draft: draft("a", "later"), send_at });
    assert_eq!(refused.expect_err("a member").kind, Kind::AnnouncementOnly);
    let promote = Command::ChangeRole { user_id: UserId::trusted("bo"), role: Role::Moderator };
    scene.command("ana", promote).expect("the owner changes roles");
    scene.schedule("bo", "later", MINUTE_MS).expect("a moderator");
}

#[test]
fn only_members_schedule() {
    let scene = Scene::new();
    assert_eq!(scene.schedule("dee", "later", MINUTE_MS).expect_err("a stranger").kind, Kind::NotFound);
    let room = room();
    room.command("bo", Command::Leave).expect("bo leaves");
    assert_eq!(room.schedule("bo", "later", MINUTE_MS).expect_err("no member").kind, Kind::Forbidden);
}
