//! Notifications for all members: who gets the events, also after the delivering object was lost or the record failed.

use super::SOON_MS;
use super::scene::Scene;
use crate::chat_push;
use crate::tests::group::{GROUP, record_of_room};
use campana_core::chat::command::{Command, Draft, Reply};
use campana_core::shared::ids::{TenantId, UserId};
use campana_runtime::testing::{Node, World, instance};
use campana_schema::notifications;
use campana_storage::Fault;
use pollster::block_on;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;

/// Longer than a flush and its announcement take, milliseconds.
const TOLD_MS: i64 = 8_000;

/// A room of Ana with Bo and Cy, and the object that tells its members.
fn room() -> (Scene, Node) {
    let (store, record) = record_of_room();
    let scene = Scene::with(World::new(1), store, record);
    let teller = scene.world.add(&format!("CHAT_PUSH:demo/all.{GROUP}"), instance::<chat_push::Object>);
    (scene, teller)
}

fn say(scene: &Scene, body: &str) -> String {
    match scene.command("ana", Command::Send { draft: Draft::text(body, body) }) {
        Ok(Reply::Sent { message, .. }) => message.id.to_string(),
        other => panic!("not sent: {other:?}"),
    }
}

/// Events about notifications on an own channel.
fn told(notices: &Rc<RefCell<Vec<Value>>>) -> Vec<Value> {
    let is_about = |notice: &&Value| notice["event"].as_str().is_some_and(|name| name.starts_with("notification."));
    notices.borrow().iter().filter(is_about).cloned().collect()
}

fn unread(scene: &Scene, user: &str) -> i64 {
    let (tenant, user) = (TenantId::trusted("demo"), UserId::trusted(user));
    block_on(scene.store().unread_notifications(&tenant, &user, scene.world.now())).expect("the query runs")
}

#[test]
fn members_who_are_online_are_told_of_a_message_to_all_and_of_its_deletion() {
    let (scene, _) = room();
    let (ana, bo) = (scene.own_channel("ana", 0), scene.own_channel("bo", 0));
    let id = say(&scene, "@room come");
    scene.pass(TOLD_MS);
    let events = told(&bo);
    assert_eq!(events.len(), 1, "{events:?}");
    let partial = &events[0]["partial"];
    assert_eq!(
        (&events[0]["event"], &partial["kind"], &partial["message"]["body"], &partial["data"]),
        (&json!("notification.created"), &json!("mention"), &json!("@room come"), &json!({"mention": "room"}))
    );
    assert_eq!((unread(&scene, "ana"), unread(&scene, "bo"), unread(&scene, "cy")), (0, 1, 1));
    scene.command("ana", Command::Delete { message_id: id }).expect("deleted");
    scene.pass(TOLD_MS);
    let gone = told(&bo);
    assert_eq!(gone[1]["partial"], json!({"ids": [partial["id"]], "withdrawn": true}));
    assert_eq!((gone.len(), told(&ana).len(), unread(&scene, "cy")), (2, 1, 0), "everybody online forgets it");
}

#[test]
fn they_are_told_when_the_record_or_the_object_comes_back() {
    let (scene, teller) = room();
    let bo = scene.own_channel("bo", 0);
    scene.fail(notifications::RECIPIENTS, Fault::BeforePersisting);
    say(&scene, "@room come");
    scene.pass(SOON_MS);
    scene.world.kill(teller);
    scene.pass(60_000);
    assert!(!told(&bo).is_empty());
    let known = told(&bo).len();
    scene.pass(60_000);
    assert_eq!(told(&bo).len(), known, "and then no more");
}

#[test]
fn an_edit_tells_of_news_and_withdraws_a_mention() {
    let (scene, _) = room();
    let (bo, cy) = (scene.own_channel("bo", 0), scene.own_channel("cy", 0));
    let id = say(&scene, "@[bo] come");
    scene.pass(TOLD_MS);
    let edit = |body: &str| {
        let edit = Command::Edit { message_id: id.clone(), body: body.to_owned(), if_match: None };
        scene.command("ana", edit).expect("edited");
        scene.pass(TOLD_MS);
    };
    edit("@[bo] come now");
    edit("@[cy] come now");
    let of_bo = told(&bo);
    let names: Vec<_> = of_bo.iter().map(|event| event["event"].as_str().unwrap_or_default()).collect();
    assert_eq!(names, ["notification.created", "notification.created", "notification.read"]);
    assert_eq!(of_bo[0]["partial"]["id"], of_bo[1]["partial"]["id"]);
    assert_eq!(of_bo[1]["partial"]["message"]["body"], "@[bo] come now");
    assert_eq!(of_bo[2]["partial"]["ids"], json!([of_bo[0]["partial"]["id"]]));
    assert_eq!((told(&cy).len(), unread(&scene, "bo"), unread(&scene, "cy")), (1, 0, 1));
}
