//! A group of three in a simulated world.

use crate::testing::conversation;
use crate::tests::group::{self, GROUP, OBJECT, START, principal, record};
use campana_core::accounts::principal::Principal;
use campana_core::chat::command::{Answer, Command, Connect};
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::shared::limits::Limits;
use campana_runtime::sql::Sql;
use campana_runtime::testing::{Faults, Node, Object, TestSocket, TestStream, World};
use campana_runtime::{Context, ports};
use campana_schema::Query;
use campana_storage::OWN_CHANNEL;
use campana_storage::{Database, Failing, Fault, Row, Statement, Store};
use futures_util::future::LocalBoxFuture;
use pollster::block_on;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// The group's object, its record, and the world around both.
pub(super) struct Scene {
    pub(super) world: World,
    node: Node,
    record: Arc<Failing>,
    store: Store,
}

/// A member's socket.
pub(super) struct Client<'a> {
    scene: &'a Scene,
    socket: Rc<TestSocket>,
}

/// A user's own channel.
struct OwnChannel {
    context: Context,
    answers_after_ms: u32,
    notices: Rc<RefCell<Vec<Value>>>,
}

impl Object for OwnChannel {
    fn fetch(&self, _path: &str, body: Vec<u8>) -> LocalBoxFuture<'static, ports::Answer> {
        self.notices.borrow_mut().push(serde_json::from_slice(&body).expect("a notice"));
        let answered = self.context.sleep(self.answers_after_ms);
        Box::pin(async move {
            answered.await;
            ports::Answer::done(Ok(()))
        })
    }

    fn alarm(&self) -> LocalBoxFuture<'static, ()> {
        Box::pin(async {})
    }
}

impl Scene {
    pub(super) fn new() -> Self {
        Self::of(World::new(1))
    }

    pub(super) fn of(world: World) -> Self {
        let (store, record) = record();
        Self::with(world, store, record)
    }

    /// A group with this record.
    pub(super) fn with(world: World, store: Store, record: Arc<Failing>) -> Self {
        world.advance_to(START);
        world.set_record(Some(store.clone()));
        let node = world.add(OBJECT, conversation);
        Self { world, node, record, store }
    }

    /// Runs the world for so many milliseconds of its clock.
    pub(super) fn pass(&self, millis: i64) {
        self.world.run_for(millis);
    }

    pub(super) fn set_faults(&self, faults: Faults) {
        self.world.set_faults(faults);
    }

    pub(super) fn hibernate(&self) {
        self.world.hibernate(self.node);
    }

    pub(super) fn kill(&self) {
        self.world.kill(self.node);
    }

    pub(super) fn set_record_available(&self, is_available: bool) {
        self.world.set_record(is_available.then(|| self.store.clone()));
    }

    /// Makes the record's next run of a statement fail.
    pub(super) fn fail(&self, query: Query, fault: Fault) {
        self.record.fail_at(query, fault);
    }

    /// Makes the record's next call fail.
    pub(super) fn fail_next(&self, fault: Fault) {
        self.record.fail_next(fault);
    }

