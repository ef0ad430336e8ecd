//! The Gateway object: holds Pusher clients' sockets, each of which listens to many channels.
//!
//! An app's sockets are spread over its gateways, by region and number, so that no one object holds an app. The channels
//! themselves belong to other objects (the targets): a gateway tells them who listens, and hands their frames on.
//!
//! **Order.** Calls to a target go one batch at a time, frames from a target come one delivery at a time, and a frame has a
//! number: a socket gets what came after its subscription was taken in, in order, each once.
//!
//! **What survives hibernation.** Who is behind a socket and what it listens to (attachments); the gateway's name, the app's
//! settings, and which objects were told of listeners (SQLite). Lost and harmless: rate buckets, what others are told of a
//! person (the targets keep it). If the sockets themselves are lost, the objects that were told of them are told so.

mod app;
mod attach;
mod calls;
mod client;
mod clients;
mod deliver;
mod fan_out;
mod frames;
mod listing;
mod maintenance;
mod moving;
mod quota;
mod reporting;
mod signin;
mod subscribing;

use crate::maintenance::{Alarm, SettingsWatch};
use crate::platform;
use crate::quota_reporter::{self, QuotaReporter};
use crate::sql::{self, Row, Sql, as_text};
use app::KnownApp;
use calls::Lanes;
use campana_core::accounts::app_config::AppConfig;
use campana_core::pusher::code::Code;
use campana_core::pusher::frame::{PING, PONG};
use campana_core::pusher::link::{Delivery, Drop, GatewayName, Moved, Occupied, ResyncRequest, Target, Terminate};
use campana_core::pusher::settings::PusherSettings;
use campana_core::shared::json::read_stored;
use campana_core::shared::problem::Problem;
use campana_schema::objects::{GATEWAY, targets};
use client::Client;
use clients::Clients;
use fan_out::Fanout;
use js_sys::Promise;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::worker_sys::web_sys;
use worker::{DurableObject, Env, Method, Request, Response, Result, State, durable_object};

/// What the app has set, and the gateway's name, in `meta`.
const SETTINGS: &str = "hosting";
const NAME: &str = "gateway";

/// A gateway. Named by [`GatewayName::object_name`]; reached by `GET /attach` with an
/// [`Attach`](campana_core::pusher::link::Attach) header, and by `POST` of the requests of
/// [`link`](campana_core::pusher::link) that are for gateways.
#[durable_object(alarm)]
pub struct Gateway {
    object: Rc<Object>,
}

struct Object {
    state: State,
    env: Env,
    sql: Sql,
    me: RefCell<Option<(AppConfig, GatewayName)>>,
    app: RefCell<Option<KnownApp>>,
    places: RefCell<app::Places>,
    clients: RefCell<Clients>,
    lanes: RefCell<Lanes>,
    next_batch: Cell<u64>,
    /// Objects that think that sockets here listen to their channels.
    told: RefCell<BTreeSet<Target>>,
    kept_known: RefCell<reporting::KeptKnown>,
    moves: moving::Moves,
    /// The newest frame of each target: the same one twice is handed on once.
    newest: RefCell<HashMap<Target, u64>>,
    fanout: RefCell<Fanout>,
    reporter: QuotaReporter,
    alarm: Alarm,
    settings: SettingsWatch,
}

impl DurableObject for Gateway {
    fn new(state: State, env: Env) -> Self {
        crate::start_log(&env);
        platform::answer(&state, PING, PONG);
        let has_lost = platform::lost_an_instance(&state);
        let sql = sql::database(&state);
        let object = Object {
            sql,
            env,
            me: RefCell::default(),
            app: RefCell::default(),
            places: RefCell::default(),
            clients: RefCell::default(),
            lanes: RefCell::default(),
            next_batch: Cell::new(0),
            told: RefCell::default(),
            kept_known: RefCell::default(),
            moves: moving::Moves::default(),
            newest: RefCell::default(),
            fanout: RefCell::default(),
            reporter: QuotaReporter::default(),
            alarm: Alarm::default(),
            settings: SettingsWatch::default(),
            state,
        };
        let object = Rc::new(object);
        if let Err(problem) = object.wake(has_lost) {
            tracing::error!(at = "gateway.wake", detail = problem.detail);
        }
        Self { object }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let object = &self.object;
        let path = request.path();
        if request.method() == Method::Get && path == "/attach" {
            return attach::attach(object, &request).await;
        }
        if request.method() != Method::Post {
            return platform::problem_response(&Problem::not_found());
        }
        let body = platform::text_of(&mut request).await?;
        match path.as_str() {
            "/deliver" => answer(&body, async |delivery: Delivery| object.deliver(delivery).await).await,
            "/drop" => answer(&body, async |drop: Drop| object.drop_listeners(&drop)).await,
            "/terminate" => answer(&body, async |terminate: Terminate| object.terminate(&terminate.user)).await,
            "/census" => answer(&body, async |question: ResyncRequest| object.answer_resync(&question).await).await,
            "/moved" => answer(&body, async |moved: Moved| object.moved(&moved)).await,
            "/occupied" => Response::from_json(&Occupied { channels: object.clients.borrow().counts() }),
            _ => platform::problem_response(&Problem::not_found()),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        self.object.alarm().await;
        Response::ok("")
    }
}

async fn answer<Q: DeserializeOwned, A: Serialize>(body: &str, act: impl AsyncFnOnce(Q) -> A) -> Result<Response> {
    match read_stored(body) {
        Ok(question) => Response::from_json(&act(question).await),
        Err(_) => Response::error("a request of another version", 400),
    }
}

/// What the platform calls for sockets. Written out, since what `worker` would make of it is a promise for every
/// frame.
#[wasm_bindgen]
impl Gateway {
    /// A frame came in.
    #[wasm_bindgen(js_name = webSocketMessage)]
    pub fn on_message(&self, socket: web_sys::WebSocket, message: JsValue) -> Option<Promise> {
        let object = Rc::clone(&self.object);
        platform::run(async move { object.frame(&socket.into(), &message).await })
    }

