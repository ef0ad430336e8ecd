//! Conversations of a world: the real objects, simulated over the world's record.

use super::uploads::SharedFiles;
use super::{FakeClock, FilesInMemory};
use crate::ports::{BoxFuture, Clock, Connection, Objects, SearchIndex, Uploads};
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use campana_core::accounts::metrics::{Measurements, Report, Series, Taken};
use campana_core::accounts::quota::Stats;
use campana_core::accounts::revocation::Revocation;
use campana_core::chat::command::{Answer, Connect, Envelope, TrimLog, Trimmed};
use campana_core::chat::erasure::{EraseMessages, ErasedMessages};
use campana_core::chat::own_channel::{OwnEvent, OwnNotification};
use campana_core::chat::push::PushMessage;
use campana_core::chat::scheduled::SendDue;
use campana_core::chat::search::{Erase, Find, Found, IndexState, OneConversation, Rebuild};
use campana_core::chat::wire::SUBPROTOCOL;
use campana_core::files::resumable::{BeginUpload, OfUpload, UploadState, WriteUpload};
use campana_core::files::scan::FileDecided;
use campana_core::pusher::link::Target;
use campana_core::shared::ids::{ConversationId, TenantId};
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_objects::AskSeries;
use campana_objects::testing::{conversation, is_flushed, is_indexed, quota_registry, resumable_upload, search};
use campana_runtime::files::BrokeOff;
use campana_runtime::testing::{Node, World};
use campana_storage::Store;
use futures_util::{StreamExt, stream};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tracing::Dispatch;
use tracing::dispatcher::with_default;

thread_local! {
    /// Simulations of this test's thread. Objects do not leave their thread, but ports have to be `Send`.
    static SIMULATIONS: RefCell<Vec<Simulation>> = const { RefCell::new(Vec::new()) };
}

/// Turns after which a call counts as unanswered.
const MAX_TURNS: u64 = 10_000;

struct Simulation {
    world: World,
    nodes: BTreeMap<String, Node>,
    registries: BTreeMap<String, Node>,
    indexes: BTreeMap<String, Node>,
    uploads: BTreeMap<String, Node>,
}

impl Simulation {
    /// Whether the record has the log of every object.
    fn is_flushed(&self) -> bool {
        self.nodes.values().all(|node| is_flushed(&self.world.look(*node)))
    }
}

/// All objects of a world.
pub(crate) struct SimulatedObjects {
    simulation: usize,
    store: Store,
    clock: Arc<FakeClock>,
    opened: Mutex<Vec<(Connect, Connection)>>,
    commands: Mutex<Vec<Envelope>>,
    trims: Mutex<Vec<TrimLog>>,
    old_events: Mutex<BTreeMap<ConversationId, Trimmed>>,
    stats: Mutex<BTreeMap<TenantId, Stats>>,
    revoked: Mutex<Vec<(TenantId, Revocation)>>,
    notified: Mutex<Vec<OwnEvent>>,
    told: Mutex<Vec<OwnNotification>>,
    pushed: Mutex<Vec<PushMessage>>,
    down: AtomicBool,
}

impl SimulatedObjects {
    pub(crate) fn new(store: Store, clock: Arc<FakeClock>, files: Arc<FilesInMemory>) -> Self {
        let world = World::newest_first(1);
        world.set_files(SharedFiles::new(files));
        world.set_record(Some(store.clone()));
        let simulation = SIMULATIONS.with_borrow_mut(|simulations| {
            simulations.push(Simulation {
                world,
                nodes: BTreeMap::new(),
                registries: BTreeMap::new(),
                indexes: BTreeMap::new(),
                uploads: BTreeMap::new(),
            });
            simulations.len() - 1
        });
        let (opened, commands, trims, old_events, stats, revoked, notified, told, pushed, down) = <_>::default();
        Self {
            simulation,
            store,
            clock,
            opened,
            commands,
            trims,
            old_events,
            stats,
            revoked,
            notified,
            told,
            pushed,
            down,
        }
    }

