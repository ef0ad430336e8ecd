//! The only access to objects of conversations and users: the port itself is private. An object is created by its first
//! request, so a conversation that D1 does not know is never addressed.

use super::App;
use crate::ports::{Connection, Objects};
use axum::response::Response;
use campana_core::accounts::metrics::{Measurements, Report, Series, Taken};
use campana_core::accounts::quota::Stats;
use campana_core::accounts::revocation::Revocation;
use campana_core::chat::command::{Answer, Connect, Envelope, TrimLog, Trimmed};
use campana_core::chat::erasure::{EraseMessages, ErasedMessages};
use campana_core::chat::own_channel::{OwnEvent, OwnNotification};
use campana_core::chat::push::PushMessage;
use campana_core::chat::scheduled::SendDue;
use campana_core::files::scan::FileDecided;
use campana_core::shared::ids::{ConversationId, TenantId};
use campana_core::shared::problem::Problem;
use std::collections::{BTreeMap, BTreeSet};

/// TTL of a conversation's existence: conversations are never forgotten. Its object knows whether it was deleted.
const FOREVER_MS: u64 = u64::MAX;

/// The objects, restricted to conversations that exist in D1, and to users.
pub(crate) struct KnownObjects<'a> {
    app: &'a App,
    port: &'a dyn Objects,
    looked_up: BTreeMap<(TenantId, ConversationId), Found>,
}

/// Result of looking up a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// D1 does not have it.
    Nothing,
    /// D1 did not answer. The request proceeds: an outage of D1 must not stop conversations.
    NoAnswer,
    /// It exists, or existed once.
    Conversation,
}

impl<'a> KnownObjects<'a> {
    pub(super) fn new(app: &'a App, port: &'a dyn Objects) -> Self {
        Self { app, port, looked_up: BTreeMap::new() }
    }

    /// Looks these conversations up with one query.
    pub(crate) async fn looking_up(self, tenant: &TenantId, conversations: BTreeSet<ConversationId>) -> Self {
        let looked_up = self.look_up(tenant, conversations).await;
        Self { looked_up, ..self }
    }

    /// Caches a conversation that was just read from D1 or created there.
    pub(crate) fn remember(&self, tenant: &TenantId, conversation: &ConversationId) {
        let key = (tenant.clone(), conversation.clone());
        self.app.caches().conversations.keep(key, (), self.app.now());
    }

    /// Sends a command to a conversation's object. 404 if D1 does not know the conversation,
    /// [`campana_core::shared::problem::Kind::Unavailable`] if the object does not answer.
    pub(crate) async fn command(&self, envelope: Envelope) -> Answer {
        self.require(&envelope.principal.tenant, &envelope.conversation_id).await?;
        self.port.command(envelope).await
    }

    /// Opens a connection to a conversation's object, or to the user's own channel if no conversation is named. Errors
    /// are those of [`Self::command`]. The response carries the socket and must reach the client unchanged.
    pub(crate) async fn connect(&self, connect: Connect, connection: Connection) -> Result<Response, Problem> {
        if let Some(conversation) = &connect.conversation_id {
            self.require(&connect.principal.tenant, conversation).await?;
        }
        self.port.connect(connect, connection).await
    }

    /// Hands an event over to the own channel of a user that D1 has.
    pub(crate) async fn notify(&self, event: OwnEvent) -> Result<(), Problem> {
        self.port.notify(event).await
    }

    /// Hands an event about notifications over to the own channel of a user whom D1 knows.
    pub(crate) async fn notify_of_notification(&self, own: OwnNotification) -> Result<(), Problem> {
        self.port.notify_of_notification(own).await
    }

    /// Hands a message over to the object that sends it to the devices of a user that D1 has.
    pub(crate) async fn push(&self, message: PushMessage) -> Result<(), Problem> {
        self.port.push(message).await
    }

    /// Trims old events from a conversation's log. Only schedules call this, with conversations listed by D1.
    pub(crate) async fn trim(&self, trim: TrimLog) -> Result<Trimmed, Problem> {
        self.port.trim(trim).await
    }

    /// Has a conversation's object send its scheduled messages that are due. Only schedules call this, with conversations
    /// listed by D1.
    pub(crate) async fn send_due(&self, due: SendDue) -> Result<(), Problem> {
        self.port.send_due(due).await
    }

    /// Has a conversation's object give its messages the status of a file. The record lists the conversations.
    pub(crate) async fn file_decided(&self, decided: FileDecided) -> Result<(), Problem> {
        self.port.file_decided(decided).await
    }

    /// Has a conversation's object erase a page of what a user wrote there. Only erasures call this, with conversations listed by D1.
    pub(crate) async fn erase(&self, erase: EraseMessages) -> Result<ErasedMessages, Problem> {
        self.port.erase(erase).await
    }

    /// Current metrics of an app, from its quota registry.
    pub(crate) async fn stats(&self, tenant: &TenantId) -> Result<Stats, Problem> {
        self.port.stats(tenant).await
    }

    /// Hands an isolate's numbers over to an app's quota registry.
    pub(crate) async fn measure(&self, tenant: &TenantId, report: &Report) -> Result<Taken, Problem> {
        self.port.measure(tenant, report).await
    }

    /// Metrics of an app over all isolates.
    pub(crate) async fn measurements(&self, tenant: &TenantId) -> Result<Measurements, Problem> {
        self.port.measurements(tenant).await
    }

    /// Readings of an app's last minutes.
    pub(crate) async fn series(
        &self,
        tenant: &TenantId,
        series: Series,
        minutes: i64,
    ) -> Result<Vec<Option<u64>>, Problem> {
        self.port.series(tenant, series, minutes).await
    }

    /// Hands a revocation over to an app's quota registry.
    pub(crate) async fn revoke(&self, tenant: &TenantId, revocation: &Revocation) -> Result<(), Problem> {
        self.port.revoke(tenant, revocation).await
    }

    /// Accepts a socket, sends the problem and closes.
    pub(crate) fn refuse(&self, problem: &Problem) -> Result<Response, Problem> {
        self.port.refuse(problem)
    }

    /// 404 if the conversation does not exist, which looks the same as one that the caller may not see.
    async fn require(&self, tenant: &TenantId, conversation: &ConversationId) -> Result<(), Problem> {
        let key = (tenant.clone(), conversation.clone());
        let found = match self.looked_up.get(&key) {
            Some(found) => Some(*found),
            None => self.look_up(tenant, [conversation.clone()].into()).await.remove(&key),
        };
        if found == Some(Found::Nothing) { Err(Problem::not_found()) } else { Ok(()) }
    }

    /// Looks conversations up in the cache, then in D1. Only existing ones are cached: a missing one may be created at
    /// any moment by another isolate.
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
