//! System messages.

use super::*;
use crate::chat::annotations::AnnotationView;
use crate::chat::conversation::threads::Parent;
use crate::chat::emoji::Emoji;
use serde_json::{Value, json};

const PRIVATE: [Place; 2] = [Place::PrivateRoom, Place::Group];

/// What user 1, a moderator, does to user 7.
fn changed(world: &mut World, kind: MemberChangeKind) -> Vec<Value> {
    let (mo, moderates) = (principal("1"), membership("1", Role::Moderator));
    let actor = Actor { principal: &mo, membership: Some(&moderates), origin_client_id: Some("tab") };
    let person = Person { user_id: UserId::trusted("7"), name: "User 7".to_owned() };
    let change = MemberChange { person, kind, by: Some(actor.person()) };
    let entry = world.conversation.member_changed(actor, &change, at(5), [9; 10]);
    commit(world, entry)
}

/// What user 1 makes of the fields of a room or group that looked so.
fn updated(world: &mut World, was: &Appearance, fields: &Value) -> Vec<Value> {
    let who = principal("1");
    let actor = Actor { principal: &who, membership: None, origin_client_id: Some("tab") };
    let fields = fields.as_object().expect("fields").clone();
    let entry = world.conversation.conversation_updated(actor, fields, Some(was), at(5), [9; 10]);
    commit(world, entry)
}

/// Commits an entry. Returns its events.
fn commit(world: &mut World, entry: Entry) -> Vec<Value> {
    let events = entry.chain().map(|entry| serde_json::from_str(&entry.text).expect("an event")).collect();
    world.commit(entry);
    events
}

fn world_in(place: Place) -> World {
    let mut world = World::new();
    world.conversation.set_place(place);
    world
}

fn appearance(name: &str, visibility: Option<Visibility>) -> Appearance {
    Appearance { name: Some(name.to_owned()), visibility }
}

/// Metadata of the system messages among events.
fn metadata(events: &[Value]) -> Vec<Value> {
    let of_system = |event: &&Value| event["partial"]["type"] == "system";
    events.iter().filter(of_system).map(|event| event["partial"]["metadata"].clone()).collect()
}

#[test]
fn a_change_of_members_is_followed_by_its_system_message() {
    let joined = MemberChangeKind::Joined { role: Role::Member };
    for (kind, event, name) in [
        (joined, "member.joined", "joined"),
        (MemberChangeKind::Left, "member.left", "left"),
        (MemberChangeKind::Removed, "member.removed", "removed"),
        (MemberChangeKind::Banned, "member.removed", "removed"),
    ] {
        for place in PRIVATE {
            let mut world = world_in(place);
            let events = changed(&mut world, kind);
            let names: Vec<_> = events.iter().map(|event| (event["event"].clone(), event["seq"].clone())).collect();
            assert_eq!(names, [(json!(event), json!(1)), (json!("message.created"), json!(2))]);
            let partial = &events[1]["partial"];
            assert_eq!(partial["metadata"], json!({"kind": name, "actor_id": "1", "user_id": "7"}));
            assert_eq!(
                [&partial["type"], &partial["body"], &partial["sender_id"], &partial["sender_name"]],
                [&json!("system"), &json!(""), &json!("1"), &json!("User 1")]
            );
            assert_eq!((&partial["seq"], &partial["id"]), (&json!(2), &events[1]["id"]));
            assert_eq!(events[1].get("origin_client_id"), None, "the tab that acted does not know the message");
            assert_eq!(world.conversation.head(), 2);
            assert_eq!(world.conversation.counts(), MessageCounts { sent: 1, uncounted: 1 });
        }
    }
}

#[test]
fn a_mute_or_another_role_has_no_system_message() {
    let mut world = world_in(Place::PrivateRoom);
    assert_eq!(changed(&mut world, MemberChangeKind::Muted { until: Some(at(9)) }).len(), 1);
    assert_eq!(changed(&mut world, MemberChangeKind::Updated { role: Role::Owner }).len(), 1);
    assert_eq!(world.conversation.counts(), MessageCounts::default());
}

#[test]
fn public_rooms_direct_conversations_and_the_apps_setting_have_none() {
    let joined = MemberChangeKind::Joined { role: Role::Member };
    for place in [Place::App, Place::PublicRoom, Place::Direct] {
        assert_eq!(changed(&mut world_in(place), joined).len(), 1, "{place:?}");
        let was = appearance("Lobby", None);
        assert_eq!(updated(&mut world_in(place), &was, &json!({"name": "Hall"})).len(), 1, "{place:?}");
    }
    for place in PRIVATE {
        let mut world = world_in(place);
        world.conversation.set_limits(Limits { system_messages: false, ..Limits::default() });
        assert_eq!(changed(&mut world, joined).len(), 1);
        assert_eq!(updated(&mut world, &appearance("Lobby", None), &json!({"name": "Hall"})).len(), 1);
    }
}