    pub(super) fn open(&self, user: &str, tab: &str) -> Client<'_> {
        self.open_at(user, tab, None)
    }

    /// Opens a socket that continues from a position.
    pub(super) fn open_at(&self, user: &str, tab: &str, resume: Option<Value>) -> Client<'_> {
        let client = self.start_opening(user, Some(tab), resume);
        self.pass(0);
        client
    }

    /// [`Scene::open_at`], without waiting for the object.
    pub(super) fn start_opening(&self, user: &str, tab: Option<&str>, resume: Option<Value>) -> Client<'_> {
        Client { scene: self, socket: self.world.open(self.node, connect(user, tab, resume)) }
    }

    /// Puts a user online at their own channel, which answers each notice after so many milliseconds. Returns the
    /// notices.
    pub(super) fn own_channel(&self, user: &str, answers_after_ms: u32) -> Rc<RefCell<Vec<Value>>> {
        let notices: Rc<RefCell<Vec<Value>>> = Rc::default();
        let received = Rc::clone(&notices);
        let make = move |context| -> Rc<dyn Object> {
            Rc::new(OwnChannel { context, answers_after_ms, notices: Rc::clone(&received) })
        };
        self.world.add(&format!("demo/user.{user}"), make);
        let (tenant, users) = (TenantId::trusted("demo"), [UserId::trusted(user)]);
        let (now, until) = (self.world.now(), self.world.now().plus_millis(3_600_000));
        block_on(self.store.renew_presence(&tenant, &users, OWN_CHANNEL, now, until)).expect("the user is online");
        notices
    }

    pub(super) fn stream(&self, user: &str) -> Rc<TestStream> {
        let stream = self.world.stream(self.node, connect(user, None, None));
        self.pass(0);
        stream
    }

    pub(super) fn command(&self, user: &str, command: Command) -> Answer {
        self.command_as(principal(user), command)
    }

    pub(super) fn command_as(&self, principal: Principal, command: Command) -> Answer {
        self.call("command", group::envelope(principal, command))
    }

    /// The object's answer to a request.
    pub(super) fn call<T: DeserializeOwned>(&self, path: &str, body: Vec<u8>) -> T {
        let answer = self.world.call(OBJECT, path, body);
        self.world.run_until(10_000, || answer.borrow().is_some());
        let answer = answer.take().expect("an answer").expect("the object lives");
        serde_json::from_slice(&answer.body).expect("an answer")
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// The object's database.
    pub(super) fn look(&self) -> Sql {
        self.world.look(self.node)
    }

    /// Runs a statement on the record. Returns its rows.
    pub(super) fn sql(&self, sql: &'static str) -> Vec<Row> {
        block_on(self.record.query(Statement::unnamed(sql, []))).expect("the statement runs")
    }

    /// Makes a user block another one, in the record only.
    pub(super) fn block(&self, user: &str, other: &str) {
        let (tenant, user, other) = (TenantId::trusted("demo"), UserId::trusted(user), UserId::trusted(other));
        block_on(self.store.add_block(&tenant, &user, &other, self.world.now())).expect("the user is blocked");
    }

    /// Bodies of the messages that the record has, oldest first.
    pub(super) fn recorded(&self) -> Vec<String> {
        const MESSAGES: &str = "SELECT body FROM messages ORDER BY seq";
        let rows = block_on(self.record.query(Statement::unnamed(MESSAGES, []))).expect("the query runs");
        rows.iter().map(|row| row["body"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

fn connect(user: &str, tab: Option<&str>, resume: Option<Value>) -> String {
    let connect = Connect {
        conversation_id: Some(ConversationId::trusted(GROUP)),
        principal: principal(user),
        limits: Limits::default(),
        client_id: tab.map(str::to_owned),
        resume: resume.map(|position| serde_json::from_value(position).expect("a position")),
        request_id: None,
    };
    serde_json::to_string(&connect).expect("JSON")
}

impl Client<'_> {
    pub(super) fn say(&self, client_msg_id: &str, body: &str) {
        self.send(&json!({"type": "send", "client_msg_id": client_msg_id, "body": body}));
    }

    pub(super) fn send(&self, frame: &Value) {
        self.scene.world.send(self.scene.node, &self.socket, &frame.to_string());
    }

    pub(super) fn disconnect(&self) {
        self.scene.world.disconnect(self.scene.node, &self.socket);
        self.scene.pass(0);
    }

    /// Takes the frames received since the last call; batches are unpacked.
    pub(super) fn frames(&self) -> Vec<Value> {
        let texts = self.socket.received();
        let frames = texts.iter().map(|text| serde_json::from_str(text).expect("JSON"));
        let unpack = |frame: Value| match frame {
            Value::Array(frames) => frames,
            frame => vec![frame],
        };
        frames.flat_map(unpack).collect()
    }

    /// The client stops reading while so many bytes are buffered for it.
    pub(super) fn reads_nothing(&self, bytes: u64) {
        self.socket.set_buffered(bytes);
    }

    /// The close code.
    pub(super) fn closed(&self) -> Option<u16> {
        self.socket.closed().map(|(code, _)| code)
    }

    pub(super) fn attached(&self) -> Value {
        serde_json::from_str(&self.socket.attached().expect("an attachment")).expect("JSON")
    }
}

/// Frames of this type.
pub(super) fn of_type(frames: &[Value], name: &str) -> Vec<Value> {
    frames.iter().filter(|frame| frame["type"] == name).cloned().collect()
}

/// Acknowledgements.
pub(super) fn acks(frames: &[Value]) -> Vec<Value> {
    of_type(frames, "ack")
}

/// Events with a position.
pub(super) fn events(frames: &[Value]) -> Vec<Value> {
    frames.iter().filter(|frame| frame["event"].is_string() && frame["seq"].is_i64()).cloned().collect()
}
