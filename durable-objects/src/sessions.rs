//! Table of an object's native connections: hibernating sockets, and event streams for clients without sockets.
//!
//! After hibernation it is rebuilt from the platform's sockets and their attachments. Event streams keep the object
//! awake, so they need no rebuilding.

mod session;

pub(crate) use session::{Link, Session};

use crate::attachment::Attachment;
use crate::closing::Closing;
use campana_core::chat::command::Connect;
use campana_core::chat::wire::Person;
use campana_core::shared::backlog::{self, Backlog, Waiting};
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::ids::UserId;
use campana_core::shared::json::read_stored;
use campana_core::shared::rate::TokenBucket;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Context;
use campana_runtime::serial::Serial;
use campana_runtime::sockets::Socket;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// Rate limits of a user, over all of their connections here.
#[derive(Debug)]
pub(crate) struct Rates {
    /// Frames from the user.
    pub(crate) frames: TokenBucket,
    /// KiB replayed to the user.
    pub(crate) replays: TokenBucket,
}

/// All native connections of an object.
#[derive(Default)]
pub(crate) struct Sessions {
    by_id: HashMap<u32, Rc<Session>>,
    by_user: HashMap<UserId, Vec<u32>>,
    /// Connections with a client id, by that id.
    by_tab: HashMap<String, Vec<u32>>,
    /// Kept after a user's last connection closes, so that reconnecting does not reset a limit.
    rates: HashMap<UserId, Rc<RefCell<Rates>>>,
    closing: Closing,
    /// Total of buffered bytes, and the time of the sum.
    cached_total: Cell<Option<(Timestamp, Waiting)>>,
    next_id: u32,
}

/// Closing sockets that a user may have for each permitted open one.
const CLOSED_PER_OPEN: usize = 3;
/// How long a cached total of buffered bytes is valid in a small object, in milliseconds.
const WEIGHED_MS: u64 = 20;
/// Users whose rate limits are kept; above it, those without a connection are dropped.
const MAX_COUNTED_PEOPLE: usize = 4_096;

impl Sessions {
    /// Rebuilds the table from the platform's sockets. If an instance was lost, its unsent events are unknown: the
    /// sockets are closed, and clients reconnect with their positions.
    pub(crate) fn rebuild(context: &Context, frame_burst: u32) -> Self {
        let mut sessions = Self::default();
        let (has_lost, now) = (context.host().has_lost_instance(), context.now());
        for socket in context.host().sockets() {
            let close = |code: CloseCode| socket.close(code.code(), code.reason());
            let attachment = socket.attachment().and_then(|json| read_stored::<Attachment>(&json).ok());
            match attachment {
                Some(attachment) if has_lost || socket.is_closing() => {
                    sessions.closing.add(Some(attachment.principal.user_id), &socket);
                    close(CloseCode::Restarted);
                }
                Some(attachment) => {
                    sessions.add(Link::Socket(socket), attachment, 0, frame_burst, now);
                }
                // A foreign socket, or one with an unreadable attachment: the client reconnects.
                None => close(CloseCode::Idle),
            }
        }
        sessions
    }

    /// Adds a connection that was admitted: [`Self::add`]. Its welcome covers the log up to `head`.
    pub(crate) fn open(
        &mut self,
        link: Link,
        connect: &Connect,
        head: i64,
        hears_from: u64,
        frame_burst: u32,
        now: Timestamp,
    ) -> (Rc<Session>, bool) {
        let attachment = Attachment {
            principal: connect.principal.clone(),
            client_id: connect.client_id.clone(),
            heard_at_ms: now.millis(),
            welcome_head: head,
            resumed: false,
            opened_at_ms: now.millis(),
            number: self.next_id.wrapping_add(1),
        };
        let (session, is_first) = self.add(link, attachment, hears_from, frame_burst, now);
        session.persist();
        (session, is_first)
    }

