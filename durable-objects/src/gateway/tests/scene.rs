//! A gateway, the targets of its channels and their record, in a simulated world.

use crate::gateway;
use crate::tests::group::{SECRET, START, principal, record};
use campana_core::accounts::app_config::AppConfig;
use campana_core::accounts::audit::{Act, Audit};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::link::{
    Answer, Answers, Attach, Call, Calls, Delivery, Frame, GatewayName, ListenerCounts, Refusal, Target,
};
use campana_core::pusher::signature::{sign, signin_text, subscription_text};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::problem::Problem;
use campana_core::shared::socket_id::SocketId;
use campana_runtime::ports;
use campana_runtime::testing::{Node, Object, TestSocket, World, instance};
use campana_storage::{Database, Failing, Statement, Store};
use futures_channel::oneshot;
use futures_util::future::LocalBoxFuture;
use pollster::block_on;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

const GATEWAY: &str = "demo/eu/0";
/// Longer than a new gateway waits before it accepts unreported subscriptions, milliseconds.
const LISTED_MS: i64 = 3_000;
/// First frame number of targets.
const FIRST: u64 = 100;

/// A gateway and the world around it.
pub(super) struct Scene {
    pub(super) world: World,
    pub(super) gateway: Node,
    store: Store,
    /// The record's database, if the scene made it.
    record: Option<Arc<Failing>>,
}

/// A target that answers as the test says.
#[derive(Clone)]
pub(super) struct ScriptedTarget {
    world: World,
    target: Target,
    state: Rc<TargetState>,
}

#[derive(Default)]
struct TargetState {
    /// Calls in their order of arrival.
    calls: RefCell<Vec<Call>>,
    /// Listener counts that came with calls.
    counts: RefCell<Vec<ListenerCounts>>,
    /// While set, answers wait.
    is_slow: Cell<bool>,
    waiting: RefCell<Vec<oneshot::Sender<()>>>,
    refusal: RefCell<Option<Refusal>>,
    next_number: Cell<u64>,
    /// First number of the next subscription, if it is not the next number.
    from: Cell<Option<u64>>,
}

/// A Pusher client's socket.
pub(super) struct Client<'a> {
    pub(super) scene: &'a Scene,
    socket: Rc<TestSocket>,
    pub(super) id: SocketId,
}

impl Object for ScriptedTarget {
    fn fetch(&self, path: &str, body: Vec<u8>) -> LocalBoxFuture<'static, ports::Answer> {
        assert_eq!(path, "pusher/calls");
        let calls: Calls = serde_json::from_slice(&body).expect("calls");
        assert_eq!(calls.target, self.target);
        let state = Rc::clone(&self.state);
        state.calls.borrow_mut().extend(calls.calls.clone());
        state.counts.borrow_mut().extend(calls.counts);
        Box::pin(async move {
            if state.is_slow.get() {
                let (release, released) = oneshot::channel();
                state.waiting.borrow_mut().push(release);
                released.await.expect("the test releases it");
            }
            let answers = calls.calls.iter().map(|call| state.answer(call)).collect();
            ports::Answer::json(&Ok::<_, Problem>(Answers { answers }))
        })
    }

    fn alarm(&self) -> LocalBoxFuture<'static, ()> {
        Box::pin(async {})
    }
}

impl TargetState {
    fn answer(&self, call: &Call) -> Answer {
        match (call, &*self.refusal.borrow()) {
            (Call::Unsubscribe { .. }, _) | (Call::Event { .. }, None) => Answer::Done,
            (Call::Subscribe { .. } | Call::Event { .. }, Some(refusal)) => Answer::Refused(refusal.clone()),
            (Call::Subscribe { .. }, None) => {
                let from = self.from.take().unwrap_or(FIRST.saturating_add(self.next_number.get()));
                Answer::Subscribed { from, data: "{}".to_owned(), then: Vec::new() }
            }
        }
    }
}

