//! Fake objects: they apply the real rules over the same database, but flush to it only on request.

mod changes;

use super::FakeClock;
use crate::ports::{BoxFuture, Clock, Connection, Objects};
use axum::body::Body;
use axum::response::Response;
use campana_core::accounts::audit::Audit;
use campana_core::accounts::quota::Stats;
use campana_core::chat::command::{
    Answer, Command, Connect, Envelope, FlushBatch, FlushedMessage, Membership, Reply, TrimLog, Trimmed,
};
use campana_core::chat::conversation::{
    Actor, Conversation, Entry, MessageChange, Prior, SendDecision, validate_client_id,
};
use campana_core::chat::policy::Action;
use campana_core::chat::wire::{Message, SUBPROTOCOL};
use campana_core::shared::ids::{ConversationId, MessageId, RoomId, TenantId};
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_storage::{StorageError, Store};
use pollster::block_on;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

/// All objects of a world.
pub(crate) struct FakeObjects {
    store: Store,
    clock: Arc<FakeClock>,
    logs: Mutex<BTreeMap<ConversationId, Log>>,
    opened: Mutex<Vec<(Connect, Connection)>>,
    commands: Mutex<Vec<Envelope>>,
    trims: Mutex<Vec<TrimLog>>,
    old_events: Mutex<BTreeMap<ConversationId, Trimmed>>,
    stats: Mutex<BTreeMap<TenantId, Stats>>,
    down: AtomicBool,
    random: AtomicU8,
}

struct Log {
    tenant: TenantId,
    rules: Conversation,
    rows: BTreeMap<MessageId, FlushedMessage>,
    audits: Vec<Audit>,
}

impl FakeObjects {
    pub(crate) fn new(store: Store, clock: Arc<FakeClock>) -> Self {
        let (logs, opened, commands, trims, old_events, stats) = <_>::default();
        let (down, random) = (AtomicBool::new(false), AtomicU8::new(0));
        Self { store, clock, logs, opened, commands, trims, old_events, stats, down, random }
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

    /// Scripts an object's answer to a trim; without one the object does not answer.
    pub(crate) fn has_old_events(&self, conversation: &str, answer: Trimmed) {
        self.old_events.lock().expect("the lock is not poisoned").insert(ConversationId::trusted(conversation), answer);
    }

    /// Flushes all rows to the database.
    pub(crate) fn flush(&self) {
        for (id, log) in self.logs.lock().expect("the lock is not poisoned").iter_mut() {
            let rows: Vec<_> = std::mem::take(&mut log.rows).into_values().collect();
            let batch = FlushBatch {
                quarantined: Vec::new(),
                last_message_at: rows.last().map(|row| row.message.created_at),
                created: rows.clone(),
                changed: rows,
                audits: std::mem::take(&mut log.audits),
                read: Vec::new(),
                last_seq: log.rules.head(),
                message_count: log.rules.message_count(),
            };
            block_on(self.store.flush(&log.tenant, id, &batch, self.clock.now())).expect("the flush succeeds");
        }
    }

    async fn answer(&self, envelope: Envelope) -> Answer {
        if self.down.load(Ordering::Relaxed) {
            return Err(Problem::unavailable("the conversation did not answer"));
        }
        if let Some(id) = &envelope.origin_client_id {
            validate_client_id("origin_client_id", id)?;
        }
        let tenant = envelope.principal.tenant.clone();
        let conversation = envelope.conversation_id.clone();
        let facts = self.store.facts(&tenant, &conversation).await.map_err(lost)?.ok_or_else(Problem::not_found)?;
        let user = &envelope.principal.user_id;
        let membership = self.store.membership(&tenant, &conversation, user).await.map_err(lost)?;
        {
            let mut logs = self.logs.lock().expect("the lock is not poisoned");
            let log = logs.entry(conversation.clone()).or_insert_with(|| Log {
                tenant: tenant.clone(),
                rules: Conversation::new(
                    conversation.clone(),
                    facts.place,
                    "epoch".to_owned(),
                    facts.last_seq,
                    facts.message_count,
                    envelope.limits.clone(),
                ),
                rows: BTreeMap::new(),
                audits: Vec::new(),
            });
            log.rules.set_place(facts.place);
        }
        let scene =
            Scene { objects: self, envelope: &envelope, membership: membership.as_ref(), now: self.clock.now() };
        scene.play(facts.room_id.as_ref()).await
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn lost(error: StorageError) -> Problem {
    match error {
        StorageError::Constraint => Problem::field("user_id", "is nobody this tenant knows yet"),
        _ => Problem::unavailable("the record did not answer"),
    }
}

/// Execution of one command.
struct Scene<'a> {
    objects: &'a FakeObjects,
    envelope: &'a Envelope,
    membership: Option<&'a Membership>,
    now: Timestamp,
}

impl Scene<'_> {
    fn actor(&self) -> Actor<'_> {
        Actor { principal: &self.envelope.principal, membership: self.membership, origin_client_id: None }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Log) -> Result<T, Problem>) -> Result<T, Problem> {
        let mut logs = self.objects.logs.lock().expect("the lock is not poisoned");
        act(logs.get_mut(&self.envelope.conversation_id).expect("the log is loaded"))
    }

    fn authorize(&self, action: Action) -> Result<(), Problem> {
        self.with(|log| log.rules.authorize(self.actor(), action, self.now))
    }

    async fn play(&self, room: Option<&RoomId>) -> Answer {
        let me = &self.envelope.principal.user_id;
        match &self.envelope.command {
            Command::Send { draft } => {
                let draft = draft.clone();
                let random = self.objects.random.fetch_add(1, Ordering::Relaxed);
                self.with(|log| {
                    let known = |row: &&FlushedMessage| {
                        row.message.sender_id == *me && row.message.client_msg_id == draft.client_msg_id
                    };
                    let prior = log.rows.values().find(known).map(|row| Prior {
                        message: Some(row.message.clone()),
                        id: row.message.id.clone(),
                        seq: row.message.seq,
                        created_at: row.message.created_at,
                    });
                    match log.rules.send(self.actor(), draft, prior, self.now, [random; 10])? {
                        SendDecision::Repeat(prior) => {
                            let message = prior.message.expect("the full message is stored");
                            Ok(Reply::Sent { message: Box::new(message), created: false })
                        }
                        SendDecision::Commit(entry) => {
                            Ok(Reply::Sent { message: Box::new(log.commit(&entry)), created: true })
                        }
                    }
                })
            }
            Command::Edit { message_id, body } => {
                let row = self.row(message_id).await?;
                self.with(|log| {
                    let entry = log.rules.edit(self.actor(), row, body, self.now)?;
                    Ok(Reply::Changed { message: Box::new(log.commit(&entry)) })
                })
            }
            Command::Delete { message_id } => {
                let row = self.row(message_id).await?;
                self.with(|log| {
                    let entry = log.rules.delete(self.actor(), row, self.now, [0; 10])?;
                    Ok(Reply::Changed { message: Box::new(log.commit(&entry)) })
                })
            }
            Command::Typing { on } => {
                self.with(|log| log.rules.typing(self.actor(), *on, self.now)).map(|_| Reply::Done)
            }
            Command::Read { seq } => {
                let moved = self.with(|log| log.rules.mark_read(self.actor(), *seq, self.now))?;
                let stood = self.membership.map_or(0, |membership| membership.last_read_seq);
                Ok(Reply::Read { last_read_seq: moved.unwrap_or(stood) })
            }
            Command::View => self.authorize(Action::ViewConversation).map(|()| Reply::Done),
            Command::Tail { .. } => {
                self.authorize(Action::ViewConversation)?;
                self.with(|log| {
                    // The whole log: more than a page needs, and always a superset of it.
                    Ok(Reply::Tail {
                        epoch: log.rules.epoch().to_owned(),
                        head: log.rules.head(),
                        role: self.membership.expect("the caller is a member").role,
                        messages: log.rows.values().map(|row| row.message.clone()).collect(),
                    })
                })
            }
            command => self.play_in_record(command, room).await,
        }
    }

    async fn row(&self, id: &str) -> Result<FlushedMessage, Problem> {
        if !self.envelope.principal.admin {
            self.authorize(Action::ViewConversation)?;
        }
        let id = MessageId::parse(id).ok_or_else(Problem::not_found)?;
        if let Some(row) = self.with(|log| Ok(log.rows.get(&id).cloned()))? {
            return Ok(row);
        }
        let row = self.objects.store.flushed_row(&self.envelope.principal.tenant, &id).await.map_err(lost)?;
        row.filter(|row| row.message.conversation_id == self.envelope.conversation_id).ok_or_else(Problem::not_found)
    }
}

