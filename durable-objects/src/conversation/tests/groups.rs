//! Groups: who adds and removes, who owns a group when its owner has left, and typing in a group.

use super::scene::{Scene, events};
use super::{SOON_MS, json};
use crate::conversation::flush::feature_of_messages;
use crate::testing::quota_registry;
use crate::tests::metering::{REGISTRY, REPORTED_MS, feature_uses};
use campana_core::chat::command::{Command, Reply};
use campana_core::chat::policy::{Place, Role};
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Kind;
use campana_schema::members;
use campana_storage::Fault;

fn change_role(user: &str, role: Role) -> Command {
    Command::ChangeRole { user_id: UserId::trusted(user), role }
}

#[test]
fn a_group_whose_owner_leaves_is_owned_by_its_moderator_before_the_owner_is_gone() {
    let scene = Scene::new();
    let bo = scene.open("bo", "one");
    scene.command("ana", change_role("cy", Role::Moderator)).expect("the owner changes roles");
    assert_eq!(scene.command("ana", Command::Leave), Ok(Reply::Done));
    scene.pass(SOON_MS);
    let heard = events(&bo.frames());
    let changes = heard.iter().filter(|event| event["partial"]["type"] != "system");
    let announced: Vec<_> = changes.map(|it| (it["event"].clone(), it["id"].clone())).collect();
    let expected = [("member.updated", "cy"), ("member.updated", "cy"), ("member.left", "ana")];
    assert_eq!(announced, expected.map(|(event, user)| (json!(event), json!(user))));
    scene.command("cy", change_role("bo", Role::Moderator)).expect("the new owner changes roles");
}

#[test]
fn nobody_is_added_to_a_group_by_a_person_whom_they_have_blocked() {
    let scene = Scene::new();
    scene.command("bo", Command::Leave).expect("bo leaves");
    scene.block("bo", "ana");
    let add = || Command::AddMember { user_id: UserId::trusted("bo"), role: Role::Member };
    assert_eq!(scene.command("ana", add()).expect_err("blocked").kind, Kind::Blocked);
    scene.command("ana", change_role("cy", Role::Moderator)).expect("the owner changes roles");
    assert!(matches!(scene.command("cy", add()), Ok(Reply::Member { created: true, .. })), "others add them");
}

#[test]
fn the_last_member_leaves_a_group_without_a_successor() {
    let scene = Scene::new();
    for user in ["ana", "bo", "cy"] {
        assert_eq!(scene.command(user, Command::Leave), Ok(Reply::Done), "{user}");
    }
    assert_eq!(scene.command("cy", Command::View).expect_err("not a member").kind, Kind::NotFound);
}

/// A handover and the leaving are two changes: in between, the group has two owners, and never none.
#[test]
fn a_leaving_that_fails_after_the_handover_is_repeated() {
    let scene = Scene::new();
    scene.fail(members::REMOVE, Fault::BeforePersisting);
    assert_eq!(scene.command("ana", Command::Leave).expect_err("the record refuses").kind, Kind::Unavailable);
    scene.command("bo", change_role("cy", Role::Moderator)).expect("the successor is an owner already");
    scene.command("ana", change_role("cy", Role::Member)).expect("the leaver is still one");
    assert_eq!(scene.command("ana", Command::Leave), Ok(Reply::Done));
    assert_eq!(scene.command("ana", Command::View).expect_err("not a member").kind, Kind::NotFound);
}

#[test]
fn a_member_who_is_removed_while_typing_types_no_longer() {
    let scene = Scene::new();
    let (ana, bo) = (scene.open("ana", "one"), scene.open("bo", "two"));
    bo.send(&json!({"type": "typing", "on": true}));
    scene.pass(SOON_MS);
    scene.command("ana", Command::RemoveMember { user_id: UserId::trusted("bo") }).expect("the owner removes");
    scene.pass(SOON_MS);
    let names: Vec<_> = ana.frames().iter().filter_map(|frame| frame["event"].as_str().map(str::to_owned)).collect();
    let of = |name: &str| names.iter().position(|it| it == name);
    assert!(of("typing.started").is_some() && of("typing.stopped") > of("typing.started"), "{names:?}");
    assert!(of("member.removed") > of("typing.stopped"), "{names:?}");
}

#[test]
fn messages_of_a_group_are_counted_as_such() {
    let scene = Scene::new();
    scene.world.add(REGISTRY, quota_registry);
    let ana = scene.open("ana", "one");
    ana.say("m-1", "hello");
    ana.say("m-2", "again");
    scene.pass(2 * REPORTED_MS);
    assert_eq!(feature_uses(&scene.world), [("group_messages".to_owned(), 2)]);
}

#[test]
fn messages_count_by_the_place_they_are_in() {
    for (place, feature) in [
        (Place::PublicRoom, Some("room_messages")),
        (Place::PrivateRoom, Some("room_messages")),
        (Place::Direct, Some("direct_messages")),
        (Place::Group, Some("group_messages")),
        (Place::App, None),
    ] {
        assert_eq!(feature_of_messages(place), feature);
    }
}