    /// Adds a connection, which gets events from number `hears_from` on. True if it is its user's first.
    fn add(
        &mut self,
        link: Link,
        attachment: Attachment,
        hears_from: u64,
        frame_burst: u32,
        now: Timestamp,
    ) -> (Rc<Session>, bool) {
        self.next_id = self.next_id.wrapping_add(1);
        let id = self.next_id;
        if let Link::Socket(socket) = &link {
            socket.mark(id);
        }
        let theirs = self.by_user.entry(attachment.principal.user_id.clone()).or_default();
        theirs.push(id);
        let first = theirs.len() == 1;
        if let Some(client_id) = &attachment.client_id {
            self.by_tab.entry(client_id.clone()).or_default().push(id);
        }
        let rates = self.rates_of(&attachment.principal.user_id, frame_burst, now);
        let session = Rc::new(Session {
            id,
            link,
            attachment: RefCell::new(attachment),
            rates,
            frames: Serial::default(),
            hears_from,
            refusals: Cell::new(0),
            closed_with: Cell::new(None),
            probed_at: Cell::new(None),
        });
        self.by_id.insert(id, Rc::clone(&session));
        (session, first)
    }

    fn rates_of(&mut self, user: &UserId, frame_burst: u32, now: Timestamp) -> Rc<RefCell<Rates>> {
        if self.rates.len() >= MAX_COUNTED_PEOPLE.max(self.by_user.len().saturating_mul(2)) {
            self.rates.retain(|_, rates| Rc::strong_count(rates) > 1);
        }
        let full = || Rates {
            frames: TokenBucket::full(frame_burst, now),
            replays: TokenBucket::full(backlog::REPLAY_BURST_KIB, now),
        };
        Rc::clone(self.rates.entry(user.clone()).or_insert_with(|| Rc::new(RefCell::new(full()))))
    }

    /// The session of a socket. The mark alone is not proof: a socket that a lost instance marked may have the number
    /// of a session of this instance.
    pub(crate) fn of_socket(&self, socket: &dyn Socket) -> Option<Rc<Session>> {
        let is_same_socket = |session: &&Rc<Session>| matches!(&session.link, Link::Socket(own) if own.is_same(socket));
        let session = match socket.marked() {
            Some(id) => self.by_id.get(&id).filter(is_same_socket),
            None => self.by_id.values().find(is_same_socket),
        };
        session.cloned()
    }

    /// Removes a connection. Returns its user if it was their last.
    pub(crate) fn remove(&mut self, id: u32) -> Option<Person> {
        let session = self.by_id.remove(&id)?;
        let person = session.person();
        if let Link::Socket(socket) = &session.link {
            self.closing.add(Some(person.user_id.clone()), socket);
        }
        let client_id = session.attachment.borrow().client_id.clone();
        if let Some(client_id) = client_id
            && let Some(tab) = self.by_tab.get_mut(&client_id)
        {
            tab.retain(|other| *other != id);
            if tab.is_empty() {
                self.by_tab.remove(&client_id);
            }
        }
        let theirs = self.by_user.get_mut(&person.user_id)?;
        theirs.retain(|other| *other != id);
        if !theirs.is_empty() {
            return None;
        }
        self.by_user.remove(&person.user_id);
        Some(person)
    }