impl ScriptedTarget {
    /// Calls since the last call of this, each as a word.
    pub(super) fn calls(&self) -> Vec<String> {
        let word = |call: Call| match call {
            Call::Subscribe { .. } => "subscribe".to_owned(),
            Call::Unsubscribe { .. } => "unsubscribe".to_owned(),
            Call::Event { event, .. } => event.event,
        };
        self.state.calls.take().into_iter().map(word).collect()
    }

    /// Listener counts that the target got since the last call of this, by channel.
    pub(super) fn counts(&self) -> Vec<Vec<(String, u32)>> {
        let of = |counts: ListenerCounts| counts.iter().map(|it| (it.channel.to_string(), it.sockets)).collect();
        self.state.counts.take().into_iter().map(of).collect()
    }

    /// Holds answers back.
    pub(super) fn slow_down(&self) {
        self.state.is_slow.set(true);
    }

    /// Gives the answers that were held back.
    pub(super) fn answer(&self) {
        self.state.is_slow.set(false);
        self.answer_once();
    }

    /// Gives the answers that were held back, and holds back later ones.
    pub(super) fn answer_once(&self) {
        for waiting in self.state.waiting.take() {
            waiting.send(()).expect("the gateway's call waits");
        }
        self.world.run_for(0);
    }

    /// Makes the next answer to a subscription begin with the next frame, whatever is numbered before it is given.
    pub(super) fn answer_from_here(&self) {
        self.state.from.set(Some(FIRST.saturating_add(self.state.next_number.get())));
    }

    pub(super) fn refuse(&self, refusal: Option<Refusal>) {
        *self.state.refusal.borrow_mut() = refusal;
    }

    fn number(&self) -> u64 {
        let number = self.state.next_number.get();
        self.state.next_number.set(number.saturating_add(1));
        FIRST.saturating_add(number)
    }

    /// A numbered frame of an event on a channel.
    pub(super) fn frame(&self, channel: &str, event: &str) -> Frame {
        let text = json!({"event": event, "channel": channel, "data": "{}"}).to_string();
        let (number, channel) = (self.number(), ChannelName::trusted(channel));
        Frame { number, channel, text, except: <_>::default(), about: None }
    }

    /// A delivery of frames.
    pub(super) fn delivery(&self, frames: &[Frame]) -> Delivery {
        Delivery { target: self.target.clone(), frames: frames.to_vec(), missed: Vec::new(), traced: Vec::new() }
    }
}

impl Scene {
    pub(super) fn new() -> Self {
        Self::of(World::new(1))
    }

    pub(super) fn of(world: World) -> Self {
        let (store, record) = record();
        Self { record: Some(record), ..Self::with(world, store) }
    }

    /// A gateway and its record.
    pub(super) fn with(world: World, store: Store) -> Self {
        world.advance_to(START);
        world.set_record(Some(store.clone()));
        let gateway = world.add(GATEWAY, instance::<gateway::Object>);
        Self { world, gateway, store, record: None }
    }

    /// Commits a user's revocation, which nobody passes on.
    pub(super) fn sign_out_in_record(&self, user: &str) {
        let (now, random) = (self.world.now(), [7; 10]);
        let audit = Audit::new(&principal(user), Act::UserSignedOut, user, json!({}), now, random);
        let tenant = TenantId::trusted("demo");
        block_on(self.store.revoke_user(&tenant, &UserId::trusted(user), &audit, now)).expect("it is committed");
    }

    /// Adds the object of a channel that belongs to nothing else.
    pub(super) fn channel(&self, name: &str) -> ScriptedTarget {
        self.target(Target::Channel(ChannelName::trusted(name)))
    }

    pub(super) fn target(&self, target: Target) -> ScriptedTarget {
        let name = format!("{}:{}", target.namespace(), target.object_name(&TenantId::trusted("demo")));
        let scripted = ScriptedTarget { world: self.world.clone(), target, state: Rc::default() };
        let object = scripted.clone();
        self.world.add(&name, move |_| Rc::new(object.clone()));
        scripted
    }

