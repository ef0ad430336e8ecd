//! What every function works with: the record, the ports, and what an isolate remembers between requests.

mod objects;

pub(crate) use objects::KnownObjects;

use crate::caches::Caches;
use crate::ports::{Channels, Clock, Desks, Environment, JwksSource, Memory, Objects, Random, RateLimiter};
use campana_core::shared::address::Reach;
use campana_core::shared::ids::{AuditId, ConversationId, RoomId};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::{StorageError, Store};
use futures_util::future::{Either, select};
use std::pin::pin;
use std::sync::Arc;

/// How long a question to the record is waited for that can do without an answer.
const PATIENCE_MS: u32 = 2_000;

/// The ports, to build an [`App`] from.
#[derive(Clone)]
pub struct Ports {
    /// The record.
    pub store: Store,
    /// The conversations' and people's objects.
    pub objects: Arc<dyn Objects>,
    /// Gateways, and the objects behind channels.
    pub channels: Arc<dyn Channels>,
    /// The desks and pagers of alerts.
    pub desks: Arc<dyn Desks>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Other people's public keys.
    pub keys: Arc<dyn JwksSource>,
    /// What counts requests across isolates.
    pub limiter: Arc<dyn RateLimiter>,
    /// The memory this runs in.
    pub memory: Arc<dyn Memory>,
    /// The public key that devices ask to be paged by, base64url; none as long as an operator has set none.
    pub push_key: Option<String>,
    /// Where this runs.
    pub environment: Environment,
}

/// The functions' common state. Cheap to clone; made once per isolate, so that its caches are of use.
#[derive(Clone)]
pub struct App {
    ports: Arc<Ports>,
    caches: Arc<Caches>,
}

impl App {
    /// With these ports and empty caches.
    pub fn new(ports: Ports) -> Self {
        Self { ports: Arc::new(ports), caches: Arc::default() }
    }

    /// The same in another isolate, which remembers nothing.
    #[cfg(test)]
    pub(crate) fn elsewhere(&self) -> Self {
        Self { ports: Arc::clone(&self.ports), caches: Arc::default() }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.ports.store
    }

    /// What the record says to a question that can do without an answer. `None` if it fails or takes too long, which is
    /// written down under this name.
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

    /// Objects of conversations that the record knows, and of people.
    pub(crate) fn objects(&self) -> KnownObjects<'_> {
        KnownObjects::new(self, &*self.ports.objects)
    }

    pub(crate) fn channels(&self) -> &dyn Channels {
        &*self.ports.channels
    }

    pub(crate) fn desks(&self) -> &dyn Desks {
        &*self.ports.desks
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

    /// The key that devices ask to be paged by, if there is one.
    pub(crate) fn push_key(&self) -> Option<&str> {
        self.ports.push_key.as_deref()
    }

    /// How far pages and webhooks may go.
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

    pub(crate) fn new_conversation_id(&self) -> Result<ConversationId, Problem> {
        Ok(ConversationId::new(self.now(), self.random()?))
    }

    pub(crate) fn new_audit_id(&self) -> Result<AuditId, Problem> {
        Ok(AuditId::new(self.now(), self.random()?))
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("environment", &self.ports.environment).finish_non_exhaustive()
    }
}
