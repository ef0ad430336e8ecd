//! In-memory edge for tests: the router over SQLite, the real conversations, and a manual clock.

mod backend;
mod channels;
mod desks;
mod exchange;
mod file_store;
mod files;
mod live;
mod objects;
mod pictures;
mod ports;
pub(crate) mod tokens;
mod uploads;

pub(crate) use backend::Signing;
pub(crate) use channels::FakeChannels;
pub(crate) use desks::FakeDesks;
pub(crate) use exchange::{Call, Reply};
pub(crate) use file_store::FilesInMemory;
pub(crate) use files::FakeFiles;
pub(crate) use live::FakeLive;
pub(crate) use objects::SimulatedObjects;
pub(crate) use pictures::FakePictures;
pub(crate) use ports::{FakeClock, FakeKeys, FakeLimiter, FakeMemory, FakeScanner, Lines};
pub(crate) use tokens::{DEMO_SECRET, OTHER_SECRET, Token};

use crate::{App, Environment, Ports, router};
use axum::Router;
use campana_logging::LogLevel;
use campana_storage::{Database, Failing, Sqlite, Statement, Store, Value as Param};
use pollster::block_on;
use ports::CountingRandom;
use serde_json::{Value, json};
use std::sync::Arc;
use tracing::Dispatch;

/// Start time of a world: 2023-11-14T22:13:20Z.
pub(crate) const START_MS: i64 = 1_700_000_000_000;

/// Public VAPID key.
pub(crate) const PUSH_KEY: &str =
    "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";

/// An edge with two tenants, `demo` and `other`.
pub(crate) struct World {
    pub(crate) database: Arc<Failing>,
    pub(crate) objects: Arc<SimulatedObjects>,
    pub(crate) channels: Arc<FakeChannels>,
    pub(crate) desks: Arc<FakeDesks>,
    pub(crate) live: Arc<FakeLive>,
    pub(crate) files: Arc<FakeFiles>,
    pub(crate) file_store: Arc<FilesInMemory>,
    pub(crate) pictures: Arc<FakePictures>,
    pub(crate) scanner: Arc<FakeScanner>,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) keys: Arc<FakeKeys>,
    pub(crate) log: Arc<Lines>,
    /// Subscriber for the tracing events of this world.
    pub(crate) dispatch: Dispatch,
    pub(crate) limiter: Arc<FakeLimiter>,
    pub(crate) memory: Arc<FakeMemory>,
    pub(crate) app: App,
    pub(crate) router: Router,
}

impl World {
    /// In the local environment.
    pub(crate) fn new() -> Self {
        Self::of(Environment::Local)
    }

    pub(crate) fn of(environment: Environment) -> Self {
        Self::with(environment, LogLevel::Info)
    }

    pub(crate) fn with(environment: Environment, log_level: LogLevel) -> Self {
        Self::build(environment, log_level, Some(PUSH_KEY), true)
    }

    /// Without a VAPID key.
    pub(crate) fn without_push() -> Self {
        Self::build(Environment::Local, LogLevel::Info, None, true)
    }

    /// Without a store of uploaded files.
    pub(crate) fn without_files() -> Self {
        Self::build(Environment::Local, LogLevel::Info, Some(PUSH_KEY), false)
    }

    /// Runs the schedule that deletes files which no message has.
    pub(crate) fn purge_files(&self) {
        let run = crate::run_schedule(&self.app, "7,22,37,52 * * * *", self.app.now());
        tracing::dispatcher::with_default(&self.dispatch, || block_on(run));
    }