    pub(super) fn pass(&self, millis: i64) {
        self.world.run_for(millis);
    }

    /// Opens a socket and waits until it is established.
    pub(super) fn open(&self) -> Client<'_> {
        self.open_as(app_config())
    }

    /// [`Scene::open`], of an app with these settings.
    pub(super) fn open_as(&self, app_config: AppConfig) -> Client<'_> {
        let socket = self.open_with(app_config);
        let id = established(&socket.received()).expect("the socket is established");
        Client { scene: self, socket, id }
    }

    /// Sockets that listen to a channel, one for each of these users.
    pub(super) fn listening<const N: usize>(&self, channel: &str, users: [&str; N]) -> [Client<'_>; N] {
        users.map(|user| {
            let client = self.open();
            client.listen(channel, Some(user));
            client
        })
    }

    /// Opens a socket of an app with these settings, which the record gets too. It may be refused.
    pub(super) fn open_with(&self, app_config: AppConfig) -> Rc<TestSocket> {
        self.configure(&app_config);
        let socket = self.world.open(self.gateway, attach(app_config));
        self.pass(0);
        socket
    }

    /// Changes the app in the record, which the gateway reads again at times.
    pub(super) fn configure(&self, app_config: &AppConfig) {
        const SET: &str = "UPDATE apps SET settings = ?1, webhooks = ?2 WHERE id = 'demo'";
        let Some(record) = &self.record else { return };
        let settings = json!({"pusher": app_config.pusher, "limits": app_config.limits}).to_string();
        let webhooks = json!([{"url": "https://hooks.example/", "events": app_config.webhooks}]).to_string();
        let changed = record.query(Statement::unnamed(SET, [settings.as_str().into(), webhooks.as_str().into()]));
        block_on(changed).expect("the app is changed");
    }

    /// Posts a request to the gateway and waits for its answer.
    pub(super) fn post<A: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> A {
        self.post_to(GATEWAY, path, body)
    }

    /// Posts a request to an object and waits for its answer.
    pub(super) fn post_to<A: DeserializeOwned>(&self, object: &str, path: &str, body: &impl Serialize) -> A {
        let answer = self.world.call(object, path, serde_json::to_vec(body).expect("JSON"));
        self.world.run_until(10_000, || answer.borrow().is_some());
        let answer = answer.take().expect("an answer").expect("the object lives");
        serde_json::from_slice(&answer.body).expect("JSON")
    }
}

/// The app's settings.
pub(super) fn app_config() -> AppConfig {
    let (limits, pusher) = <_>::default();
    AppConfig { tenant: TenantId::trusted("demo"), limits, pusher, webhooks: Vec::new() }
}

/// A record of an app with these settings of the Pusher protocol, and the settings.
pub(super) fn record_with(pusher: &Value) -> (Arc<dyn Database>, AppConfig) {
    let record = record().1;
    let settings = json!({"pusher": pusher}).to_string();
    let set = Statement::unnamed("UPDATE apps SET settings = ?1", [settings.as_str().into()]);
    block_on(record.query(set)).expect("the settings are stored");
    let pusher = serde_json::from_value(pusher.clone()).expect("settings");
    (record, AppConfig { pusher, ..app_config() })
}

/// JSON of the header of a new socket.
pub(super) fn attach(app_config: AppConfig) -> String {
    let attach = Attach { app_config, gateway: GatewayName::new("eu", 0), request_id: None, address: Some(7) };
    serde_json::to_string(&attach).expect("JSON")
}

/// Socket id of `pusher:connection_established`.
pub(super) fn established(frames: &[String]) -> Option<SocketId> {
    let frame: Value = serde_json::from_str(frames.first()?).ok()?;
    SocketId::parse(data(&frame)["socket_id"].as_str()?)
}

/// A subscription frame, signed for a user if there is one.
pub(super) fn subscription(socket: &SocketId, channel: &str, user: Option<&str>) -> Value {
    let channel_data = user.map(|user| json!({"user_id": user}).to_string());
    signed_subscription(socket, channel, channel_data.as_deref())
}

