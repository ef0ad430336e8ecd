//! The index by itself: what is put, what stays removed, and the searches of a person with many conversations.

use super::Object;
use super::queries::memberships;
use crate::sql::int;
use campana_core::chat::flush::FlushedMessage;
use campana_core::chat::search::{
    Erase, FeedMessages, Find, Found, IndexState, IndexedMessage, MessageQuery, OneConversation, ParsedQuery, Place,
    Rebuild, Sort,
};
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::shared::problem::Problem;
use campana_runtime::testing::{Node, World, instance};
use campana_storage::{Database, Sqlite, Statement, Store};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;

const NAME: &str = "SEARCH:demo";
const TURNS: u64 = 10_000;

struct Scene {
    world: World,
    node: Node,
    store: Store,
    database: Arc<dyn Database>,
}

impl Scene {
    /// An index, and a record in which Bo is a member of so many conversations.
    fn new(conversations: u32) -> Self {
        let database: Arc<dyn Database> = Arc::new(Sqlite::new().expect("a database"));
        let store = Store::new(Arc::clone(&database));
        let world = World::new(1);
        world.set_record(Some(store.clone()));
        let node = world.add(NAME, instance::<Object>);
        let scene = Self { world, node, store, database };
        scene.run("INSERT INTO apps (id, tenant_id, key, secret, created_at) VALUES (?1, ?1, ?1, ?1, 0)", "demo");
        scene.run(
            "INSERT INTO users (tenant_id, id, name, search_name, created_at) VALUES ('demo', ?1, ?1, ?1, 0)",
            "bo",
        );
        for number in 0..conversations {
            let id = conversation(number);
            scene.run(
                "INSERT INTO conversations (id, tenant_id, type, created_by, created_at) VALUES (?1, 'demo', 'group', 'bo', 0)",
                id.as_str(),
            );
            scene.run(
                "INSERT INTO members (conversation_id, user_id, tenant_id, role, joined_at) VALUES (?1, 'bo', 'demo', 'owner', 0)",
                id.as_str(),
            );
        }
        scene
    }

    fn run(&self, sql: &'static str, param: &str) {
        let statement = Statement::unnamed(sql, [param.into()]);
        pollster::block_on(self.database.query(statement)).expect("the statement runs");
    }

    fn post(&self, path: &str, body: &impl Serialize) -> (u16, Vec<u8>) {
        let answer = self.world.call(NAME, path, serde_json::to_vec(body).expect("JSON"));
        self.world.run_until(TURNS, || answer.borrow().is_some());
        let answer = answer.take().expect("an answer").expect("the object answers");
        (answer.status, answer.body)
    }

    fn ask<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> T {
        let (_, body) = self.post(path, body);
        serde_json::from_slice::<Result<T, Problem>>(&body).expect("JSON").expect("no problem")
    }

    fn feed(&self, number: u32, messages: &[Value]) {
        let messages = messages.iter().map(|row| {
            let row: FlushedMessage = serde_json::from_value(row.clone()).expect("a row");
            IndexedMessage::of(&row).expect("a message of a person")
        });
        let feed = FeedMessages { tenant: tenant(), conversation: conversation(number), messages: messages.collect() };
        assert_eq!(self.post("feed", &feed).0, 204);
    }

    fn find(&self, q: &str, sort: Sort, after: Option<Place>, limit: u32) -> Found {
        let rev = pollster::block_on(self.store.memberships_rev(&tenant(), &user())).expect("the query runs");
        let query = MessageQuery { terms: ParsedQuery::parse(q).terms, ..MessageQuery::default() };
        let memberships_rev = rev.unwrap_or_default();
        self.ask("find", &Find { tenant: tenant(), user: user(), memberships_rev, query, sort, after, limit })
    }

    /// Positions of all that is found, page by page.
    fn all(&self, q: &str, sort: Sort) -> Vec<String> {
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let page = self.find(q, sort, after, 7);
            ids.extend(page.messages.into_iter().map(|message| message.id.to_string()));
            match page.next {
                Some(next) => after = Some(next),
                None => return ids,
            }
        }
    }

    fn state(&self) -> IndexState {
        self.ask("rebuild", &Rebuild { tenant: tenant(), restart: false })
    }
}

fn tenant() -> TenantId {
    TenantId::trusted("demo")
}

fn user() -> UserId {
    UserId::trusted("bo")
}

fn conversation(number: u32) -> ConversationId {
    ConversationId::trusted(format!("00000000-0000-7000-8000-{number:012}"))
}

fn message_id(number: u32, seq: u32) -> String {
    format!("00000000-0000-7000-9000-{number:08}{seq:04}")
}

