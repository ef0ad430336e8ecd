//! Previews of links: read once from public addresses, delivered once, also when the object dies at any statement.

use super::scene::{Scene, events, of_type};
use crate::tests::group::{GROUP, principal};
use campana_core::chat::command::{Answer, Command, Draft, Envelope, Reply};
use campana_core::shared::ids::{ConversationId, MessageId};
use campana_core::shared::limits::Limits;
use campana_runtime::Context;
use campana_runtime::ports;
use campana_runtime::testing::{Faults, Object, World};
use futures_util::future::LocalBoxFuture;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;

/// Longer than a flush and the pages after it take, milliseconds.
const READ_MS: i64 = 8_000;

/// The internet: pages by address.
struct Outside {
    context: Context,
    asked: Rc<RefCell<Vec<String>>>,
}

impl Object for Outside {
    fn fetch(&self, path: &str, _body: Vec<u8>) -> LocalBoxFuture<'static, ports::Answer> {
        let url = path.trim_start_matches('/').to_owned();
        self.asked.borrow_mut().push(url.clone());
        let html = |title: &str| (200, json!([null, "text/html", format!("<title>{title}</title>")]));
        let to = |address: &str| (302, json!([address, "", ""]));
        let (status, document) = match url.as_str() {
            "https://example.org/a" => html("A"),
            "https://example.org/moved" => to("/a"),
            "https://example.org/inside" => to("http://169.254.169.254/latest"),
            "https://example.org/loop" => to("https://example.org/loop"),
            "https://example.org/slow" => html("Slow"),
            _ => (404, json!([null, "text/html", "<title>missing</title>"])),
        };
        let waiting = self.context.sleep(if url.ends_with("slow") { 6_000 } else { 10 });
        Box::pin(async move {
            waiting.await;
            ports::Answer { status, body: serde_json::to_vec(&document).expect("JSON"), retry_after: None }
        })
    }

    fn alarm(&self) -> LocalBoxFuture<'static, ()> {
        Box::pin(async {})
    }
}

/// A group, and the addresses that are asked.
fn group(seed: u64) -> (Scene, Rc<RefCell<Vec<String>>>) {
    let scene = Scene::of(World::new(seed));
    let asked: Rc<RefCell<Vec<String>>> = Rc::default();
    let noted = Rc::clone(&asked);
    scene.world.add("outside", move |context| Rc::new(Outside { context, asked: Rc::clone(&noted) }));
    (scene, asked)
}

/// A command of Ana in an app with previews.
fn command(scene: &Scene, command: Command) -> Answer {
    let envelope = Envelope {
        conversation_id: ConversationId::trusted(GROUP),
        principal: principal("ana"),
        limits: Limits { link_previews: true, ..Limits::default() },
        origin_client_id: None,
        origin_socket: None,
        request_id: None,
        command,
    };
    scene.call("command", serde_json::to_vec(&envelope).expect("JSON"))
}

fn say(scene: &Scene, body: &str) -> MessageId {
    match command(scene, Command::Send { draft: Draft::text(body, body) }) {
        Ok(Reply::Sent { message, .. }) => message.id,
        other => panic!("not sent: {other:?}"),
    }
}

/// Titles in the previews of each event that changes a message.
fn titles(frames: &[Value], id: &MessageId) -> Vec<Vec<String>> {
    let is_of = |event: &&Value| event["event"] == "message.updated" && event["id"] == id.as_str();
    let titles = |event: &Value| {
        let previews = event["partial"]["metadata"]["link_previews"].as_array().cloned().unwrap_or_default();
        previews.iter().map(|preview| preview["title"].as_str().unwrap_or_default().to_owned()).collect()
    };
    events(frames).iter().filter(is_of).map(titles).collect()
}

#[test]
fn pages_of_public_addresses_are_read_once() {
    let (scene, asked) = group(1);
    let bo = scene.open("bo", "one");
    let first = say(&scene, "see https://example.org/a#x and https://example.org/moved");
    scene.pass(READ_MS);
    let again = say(&scene, "https://example.org/a");
    scene.pass(READ_MS);
    let frames = bo.frames();
    assert_eq!(titles(&frames, &first), [["A", "A"]]);
    assert_eq!(titles(&frames, &again), [["A"]]);
    assert_eq!(say(&scene, "https://example.org/a"), again, "a repeat of the send");
    let asked = asked.borrow().clone();
    assert_eq!(asked.iter().filter(|url| url.ends_with("/a")).count(), 2, "once by itself, once redirected");
}

#[test]
fn redirects_into_private_networks_are_not_followed() {
    let (scene, asked) = group(1);
    scene.world.set_environment("production");
    let bo = scene.open("bo", "one");
    let ids =
        ["https://example.org/inside", "https://example.org/loop", "https://example.org/slow", "http://10.0.0.1/"].map(
            |link| {
                let id = say(&scene, link);
                scene.pass(2 * READ_MS);
                id
            },
        );
    let frames = bo.frames();
    for id in &ids {
        assert_eq!(titles(&frames, id), Vec::<Vec<String>>::new());
    }
    let asked = asked.borrow().clone();
    assert!(!asked.iter().any(|url| url.contains("169.254") || url.contains("10.0.0.1")), "{asked:?}");
    assert_eq!(asked.iter().filter(|url| url.ends_with("loop")).count(), 4);
}

#[test]
fn without_the_setting_no_page_is_read() {
    let (scene, asked) = group(1);
    let sent = scene.command("ana", Command::Send { draft: Draft::text("a", "https://example.org/a") });
    assert!(sent.is_ok());
    scene.pass(READ_MS);
    assert_eq!(*asked.borrow(), [""; 0]);
}

#[test]
fn an_edit_keeps_the_previews_of_links_that_stay() {
    let (scene, _) = group(1);
    let bo = scene.open("bo", "one");
    let id = say(&scene, "https://example.org/a");
    scene.pass(READ_MS);
    for body in ["https://example.org/a too", "nothing"] {
        let edit = Command::Edit { message_id: id.to_string(), body: body.to_owned(), if_match: None };
        assert!(command(&scene, edit).is_ok());
        scene.pass(READ_MS);
    }
    let frames = bo.frames();
    let events = events(&frames);
    let changes: Vec<_> = events.iter().filter(|event| event["event"] == "message.updated").collect();
    assert_eq!(changes.len(), 3, "{changes:?}");
    assert_eq!((&changes[0]["partial"]["version"], &changes[0]["partial"]["edited_at"]), (&json!(1), &Value::Null));
    assert_eq!(changes[1]["partial"].get("metadata"), None);
    assert_eq!(changes[2]["partial"]["metadata"], Value::Null);
}

#[test]
fn one_event_is_delivered_whatever_dies() {
    for seed in 1..=40 {
        let (scene, _) = group(seed);
        let welcome = of_type(&scene.open("bo", "one").frames(), "welcome").remove(0);
        let id = say(&scene, "https://example.org/a");
        scene.set_faults(Faults { lost: 0, unheard: 0, late: 0, killed: 12, panics: 12 });
        scene.pass(60_000);
        scene.set_faults(Faults { lost: 0, unheard: 0, late: 0, killed: 0, panics: 0 });
        scene.pass(120_000);
        let bo = scene.open_at("bo", "one", Some(json!({"epoch": welcome["epoch"], "seq": welcome["head"]})));
        scene.pass(1_000);
        let found = titles(&bo.frames(), &id);
        assert_eq!(found, [["A"]], "seed {seed}");
    }
}