    /// Database shared by the objects.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Sets an app's metrics.
    pub(crate) fn set_stats(&self, tenant: &str, stats: Stats) {
        self.stats.lock().expect("the lock is not poisoned").insert(TenantId::trusted(tenant), stats);
    }

    /// Sets whether the objects are down.
    pub(crate) fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::Relaxed);
    }

    /// Opened connections.
    pub(crate) fn opened(&self) -> Vec<(Connect, Connection)> {
        self.opened.lock().expect("the lock is not poisoned").clone()
    }

    /// Received commands.
    pub(crate) fn commands(&self) -> Vec<Envelope> {
        self.commands.lock().expect("the lock is not poisoned").clone()
    }

    /// Trims received since the last call.
    pub(crate) fn trims(&self) -> Vec<TrimLog> {
        std::mem::take(&mut self.trims.lock().expect("the lock is not poisoned"))
    }

    /// Revocations that quota registries got since the last call.
    pub(crate) fn revoked(&self) -> Vec<(TenantId, Revocation)> {
        std::mem::take(&mut self.revoked.lock().expect("the lock is not poisoned"))
    }

    /// Events that users' own channels got from functions since the last call.
    pub(crate) fn notified(&self) -> Vec<OwnEvent> {
        std::mem::take(&mut self.notified.lock().expect("the lock is not poisoned"))
    }

    /// Events about notifications that users' own channels got from functions since the last call.
    pub(crate) fn told(&self) -> Vec<OwnNotification> {
        std::mem::take(&mut self.told.lock().expect("the lock is not poisoned"))
    }

    /// Messages for users' devices from functions since the last call.
    pub(crate) fn pushed(&self) -> Vec<PushMessage> {
        std::mem::take(&mut self.pushed.lock().expect("the lock is not poisoned"))
    }

    /// Scripts an object's answer to a trim; without one the object does not answer.
    pub(crate) fn has_old_events(&self, conversation: &str, answer: Trimmed) {
        self.old_events.lock().expect("the lock is not poisoned").insert(ConversationId::trusted(conversation), answer);
    }

    /// Lets the objects flush to the record: before, their background work runs only as far as a call waits for it.
    pub(crate) fn flush(&self) {
        let is_flushed = |it: &mut Simulation| it.world.run_until(MAX_TURNS, || it.is_flushed());
        assert!(self.simulate(is_flushed), "the record gets the logs");
    }

    /// Lets the objects flush to the record and the indexes take what they have flushed.
    pub(crate) fn index(&self) {
        self.flush();
        let is_indexed = |it: &mut Simulation| {
            it.world.run_until(MAX_TURNS, || it.nodes.values().all(|node| is_indexed(&it.world.look(*node))))
        };
        assert!(self.simulate(is_indexed), "the indexes get what was flushed");
    }

    fn simulate<T>(&self, act: impl FnOnce(&mut Simulation) -> T) -> T {
        SIMULATIONS.with_borrow_mut(|simulations| {
            let simulation = simulations.get_mut(self.simulation).expect("a world stays on its thread");
            simulation.world.advance_to(self.clock.now());
            // An object's own log lines are not those of a function.
            let outcome = with_default(&Dispatch::none(), || act(simulation));
            self.clock.pass(simulation.world.now().millis().saturating_sub(self.clock.millis()));
            outcome
        })
    }

    fn answer(&self, envelope: &Envelope) -> Answer {
        let name = Target::Conversation(envelope.conversation_id.clone()).object_name(&envelope.principal.tenant);
        self.ask_conversation(&name, "command", serde_json::to_vec(envelope).expect("an envelope is JSON"))
    }

    fn ask_conversation<T: DeserializeOwned>(
        &self,
        name: &str,
        path: &'static str,
        body: Vec<u8>,
    ) -> Result<T, Problem> {
        let silent = || Problem::unavailable("the conversation did not answer");
        if self.down.load(Ordering::Relaxed) {
            return Err(silent());
        }
        self.simulate(|simulation| {
            simulation.nodes.entry(name.to_owned()).or_insert_with(|| simulation.world.add(name, conversation));
            let tenant = name.split('/').next().unwrap_or_default();
            add_index(simulation, tenant);
            let answer = simulation.world.call(name, path, body);
            simulation.world.run_until(MAX_TURNS, || answer.borrow().is_some());
            let answer = answer.take().and_then(Result::ok);
            let answer = answer.and_then(|answer| serde_json::from_slice(&answer.body).ok());
            answer.unwrap_or_else(|| Err(silent()))
        })
    }

    /// Runs the objects until a time of the world's clock, which advances.
    pub(crate) fn run_until(&self, at: Timestamp) {
        self.simulate(|simulation| {
            let millis = at.millis().saturating_sub(simulation.world.now().millis());
            simulation.world.run_for(millis.max(0));
        });
    }
}