    /// All connections.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Rc<Session>> {
        self.by_id.values()
    }

    /// Numbers of all connections.
    pub(crate) fn ids(&self) -> Vec<u32> {
        self.by_id.keys().copied().collect()
    }

    /// A connection by its number, if it is still open.
    pub(crate) fn get(&self, id: u32) -> Option<&Rc<Session>> {
        self.by_id.get(&id)
    }

    /// A user's connections.
    pub(crate) fn of_user(&self, user: &UserId) -> Vec<Rc<Session>> {
        let ids = self.by_user.get(user).map(Vec::as_slice).unwrap_or_default();
        ids.iter().filter_map(|id| self.by_id.get(id)).cloned().collect()
    }

    /// Whether another user has a connection with this client id.
    pub(crate) fn is_of_another(&self, client_id: &str, user: &UserId) -> bool {
        let ids = self.by_tab.get(client_id).map(Vec::as_slice).unwrap_or_default();
        ids.iter().filter_map(|id| self.by_id.get(id)).any(|it| it.attachment.borrow().principal.user_id != *user)
    }

    /// Number of a user's connections.
    pub(crate) fn count_of(&self, user: &UserId) -> usize {
        self.by_user.get(user).map_or(0, Vec::len)
    }

    /// Whether a user has fewer than `most` connections. Closing ones count less (see `CLOSED_PER_OPEN`): a client that
    /// lost its connection reconnects before the loss is noticed here.
    pub(crate) fn has_room(&mut self, user: &UserId, most: usize, now: Timestamp) -> bool {
        self.closing.settle(now);
        let (open, closing) = (self.count_of(user), self.closing.count_of(user));
        open < most && open.saturating_add(closing) < most.saturating_mul(CLOSED_PER_OPEN.saturating_add(1))
    }

    /// Handles the end of a socket: its client has answered the close, or the connection broke.
    pub(crate) fn ended(&mut self, socket: &dyn Socket, is_answered: bool, now: Timestamp) {
        self.closing.ended(socket, is_answered, now);
    }

    /// Closes the connections that exceed a backlog limit. The caller forgets those returned.
    pub(crate) fn close_unread(&mut self, now: Timestamp) -> Vec<u32> {
        self.closing.settle(now);
        let people: Vec<(u32, UserId, u64)> =
            self.by_id.values().map(|it| (it.id, it.person().user_id, it.waiting())).collect();
        let backlogs =
            people.iter().map(|(id, person, bytes)| Backlog { connection: *id, person: Some(person), bytes: *bytes });
        let dropped = backlog::to_drop(backlogs.collect(), &self.closing.lost());
        for session in dropped.iter().filter_map(|id| self.by_id.get(id)) {
            session.close(CloseCode::NotReading);
        }
        dropped
    }

    /// Whether a replay of `bytes` to a connection is within the limits; if so, it is deducted from its user's budget.
    pub(crate) fn may_replay(&self, session: &Session, bytes: u64, now: Timestamp) -> bool {
        let user = session.person().user_id;
        let lost = self.closing.lost();
        let theirs = Waiting {
            live: sum(self.of_user(&user).iter().map(|session| session.waiting())),
            lost: sum(lost.iter().filter(|lost| lost.person == Some(&user)).map(|lost| lost.bytes)),
        };
        let everybody = self.total_waiting(now);
        if !backlog::may_replay(bytes, theirs, everybody) {
            return false;
        }
        let kib = backlog::replay_kib(bytes);
        let (per_second, burst) = (backlog::REPLAY_KIB_PER_SECOND, backlog::REPLAY_BURST_KIB);
        if session.rates.borrow_mut().replays.take_many(kib, per_second, burst, now).is_err() {
            return false;
        }
        self.cached_total.set(self.cached_total.get().map(|(at, everybody)| (at, everybody.with(bytes))));
        true
    }

    /// Total of buffered bytes. Cached, since the sum over all connections costs more than a small replay.
    fn total_waiting(&self, now: Timestamp) -> Waiting {
        let fresh_ms = WEIGHED_MS.saturating_add(u64::try_from(self.by_id.len() / 100).unwrap_or(u64::MAX));
        if let Some((_, everybody)) = self.cached_total.get().filter(|(at, _)| now.since(*at) < fresh_ms) {
            return everybody;
        }
        let everybody = Waiting {
            live: sum(self.by_id.values().map(|session| session.waiting())),
            lost: sum(self.closing.lost().iter().map(|lost| lost.bytes)),
        };
        self.cached_total.set(Some((now, everybody)));
        everybody
    }

    /// Number of connections.
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Number of users.
    pub(crate) fn people_count(&self) -> usize {
        self.by_user.len()
    }

    /// Up to `limit` of the users who are here, sorted by name.
    pub(crate) fn people(&self, limit: usize) -> Vec<Person> {
        let first_of = |ids: &Vec<u32>| ids.first().and_then(|id| self.by_id.get(id));
        let mut people: Vec<Person> =
            self.by_user.values().take(limit).filter_map(first_of).map(|session| session.person()).collect();
        people.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.user_id.cmp(&b.user_id)));
        people
    }

    /// Ids of the users who are here.
    pub(crate) fn user_ids(&self) -> Vec<UserId> {
        self.by_user.keys().cloned().collect()
    }

    /// Earliest expiry of a token.
    pub(crate) fn next_expiry(&self) -> Option<Timestamp> {
        self.by_id
            .values()
            .map(|session| Timestamp::from_millis(session.attachment.borrow().principal.expires_at_ms))
            .min()
    }
}

fn sum(bytes: impl Iterator<Item = u64>) -> u64 {
    bytes.fold(0, u64::saturating_add)
}
