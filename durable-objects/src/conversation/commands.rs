//! Commands from HTTP functions and from socket frames.

use super::{Object, refused};
use crate::fan_out::Exclusion;
use crate::platform::log_failure;
use crate::revoking;
use crate::sessions::Session;
use campana_core::accounts::metrics::FEATURE_USES;
use campana_core::accounts::principal::Principal;
use campana_core::chat::annotations::AnnotationView;
use campana_core::chat::command::{Answer, Command, Draft, Envelope, Membership, Reply, parse_message_id};
use campana_core::chat::conversation::{
    Actor, Annotated, Entry, MessageChange, Prior, SendDecision, TypingSource, validate_client_id,
};
use campana_core::chat::flush::FlushedMessage;
use campana_core::chat::history::Anchor;
use campana_core::chat::mentions::Wanted;
use campana_core::chat::policy::Action;
use campana_core::chat::wire::{Message, Person, ServerFrame};
use campana_core::shared::ids::MessageId;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::socket_id::SocketId;
use campana_runtime::metrics;
use campana_storage::RoomChange;
use std::rc::Rc;

/// The acting principal and the connection that the action came from.
#[derive(Clone, Copy)]
pub(super) struct By<'a> {
    /// Acting principal.
    pub(super) principal: &'a Principal,
    /// Client id of the originating tab. The tab gets no echo if it belongs to the principal.
    pub(super) origin_client_id: Option<&'a str>,
    /// Another user has a connection with the same client id. Events then omit the id; otherwise that user's tab would
    /// treat them as its own.
    is_origin_disputed: bool,
    /// Socket of the originating Pusher client; it gets no echo.
    pub(super) origin_socket: Option<&'a SocketId>,
}

/// Outcome of a send.
pub(super) enum Sent {
    /// Committed now: acknowledge it, then publish it.
    New(Box<Entry>),
    /// A repeat of a committed send.
    Before(Box<Prior>),
}

impl Sent {
    /// The acknowledgement for the sender's socket.
    pub(super) fn to_ack(&self, client_msg_id: String) -> Result<ServerFrame, Problem> {
        let (id, seq, created_at) = match self {
            Self::New(entry) => {
                let message = message_of(entry)?;
                (&message.id, message.seq, message.created_at)
            }
            Self::Before(prior) => (&prior.id, prior.seq, prior.created_at),
        };
        Ok(ServerFrame::Ack { client_msg_id, id: id.clone(), seq, created_at })
    }
}