/// A message as a flush writes it.
fn message(number: u32, seq: u32, updated_seq: u32, body: Option<&str>) -> Value {
    let at = format!("2026-01-01T00:{:02}:{:02}.000Z", seq % 60, number % 60);
    json!({
        "id": message_id(number, seq), "conversation_id": conversation(number), "seq": seq, "sender_id": "ana",
        "sender_name": "Ana", "type": "text", "body": body, "metadata": null, "parent_id": null, "client_msg_id": null,
        "created_at": at, "edited_at": null, "deleted_at": body.is_none().then_some(&at), "updated_at": null,
        "ordinal": seq, "updated_seq": updated_seq,
    })
}

#[test]
fn an_older_state_never_replaces_a_newer_one_and_a_deleted_message_does_not_return() {
    let scene = Scene::new(1);
    scene.feed(0, &[message(0, 1, 1, Some("first words"))]);
    scene.feed(0, &[message(0, 1, 5, Some("second words"))]);
    scene.feed(0, &[message(0, 1, 1, Some("first words"))]);
    assert_eq!(scene.all("first", Sort::New), Vec::<String>::new());
    assert_eq!(scene.all("second", Sort::New), [message_id(0, 1)]);
    scene.feed(0, &[message(0, 1, 6, None)]);
    scene.feed(0, &[message(0, 1, 7, Some("third words"))]);
    scene.feed(0, &[message(0, 2, 8, None)]);
    scene.feed(0, &[message(0, 2, 2, Some("fourth words"))]);
    assert_eq!(scene.all("words", Sort::New), Vec::<String>::new());
    assert_eq!(scene.state().messages, 0);
}

#[test]
fn a_person_with_many_conversations_finds_what_is_in_theirs_on_every_page() {
    const MINE: u32 = 60;
    let scene = Scene::new(MINE);
    let mut expected: Vec<(u32, u32)> = Vec::new();
    for number in 0..MINE * 2 {
        for seq in 1..=2 {
            scene.feed(number, &[message(number, seq, seq, Some(if seq == 1 { "word" } else { "word of more" }))]);
            if number < MINE {
                expected.push((seq, number));
            }
        }
    }
    let person = |scene: &Scene| {
        let sql = scene.world.look(scene.node);
        sql.list(memberships::LIST, [int(1), int(1_000)], |row| row.int(0)).expect("the query runs").len()
    };
    expected.sort_by_key(|(seq, number)| std::cmp::Reverse((*seq, number % 60)));
    let in_time: Vec<String> = expected.iter().map(|(seq, number)| message_id(*number, *seq)).collect();
    assert_eq!(scene.all("word", Sort::New), in_time);
    assert_eq!(person(&scene), 60);
    let mut best = scene.all("word", Sort::Best);
    best.sort();
    let mut all = in_time.clone();
    all.sort();
    assert_eq!(best, all);
    assert_eq!(scene.all("word more", Sort::New).len(), 60);
    assert_eq!(scene.all("word -more", Sort::New).len(), 60);
    scene.run("DELETE FROM members WHERE conversation_id = ?1", conversation(0).as_str());
    assert_eq!(scene.all("word", Sort::New).len(), 118, "the revision has changed");
    assert_eq!(person(&scene), 59);
    for number in 1..20 {
        scene.run("DELETE FROM members WHERE conversation_id = ?1", conversation(number).as_str());
    }
    assert_eq!(scene.all("word", Sort::New).len(), 80, "few conversations are keys of the expression");
}

#[test]
fn a_conversation_and_what_a_user_sent_can_be_removed() {
    let scene = Scene::new(2);
    for number in 0..2 {
        scene.feed(number, &[message(number, 1, 1, Some("word"))]);
    }
    assert_eq!(scene.post("forget", &OneConversation { tenant: tenant(), conversation: conversation(0) }).0, 204);
    assert_eq!(scene.all("word", Sort::New), [message_id(1, 1)]);
    assert_eq!(scene.post("erase", &Erase { tenant: tenant(), user: UserId::trusted("ana") }).0, 204);
    assert_eq!((scene.all("word", Sort::New).len(), scene.state().messages), (0, 0));
}

#[test]
fn messages_of_one_time_have_their_own_numbers() {
    let scene = Scene::new(1);
    let many: Vec<Value> = (1..=30)
        .map(|seq| {
            let mut message = message(0, seq, seq, Some("word"));
            message["created_at"] = json!("2026-01-01T00:00:00.000Z");
            message
        })
        .collect();
    scene.feed(0, &many);
    assert_eq!(scene.all("word", Sort::New).len(), 30);
    assert_eq!(scene.state().messages, 30);
}
