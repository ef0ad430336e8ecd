//! The way to the conversations' and people's objects, and the only one: the port itself is out of reach. An object exists
//! from its first request on, so the object of a conversation that the record does not know is asked nothing.

use super::App;
use crate::ports::{Connection, Objects};
use axum::response::Response;
use campana_core::accounts::quota::Stats;
use campana_core::chat::command::{Answer, Connect, Envelope, TrimLog, Trimmed};
use campana_core::shared::ids::{ConversationId, TenantId};
use campana_core::shared::problem::Problem;
use std::collections::{BTreeMap, BTreeSet};

/// What is there was there once: what became of it its object says.
const FOREVER_MS: u64 = u64::MAX;

/// Objects of conversations that the record knows, and of people.
pub(crate) struct KnownObjects<'a> {
    app: &'a App,
    port: &'a dyn Objects,
    looked_up: BTreeMap<(TenantId, ConversationId), Found>,
}

/// What came of looking a conversation up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// The record does not know it.
    Nothing,
    /// The record did not answer: it being down stops no conversation.
    NoAnswer,
    /// It is there, or was there once.
    Conversation,
}

impl<'a> KnownObjects<'a> {
    pub(super) fn new(app: &'a App, port: &'a dyn Objects) -> Self {
        Self { app, port, looked_up: BTreeMap::new() }
    }

    /// The same, with these conversations looked up by one question to the record.
    pub(crate) async fn looking_up(self, tenant: &TenantId, conversations: BTreeSet<ConversationId>) -> Self {
        let looked_up = self.look_up(tenant, conversations).await;
        Self { looked_up, ..self }
    }

    /// The record has just told of this conversation, or made it: nobody has to look it up.
    pub(crate) fn remember(&self, tenant: &TenantId, conversation: &ConversationId) {
        let key = (tenant.clone(), conversation.clone());
        self.app.caches().conversations.keep(key, (), self.app.now());
    }

    /// Sends a command to a conversation's object. 404 if the record does not know the conversation,
    /// [`campana_core::shared::problem::Kind::Unavailable`] if the object does not answer.
    pub(crate) async fn command(&self, envelope: Envelope) -> Answer {
        self.require(&envelope.principal.tenant, &envelope.conversation_id).await?;
        self.port.command(envelope).await
    }

    /// Opens a connection to a conversation's object, or to the person's own channel if no conversation is named. Fails
    /// as [`Self::command`] does. The response carries the socket and must reach the client as it is.
    pub(crate) async fn connect(&self, connect: Connect, connection: Connection) -> Result<Response, Problem> {
        if let Some(conversation) = &connect.conversation_id {
            self.require(&connect.principal.tenant, conversation).await?;
        }
        self.port.connect(connect, connection).await
    }

    /// Lets a conversation's object let go of old events of its log. Only a schedule does, with what the record lists.
    pub(crate) async fn trim(&self, trim: TrimLog) -> Result<Trimmed, Problem> {
        self.port.trim(trim).await
    }

    /// How an app stands, from its quota registry.
    pub(crate) async fn stats(&self, tenant: &TenantId) -> Result<Stats, Problem> {
        self.port.stats(tenant).await
    }

    /// A socket that tells why it is refused and closes.
    pub(crate) fn refuse(&self, problem: &Problem) -> Result<Response, Problem> {
        self.port.refuse(problem)
    }

    /// What is not there looks like what one may not see.
    async fn require(&self, tenant: &TenantId, conversation: &ConversationId) -> Result<(), Problem> {
        let key = (tenant.clone(), conversation.clone());
        let found = match self.looked_up.get(&key) {
            Some(found) => Some(*found),
            None => self.look_up(tenant, [conversation.clone()].into()).await.remove(&key),
        };
        if found == Some(Found::Nothing) { Err(Problem::not_found()) } else { Ok(()) }
    }

    /// Only what is there is remembered: what is not may be made at any moment, and told of by another isolate.
    async fn look_up(
        &self,
        tenant: &TenantId,
        conversations: BTreeSet<ConversationId>,
    ) -> BTreeMap<(TenantId, ConversationId), Found> {
        let (cache, now) = (&self.app.caches().conversations, self.app.now());
        let key = |id: &ConversationId| (tenant.clone(), id.clone());
        let is_remembered = |id: &ConversationId| cache.fresh(&key(id), now, FOREVER_MS).is_some();
        let (remembered, new): (Vec<_>, Vec<_>) = conversations.into_iter().partition(is_remembered);
        let known = self.app.ask_record("objects.record", self.app.store().known_conversations(tenant, &new)).await;
        let mut looked_up: BTreeMap<_, _> = remembered.iter().map(|id| (key(id), Found::Conversation)).collect();
        for id in &new {
            let found = match &known {
                None => Found::NoAnswer,
                Some(known) if known.contains(id) => Found::Conversation,
                Some(_) => Found::Nothing,
            };
            if found == Found::Conversation {
                self.remember(tenant, id);
            }
            looked_up.insert(key(id), found);
        }
        looked_up
    }
}