    fn build(environment: Environment, log_level: LogLevel, push_key: Option<&str>, has_files: bool) -> Self {
        let sqlite: Arc<dyn Database> = Arc::new(Sqlite::new().expect("a database"));
        let database = Arc::new(Failing::new(sqlite));
        let store = Store::new(Arc::clone(&database) as Arc<dyn Database>);
        let clock = Arc::new(FakeClock::new(START_MS));
        let random = Arc::new(CountingRandom::default());
        let file_store = Arc::new(FilesInMemory::default());
        let objects = Arc::new(SimulatedObjects::new(store.clone(), Arc::clone(&clock), Arc::clone(&file_store)));
        let (keys, log) = (Arc::new(FakeKeys::default()), Arc::new(Lines::default()));
        let dispatch = log.dispatch(log_level);
        let channels = Arc::new(FakeChannels::default());
        let (desks, files) = (Arc::new(FakeDesks::default()), Arc::new(FakeFiles::default()));
        let live = Arc::new(FakeLive::default());
        let pictures = Arc::new(FakePictures::new(Arc::clone(&file_store)));
        let (limiter, scanner) = (Arc::new(FakeLimiter::default()), Arc::new(FakeScanner::default()));
        let memory = Arc::new(FakeMemory::default());
        let app = App::new(Ports {
            store,
            objects: Arc::clone(&objects) as _,
            channels: Arc::clone(&channels) as _,
            desks: Arc::clone(&desks) as _,
            live: Arc::clone(&live) as _,
            search: Arc::clone(&objects) as _,
            files: Arc::clone(&files) as _,
            uploads: Arc::clone(&objects) as _,
            file_store: has_files.then(|| Arc::clone(&file_store) as _),
            pictures: Some(Arc::clone(&pictures) as _),
            scanners: Arc::clone(&scanner) as _,
            clock: Arc::clone(&clock) as _,
            random,
            keys: Arc::clone(&keys) as _,
            limiter: Arc::clone(&limiter) as _,
            memory: Arc::clone(&memory) as _,
            push_key: push_key.map(str::to_owned),
            environment,
        });
        let router = router(app.clone());
        let world = Self {
            database,
            objects,
            channels,
            desks,
            live,
            files,
            file_store,
            pictures,
            scanner,
            clock,
            keys,
            log,
            dispatch,
            limiter,
            memory,
            app,
            router,
        };
        world.add_app("demo", DEMO_SECRET);
        world.add_app("other", OTHER_SECRET);
        world
    }

    /// The same edge from another isolate, with empty caches.
    pub(crate) fn elsewhere(&self) -> Self {
        let app = self.app.elsewhere();
        Self {
            database: Arc::clone(&self.database),
            objects: Arc::clone(&self.objects),
            channels: Arc::clone(&self.channels),
            desks: Arc::clone(&self.desks),
            live: Arc::clone(&self.live),
            files: Arc::clone(&self.files),
            file_store: Arc::clone(&self.file_store),
            pictures: Arc::clone(&self.pictures),
            scanner: Arc::clone(&self.scanner),
            clock: Arc::clone(&self.clock),
            keys: Arc::clone(&self.keys),
            log: Arc::clone(&self.log),
            dispatch: self.dispatch.clone(),
            limiter: Arc::clone(&self.limiter),
            memory: Arc::clone(&self.memory),
            router: router(app.clone()),
            app,
        }
    }

    fn add_app(&self, tenant: &str, secret: &str) {
        const SQL: &str = "INSERT INTO apps (id, tenant_id, key, secret, allowed_origins, created_at) \
                           VALUES (?1, ?1, ?1, ?2, '[\"https://app.example\"]', 0)";
        self.run(SQL, [tenant.into(), secret.into()]);
    }

    /// Changes a tenant's app in the database and waits until the functions' cache expires.
    pub(crate) fn set_app(&self, tenant: &str, sql: &'static str, value: impl Into<Param>) {
        self.run(sql, [tenant.into(), value.into()]);
        self.clock.pass(10_000);
    }

    /// Runs a statement on the database.
    pub(crate) fn run<const N: usize>(&self, sql: &'static str, params: [Param; N]) {
        block_on(self.database.query(Statement::unnamed(sql, params))).expect("the statement succeeds");
    }

    /// All rows of a table, as one text.
    pub(crate) fn dump(&self, table: &str) -> String {
        let sql = match table {
            "idempotency_keys" => "SELECT * FROM idempotency_keys",
            "room_invites" => "SELECT * FROM room_invites",
            "admin_audits" => "SELECT * FROM admin_audits",
            "reports" => "SELECT * FROM reports",
            _ => panic!("an unknown table"),
        };
        let rows = block_on(self.database.query(Statement::unnamed(sql, []))).expect("the statement succeeds");
        assert!(!rows.is_empty(), "{table} has rows");
        format!("{rows:?}")
    }

    /// Records these users of the demo tenant.
    pub(crate) fn meet(&self, users: &[&str]) {
        for user in users {
            self.get("/api/me").by(user).status(200);
        }
    }

    /// Creates a room as the administrator.
    pub(crate) fn room(&self, body: Value) -> Value {
        self.post("/api/chat/rooms", body).with(&Token::admin()).status(201)
    }

    /// Creates a public room with these members; returns its path and its conversation's path.
    pub(crate) fn room_of(&self, users: &[&str]) -> (String, String) {
        let room = self.room(json!({"name": "Lobby", "visibility": "public"}));
        let path = format!("/api/chat/rooms/{}", room["id"].as_str().expect("the id is present"));
        for user in users {
            self.post(&format!("{path}/join"), json!({})).by(user).status(200);
        }
        (path, format!("/api/chat/conversations/{}", room["conversation_id"].as_str().expect("the id is present")))
    }
}