    /// A socket closed.
    #[wasm_bindgen(js_name = webSocketClose)]
    pub fn on_close(&self, socket: web_sys::WebSocket, _code: u16, _reason: JsValue, is_answered: bool) {
        self.object.socket_gone(&socket.into(), is_answered);
    }

    /// A socket broke.
    #[wasm_bindgen(js_name = webSocketError)]
    pub fn on_error(&self, socket: web_sys::WebSocket) {
        self.object.socket_gone(&socket.into(), false);
    }
}

impl Object {
    /// Rebuilds what memory held. Sockets that were lost with the process are told of to whoever thinks that they listen.
    /// If an instance was lost, nobody knows what it had not sent yet: all sockets come back.
    fn wake(self: &Rc<Self>, has_lost: bool) -> std::result::Result<(), Problem> {
        if !self.sql.has(&GATEWAY)? {
            return Ok(());
        }
        self.sql.upgrade(&GATEWAY)?;
        let settings = self.sql.recall(SETTINGS)?.and_then(|text| read_stored(&text).ok());
        *self.me.borrow_mut() = settings.zip(self.sql.recall(NAME)?.map(GatewayName::trusted));
        let read = |row: &Row| read_stored(as_text(row.first())?).ok();
        let told: BTreeSet<Target> = self.sql.rows(targets::ALL, Vec::new())?.iter().filter_map(read).collect();
        *self.clients.borrow_mut() = Clients::rebuild(&self.state, has_lost, self.bursts(), platform::now());
        self.told.borrow_mut().clone_from(&told);
        for target in told.iter().filter(|target| !self.clients.borrow().any_listens_to(target)) {
            self.doubt(target);
        }
        Ok(())
    }

    /// Which gateway this is and what the app has set; kept, so that an object that wakes knows it.
    fn remember(&self, app_config: &AppConfig, name: &GatewayName) -> std::result::Result<(), Problem> {
        if self.me.borrow().as_ref().is_some_and(|(known, _)| known == app_config) {
            return Ok(());
        }
        self.sql.upgrade(&GATEWAY)?;
        self.sql.keep(SETTINGS, &serde_json::to_string(app_config).unwrap_or_default())?;
        self.sql.keep(NAME, name.as_str())?;
        *self.me.borrow_mut() = Some((app_config.clone(), name.clone()));
        if self.clients.borrow().len() > 0 {
            // The app may want to hear of more than before.
            self.alarm.arm(&self.state, platform::now());
        }
        Ok(())
    }

    /// What the app has set, and the gateway's name, once a socket opened.
    fn me(&self) -> Option<(AppConfig, GatewayName)> {
        self.me.borrow().clone()
    }

    /// What the app has set of the protocol.
    fn pusher(&self) -> PusherSettings {
        self.me.borrow().as_ref().map(|(app_config, _)| app_config.pusher.clone()).unwrap_or_default()
    }

    /// A socket closed, or broke.
    fn socket_gone(self: &Rc<Self>, socket: &worker::WebSocket, is_answered: bool) {
        let client = self.clients.borrow().of_socket(socket);
        if let Some(client) = client {
            self.forget(&client);
        }
        self.clients.borrow_mut().ended(socket, is_answered, platform::now());
        let _already_closed = socket.close(Some(1000), Some(""));
    }

    /// Closes a socket and forgets it.
    fn dismiss(self: &Rc<Self>, client: &Rc<Client>, code: Code) {
        client.close(code);
        self.forget(client);
    }

    /// Forgets a socket: whatever it listened to hears of it.
    fn forget(self: &Rc<Self>, client: &Rc<Client>) {
        for user in client.people() {
            self.reporter.changed(Some(&user));
        }
        self.reporter.changed(None);
        let left = self.clients.borrow_mut().remove(client);
        for pending in client.pending.borrow_mut().values_mut() {
            pending.over = Some(client::Over::Unsubscribed);
        }
        for (channel, subscription) in left {
            self.tell_of_leaving(channel, subscription);
        }
        quota_reporter::report_soon(self);
    }
}
