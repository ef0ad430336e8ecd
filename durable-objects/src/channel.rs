//! Channel object: a channel that no conversation owns. It is either a named channel that the application publishes to,
//! or a user's own channel, which reaches all of the user's devices.
//!
//! A user's own channel holds the sockets of `/api/me/socket` and the streams of `/api/me/events`. It forwards events that
//! concern the user but not a conversation that they have open, to these connections and to the user's clients at
//! gateways. It keeps no log: events are numbered (`revision.rs`), and a device that missed one fetches its lists again.
//!
//! **What survives hibernation**: the principal of each socket (attachments); the tenant and user, the number of the newest
//! event, the gateways with listeners, and the last event of a cache channel (SQLite). Nothing else is needed.

mod alert_subscription;
mod connections;
mod listeners;
mod notices;
mod quota;
mod revision;
#[cfg(test)]
mod tests;

pub(crate) use notices::{InboxNotice, notify, notify_of_alert, send, send_notification};

use crate::attachment::Attachment;
use crate::handshake::{self, AdmitsSockets, PING, open};
use crate::live;
use crate::maintenance::{self, SettingsWatch};
use crate::presence::{KeepsPresence, PresenceQueue};
use crate::quota_reporter::{self, QuotaReporter};
use crate::reclaim::{self, HoldsSessions};
use crate::record::read_app;
use crate::revoking;
use crate::server_sent;
use crate::sessions::{Link, Session, Sessions};
use crate::streams;
use crate::subscriptions::{self, SubscriptionRegistry, Written, name_of};
use campana_core::chat::command::Connect;
use campana_core::chat::conversation::validate_client_id;
use campana_core::chat::notifications::NotificationEvent;
use campana_core::chat::own_channel::OwnEvent;
use campana_core::chat::wire::{ClientFrame, Event, Person};
use campana_core::pusher::link::Except;
use campana_core::shared::backlog::CONNECTION_BYTES;
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::limits::Limits;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::instance::{Instance, read_request};
use campana_runtime::ports::Answer;
use campana_runtime::sockets::{Incoming, Socket, Stream};
use campana_runtime::{Context, Hosted};
use campana_schema::objects::CHANNEL;
use campana_storage::OWN_CHANNEL;
use revision::{numbered, rev_frame};
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Frames that a user's devices may send here in one burst; they only need to send pings.
const FRAME_BURST: u32 = 50;
/// Sustained rate of frames per second.
const FRAMES_PER_SECOND: u32 = 10;

/// A channel. Requests: those of [`link`](campana_core::pusher::link) for targets. A user's own channel also has sockets
/// and event streams, `/inbox` with a notice, `/event` with an event in its wire form, `/own` with an [`OwnEvent`],
/// `/notification` with a [`NotificationEvent`], and `/alert` with an [`AlertNotice`](campana_core::alerts::wire::AlertNotice).
pub(crate) struct Object {
    context: Context,
    own: RefCell<Option<Own>>,
    /// Number of the newest event, once it is read.
    rev: Cell<Option<i64>>,
    subscriptions: SubscriptionRegistry,
    sessions: RefCell<Sessions>,
    presence: PresenceQueue,
    reporter: QuotaReporter,
    settings: SettingsWatch,
}

/// Owner of a user's own channel, once it is known.
#[derive(Clone)]
struct Own {
    tenant: TenantId,
    user: UserId,
    limits: Limits,
}

impl Hosted for Object {
    fn context(&self) -> &Context {
        &self.context
    }
}

impl HoldsSessions for Object {
    fn sessions(&self) -> &RefCell<Sessions> {
        &self.sessions
    }

    fn left(self: &Rc<Self>, session: &Session, departed: Option<Person>) {
        if let Some(person) = departed {
            self.presence_changed([person.user_id]);
        }
        self.end_alert_subscription(session);
    }
}

impl KeepsPresence for Object {
    fn presence(&self) -> &PresenceQueue {
        &self.presence
    }

    fn lease_holder(&self) -> Option<(TenantId, String)> {
        self.own.borrow().as_ref().map(|own| (own.tenant.clone(), OWN_CHANNEL.to_owned()))
    }