impl SimulatedObjects {
    /// Asks an app's quota registry.
    fn ask_registry<T: DeserializeOwned>(
        &self,
        tenant: &TenantId,
        path: &'static str,
        body: &impl Serialize,
    ) -> Result<T, Problem> {
        let silent = || Problem::unavailable("the object did not answer");
        if self.down.load(Ordering::Relaxed) {
            return Err(silent());
        }
        let body = serde_json::to_vec(body).expect("a request is JSON");
        self.simulate(|simulation| {
            let (world, name) = (&simulation.world, tenant.to_string());
            simulation.registries.entry(name.clone()).or_insert_with(|| world.add(&name, quota_registry));
            let answer = world.call(&name, path, body);
            world.run_until(MAX_TURNS, || answer.borrow().is_some());
            let answer = answer.take().and_then(Result::ok).ok_or_else(silent)?;
            serde_json::from_slice::<Result<T, Problem>>(&answer.body).map_err(|_| silent())?
        })
    }
}

impl SimulatedObjects {
    /// Posts to a tenant's index.
    fn post_to_index(
        &self,
        tenant: &TenantId,
        path: &'static str,
        body: &impl Serialize,
    ) -> Result<campana_runtime::ports::Answer, Problem> {
        let silent = || Problem::unavailable("the object did not answer");
        if self.down.load(Ordering::Relaxed) {
            return Err(silent());
        }
        let body = serde_json::to_vec(body).expect("a request is JSON");
        self.simulate(|simulation| {
            let name = add_index(simulation, tenant.as_str());
            let answer = simulation.world.call(&name, path, body);
            simulation.world.run_until(MAX_TURNS, || answer.borrow().is_some());
            answer.take().and_then(Result::ok).ok_or_else(silent)
        })
    }

    fn ask_index<T: DeserializeOwned>(
        &self,
        tenant: &TenantId,
        path: &'static str,
        body: &impl Serialize,
    ) -> Result<T, Problem> {
        let answer = self.post_to_index(tenant, path, body)?;
        let silent = |_| Problem::unavailable("the object did not answer");
        serde_json::from_slice::<Result<T, Problem>>(&answer.body).map_err(silent)?
    }
}

/// Adds a tenant's index. Returns its name in the world.
fn add_index(simulation: &mut Simulation, tenant: &str) -> String {
    let name = format!("SEARCH:{tenant}");
    let world = &simulation.world;
    simulation.indexes.entry(name.clone()).or_insert_with(|| world.add(&name, search));
    name
}

impl SearchIndex for SimulatedObjects {
    fn find(&self, find: Find) -> BoxFuture<'_, Result<Found, Problem>> {
        Box::pin(async move { self.ask_index(&find.tenant, "find", &find) })
    }

    fn rebuild(&self, rebuild: Rebuild) -> BoxFuture<'_, Result<IndexState, Problem>> {
        Box::pin(async move { self.ask_index(&rebuild.tenant, "rebuild", &rebuild) })
    }

    fn fill(&self, one: OneConversation) -> BoxFuture<'_, Result<(), Problem>> {
        Box::pin(async move { self.post_to_index(&one.tenant, "fill", &one).map(drop) })
    }

    fn erase(&self, erase: Erase) -> BoxFuture<'_, Result<(), Problem>> {
        Box::pin(async move { self.post_to_index(&erase.tenant, "erase", &erase).map(drop) })
    }
}

