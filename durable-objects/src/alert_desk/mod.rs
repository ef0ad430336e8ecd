//! The `AlertDesk` object: a tenant's panic alerts, separate from its conversations, so that no chat can delay them.
//!
//! **Atomicity.** One turn without an await reads the stored alert, decides, and commits the alert, its timeline, the
//! outbox rows for the pager and the alarm that repeats lost notifications. Success is answered when that is durable.
//!
//! **What survives hibernation.** In SQLite: open and recently closed alerts, their timelines, trails and deliveries,
//! the outbox to the pager, the position up to which D1 has everything. In attachments: the principal of each
//! dashboard's socket. In the roster: the gateways with listeners. Lost and harmless: frames in flight (the alarm
//! notifies again), and delivery rows that were not written yet.
//!
//! **The alarm** is armed for the earliest due time and re-armed after each run: an escalation step, a silent session,
//! a retry to D1 or to the pager. An object that wakes arms it anew, and a cron job sweeps desks whose alarm was lost.

mod alert_subscriptions;
mod commands;
mod dashboards;
mod deliveries;
mod flush;
mod listeners;
mod maintenance;
mod notify;
pub(crate) mod outbox;
pub(crate) mod queries;
mod quota;
mod raising;
mod rows;
mod status;

use crate::fan_out::FanOut;
use crate::handshake::upgrade;
use crate::host;
use crate::platform;
use crate::quota_reporter::QuotaReporter;
use crate::reclaim;
use crate::sessions::Sessions;
use crate::sockets::{HostSocket, incoming};
use crate::sql::{self, Sql};
use crate::subscriptions::{self, SubscriptionRegistry};
use campana_core::alerts::AlertSettings;
use campana_core::alerts::command::{DeskRefusal, Sweep};
use campana_core::alerts::notification::{AlertStateQuery, Paged};
use campana_core::shared::ids::TenantId;
use campana_core::shared::json::read_stored;
use campana_core::shared::limits::{Limits, MAX_FRAME_BYTES};
use campana_core::shared::problem::{Kind, Problem};
use campana_runtime::alarm::Alarm;
use campana_runtime::outbox::Outbox;
use campana_runtime::ports::Answer;
use campana_runtime::{Context, Hosted};
use campana_schema::objects::ALERT_DESK;
use campana_storage::Store;
use dashboards::{OpenAlerts, frame_burst};
use rows::Rows;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::worker_sys::web_sys;
use worker::{DurableObject, Env, Method, Request, Response, Result, State, durable_object};

/// A tenant's alert desk. Named by the tenant; reached by `POST /command`
/// ([`DeskRequest`](campana_core::alerts::command::DeskRequest)), `POST /sweep`
/// ([`Sweep`](campana_core::alerts::command::Sweep)), `GET /socket` with a
/// [`Connect`](campana_core::chat::command::Connect) header, and the requests of [`link`](campana_core::pusher::link)
/// that are for targets; by the pager with `POST /standing` and `POST /paged`, by users' own channels with
/// `POST /watch` ([`AlertSubscription`](campana_core::alerts::wire::AlertSubscription)).
#[durable_object(alarm)]
pub struct AlertDesk {
    object: Rc<Object>,
}

struct Object {
    sql: Sql,
    rows: Rows,
    known: RefCell<Option<Known>>,
    subscriptions: SubscriptionRegistry,
    sessions: RefCell<Sessions>,
    fan_out: RefCell<FanOut>,
    open: OpenAlerts,
    /// `seq`s of changes whose notifications are being sent.
    telling: RefCell<BTreeSet<i64>>,
    deliveries: deliveries::Queue,
    context: Context,
    outbox: Outbox,
    flush: flush::Flush,
    reporter: QuotaReporter,
    alarm: Alarm,
}

/// The desk's tenant and the app's settings.
#[derive(Clone, PartialEq)]
struct Known {
    tenant: TenantId,
    limits: Limits,
    settings: AlertSettings,
}