    fn is_here(&self, user: &UserId) -> bool {
        self.sessions.borrow().count_of(user) > 0 || self.is_listened_to()
    }
}

impl AdmitsSockets for Object {
    const AT: &'static str = "channel.connect";
    type Admitted = Connect;

    async fn admit(self: &Rc<Self>, connect: Connect) -> Result<Connect, Problem> {
        if let Some(id) = &connect.client_id {
            validate_client_id("client_id", id)?;
        }
        let principal = &connect.principal;
        let (user, most) = (&principal.user_id, connect.limits.sockets_per_user);
        reclaim::make_room(self, user, most).await?;
        // Nothing is awaited after this.
        revoking::check(&**self, principal)?;
        self.remember(&principal.tenant, user, &connect.limits)?;
        quota_reporter::admit(self, Some(user))?;
        self.count_absence()?;
        Ok(connect)
    }

    fn welcome(self: &Rc<Self>, connect: Connect, socket: Rc<dyn Socket>) {
        let keep_alive_ms = connect.limits.keep_alive();
        self.greet(&connect, Link::Socket(socket), keep_alive_ms);
    }
}

impl Instance for Object {
    const PING: Option<(&'static str, &'static str)> = Some(PING);

    fn start(context: Context) -> Rc<Self> {
        let object = Rc::new(Self {
            sessions: RefCell::new(Sessions::rebuild(&context, FRAME_BURST)),
            subscriptions: SubscriptionRegistry::wake(context.clone()),
            context,
            own: RefCell::default(),
            rev: Cell::default(),
            presence: PresenceQueue::default(),
            reporter: QuotaReporter::default(),
            settings: SettingsWatch::default(),
        });
        *object.own.borrow_mut() = object.recall_own();
        if object.context.host().has_lost_instance() || object.subscriptions.has_missed() {
            subscriptions::deliver_missed(&object);
        }
        object
    }

    async fn request(self: &Rc<Self>, path: &str, body: &str) -> Answer {
        match path {
            "/inbox" => Answer::done(read_request(body).and_then(|notice| self.deliver_inbox_notice(&notice))),
            "/event" => {
                let deliver = |event: Event| self.deliver(&event, |_| true, &Except::Nobody);
                Answer::done(read_request(body).and_then(deliver))
            }
            "/own" => Answer::done(read_request(body).and_then(|own| self.deliver_own(own))),
            "/notification" => Answer::done(read_request(body).and_then(|event| self.deliver_notification(&event))),
            "/alert" => Answer::done(read_request(body).and_then(|notice| self.deliver_alert(&notice))),
            "/revoked" => Answer::done(read_request(body).map(|list: Vec<_>| revoking::close_revoked(self, &list))),
            live::PATH => live::serve(self, body).await,
            path if path.starts_with("/pusher/") => subscriptions::serve(self, path, body).await,
            _ => Answer::problem(&Problem::not_found()),
        }
    }

    async fn open(self: &Rc<Self>, connect: &str, socket: Rc<dyn Socket>) -> Result<(), Problem> {
        open(self, connect, socket).await;
        Ok(())
    }

    async fn stream(self: &Rc<Self>, connect: &str, stream: Rc<dyn Stream>) -> Result<(), Problem> {
        let connect = handshake::admit(self, connect).await?;
        let keep_alive_ms = connect.limits.stream_keep_alive();
        // The channel keeps no log, so its numbering has no epoch.
        let session = self.greet(&connect, Link::Events { stream, epoch: Rc::from("") }, keep_alive_ms);
        streams::keep_alive(self, &session, keep_alive_ms, |object| object.limits().stream_keep_alive());
        Ok(())
    }

