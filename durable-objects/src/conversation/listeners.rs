//! Conversation as the target of Pusher channels: delivers its events to listeners, and takes in theirs.
//!
//! Gateways name the channels: every name that routes to this object is one of the conversation's channels.

use super::Object;
use super::commands::By;
use super::membership::unknown_person;
use crate::broadcast;
use crate::fan_out::Exclusion;
use crate::presence::KeepsPresence;
use crate::subscriptions::{self, ClientEventHandling, Hosts, SubscriptionRegistry, send_frame};
use campana_core::accounts::app_config::AppConfig;
use campana_core::accounts::principal::Principal;
use campana_core::chat::conversation::{Conversation, TypingSource};
use campana_core::chat::policy::{Action, Posting};
use campana_core::chat::wire::{Event, Person};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::event::{CLIENT_PREFIX, Publication};
use campana_core::pusher::family::Family;
use campana_core::pusher::frame::{ClientEvent, event_frame};
use campana_core::pusher::link::{self, Listener, Refusal, Target, Whose};
use campana_core::pusher::naming::{Rendition, renditions};
use campana_core::pusher::settings::EventNames;
use campana_core::shared::ids::UserId;
use campana_core::shared::json::{read_input, read_stored, set};
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::socket_id::SocketId;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Client event with which Pusher clients signal typing.
const TYPING: &str = "client-typing";
/// Event with the log's position, for each new listener: it lacks the events between its own position and this one.
const POSITION: &str = "conversation.position";

/// Memberships read concurrently.
const CONCURRENT_READS: usize = 10;

/// A user with a native connection, as a member of presence channels.
pub(super) fn native(person: &Person) -> Listener {
    let info = json!({"id": person.user_id, "name": person.name}).to_string();
    Listener { user: person.user_id.clone(), is_number: false, info: Some(info), expires_at_ms: None }
}

fn person(listener: &Listener) -> Person {
    Person { user_id: listener.user.clone(), name: listener.name() }
}

impl Hosts for Object {
    fn subscriptions(&self) -> &SubscriptionRegistry {
        &self.subscriptions
    }

    async fn prepare(self: &Rc<Self>, app_config: &AppConfig, target: &Target) -> Result<(), Problem> {
        let Target::Conversation(id) = target else { return Err(Problem::not_found()) };
        self.load(&app_config.tenant, id, &app_config.limits).await
    }

    /// A listener with a user id must be a member. Subscribing to the general room makes the user one. Everybody may
    /// listen to a public channel while the room is public.
    async fn admit(self: &Rc<Self>, channel: &ChannelName, listener: Option<&Listener>) -> Result<(), Refusal> {
        let Some(listener) = listener else { return self.admit_unnamed(channel) };
        let principal =
            self.principal_of(&listener.user, listener.name(), listener.expires_at_ms.unwrap_or(i64::MAX))?;
        let by = By::echoed(&principal);
        if channel.is_presence() {
            self.learn_visibility(&listener.user).await?;
        }
        if channel.family() == Family::General {
            return self.admit_to_general(by).await.map_err(hidden);
        }
        self.authorize(by, Action::ViewConversation).await.map_err(hidden)
    }

    fn greeting(&self, _channel: &ChannelName, _listener: Option<&Listener>) -> Vec<(&'static str, String)> {
        let position = self.with(|loaded| {
            let rules = &loaded.rules;
            Ok(json!({"conversation_id": rules.id(), "epoch": rules.epoch(), "head": rules.head()}))
        });
        position.map(|position| (POSITION, position.to_string())).into_iter().collect()
    }

    /// A listener with a user id may only send client events while they may write: not while muted, and in an announcement
    /// room only as its moderator. A typing event also goes to native connections and the conversation's other channels.
    async fn on_client_event(
        self: &Rc<Self>,
        event: &ClientEvent,
        socket: &SocketId,
        listener: Option<&Listener>,
    ) -> Result<ClientEventHandling, Refusal> {
        let Some(listener) = listener else {
            // The backend that signed for the listener named nobody who could moderate the room.
            self.learn_blocks().await?;
            let is_open = |rules: &Conversation| rules.posting().post == Posting::All && !rules.is_blocked();
            let is_open = self.with(|loaded| Ok(is_open(&loaded.rules)))?;
            let refusal = || Refusal::forbidden("you may not send client events here");
            return is_open.then_some(ClientEventHandling::ForAll).ok_or_else(refusal);
        };
        let principal =
            self.principal_of(&listener.user, listener.name(), listener.expires_at_ms.unwrap_or(i64::MAX))?;
        let by = By::echoed(&principal);
        match self.authorize(by, Action::Type).await {
            // Dropped as on every path.
            Err(problem) if problem.kind == Kind::Blocked && event.event == TYPING => {
                return Ok(ClientEventHandling::ForUs);
            }
            authorized => authorized?,
        }
        if event.event != TYPING {
            return Ok(ClientEventHandling::ForAll);
        }
        let membership = self.membership(&principal.user_id).await?;
        let actor = by.actor(membership.as_ref());
        let (source, on) = (TypingSource::Socket(socket.clone()), is_on(&event.data));
        let signal = self.with(|loaded| loaded.rules.typing(actor, source, on, self.context.now()))?;
        if let Some(signal) = signal {
            let text = signal.to_text();
            broadcast::publish(self, &text, None, Exclusion::Person(principal.user_id.clone()));
            self.tell_listeners(&text, &link::Except::Person(principal.user_id.clone()), Some(&event.channel));
        }
        Ok(ClientEventHandling::ForAll)
    }