impl DurableObject for AlertDesk {
    fn new(state: State, env: Env) -> Self {
        crate::start_log(&env);
        platform::answer_pings(&state);
        Self { object: Object::start(host::context(&state, &env, sql::database(&state))) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        match (request.method(), request.path().as_str()) {
            (Method::Get, "/socket") => upgrade(&self.object, &request).await,
            (Method::Post, path) => platform::respond(self.object.post(path, &request.text().await?).await),
            _ => platform::problem_response(&Problem::not_found()),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        self.object.alarm().await;
        Response::ok("")
    }
}

/// The platform's socket callbacks, without `worker`'s wrapper, which copies each message whatever its size.
#[wasm_bindgen]
impl AlertDesk {
    /// Handles a frame.
    #[wasm_bindgen(js_name = webSocketMessage)]
    pub fn on_message(&self, socket: web_sys::WebSocket, message: &JsValue) {
        self.object.frame(&HostSocket::of(socket), incoming(message, MAX_FRAME_BYTES));
    }

    /// Forgets a socket that closed.
    #[wasm_bindgen(js_name = webSocketClose)]
    pub fn on_close(&self, socket: web_sys::WebSocket, _code: u16, _reason: JsValue, is_answered: bool) {
        reclaim::socket_gone(&self.object, &HostSocket::of(socket), is_answered);
    }

    /// Forgets a socket that failed.
    #[wasm_bindgen(js_name = webSocketError)]
    pub fn on_error(&self, socket: web_sys::WebSocket) {
        reclaim::socket_gone(&self.object, &HostSocket::of(socket), false);
    }
}

/// Parses the request and answers with the `Result` of `act` as JSON.
async fn answer<Q: DeserializeOwned, A: Serialize, E: Serialize + From<Problem>>(
    body: &str,
    act: impl AsyncFnOnce(Q) -> std::result::Result<A, E>,
) -> Answer {
    let outcome = match read_stored(body) {
        Ok(question) => act(question).await,
        Err(_) => Err(another_version().into()),
    };
    Answer::json(&outcome)
}

fn answer_plainly<Q: DeserializeOwned, A: Serialize>(
    body: &str,
    act: impl FnOnce(Q) -> std::result::Result<A, Problem>,
) -> Answer {
    let question = read_stored(body).map_err(|_| another_version());
    match question.and_then(act) {
        Ok(answer) => Answer::json(&answer),
        Err(problem) => Answer::problem(&problem),
    }
}

fn another_version() -> Problem {
    Problem::new(Kind::Internal, "a request of another version")
}

/// Result of the desk's functions.
type Outcome<T> = std::result::Result<T, DeskRefusal>;

impl Hosted for Object {
    fn context(&self) -> &Context {
        &self.context
    }

    fn alarm_clock(&self) -> &Alarm {
        &self.alarm
    }
}

impl Object {
    /// Starts an instance: restores the memory state and arms the alarm for what is due.
    fn start(context: Context) -> Rc<Self> {
        let sql = context.sql.clone();
        let object = Rc::new(Self {
            subscriptions: SubscriptionRegistry::wake(context.clone()),
            rows: Rows::of(sql.clone()),
            known: RefCell::default(),
            sessions: RefCell::new(Sessions::rebuild(&context, frame_burst(&Limits::default()))),
            fan_out: RefCell::new(FanOut::of_alerts()),
            open: OpenAlerts::default(),
            telling: RefCell::default(),
            deliveries: deliveries::Queue::default(),
            outbox: Outbox::new(context.clone(), &ALERT_DESK, outbox::OUTBOX, outbox::POLICY),
            sql,
            context,
            flush: flush::Flush::default(),
            reporter: QuotaReporter::default(),
            alarm: Alarm::default(),
        });
        *object.known.borrow_mut() = object.recall();
        object.arm_for_what_is_due();
        if object.context.host().has_lost_instance() || object.subscriptions.has_missed() {
            subscriptions::deliver_missed(&object);
        }
        object
    }

    /// Answers a posted request.
    async fn post(self: &Rc<Self>, path: &str, body: &str) -> Answer {
        match path {
            "/command" => answer(body, async |question| self.command(question).await).await,
            "/sweep" => answer(body, async |question: Sweep| self.sweep(&question)).await,
            "/watch" => answer(body, async |question| self.subscribe(question).await).await,
            "/standing" => answer_plainly(body, |question: AlertStateQuery| self.state_of(&question)),
            "/paged" => answer_plainly(body, |paged: Paged| {
                self.paged(&paged);
                Ok(())
            }),
            path if path.starts_with("/pusher/") => subscriptions::serve(self, path, body).await,
            _ => Answer::problem(&Problem::not_found()),
        }
    }

    /// Stores the tenant and the app's settings, for instances that start after hibernation.
    fn remember(
        &self,
        tenant: &TenantId,
        limits: &Limits,
        settings: &AlertSettings,
    ) -> std::result::Result<(), Problem> {
        let known = Known { tenant: tenant.clone(), limits: limits.clone(), settings: settings.clone() };
        if self.known.borrow().as_ref() == Some(&known) {
            return Ok(());
        }
        self.rows.make()?;
        let texts = [serde_json::to_string(limits), serde_json::to_string(settings)].map(Result::unwrap_or_default);
        let [limits_text, settings_text] = texts;
        for (key, value) in [("tenant", tenant.as_str()), ("limits", &limits_text), ("settings", &settings_text)] {
            self.sql.keep(key, value)?;
        }
        *self.known.borrow_mut() = Some(known);
        Ok(())
    }

    fn recall(&self) -> Option<Known> {
        if !self.rows.are_made() {
            return None;
        }
        let stored = |key: &str| self.sql.recall(key).ok().flatten();
        Some(Known {
            tenant: TenantId::trusted(stored("tenant")?),
            limits: stored("limits").and_then(|text| read_stored(&text).ok()).unwrap_or_default(),
            settings: stored("settings").and_then(|text| read_stored(&text).ok()).unwrap_or_default(),
        })
    }

    fn tenant(&self) -> Option<TenantId> {
        self.known.borrow().as_ref().map(|known| known.tenant.clone())
    }

    fn limits(&self) -> Limits {
        self.known.borrow().as_ref().map(|known| known.limits.clone()).unwrap_or_default()
    }

    fn alert_settings(&self) -> AlertSettings {
        self.known.borrow().as_ref().map(|known| known.settings.clone()).unwrap_or_default()
    }

    fn record(&self) -> Option<Store> {
        self.context.record().ok()
    }
}