fn signed_subscription(socket: &SocketId, channel: &str, channel_data: Option<&str>) -> Value {
    let name = ChannelName::trusted(channel);
    let auth = name.needs_signature().then(|| {
        let text = subscription_text(socket, &name, channel_data);
        format!("demo:{}", sign(SECRET, &text))
    });
    json!({"event": "pusher:subscribe", "data": {"channel": channel, "auth": auth, "channel_data": channel_data}})
}

/// The data of a frame, which is JSON in a string.
pub(super) fn data(frame: &Value) -> Value {
    serde_json::from_str(frame["data"].as_str().unwrap_or("null")).expect("JSON")
}

impl Client<'_> {
    pub(super) fn subscribe(&self, channel: &str, user: Option<&str>) {
        self.send(&subscription(&self.id, channel, user));
    }

    /// Subscribes with this `channel_data`.
    pub(super) fn subscribe_with(&self, channel: &str, channel_data: &Value) {
        self.send(&signed_subscription(&self.id, channel, Some(&channel_data.to_string())));
    }

    pub(super) fn unsubscribe(&self, channel: &str) {
        self.send(&json!({"event": "pusher:unsubscribe", "data": {"channel": channel}}));
    }

    /// [`Client::subscribe`], until it is active.
    pub(super) fn listen(&self, channel: &str, user: Option<&str>) {
        self.subscribe(channel, user);
        self.scene.pass(LISTED_MS);
        assert_eq!(self.events(), [format!("subscription_succeeded {channel}")]);
    }

    pub(super) fn sign_in(&self, user: &str) {
        let user_data = json!({"id": user}).to_string();
        let auth = format!("demo:{}", sign(SECRET, &signin_text(&self.id, &user_data)));
        self.send(&json!({"event": "pusher:signin", "data": {"auth": auth, "user_data": user_data}}));
    }

    /// Publishes an event.
    pub(super) fn publish(&self, channel: &str, event: &str) {
        self.send(&json!({"event": event, "channel": channel, "data": {}}));
    }

    pub(super) fn send(&self, frame: &Value) {
        self.send_text(&frame.to_string());
    }

    pub(super) fn send_text(&self, text: &str) {
        self.scene.world.send(self.scene.gateway, &self.socket, text);
    }

    pub(super) fn disconnect(&self) {
        self.scene.world.disconnect(self.scene.gateway, &self.socket);
    }

    /// Takes the frames received since the last call.
    pub(super) fn frames(&self) -> Vec<Value> {
        self.socket.received().iter().map(|text| serde_json::from_str(text).expect("JSON")).collect()
    }

    /// Events of the frames received since the last call, each with its channel or else its message.
    pub(super) fn events(&self) -> Vec<String> {
        let word = |text: &String| {
            let frame: Value = serde_json::from_str(text).expect("JSON");
            let event = frame["event"].as_str().expect("an event").rsplit(':').next().unwrap_or_default().to_owned();
            match (frame["channel"].as_str(), frame["data"]["message"].as_str()) {
                (Some(name), Some(message)) => format!("{event} {name} {message}"),
                (Some(name), None) => format!("{event} {name}"),
                (None, Some(message)) => format!("{event} {message}"),
                (None, None) => event,
            }
        };
        self.socket.received().iter().map(word).collect()
    }

    /// The client stops reading while so many bytes are buffered for it.
    pub(super) fn reads_nothing(&self, bytes: u64) {
        self.socket.set_buffered(bytes);
    }

    /// The close code.
    pub(super) fn closed(&self) -> Option<u16> {
        self.socket.closed().map(|(code, _)| code)
    }

    pub(super) fn attached_json(&self) -> String {
        self.socket.attached().expect("an attachment")
    }

    pub(super) fn attached(&self) -> Value {
        let text: String = serde_json::from_str(&self.attached_json()).expect("a text");
        serde_json::from_str(&text).expect("JSON in the text")
    }
}