    fn published(self: &Rc<Self>, event: &Publication) {
        let Ok((_, conversation)) = self.names() else { return };
        let data = read_input(&event.data).unwrap_or_else(|_| Value::from(event.data.as_str()));
        let text = json!({
            "event": event.event, "conversation_id": conversation, "channel": event.channel, "data": data, "at": self.context.now(),
        });
        broadcast::publish(self, &text.to_string(), None, Exclusion::Nobody);
    }

    fn occupied(self: &Rc<Self>, _channel: &ChannelName, _is_occupied: bool) {}

    /// Marks the user of a presence channel as online, also if a lost instance has announced them already.
    fn subscribed(self: &Rc<Self>, channel: &ChannelName, listener: Option<&Listener>) {
        if let Some(listener) = listener.filter(|_| channel.is_presence()) {
            self.presence_changed([listener.user.clone()]);
        }
    }

    fn unsubscribing(self: &Rc<Self>, socket: &SocketId, listener: &Listener) {
        self.stop_typing_at(&listener.user, &TypingSource::Socket(socket.clone()));
    }

    fn present(self: &Rc<Self>, listener: &Listener, is_here: bool) {
        let person = person(listener);
        if is_here {
            self.arrived(&person);
            self.arm_for_connections();
        } else {
            self.departed(&person);
        }
    }
}

/// The refusal for a problem: a channel that the user may not see looks like one that they may not listen to.
fn hidden(problem: Problem) -> Refusal {
    match problem.kind {
        Kind::NotFound => Refusal::forbidden("you may not listen to this channel"),
        _ => problem.into(),
    }
}

/// Whether a typing event says that the user types; `"typing": false` says that they stopped.
fn is_on(data: &str) -> bool {
    let data: Option<Value> = read_input(data).ok();
    data.and_then(|data| data.get("typing").and_then(Value::as_bool)).unwrap_or(true)
}

impl Object {
    /// Sends an event to the listeners of the conversation's channels. On `whispered_on` the clients already have the
    /// original client event, so that channel gets no copy of it.
    pub(super) fn tell_listeners(
        self: &Rc<Self>,
        text: &str,
        except: &link::Except,
        whispered_on: Option<&ChannelName>,
    ) {
        if self.subscriptions.is_silent() {
            return;
        }
        let Ok(event) = read_stored::<Event>(text) else { return };
        let names = self.event_names();
        for channel in self.subscriptions.channels() {
            for Rendition { event: name, data } in renditions(&event, text, &channel, names) {
                let is_already_sent = whispered_on == Some(&channel) && name.starts_with(CLIENT_PREFIX);
                if !is_already_sent {
                    send_frame(self, &channel, event_frame(&name, &channel, &data), except.clone());
                }
            }
        }
    }

    /// Sends the log's position to the listeners of the conversation's channels.
    pub(super) fn tell_listeners_position(self: &Rc<Self>) {
        for channel in self.subscriptions.channels() {
            for (event, data) in self.greeting(&channel, None) {
                send_frame(self, &channel, event_frame(event, &channel, &data), link::Except::Nobody);
            }
        }
    }

    fn event_names(&self) -> EventNames {
        self.subscriptions.settings().map(|settings| settings.pusher.event_names).unwrap_or_default()
    }

    /// Notifies a message's author, on their own channel, that it was read. Only for apps with Laravel's event names.
    pub(super) fn tell_author(self: &Rc<Self>, reader: &Person, seq: i64, receipt: &Event, private: &BTreeSet<UserId>) {
        if self.event_names() != EventNames::Laravel {
            return;
        }
        let Ok(Some(message)) = self.log.message_up_to(seq) else { return };
        if message.sender_id != reader.user_id && !private.contains(&message.sender_id) {
            let mut receipt = receipt.clone();
            set(&mut receipt.partial, "message_id", message.id.as_str());
            self.notify_person(&message.sender_id, receipt);
        }
    }

    /// Ends a user's subscriptions to the conversation's channels. No frame reaches them there after this.
    pub(super) async fn drop_listener(self: &Rc<Self>, user: &UserId) {
        let refusal = Refusal::forbidden("you are not a member any more");
        subscriptions::drop_listeners(self, Whose::Person(user.clone()), refusal).await;
    }

