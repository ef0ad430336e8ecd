//! State shared by all functions: the ports, and the isolate's caches.

mod objects;

pub(crate) use objects::KnownObjects;

use crate::caches::Caches;
use crate::file_store::FileStore;
use crate::pictures::Pictures;
use crate::ports::{
    Channels, Clock, Desks, Environment, Files, JwksSource, Live, Memory, Objects, Random, RateLimiter, Scanners,
    SearchIndex, Uploads,
};
use campana_core::shared::address::Reach;
use campana_core::shared::ids::{ConversationId, FileId, ReportId, RoomId};
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_storage::{StorageError, Store};
use futures_util::future::{Either, select};
use std::pin::pin;
use std::sync::Arc;

/// Time-out for D1 queries that a request can do without, milliseconds.
const PATIENCE_MS: u32 = 2_000;

/// The ports from which an [`App`] is built.
#[derive(Clone)]
pub struct Ports {
    /// Access to D1.
    pub store: Store,
    /// Objects of conversations and of users.
    pub objects: Arc<dyn Objects>,
    /// Gateways, and the objects behind channels.
    pub channels: Arc<dyn Channels>,
    /// Alert desks and pagers.
    pub desks: Arc<dyn Desks>,
    /// Objects with connections.
    pub live: Arc<dyn Live>,
    /// Indexes for search.
    pub search: Arc<dyn SearchIndex>,
    /// Files of the web app.
    pub files: Arc<dyn Files>,
    /// Store of uploaded files; `None` if the deployment has none.
    pub file_store: Option<Arc<dyn FileStore>>,
    /// The images Worker; `None` if the deployment has none, and then pictures have no smaller forms.
    pub pictures: Option<Arc<dyn Pictures>>,
    /// Scanners of files.
    pub scanners: Arc<dyn Scanners>,
    /// Objects of resumable uploads.
    pub uploads: Arc<dyn Uploads>,
    /// Clock.
    pub clock: Arc<dyn Clock>,
    /// Random generator.
    pub random: Arc<dyn Random>,
    /// Source of the public keys that apps publish.
    pub keys: Arc<dyn JwksSource>,
    /// Rate limiter across isolates.
    pub limiter: Arc<dyn RateLimiter>,
    /// Memory of this instance.
    pub memory: Arc<dyn Memory>,
    /// Public VAPID key for push subscriptions, base64url; `None` if none is configured.
    pub push_key: Option<String>,
    /// Environment of this deployment.
    pub environment: Environment,
}

/// State shared by all functions. Cheap to clone; created once per isolate, so that the caches are useful.
#[derive(Clone)]
pub struct App {
    ports: Arc<Ports>,
    caches: Arc<Caches>,
}

impl App {
    /// Creates the state with these ports and empty caches.
    pub fn new(ports: Ports) -> Self {
        Self { ports: Arc::new(ports), caches: Arc::default() }
    }

    /// The same ports with empty caches, as in another isolate.
    #[cfg(test)]
    pub(crate) fn elsewhere(&self) -> Self {
        Self { ports: Arc::clone(&self.ports), caches: Arc::default() }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.ports.store
    }

    /// Runs a D1 query that the request can do without. `None` if it fails or times out, which is logged under `at`.
    pub(crate) async fn ask_record<T>(
        &self,
        at: &'static str,
        asked: impl Future<Output = Result<T, StorageError>>,
    ) -> Option<T> {
        let too_long = async { self.clock().sleep(PATIENCE_MS).await };
        let detail = match select(pin!(asked), pin!(too_long)).await {
            Either::Left((Ok(answer), _)) => return Some(answer),
            Either::Left((Err(error), _)) => error.to_string(),
            Either::Right(((), _)) => "the record did not answer in time".to_owned(),
        };
        tracing::warn!(at, detail);
        None
    }

    /// The objects, restricted to conversations that exist in D1, and to users.
    pub(crate) fn objects(&self) -> KnownObjects<'_> {
        KnownObjects::new(self, &*self.ports.objects)
    }

    pub(crate) fn channels(&self) -> &dyn Channels {
        &*self.ports.channels
    }

    pub(crate) fn desks(&self) -> &dyn Desks {
        &*self.ports.desks
    }

    pub(crate) fn live(&self) -> &dyn Live {
        &*self.ports.live
    }

    pub(crate) fn search(&self) -> &dyn SearchIndex {
        &*self.ports.search
    }

    pub(crate) fn files(&self) -> &dyn Files {
        &*self.ports.files
    }

    /// Store of uploaded files. 503 if the deployment has none.
    pub(crate) fn file_store(&self) -> Result<&dyn FileStore, Problem> {
        let none = || Problem::new(Kind::Unavailable, "this deployment stores no files: the binding FILES is missing");
        self.ports.file_store.as_deref().ok_or_else(none)
    }

    /// The images Worker, if the deployment has one.
    pub(crate) fn pictures(&self) -> Option<&dyn Pictures> {
        self.ports.pictures.as_deref()
    }

    pub(crate) fn scanners(&self) -> &dyn Scanners {
        &*self.ports.scanners
    }

    pub(crate) fn uploads(&self) -> &dyn Uploads {
        &*self.ports.uploads
    }

    pub(crate) fn keys(&self) -> &dyn JwksSource {
        &*self.ports.keys
    }

    pub(crate) fn limiter(&self) -> &dyn RateLimiter {
        &*self.ports.limiter
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.ports.clock
    }

    pub(crate) fn memory(&self) -> &dyn Memory {
        &*self.ports.memory
    }

    pub(crate) fn environment(&self) -> Environment {
        self.ports.environment
    }

    /// Public VAPID key, if one is configured.
    pub(crate) fn push_key(&self) -> Option<&str> {
        self.ports.push_key.as_deref()
    }

    /// Network destinations that pages and webhooks may reach.
    pub(crate) fn reach(&self) -> Reach {
        self.ports.environment.reach()
    }

    pub(crate) fn caches(&self) -> &Caches {
        &self.caches
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], Problem> {
        let mut bytes = [0; N];
        self.ports.random.fill(&mut bytes)?;
        Ok(bytes)
    }

    pub(crate) fn new_room_id(&self) -> Result<RoomId, Problem> {
        Ok(RoomId::new(self.now(), self.random()?))
    }

    pub(crate) fn new_file_id(&self) -> Result<FileId, Problem> {
        Ok(FileId::new(self.now(), self.random()?))
    }

    pub(crate) fn new_report_id(&self) -> Result<ReportId, Problem> {
        Ok(ReportId::new(self.now(), self.random()?))
    }

    pub(crate) fn new_conversation_id(&self) -> Result<ConversationId, Problem> {
        Ok(ConversationId::new(self.now(), self.random()?))
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("environment", &self.ports.environment).finish_non_exhaustive()
    }
}