    fn frame(self: &Rc<Self>, socket: Rc<dyn Socket>, frame: Incoming) {
        let Some(session) = self.sessions.borrow().of_socket(&*socket) else { return };
        if session.waiting() > CONNECTION_BYTES {
            return self.dismiss(&session, CloseCode::NotReading);
        }
        let now = self.context.now();
        session.heard(now, self.limits().idle_timeout_ms);
        let text = match frame {
            Incoming::Text(text) if text == "ping" => return session.send("pong"),
            Incoming::Text(text) => Some(text),
            Incoming::Binary => None,
            Incoming::TooLong => return self.dismiss(&session, CloseCode::FrameTooLarge),
        };
        let passes = session.rates.borrow_mut().frames.take(FRAMES_PER_SECOND, FRAME_BURST, now);
        if passes.is_err() {
            return self.dismiss(&session, CloseCode::Flooding);
        }
        if text.is_some_and(|text| ClientFrame::parse(&text) == Ok(ClientFrame::Pong {})) {
            // Its arrival is recorded by `heard`; it has no content.
            return;
        }
        let problem = Problem::new(Kind::UnknownFrame, "this channel only speaks; known are the text ping and pong");
        session.refuse(&problem, None);
    }

    fn gone(self: &Rc<Self>, socket: &dyn Socket, is_answered: bool) {
        reclaim::socket_gone(self, socket, is_answered);
    }

    async fn alarm(self: &Rc<Self>) {
        self.context.alarm().fired();
        self.refresh_limits().await;
        maintenance::close_overdue(self, self.limits().idle_timeout_ms);
        if self.renew_presence(Vec::from_iter(self.person_here())) {
            self.renew_alert_subscription();
        }
        quota_reporter::report_soon(self);
        subscriptions::deliver_missed(self);
        self.arm_for_connections();
        self.retire();
    }
}

/// An event at a connection of the user.
fn written(session: &Session, text: &str, at: Timestamp, is_excluded: bool) -> Written {
    let attachment = session.attachment.borrow();
    let (user, client_id) = (attachment.principal.user_id.clone(), attachment.client_id.clone());
    Written { user, client_id, event: name_of(text), seq: None, at, is_excluded }
}

impl Object {
    /// Adds the session of an admitted connection and sends its welcome.
    fn greet(self: &Rc<Self>, connect: &Connect, link: Link, keep_alive_ms: u32) -> Rc<Session> {
        let now = self.context.now();
        let (session, is_first) = self.sessions.borrow_mut().open(link, connect, 0, 0, FRAME_BURST, now);
        // The number was read when the connection was admitted.
        let rev = self.revision().unwrap_or_default();
        let welcome = json!({"type": "welcome", "you": session.person(), "rev": rev, "keep_alive_ms": keep_alive_ms});
        let welcome = welcome.to_string();
        session.send(&match &session.link {
            Link::Socket(_) => welcome,
            Link::Events { .. } => server_sent::event(Some("welcome"), None, &welcome),
        });
        if is_first {
            self.presence_changed([connect.principal.user_id.clone()]);
        }
        self.subscribe_to_alerts(&session);
        self.arm_for_connections();
        quota_reporter::opened(self, session.id, Some(&connect.principal.user_id));
        session
    }

    fn deliver_inbox_notice(self: &Rc<Self>, notice: &InboxNotice) -> Result<(), Problem> {
        let has_open = |client_id: &String| notice.looking.contains(client_id);
        let is_for = |attachment: &Attachment| !attachment.client_id.as_ref().is_some_and(has_open);
        self.deliver(&notice.to_event(), is_for, &Except::Nobody)
    }

    /// Delivers an event that one of the user's devices has caused, to the others.
    fn deliver_own(self: &Rc<Self>, own: OwnEvent) -> Result<(), Problem> {
        let OwnEvent { user, event, origin_socket, .. } = own;
        let except = origin_socket.map_or(Except::Nobody, |socket| Except::OwnSocket { socket, user });
        let origin = event.origin_client_id.as_ref();
        let is_for = |attachment: &Attachment| origin.is_none() || attachment.client_id.as_ref() != origin;
        self.deliver(&event, is_for, &except)
    }

    /// Delivers an event about notifications to all devices.
    fn deliver_notification(self: &Rc<Self>, event: &NotificationEvent) -> Result<(), Problem> {
        let rev = self.next_revision()?;
        let text = numbered(event, rev);
        self.send_to(&text, rev, |_| true);
        self.send_notification_to_listeners(event, &text);
        Ok(())
    }

