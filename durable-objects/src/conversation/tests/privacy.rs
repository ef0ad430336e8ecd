//! Hidden presence and private receipts, in the object.

use super::SOON_MS;
use super::scene::{Client, Scene, of_type};
use campana_core::chat::command::Command;
use campana_core::chat::privacy::{PresenceSetting, ReceiptsSetting};
use campana_core::shared::ids::{TenantId, UserId};
use campana_schema::users;
use campana_storage::Fault;
use pollster::block_on;
use serde_json::{Value, json};

/// Longer than the window in which receipts are collected, milliseconds.
const RECEIPTS_MS: i64 = 1_500;

impl Scene {
    /// Sets what a user shows, in the record only.
    fn shows(&self, user: &str, presence: Option<PresenceSetting>, receipts: Option<ReceiptsSetting>) {
        let (tenant, user) = (TenantId::trusted("demo"), UserId::trusted(user));
        block_on(self.store().set_privacy(&tenant, &user, presence, receipts)).expect("the setting is stored");
    }

    /// Changes whether a user's presence is visible, and tells the object, as functions do.
    fn becomes(&self, user: &str, presence: PresenceSetting) {
        self.shows(user, Some(presence), None);
        self.command(user, Command::PrivacyChanged).expect("the object reads it");
        self.pass(SOON_MS);
    }
}

/// Name and user of the presence events that a client got since the last call.
fn presence(client: &Client<'_>) -> Vec<(Value, Value)> {
    let is_presence = |frame: &Value| frame["event"].as_str().is_some_and(|name| name.starts_with("presence."));
    let frames = client.frames();
    frames.iter().filter(|frame| is_presence(frame)).map(|it| (it["event"].clone(), it["id"].clone())).collect()
}

fn event(name: &str, user: &str) -> (Value, Value) {
    (json!(name), json!(user))
}

/// User ids and count of those online, as the welcome tells.
fn online(client: &Client<'_>) -> (Vec<Value>, Value) {
    let welcome = of_type(&client.frames(), "welcome").remove(0);
    let people = welcome["online"].as_array().expect("a list").iter().map(|person| person["user_id"].clone());
    (people.collect(), welcome["online_count"].clone())
}

fn readers(client: &Client<'_>) -> Vec<Value> {
    let frames = client.frames();
    frames.iter().filter(|frame| frame["event"] == "message.read").map(|frame| frame["id"].clone()).collect()
}

#[test]
fn nobody_sees_that_a_hidden_person_is_here() {
    for hibernates in [false, true] {
        let scene = Scene::new();
        scene.shows("bo", Some(PresenceSetting::Hidden), None);
        let ana = scene.open("ana", "one");
        let bo = scene.open("bo", "two");
        scene.pass(SOON_MS);
        assert_eq!(online(&bo), (vec![json!("ana")], json!(1)));
        assert_eq!(presence(&ana), []);
        if hibernates {
            scene.hibernate();
        }
        let cy = scene.open("cy", "three");
        let (mut people, count) = online(&cy);
        people.sort_by_key(Value::to_string);
        assert_eq!((people, count), (vec![json!("ana"), json!("cy")], json!(2)));
        scene.pass(SOON_MS);
        assert_eq!(presence(&ana), [event("presence.joined", "cy")]);
        bo.disconnect();
        scene.pass(SOON_MS);
        assert_eq!(presence(&ana), []);
        assert_eq!(presence(&cy), []);
    }
}

#[test]
fn a_change_shows_and_hides_a_person_who_is_here() {
    let scene = Scene::new();
    let (ana, bo) = (scene.open("ana", "one"), scene.open("bo", "two"));
    scene.pass(SOON_MS);
    assert_eq!(presence(&ana), [event("presence.joined", "bo")]);
    scene.becomes("bo", PresenceSetting::Hidden);
    assert_eq!(presence(&ana), [event("presence.left", "bo")]);
    scene.becomes("bo", PresenceSetting::Hidden);
    assert_eq!(presence(&ana), [], "a repeat");
    let cy = scene.open("cy", "three");
    let (people, count) = online(&cy);
    assert_eq!((people.len(), count), (2, json!(2)));
    scene.hibernate();
    scene.becomes("bo", PresenceSetting::Visible);
    assert_eq!(presence(&ana), [event("presence.joined", "cy"), event("presence.joined", "bo")]);
    bo.disconnect();
    scene.pass(SOON_MS);
    assert_eq!(presence(&ana), [event("presence.left", "bo")]);
}