    /// A user's first native connection opened.
    pub(super) fn native_joined(self: &Rc<Self>, person: &Person) {
        if !self.hidden.has(&person.user_id) {
            // The engine logs a failure, and the next resync corrects it.
            let _reported = subscriptions::native_joined(self, native(person));
        }
        // Always: a lost instance may have announced the user without writing their lease.
        self.presence_changed([person.user_id.clone()]);
    }

    /// Ids of all users who are here.
    pub(super) fn ids_here(&self) -> Vec<UserId> {
        let mut ids = self.sessions.borrow().user_ids();
        ids.extend(self.members_without_sockets().into_iter().map(|listener| listener.user));
        ids
    }

    /// Up to `limit` of the users who are here and show it, and their total number.
    pub(super) fn people_here(&self, limit: usize) -> (Vec<Person>, usize) {
        let hidden = self.hidden.all();
        let mut members = self.members_without_sockets();
        members.retain(|member| !hidden.contains(&member.user));
        let sessions = self.sessions.borrow();
        let with_sockets = hidden.iter().filter(|user| sessions.count_of(user) > 0).count();
        let mut people = sessions.people(limit.saturating_add(with_sockets));
        people.retain(|person| !hidden.contains(&person.user_id));
        people.truncate(limit);
        people.extend(members.iter().take(limit.saturating_sub(people.len())).map(person));
        let count = sessions.people_count().saturating_sub(with_sockets).saturating_add(members.len());
        (people, count)
    }

    /// A user who is here as a member of a presence channel.
    pub(super) fn member_here(&self, user: &UserId) -> Option<Person> {
        self.subscriptions.with(|roster| roster.members().into_iter().find(|member| member.user == *user).map(person))
    }

    fn members_without_sockets(&self) -> Vec<Listener> {
        let sessions = self.sessions.borrow();
        self.subscriptions.with(|roster| {
            let members = roster.members().into_iter();
            members.filter(|member| sessions.count_of(&member.user) == 0).cloned().collect()
        })
    }

    /// A user as the principal of what they do without a connection or a request of their own.
    pub(super) fn principal_of(&self, user: &UserId, name: String, expires_at_ms: i64) -> Result<Principal, Problem> {
        let (tenant, _) = self.place_of()?;
        Ok(Principal {
            groups: Vec::new(),
            issued_at_ms: None,
            signed_with: campana_core::accounts::revocation::SigningKey::Unknown,
            tenant,
            user_id: user.clone(),
            name,
            avatar: None,
            admin: false,
            permissions: Vec::new(),
            expires_at_ms,
        })
    }

    /// Admits a listener without a user id: the backend that signed for them is trusted, and without a signature the
    /// policy decides by what the room is now.
    fn admit_unnamed(&self, channel: &ChannelName) -> Result<(), Refusal> {
        if channel.needs_signature() {
            return Ok(());
        }
        self.with(|loaded| loaded.rules.authorize_anyone(Action::ListenOpenly)).map_err(hidden)
    }

    /// The room has become private: ends the subscriptions of everybody who is not a member. No frame reaches them after
    /// this.
    pub(super) async fn drop_outsiders(self: &Rc<Self>) {
        if self.subscriptions.is_silent() {
            return;
        }
        // Members of presence channels are stored, and all other named listeners are members of the conversation.
        let present: Vec<UserId> =
            self.subscriptions.with(|roster| roster.members().into_iter().map(|member| member.user.clone()).collect());
        let outsider = |user: UserId| async move {
            // If the membership cannot be read, the subscription ends too.
            let is_member = matches!(self.membership(&user).await, Ok(Some(_)));
            (!is_member).then_some(user)
        };
        let outsiders = stream::iter(present).map(outsider).buffer_unordered(CONCURRENT_READS);
        let outsiders: BTreeSet<UserId> = outsiders.filter_map(async |user| user).collect().await;
        let refusal = Refusal::forbidden("the room has become private");
        subscriptions::drop_listeners(self, Whose::Outsiders(outsiders), refusal).await;
    }

    /// Admits every user who is not banned to the general room while it is public; users that the record knows become
    /// members.
    async fn admit_to_general(self: &Rc<Self>, by: By<'_>) -> Result<(), Problem> {
        if self.membership(&by.principal.user_id).await?.is_some() {
            return Ok(());
        }
        let _one_after_the_other = self.changes.lock().await;
        self.recover_changes().await?;
        match self.join(by).await {
            Ok(_) => Ok(()),
            // The room is public. A user that the record does not know has no ban; we trust the app's backend, which
            // signed the request.
            Err(problem) if problem == unknown_person() => Ok(()),
            Err(problem) => Err(problem),
        }
    }
}