#[test]
fn a_change_that_an_earlier_release_began_has_none() {
    let world = world_in(Place::Group);
    let (who, person) = (principal("1"), Person { user_id: UserId::trusted("7"), name: String::new() });
    let actor = Actor { principal: &who, membership: None, origin_client_id: None };
    let change = MemberChange { person, kind: MemberChangeKind::Left, by: None };
    assert_eq!(world.conversation.member_changed(actor, &change, at(5), [9; 10]).next, None);
    let fields = serde_json::Map::from_iter([("name".to_owned(), "Hall".into())]);
    assert_eq!(world.conversation.conversation_updated(actor, fields, None, at(5), [9; 10]).next, None);
}

#[test]
fn only_another_name_is_a_renaming() {
    let mut world = world_in(Place::PrivateRoom);
    let was = appearance("Lobby", Some(Visibility::Private));
    let renamed = updated(&mut world, &was, &json!({"name": "Hall", "description": "big", "slow_mode_s": 5}));
    assert_eq!(metadata(&renamed), [json!({"kind": "renamed", "actor_id": "1", "name": "Hall"})]);
    for same in [json!({"name": "Lobby"}), json!({"description": "x"}), json!({"visibility": "private"}), json!({})] {
        assert_eq!(updated(&mut world, &was, &same).len(), 1, "{same}");
    }
}

#[test]
fn the_name_of_a_group_is_in_its_metadata() {
    let mut world = world_in(Place::Group);
    let named = updated(&mut world, &Appearance::default(), &json!({"metadata": {"name": "Team", "color": 3}}));
    assert_eq!(metadata(&named), [json!({"kind": "renamed", "actor_id": "1", "name": "Team"})]);
    let was = appearance("Team", None);
    for same in [json!({"name": "Team"}), json!({"name": ""}), json!({"name": 7}), json!({"color": 4}), json!({})] {
        assert_eq!(updated(&mut world, &was, &json!({"metadata": same})).len(), 1, "{same}");
    }
    let long = "é".repeat(4_000);
    let cut = metadata(&updated(&mut world, &was, &json!({"metadata": {"name": long}})));
    assert_eq!(cut[0]["name"].as_str().map(|name| name.chars().count()), Some(100));
}

#[test]
fn both_directions_of_a_rooms_visibility_are_reported_with_a_message_each_for_what_changed() {
    let was = appearance("Lobby", Some(Visibility::Public));
    let private = updated(&mut world_in(Place::PrivateRoom), &was, &json!({"visibility": "private"}));
    assert_eq!(metadata(&private), [json!({"kind": "visibility", "actor_id": "1", "visibility": "private"})]);
    let was = appearance("Lobby", Some(Visibility::Private));
    let mut world = world_in(Place::PublicRoom);
    let public = updated(&mut world, &was, &json!({"name": "Hall", "visibility": "public"}));
    let kinds: Vec<_> = metadata(&public).iter().map(|metadata| metadata["kind"].clone()).collect();
    assert_eq!(kinds, ["renamed", "visibility"]);
    let seqs: Vec<_> = public.iter().map(|event| event["seq"].clone()).collect();
    assert_eq!(seqs, [1, 2, 3]);
    assert_ne!(public[1]["id"], public[2]["id"]);
    assert_eq!(world.conversation.counts(), MessageCounts { sent: 2, uncounted: 2 });
    let ordinals: Vec<_> = world.messages.values().map(|row| (row.ordinal, row.uncounted)).collect();
    assert_eq!(ordinals, [(1, 1), (2, 2)]);
}