impl SimulatedObjects {
    /// Calls the object of an upload.
    fn call_upload(
        &self,
        of: &OfUpload,
        call: impl FnOnce(&World, &str, Node) -> Rc<dyn Fn() -> Option<Vec<u8>>>,
    ) -> Result<UploadState, Problem> {
        let silent = || Problem::unavailable("the object did not answer");
        if self.down.load(Ordering::Relaxed) {
            return Err(silent());
        }
        self.simulate(|simulation| {
            let name = format!("RESUMABLE_UPLOAD:{}", of.object_name());
            let world = &simulation.world;
            let node = simulation.uploads.entry(name.clone()).or_insert_with(|| world.add(&name, resumable_upload));
            let answer = call(world, &name, *node);
            world.run_until(MAX_TURNS, || answer().is_some());
            serde_json::from_slice::<Result<UploadState, Problem>>(&answer().ok_or_else(silent)?)
                .map_err(|_| silent())?
        })
    }

    fn ask_upload(&self, of: &OfUpload, path: &str, body: &impl Serialize) -> Result<UploadState, Problem> {
        let body = serde_json::to_vec(body).expect("a request is JSON");
        self.call_upload(of, |world, name, _| {
            let answer = world.call(name, path, body);
            Rc::new(move || answer.borrow().as_ref().and_then(|answer| Some(answer.as_ref().ok()?.body.clone())))
        })
    }
}

impl Uploads for SimulatedObjects {
    fn begin(&self, begin: BeginUpload) -> BoxFuture<'_, Result<UploadState, Problem>> {
        Box::pin(async move { self.ask_upload(&begin.of, "begin", &begin) })
    }

    fn read(&self, of: OfUpload) -> BoxFuture<'_, Result<UploadState, Problem>> {
        Box::pin(async move { self.ask_upload(&of, "read", &of) })
    }

    fn end(&self, of: OfUpload) -> BoxFuture<'_, Result<UploadState, Problem>> {
        Box::pin(async move { self.ask_upload(&of, "end", &of) })
    }

    fn write(&self, write: WriteUpload, request: Request) -> BoxFuture<'_, Result<UploadState, Problem>> {
        Box::pin(async move {
            let pieces = request.into_body().into_data_stream();
            let pieces: Vec<_> = pieces.map(|piece| piece.map(Vec::from).map_err(|_| BrokeOff)).collect().await;
            let call = serde_json::to_string(&write).expect("a request is JSON");
            self.call_upload(&write.of, |world, _, node| {
                let answer = world.send_bytes(node, call, Box::pin(stream::iter(pieces)));
                Rc::new(move || answer.borrow().as_ref().map(|answer| answer.body.clone()))
            })
        })
    }
}