    /// Numbers an event, and sends it to the devices that `is_for` selects and to the user's clients at gateways.
    fn deliver(
        self: &Rc<Self>,
        event: &Event,
        is_for: impl Fn(&Attachment) -> bool,
        except: &Except,
    ) -> Result<(), Problem> {
        let rev = self.next_revision()?;
        let text = numbered(event, rev);
        self.send_to(&text, rev, is_for);
        self.send_to_listeners(event, &text, except);
        Ok(())
    }

    /// Sends an event to all devices that `is_for` selects, and its number to the others. Sessions with an expired token
    /// are closed instead.
    fn send_to(self: &Rc<Self>, text: &str, rev: Option<i64>, is_for: impl Fn(&Attachment) -> bool) {
        let shared = self.context.host().frame(text);
        let now = self.context.now();
        let traces = &self.subscriptions.traces;
        if !traces.is_empty() {
            traces.published_natively(text, None, |user| self.sessions.borrow().count_of(user) > 0);
        }
        let sessions: Vec<Rc<Session>> = self.sessions.borrow().iter().cloned().collect();
        for session in sessions {
            let (expired, meant) = {
                let attachment = session.attachment.borrow();
                (attachment.is_expired(now), is_for(&attachment))
            };
            if expired {
                self.dismiss(&session, CloseCode::TokenExpired);
            } else if meant {
                match &session.link {
                    Link::Socket(socket) => {
                        socket.send(&shared);
                    }
                    Link::Events { .. } => session.send_event(text),
                }
            } else if let Some(rev) = rev {
                session.send_event(&rev_frame(rev));
            }
            if !traces.is_empty() {
                traces.written_natively(&written(&session, text, now, !meant));
            }
        }
        reclaim::drop_unread(self);
    }

    /// Reads the app's current limits and revocations before connections are checked. Keeps the known ones if the record is down.
    async fn refresh_limits(self: &Rc<Self>) {
        if self.sessions.borrow().len() == 0 || !self.settings.is_due(self.context.now()) {
            return;
        }
        let own = self.own.borrow().clone();
        let (Some(Own { tenant, user, .. }), Ok(store)) = (own, self.context.record()) else { return };
        if let Some(app) = read_app(&store, &tenant, "channel.record").await {
            // If this write fails, the next check reads the limits again.
            let _reported = self.remember(&tenant, &user, &app.limits);
            revoking::close_revoked(self, app.revocations.effective(self.context.now()));
        }
    }

    fn arm_for_connections(&self) {
        maintenance::arm(self, self.limits().idle_timeout_ms, self.is_listened_to());
    }

    /// The user, if one of their devices is here, by a native socket or by a gateway.
    fn person_here(&self) -> Option<UserId> {
        let is_here = self.sessions.borrow().len() > 0 || self.is_listened_to();
        self.own.borrow().as_ref().filter(|_| is_here).map(|own| own.user.clone())
    }

    /// The app's limits when a device last connected or they were last read from the record.
    fn limits(&self) -> Limits {
        self.own.borrow().as_ref().map(|own| own.limits.clone()).unwrap_or_default()
    }

    fn remember(&self, tenant: &TenantId, user: &UserId, limits: &Limits) -> Result<(), Problem> {
        if self.own.borrow().as_ref().is_some_and(|own| own.limits == *limits) {
            return Ok(());
        }
        self.context.sql.upgrade(&CHANNEL)?;
        self.context.sql.keep("tenant", tenant.as_str())?;
        self.context.sql.keep("user_id", user.as_str())?;
        self.context.sql.keep_json("limits", limits)?;
        let (tenant, user) = (tenant.clone(), user.clone());
        *self.own.borrow_mut() = Some(Own { tenant, user, limits: limits.clone() });
        Ok(())
    }

    fn recall_own(&self) -> Option<Own> {
        let sql = &self.context.sql;
        if sql.has(&CHANNEL) != Ok(true) {
            return None;
        }
        sql.upgrade(&CHANNEL).ok()?;
        let recall = |key: &str| sql.recall(key).ok().flatten();
        let (tenant, user) = (TenantId::trusted(recall("tenant")?), UserId::trusted(recall("user_id")?));
        Some(Own { tenant, user, limits: sql.recall_json("limits").ok().flatten().unwrap_or_default() })
    }
}