#[test]
fn a_pin_is_reported_and_its_removal_is_not() {
    let (mo, moderates) = (principal("1"), membership("1", Role::Moderator));
    let actor = Actor { principal: &mo, membership: Some(&moderates), origin_client_id: None };
    let mut world = world_in(Place::PrivateRoom);
    world.send("7", "m", "hi", 0).expect("sent");
    let mut target = Annotated { row: world.messages[&1].clone(), view: AnnotationView::default() };
    let pinned = world.conversation.pin(actor, &target, 0, true, at(5), [9; 10]).expect("pinned").expect("an entry");
    let Some(MessageChange::Annotated { row, .. }) = &pinned.message else { panic!("annotations") };
    target.view.annotations = row.annotations.clone();
    let pinned = commit(&mut world, pinned);
    let id = target.row.message.id.as_str();
    assert_eq!(pinned[0]["event"], "message.pinned");
    assert_eq!(metadata(&pinned), [json!({"kind": "pinned", "actor_id": "1", "message_id": id})]);
    let unpinned = world.conversation.pin(actor, &target, 1, false, at(6), [9; 10]).expect("unpinned");
    assert_eq!(commit(&mut world, unpinned.expect("an entry")).len(), 1);
    let mut direct = world_in(Place::Direct);
    direct.send("7", "m", "hi", 0).expect("sent");
    let target = Annotated { row: direct.messages[&1].clone(), view: AnnotationView::default() };
    let pinned = direct.conversation.pin(actor, &target, 0, true, at(5), [9; 10]).expect("pinned");
    assert_eq!(commit(&mut direct, pinned.expect("an entry")).len(), 1);
}

/// A world in which user 7 left, and the row of the message about it.
fn left() -> (World, FlushedMessage) {
    let mut world = world_in(Place::PrivateRoom);
    changed(&mut world, MemberChangeKind::Left);
    let row = world.messages[&2].clone();
    (world, row)
}

#[test]
fn nobody_edits_a_system_message_and_only_moderators_delete_it() {
    let (mut world, row) = left();
    // The sender, once as a member and once as a moderator.
    let (sender, member, moderator) = (principal("1"), membership("1", Role::Member), membership("1", Role::Moderator));
    for membership in [&member, &moderator] {
        let actor = Actor { principal: &sender, membership: Some(membership), origin_client_id: None };
        let edited = world.conversation.edit(actor, row.clone(), "x", &Known::default(), None, at(6));
        assert_eq!(kind(edited), Kind::Forbidden);
    }
    let as_member = Actor { principal: &sender, membership: Some(&member), origin_client_id: None };
    assert_eq!(kind(world.conversation.delete(as_member, row.clone(), None, at(6), [2; 10])), Kind::Forbidden);
    let as_moderator = Actor { principal: &sender, membership: Some(&moderator), origin_client_id: None };
    let deleted = world.conversation.delete(as_moderator, row, None, at(6), [2; 10]).expect("a moderator may");
    assert_eq!(deleted.audit.as_ref().map(|audit| audit.action), Some(Act::MessageDeleted));
    world.commit(deleted);
    let message = &world.messages[&2].message;
    assert_eq!((message.metadata.as_ref(), message.body.as_ref()), (None, None));
    assert_eq!(world.conversation.counts(), MessageCounts { sent: 1, uncounted: 1 });
}

#[test]
fn nobody_reacts_to_a_system_message_pins_answers_or_quotes_it() {
    let (mut world, row) = left();
    let (who, moderates) = (principal("8"), membership("8", Role::Moderator));
    let actor = Actor { principal: &who, membership: Some(&moderates), origin_client_id: None };
    let target = Annotated { row: row.clone(), view: AnnotationView::default() };
    let thumb = Emoji::read("👍", &[]).expect("an emoji");
    assert_eq!(kind(world.conversation.react(actor, &target, &thumb, true, at(6))), Kind::Conflict);
    assert_eq!(world.conversation.react(actor, &target, &thumb, false, at(6)), Ok(None));
    assert_eq!(kind(world.conversation.pin(actor, &target, 0, true, at(6), [3; 10])), Kind::Conflict);
    let id = Some(row.message.id.to_string());
    let parent = Some(Parent { row: row.clone(), root: target });
    for (draft, references, field) in [
        (
            Draft { parent_id: id.clone(), ..draft("a", "x") },
            References { parent, ..References::default() },
            "parent_id",
        ),
        (
            Draft { quote_id: id, ..draft("b", "x") },
            References { quote: Some(row), ..References::default() },
            "quote_id",
        ),
    ] {
        let refused = world.conversation.send(actor, draft, &references, None, at(6), [3; 10]).expect_err("refused");
        assert_eq!((refused.kind, refused.errors[0].field.as_str()), (Kind::Invalid, field));
    }
}

#[test]
fn a_system_message_takes_no_token_and_counts_for_no_slow_mode() {
    let mut world = world_in(Place::PrivateRoom);
    for _ in 0..=world.conversation.limits().conversation_send_burst {
        changed(&mut world, MemberChangeKind::Left);
    }
    assert!(world.send("1", "m", "hi", 5).is_ok());
}