#[test]
fn a_hidden_person_types_and_their_lease_begins_and_ends() {
    const LEASES: &str = "SELECT user_id FROM presence WHERE source LIKE 'conversation:%' AND user_id = 'bo'";
    let scene = Scene::new();
    scene.shows("bo", Some(PresenceSetting::Hidden), None);
    let ana = scene.open("ana", "one");
    let bo = scene.open("bo", "two");
    scene.pass(SOON_MS);
    assert_eq!(scene.sql(LEASES).len(), 1, "changes have to find the object");
    bo.send(&json!({"type": "typing", "on": true}));
    bo.disconnect();
    scene.pass(SOON_MS);
    let names: Vec<Value> = ana.frames().iter().filter_map(|frame| frame.get("event").cloned()).collect();
    assert_eq!(names, [json!("typing.started"), json!("typing.stopped")]);
    assert!(scene.sql(LEASES).is_empty());
    scene.shows("bo", Some(PresenceSetting::Visible), None);
    let _bo = scene.open("bo", "two");
    scene.pass(SOON_MS);
    assert_eq!(presence(&ana), [event("presence.joined", "bo")], "the next visit reads the setting");
}

#[test]
fn users_who_come_at_the_same_time_are_asked_about_together() {
    let scene = Scene::new();
    scene.shows("bo", Some(PresenceSetting::Hidden), None);
    let clients: Vec<Client<'_>> = ["ana", "bo", "cy", "bo", "ana"]
        .into_iter()
        .enumerate()
        .map(|(tab, user)| scene.start_opening(user, Some(&tab.to_string()), None))
        .collect();
    scene.pass(SOON_MS);
    let late = scene.open("ana", "late");
    let (mut people, count) = online(&late);
    people.sort_by_key(Value::to_string);
    assert_eq!((people, count), (vec![json!("ana"), json!("cy")], json!(2)));
    for client in &clients {
        assert!(presence(client).iter().all(|(_, user)| user != "bo"));
    }
}

#[test]
fn who_is_not_known_is_hidden_while_the_record_does_not_answer() {
    let scene = Scene::new();
    let ana = scene.open("ana", "one");
    scene.command("bo", Command::View).expect("bo's membership is known");
    scene.fail(users::HIDDEN, Fault::BeforePersisting);
    let bo = scene.open("bo", "two");
    scene.pass(SOON_MS);
    assert_eq!(of_type(&bo.frames(), "welcome").len(), 1, "an outage stops no connection");
    assert_eq!(presence(&ana), []);
    scene.command("bo", Command::PrivacyChanged).expect("the record answers");
    scene.pass(SOON_MS);
    assert_eq!(presence(&ana), [event("presence.joined", "bo")]);
}

#[test]
fn who_keeps_receipts_private_sends_none_and_gets_none() {
    let scene = Scene::new();
    scene.shows("bo", None, Some(ReceiptsSetting::Private));
    let [ana, ana_elsewhere, bo, bo_elsewhere, cy] =
        [("ana", "1"), ("ana", "2"), ("bo", "3"), ("bo", "4"), ("cy", "5")].map(|it| scene.open(it.0, it.1));
    ana.say("a", "hello");
    scene.pass(SOON_MS);
    for client in [&ana, &ana_elsewhere, &bo, &bo_elsewhere, &cy] {
        drop(client.frames());
    }
    bo.send(&json!({"type": "read", "seq": 1}));
    scene.pass(RECEIPTS_MS);
    for client in [&ana, &ana_elsewhere, &cy] {
        assert!(readers(client).is_empty(), "bo sends none");
    }
    assert_eq!(readers(&bo_elsewhere), [json!("bo")], "their own devices keep in step");
    cy.send(&json!({"type": "read", "seq": 1}));
    scene.pass(RECEIPTS_MS);
    for client in [&ana, &ana_elsewhere] {
        assert_eq!(readers(client), [json!("cy")]);
    }
    drop(bo.frames());
    assert!(readers(&bo_elsewhere).is_empty(), "bo gets none");
    scene.shows("bo", None, Some(ReceiptsSetting::Public));
    ana.say("b", "again");
    scene.pass(SOON_MS);
    cy.send(&json!({"type": "read", "seq": 2}));
    scene.pass(RECEIPTS_MS);
    assert_eq!(readers(&bo_elsewhere), [json!("cy")], "the change holds at once");
}

#[test]
fn nobody_gets_a_receipt_while_the_record_does_not_answer() {
    let scene = Scene::new();
    let (ana, bo) = (scene.open("ana", "1"), scene.open("bo", "2"));
    ana.say("a", "hello");
    scene.pass(SOON_MS);
    drop(ana.frames());
    scene.fail(campana_schema::members::RECEIPTS, Fault::BeforePersisting);
    bo.send(&json!({"type": "read", "seq": 1}));
    scene.pass(RECEIPTS_MS);
    assert!(readers(&ana).is_empty());
}