impl Object {
    /// An action with its originating tab and Pusher socket, both named by the client.
    pub(super) fn by<'a>(
        &self,
        principal: &'a Principal,
        origin_client_id: Option<&'a str>,
        origin_socket: Option<&'a SocketId>,
    ) -> By<'a> {
        let sessions = self.sessions.borrow();
        let is_origin_disputed = origin_client_id.is_some_and(|id| sessions.is_of_another(id, &principal.user_id));
        By { principal, origin_client_id, is_origin_disputed, origin_socket }
    }

    /// Runs a command from an HTTP function, and logs a failure.
    pub(super) async fn command(self: &Rc<Self>, envelope: Envelope) -> Answer {
        let request_id = envelope.request_id.clone();
        let answer = self.execute(envelope).await;
        answer.inspect_err(|problem| log_failure("conversation.command", request_id.as_deref(), problem))
    }

    async fn execute(self: &Rc<Self>, envelope: Envelope) -> Answer {
        let Envelope { conversation_id, principal, limits, origin_client_id, origin_socket, command, .. } = envelope;
        revoking::check(&**self, &principal)?;
        self.load(&principal.tenant, &conversation_id, &limits).await?;
        if let Some(id) = &origin_client_id {
            validate_client_id("origin_client_id", id)?;
        }
        let by = self.by(&principal, origin_client_id.as_deref(), origin_socket.as_ref());
        match command {
            Command::Send { draft } => self.send_and_tell(by, draft).await,
            Command::Schedule { draft, send_at } => self.schedule(by, draft, send_at).await,
            Command::CancelScheduled { id } => self.cancel_scheduled(by, &id).await,
            Command::Edit { message_id, body, if_match } => {
                let (message, view) = self.edit(by, &message_id, &body, if_match.as_deref()).await?;
                Ok(Reply::Changed { message: Box::new(message), view: Box::new(view) })
            }
            Command::React { message_id, emoji, on } => self.react(by, &message_id, &emoji, on).await,
            Command::Pin { message_id, on } => self.pin(by, &message_id, on).await,
            Command::FlushAll => self.flush_everything(by).await.map(|()| Reply::Done),
            Command::History { message_id } => self.history(by, &message_id).await.map(|()| Reply::Done),
            Command::Delete { message_id } => {
                let message = self.delete(by, &message_id).await?;
                self.unindex(&message).await;
                // When the answer comes, no list of the record shows the message.
                let head = self.with(|loaded| Ok(loaded.rules.head()))?;
                self.flush_until(|object| object.with(|loaded| Ok(loaded.flushed >= head))).await;
                Ok(Reply::Changed { message: Box::new(message), view: Box::default() })
            }
            Command::Typing { on } => self.typing(by, self.typing_source(by), on).await.map(|()| Reply::Done),
            Command::Read { seq } => {
                let last_read_seq = self.mark_read(by, seq).await?;
                let user = &by.principal.user_id;
                self.subscriptions.traces.confirmed(user, last_read_seq);
                self.flush_until(|object| Ok(!object.members.is_read_pending(user)?)).await;
                Ok(Reply::Read { last_read_seq })
            }
            Command::Unread { seq } => {
                let last_read_seq = self.mark_unread(by, seq).await?;
                let user = &by.principal.user_id;
                self.flush_until(|object| Ok(!object.members.is_read_pending(user)?)).await;
                Ok(Reply::Read { last_read_seq })
            }
            Command::BlocksChanged => self.blocks_changed(by).await,
            Command::PrivacyChanged => self.privacy_changed(by).await,
            Command::View => self.authorize(by, Action::ViewConversation).await.map(|()| Reply::Done),
            Command::Tail { anchor, limit } => self.tail(by, anchor, limit).await,
            command => {
                let _one_after_the_other = self.changes.lock().await;
                self.recover_changes().await?;
                self.change(by, command).await
            }
        }
    }

    /// Runs a command that changes memberships, invites or the room.
    async fn change(self: &Rc<Self>, by: By<'_>, command: Command) -> Answer {
        match command {
            Command::AddMember { user_id, role } => self.add_member(by, &user_id, role).await,
            Command::RemoveMember { user_id } => self.remove_member(by, &user_id).await,
            Command::ChangeRole { user_id, role } => self.change_role(by, &user_id, role).await,
            Command::Join => self.join(by).await,
            Command::Leave => self.leave(by).await,
            Command::UpdateRoom { name, description, visibility, post, slow_mode_s } => {
                self.update_room(by, RoomChange { name, description, visibility, post, slow_mode_s }).await
            }
            Command::UpdateMetadata { metadata } => self.update_metadata(by, metadata).await,
            Command::DeleteRoom => self.delete_room(by).await,
            Command::Mute { user_id, until, reason } => self.mute(by, &user_id, until, reason).await,
            Command::Unmute { user_id } => self.unmute(by, &user_id).await,
            Command::Ban { user_id, until, reason } => self.ban(by, &user_id, until, reason).await,
            Command::Unban { user_id } => self.unban(by, &user_id).await,
            Command::CreateInvite { invite } => self.create_invite(by, invite).await,
            Command::RevokeInvite { invite_id } => self.revoke_invite(by, &invite_id).await,
            Command::AcceptInvite { invite_id } => self.accept_invite(by, &invite_id).await,
            Command::DeclineInvite { invite_id } => self.decline_invite(by, &invite_id).await,
            Command::Send { .. }
            | Command::Schedule { .. }
            | Command::CancelScheduled { .. }
            | Command::Edit { .. }
            | Command::History { .. }
            | Command::React { .. }
            | Command::Pin { .. }
            | Command::FlushAll
            | Command::Delete { .. }
            | Command::Typing { .. }
            | Command::Read { .. }
            | Command::Unread { .. }
            | Command::View
            | Command::BlocksChanged
            | Command::PrivacyChanged
            | Command::Tail { .. } => Err(Problem::internal("not a change of the place")),
        }
    }

    async fn send_and_tell(self: &Rc<Self>, by: By<'_>, draft: Draft) -> Answer {
        let (message, created) = match self.send(by, draft).await? {
            Sent::New(entry) => {
                self.publish_sent(&entry, by);
                (message_of(&entry)?.clone(), true)
            }
            Sent::Before(prior) => match prior.message {
                Some(message) => (message, false),
                None => (self.message_row(&prior.id).await?.message, false),
            },
        };
        let quote = match &message.quote_id {
            Some(quote) => self.log.current(quote)?.map(|row| Box::new(row.message)),
            None => None,
        };
        Ok(Reply::Sent { message: Box::new(message), quote, created })
    }

    /// Commits a send, or finds the committed one that it repeats. The caller acknowledges, then publishes.
    pub(super) async fn send(&self, by: By<'_>, draft: Draft) -> Result<Sent, Problem> {
        let references = self.references_of_new(by, &draft).await?;
        let membership = self.membership(&by.principal.user_id).await?;
        let actor = by.actor(membership.as_ref());
        let references = self.refresh(by, references)?;
        let (now, random) = (self.context.now(), self.context.random()?);
        let is_paced = self.with(|loaded| Ok(loaded.rules.is_paced(actor)))?;
        let decide =
            |prior| self.with(|loaded| loaded.rules.send(actor, draft.clone(), &references, prior, now, random));
        let pace = || {
            let last_sent_at = self.slow_mode.last(&by.principal.user_id)?;
            self.with(|loaded| loaded.rules.pace(actor, last_sent_at, now))
        };
        // Most sends are new: the log is searched only if the key is taken or the sender is too fast.
        let refusal = match if is_paced { pace().and_then(|()| decide(None)) } else { decide(None) } {
            Ok(SendDecision::Commit(entry)) => {
                if self.commit_send(&entry, is_paced.then_some((&by.principal.user_id, now)))? {
                    if !draft.attachments.is_empty() {
                        // Members may read the files once the record has the message.
                        self.hasten_flush();
                    }
                    return Ok(Sent::New(entry));
                }
                self.with(|loaded| {
                    loaded.rules.not_sent(&by.principal.user_id);
                    Ok(())
                })?;
                Problem::internal("a key that is there and is not")
            }
            Ok(SendDecision::Repeat(_)) => Problem::internal("a repeat of nothing"),
            // A repeat names no messages here, so the rules refuse it as if they were missing.
            Err(problem) if matches!(problem.kind, Kind::RateLimited | Kind::SlowMode | Kind::Invalid) => problem,
            Err(problem) => return Err(problem),
        };
        let Some(key) = draft.client_msg_id.as_deref() else { return Err(refusal) };
        let Some(prior) = self.log.prior(&by.principal.user_id, key)? else { return Err(refusal) };
        match decide(Some(prior))? {
            SendDecision::Repeat(prior) => Ok(Sent::Before(prior)),
            SendDecision::Commit(_) => Err(refusal),
        }
    }

    /// Changes the body of the caller's own message, if it has one of the versions `if_match`.
    pub(super) async fn edit(
        self: &Rc<Self>,
        by: By<'_>,
        id: &str,
        body: &str,
        if_match: Option<&[i64]>,
    ) -> Result<(Message, AnnotationView), Problem> {
        self.view_as(by).await?;
        let people = self.mentioned(&Wanted::in_text(body)).await?;
        let (Annotated { row, view }, membership) = self.annotated(by, id).await?;
        let actor = by.actor(membership.as_ref());
        let now = self.context.now();
        let entry = self.with(|loaded| loaded.rules.edit(actor, row, body, &people, if_match, now))?;
        Ok((self.commit_change(by, &entry)?, view))
    }

    /// Checks that the caller may read a message's earlier bodies, and waits until the record has them.
    async fn history(self: &Rc<Self>, by: By<'_>, id: &str) -> Result<(), Problem> {
        let row = self.visible_row(by, id).await?;
        let membership = self.membership(&by.principal.user_id).await?;
        let own = row.message.is_by(&by.principal.user_id);
        let action = Action::ViewHistory { own };
        self.with(|loaded| loaded.rules.authorize(by.actor(membership.as_ref()), action, self.context.now()))?;
        if row.message.deleted_at.is_some() {
            return Err(Problem::not_found());
        }
        self.flush_until(|object| object.with(|loaded| Ok(loaded.flushed >= row.updated_seq))).await;
        Ok(())
    }

    /// Deletes a message.
    pub(super) async fn delete(self: &Rc<Self>, by: By<'_>, id: &str) -> Result<Message, Problem> {
        let row = self.visible_row(by, id).await?;
        let root = self.root_of(by, &row).await?;
        let membership = self.membership(&by.principal.user_id).await?;
        let actor = by.actor(membership.as_ref());
        let random = self.context.random()?;
        let row = self.log.current(&row.message.id)?.unwrap_or(row);
        let root = root.map(|root| self.present_root(by, root)).transpose()?;
        let entry = self.with(|loaded| loaded.rules.delete(actor, row, root.as_ref(), self.context.now(), random))?;
        self.commit_change(by, &entry)
    }

    fn commit_change(self: &Rc<Self>, by: By<'_>, entry: &Entry) -> Result<Message, Problem> {
        self.commit(entry)?;
        self.publish_committed(entry, by);
        message_of(entry).cloned()
    }

    /// A message's row, if the caller may see the conversation.
    async fn visible_row(&self, by: By<'_>, id: &str) -> Result<FlushedMessage, Problem> {
        self.view_as(by).await?;
        self.message_row(&parse_message_id(id)?).await
    }

    /// The caller's membership, if they may see the conversation.
    pub(super) async fn view_as(&self, by: By<'_>) -> Result<Option<Membership>, Problem> {
        let membership = self.membership(&by.principal.user_id).await?;
        if !by.principal.admin {
            let actor = by.actor(membership.as_ref());
            self.with(|loaded| loaded.rules.authorize(actor, Action::ViewConversation, self.context.now()))?;
        }
        Ok(membership)
    }

    /// A message from the log, or from the record if it has left the log. After this await, the caller must read the
    /// log again before it decides.
    pub(super) async fn message_row(&self, id: &MessageId) -> Result<FlushedMessage, Problem> {
        if let Some(row) = self.log.current(id)? {
            return Ok(row);
        }
        let (tenant, conversation) = self.with(|loaded| Ok((loaded.tenant.clone(), loaded.rules.id().clone())))?;
        let row = self.context.record()?.flushed_row(&tenant, id).await.map_err(refused)?;
        row.filter(|row| row.message.conversation_id == conversation).ok_or_else(Problem::not_found)
    }

    /// The connection that a request about typing names: one of the caller's own.
    fn typing_source(&self, by: By<'_>) -> TypingSource {
        let sessions = self.sessions.borrow().of_user(&by.principal.user_id);
        let is_origin =
            |session: &&Rc<Session>| session.attachment.borrow().client_id.as_deref() == by.origin_client_id;
        let session = by.origin_client_id.and_then(|_| sessions.iter().find(is_origin));
        match (session, by.origin_socket) {
            (Some(session), _) => TypingSource::Session(session.id),
            (None, Some(socket)) => TypingSource::Socket(socket.clone()),
            (None, None) => TypingSource::Request,
        }
    }

    /// Signals that the caller types or has stopped.
    pub(super) async fn typing(self: &Rc<Self>, by: By<'_>, source: TypingSource, on: bool) -> Result<(), Problem> {
        let membership = self.membership(&by.principal.user_id).await?;
        let actor = by.actor(membership.as_ref());
        let signal = self.with(|loaded| loaded.rules.typing(actor, source, on, self.context.now()))?;
        if let Some(signal) = signal {
            if on {
                self.with(|loaded| {
                    metrics::count(&loaded.tenant, |collector| collector.add(&FEATURE_USES, &["typing"], 1));
                    metrics::report_soon(&self.context, &loaded.tenant);
                    Ok(())
                })?;
            }
            self.signal(&signal, Exclusion::Person(by.principal.user_id.clone()));
        }
        Ok(())
    }

    async fn tail(&self, by: By<'_>, anchor: Anchor, limit: u32) -> Answer {
        let membership = self.membership(&by.principal.user_id).await?;
        let actor = by.actor(membership.as_ref());
        self.with(|loaded| loaded.rules.authorize(actor, Action::ViewConversation, self.context.now()))?;
        let (flushed, head, epoch) =
            self.with(|loaded| Ok((loaded.flushed, loaded.rules.head(), loaded.rules.epoch().to_owned())))?;
        let messages = self.log.unflushed(flushed, anchor, limit)?;
        let role = membership.map(|membership| membership.role).ok_or_else(Problem::not_found)?;
        let annotations = self.annotations.unflushed(flushed, anchor, limit, &by.principal.user_id)?;
        Ok(Reply::Tail { epoch, head, role, messages, annotations })
    }
}

impl<'a> By<'a> {
    /// An action whose actor also gets the echo.
    pub(super) fn echoed(principal: &'a Principal) -> Self {
        Self { principal, origin_client_id: None, is_origin_disputed: false, origin_socket: None }
    }

    /// The actor, as others see them.
    pub(super) fn person(self) -> Person {
        Person { user_id: self.principal.user_id.clone(), name: self.principal.name.clone() }
    }

    /// The actor as the rules take it.
    pub(super) fn actor(self, membership: Option<&'a Membership>) -> Actor<'a> {
        let origin_client_id = self.origin_client_id.filter(|_| !self.is_origin_disputed);
        Actor { principal: self.principal, membership, origin_client_id }
    }
}

/// The message that an entry created or changed.
fn message_of(entry: &Entry) -> Result<&Message, Problem> {
    match &entry.message {
        Some(MessageChange::Created { row } | MessageChange::Changed { row }) => Ok(&row.message),
        Some(MessageChange::Annotated { .. }) | None => Err(Problem::internal("an entry without its message")),
    }
}