impl Objects for SimulatedObjects {
    fn command(&self, envelope: Envelope) -> BoxFuture<'_, Answer> {
        self.commands.lock().expect("the lock is not poisoned").push(envelope.clone());
        Box::pin(async move { self.answer(&envelope) })
    }

    fn connect(&self, connect: Connect, connection: Connection) -> BoxFuture<'_, Result<Response, Problem>> {
        self.opened.lock().expect("the lock is not poisoned").push((connect, connection));
        Box::pin(async { Ok(Response::new(Body::from(json!("opened").to_string()))) })
    }

    fn notify(&self, event: OwnEvent) -> BoxFuture<'_, Result<(), Problem>> {
        Box::pin(async move {
            if self.down.load(Ordering::Relaxed) {
                return Err(Problem::unavailable("the object did not answer"));
            }
            self.notified.lock().expect("the lock is not poisoned").push(event);
            Ok(())
        })
    }

    fn notify_of_notification(&self, own: OwnNotification) -> BoxFuture<'_, Result<(), Problem>> {
        Box::pin(async move {
            if self.down.load(Ordering::Relaxed) {
                return Err(Problem::unavailable("the object did not answer"));
            }
            self.told.lock().expect("the lock is not poisoned").push(own);
            Ok(())
        })
    }

    fn push(&self, message: PushMessage) -> BoxFuture<'_, Result<(), Problem>> {
        Box::pin(async move {
            self.pushed.lock().expect("the lock is not poisoned").push(message);
            Ok(())
        })
    }

    fn trim(&self, trim: TrimLog) -> BoxFuture<'_, Result<Trimmed, Problem>> {
        let answer = self.old_events.lock().expect("the lock is not poisoned").get(&trim.conversation_id).cloned();
        self.trims.lock().expect("the lock is not poisoned").push(trim);
        Box::pin(async move { answer.ok_or_else(|| Problem::unavailable("the conversation did not answer")) })
    }

    fn send_due(&self, due: SendDue) -> BoxFuture<'_, Result<(), Problem>> {
        let name = Target::Conversation(due.conversation_id.clone()).object_name(&due.tenant);
        let body = serde_json::to_vec(&due).expect("a request is JSON");
        Box::pin(async move { self.ask_conversation(&name, "scheduled", body) })
    }

    fn file_decided(&self, decided: FileDecided) -> BoxFuture<'_, Result<(), Problem>> {
        let name = Target::Conversation(decided.conversation_id.clone()).object_name(&decided.tenant);
        let body = serde_json::to_vec(&decided).expect("a request is JSON");
        Box::pin(async move { self.ask_conversation(&name, "scanned", body) })
    }

    fn erase(&self, erase: EraseMessages) -> BoxFuture<'_, Result<ErasedMessages, Problem>> {
        let name = Target::Conversation(erase.conversation_id.clone()).object_name(&erase.tenant);
        let body = serde_json::to_vec(&erase).expect("a request is JSON");
        Box::pin(async move { self.ask_conversation(&name, "erase", body) })
    }

    fn stats<'a>(&'a self, tenant: &'a TenantId) -> BoxFuture<'a, Result<Stats, Problem>> {
        Box::pin(async move {
            if self.down.load(Ordering::Relaxed) {
                return Err(Problem::unavailable("the object did not answer"));
            }
            Ok(self.stats.lock().expect("the lock is not poisoned").get(tenant).cloned().unwrap_or_default())
        })
    }

    fn measure<'a>(&'a self, tenant: &'a TenantId, report: &'a Report) -> BoxFuture<'a, Result<Taken, Problem>> {
        Box::pin(async move { self.ask_registry(tenant, "measure", report) })
    }

    fn measurements<'a>(&'a self, tenant: &'a TenantId) -> BoxFuture<'a, Result<Measurements, Problem>> {
        Box::pin(async move { self.ask_registry(tenant, "metrics", &()) })
    }

    fn series<'a>(
        &'a self,
        tenant: &'a TenantId,
        series: Series,
        minutes: i64,
    ) -> BoxFuture<'a, Result<Vec<Option<u64>>, Problem>> {
        Box::pin(async move { self.ask_registry(tenant, "series", &AskSeries { series, minutes }) })
    }

    fn revoke<'a>(&'a self, tenant: &'a TenantId, revocation: &'a Revocation) -> BoxFuture<'a, Result<(), Problem>> {
        Box::pin(async move {
            if self.down.load(Ordering::Relaxed) {
                return Err(Problem::unavailable("the object did not answer"));
            }
            let mut revoked = self.revoked.lock().expect("the lock is not poisoned");
            revoked.push((tenant.clone(), revocation.clone()));
            Ok(())
        })
    }

    fn refuse(&self, problem: &Problem) -> Result<Response, Problem> {
        let document = json!({
            "told_on_the_socket": problem.kind.slug(),
            "field": problem.errors.first().map(|error| &error.field),
        });
        let internal = |_| Problem::new(Kind::Internal, "");
        let response =
            Response::builder().status(200).header("sec-websocket-protocol", SUBPROTOCOL).body(document.to_string());
        response.map(|response| response.map(Body::from)).map_err(internal)
    }
}