impl Log {
    fn commit(&mut self, entry: &Entry) -> Message {
        self.rules.committed(entry);
        self.audits.extend(entry.audit.as_deref().cloned());
        let Some(MessageChange::Created { row } | MessageChange::Changed { row }) = &entry.message else {
            unreachable!("the entry is a message");
        };
        self.rows.insert(row.message.id.clone(), FlushedMessage::clone(row));
        row.message.clone()
    }
}

impl Objects for FakeObjects {
    fn command(&self, envelope: Envelope) -> BoxFuture<'_, Answer> {
        self.commands.lock().expect("the lock is not poisoned").push(envelope.clone());
        Box::pin(self.answer(envelope))
    }

    fn connect(&self, connect: Connect, connection: Connection) -> BoxFuture<'_, Result<Response, Problem>> {
        self.opened.lock().expect("the lock is not poisoned").push((connect, connection));
        Box::pin(async { Ok(Response::new(Body::from(json!("opened").to_string()))) })
    }

    fn trim(&self, trim: TrimLog) -> BoxFuture<'_, Result<Trimmed, Problem>> {
        let answer = self.old_events.lock().expect("the lock is not poisoned").get(&trim.conversation_id).cloned();
        self.trims.lock().expect("the lock is not poisoned").push(trim);
        Box::pin(async move { answer.ok_or_else(|| Problem::unavailable("the conversation did not answer")) })
    }

    fn stats<'a>(&'a self, tenant: &'a TenantId) -> BoxFuture<'a, Result<Stats, Problem>> {
        Box::pin(async move {
            if self.down.load(Ordering::Relaxed) {
                return Err(Problem::unavailable("the object did not answer"));
            }
            Ok(self.stats.lock().expect("the lock is not poisoned").get(tenant).cloned().unwrap_or_default())
        })
    }

    fn refuse(&self, problem: &Problem) -> Result<Response, Problem> {
        let told = json!({
            "told_on_the_socket": problem.kind.slug(),
            "field": problem.errors.first().map(|error| &error.field),
        });
        let internal = |_| Problem::new(Kind::Internal, "");
        let told = Response::builder().status(200).header("sec-websocket-protocol", SUBPROTOCOL).body(told.to_string());
        told.map(|told| told.map(Body::from)).map_err(internal)
    }
}
