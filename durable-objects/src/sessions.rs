//! The connections an object holds: hibernating sockets, and event streams for clients without sockets.
//!
//! A cache: after hibernation it is rebuilt from the platform's sockets and their attachments. Event
//! streams keep the object awake, so they never need rebuilding.

use crate::attachment::Attachment;
use crate::platform::{self, EventStream};
use campana_core::backlog::{self, Backlog, Lost};
use campana_core::close_code::CloseCode;
use campana_core::ids::UserId;
use campana_core::rate::TokenBucket;
use campana_core::timestamp::Timestamp;
use campana_core::wire::Person;
use js_sys::JsString;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use worker::{State, WebSocket};

/// Where a session's frames go.
pub(crate) enum Link {
    /// A hibernating WebSocket.
    Socket(WebSocket),
    /// A stream of server-sent events.
    Events(EventStream),
}

/// One connection of one person.
pub(crate) struct Session {
    /// Its number in this object's memory.
    pub(crate) id: u32,
    /// Where its frames go.
    pub(crate) link: Link,
    /// What it carries through hibernation.
    pub(crate) attachment: RefCell<Attachment>,
    /// How many frames its person may still send, on all connections here together.
    pub(crate) frames: Rc<RefCell<TokenBucket>>,
    /// The first event that it is to hear of, by the outbox's numbers.
    pub(crate) hears_from: u64,
    /// Frames refused for coming too fast, less those accepted since.
    pub(crate) refusals: Cell<u32>,
    /// When it was asked whether anybody is there, and has not been heard since.
    pub(crate) probed_at: Cell<Option<Timestamp>>,
}

impl Session {
    /// The person behind it.
    pub(crate) fn person(&self) -> Person {
        let attachment = self.attachment.borrow();
        Person { user_id: attachment.principal.user_id.clone(), name: attachment.principal.name.clone() }
    }

    /// Sends a text to this connection alone.
    pub(crate) fn send(&self, text: &str) {
        self.send_measured(text);
    }

    /// The same. Bytes that its client had not taken before.
    pub(crate) fn send_measured(&self, text: &str) -> u64 {
        match &self.link {
            Link::Socket(socket) => platform::send(socket, &JsString::from(text)),
            Link::Events(stream) => stream.send(text),
        }
    }

    /// Bytes that its client has not taken yet.
    pub(crate) fn waiting(&self) -> u64 {
        match &self.link {
            Link::Socket(socket) => platform::waiting(socket),
            Link::Events(stream) => stream.waiting(),
        }
    }

    /// Sends an event without a position to this connection alone.
    pub(crate) fn send_event(&self, text: &str) {
        match &self.link {
            Link::Socket(_) => self.send(text),
            Link::Events(_) => self.send(&crate::outbox::stream_event(text, None)),
        }
    }

    /// Keeps what the attachment says through the next hibernation.
    pub(crate) fn persist(&self) {
        if let Link::Socket(socket) = &self.link {
            let _closing = socket.serialize_attachment(&*self.attachment.borrow());
        }
    }

    /// Notes that a frame was heard. Written down only now and then: the attachment costs more than a cell.
    pub(crate) fn heard(&self, now: Timestamp, idle_timeout_ms: i64) {
        self.probed_at.set(None);
        let stale = now.millis().saturating_sub(self.attachment.borrow().heard_at_ms) > idle_timeout_ms / 4;
        if stale {
            self.attachment.borrow_mut().heard_at_ms = now.millis();
            self.persist();
        }
    }

    /// When the platform last answered a ping of it.
    pub(crate) fn pinged_at(&self, state: &State) -> Option<Timestamp> {
        match &self.link {
            Link::Socket(socket) => platform::answered_ping_at(state, socket),
            Link::Events(_) => None,
        }
    }

    /// Closes the connection.
    pub(crate) fn close(&self, code: CloseCode) {
        match &self.link {
            Link::Socket(socket) => platform::close(socket, code),
            // What waits for a reader that does not read is not worth keeping.
            Link::Events(stream) if code == CloseCode::NotReading => stream.abort(),
            Link::Events(stream) => stream.close(),
        }
    }

    /// Whether an event stream's reader has gone.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(&self.link, Link::Events(stream) if !stream.is_open())
    }

    /// Asks whether anybody is there: a stream whose reader has gone breaks, a socket's client answers.
    pub(crate) fn probe(&self, now: Timestamp) {
        if self.probed_at.get().is_none() {
            self.probed_at.set(Some(now));
        }
        match &self.link {
            Link::Socket(_) => self.send(PROBE),
            Link::Events(_) => self.send(": still here\n\n"),
        }
    }
}

/// What a socket's client is asked: it answers with a frame of the type `pong`.
const PROBE: &str = r#"{"type":"ping"}"#;

fn js_object(socket: &WebSocket) -> &JsValue {
    socket.as_ref()
}

/// All connections of an object.
#[derive(Default)]
pub(crate) struct Sessions {
    by_id: HashMap<u32, Rc<Session>>,
    by_user: HashMap<UserId, Vec<u32>>,
    /// Connections that named a tab, by its id.
    by_tab: HashMap<String, Vec<u32>>,
    /// What people may still send. Outlives their connections: hanging up and coming back makes nobody faster.
    frames: HashMap<UserId, Rc<RefCell<TokenBucket>>>,
    /// Sockets that were closed while much waited for them. Until their clients take the end, or go, it still waits.
    closing: Vec<(UserId, WebSocket)>,
    next_id: u32,
}

/// People whose frames are counted; above it, those who have no connection are forgotten.
const MAX_COUNTED_PEOPLE: usize = 4_096;

impl Sessions {
    /// The sockets that the platform kept while the object slept. If an instance was lost, it is not known what they
    /// have not been told: they are closed, and come back with their positions.
    pub(crate) fn rebuild(state: &State, has_lost: bool, now: Timestamp, frame_burst: u32) -> Self {
        let mut sessions = Self::default();
        for socket in state.get_websockets() {
            match socket.deserialize_attachment::<Attachment>() {
                Ok(Some(_)) if has_lost => platform::close(&socket, CloseCode::Restarted),
                Ok(Some(attachment)) if platform::is_closing(&socket) => {
                    sessions.closing.push((attachment.principal.user_id, socket));
                }
                Ok(Some(attachment)) => {
                    sessions.add(Link::Socket(socket), attachment, 0, frame_burst, now);
                }
                // Not one of ours, or of an older form: the client comes back and is welcomed anew.
                Ok(None) | Err(_) => platform::close(&socket, CloseCode::Idle),
            }
        }
        sessions
    }

    /// Takes a connection in, which hears of events from this number on. True if it is the person's first.
    pub(crate) fn add(
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
            platform::mark_session(socket, id);
        }
        let theirs = self.by_user.entry(attachment.principal.user_id.clone()).or_default();
        theirs.push(id);
        let first = theirs.len() == 1;
        if let Some(client_id) = &attachment.client_id {
            self.by_tab.entry(client_id.clone()).or_default().push(id);
        }
        let frames = self.frames_of(&attachment.principal.user_id, frame_burst, now);
        let session = Rc::new(Session {
            id,
            link,
            attachment: RefCell::new(attachment),
            frames,
            hears_from,
            refusals: Cell::new(0),
            probed_at: Cell::new(None),
        });
        self.by_id.insert(id, Rc::clone(&session));
        (session, first)
    }

    fn frames_of(&mut self, user: &UserId, burst: u32, now: Timestamp) -> Rc<RefCell<TokenBucket>> {
        if self.frames.len() >= MAX_COUNTED_PEOPLE.max(self.by_user.len().saturating_mul(2)) {
            self.frames.retain(|_, frames| Rc::strong_count(frames) > 1);
        }
        let full = || Rc::new(RefCell::new(TokenBucket::full(burst, now)));
        Rc::clone(self.frames.entry(user.clone()).or_insert_with(full))
    }

    /// The session of a socket that an event came for. The mark alone proves nothing: a socket that a lost instance marked
    /// may have the number of a session of this one.
    pub(crate) fn of_socket(&self, socket: &WebSocket) -> Option<Rc<Session>> {
        let raw = js_object(socket);
        let is_its = |session: &&Rc<Session>| matches!(&session.link, Link::Socket(own) if js_object(own) == raw);
        let session = match platform::session_of(socket) {
            Some(id) => self.by_id.get(&id).filter(is_its),
            None => self.by_id.values().find(is_its),
        };
        session.cloned()
    }

    /// Forgets a connection. The person, if it was their last one.
    pub(crate) fn remove(&mut self, id: u32) -> Option<Person> {
        let session = self.by_id.remove(&id)?;
        let person = session.person();
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

    /// The numbers of all connections.
    pub(crate) fn ids(&self) -> Vec<u32> {
        self.by_id.keys().copied().collect()
    }

    /// A connection by its number, if it is still there.
    pub(crate) fn get(&self, id: u32) -> Option<&Rc<Session>> {
        self.by_id.get(&id)
    }

    /// A person's connections.
    pub(crate) fn of_user(&self, user: &UserId) -> Vec<Rc<Session>> {
        let ids = self.by_user.get(user).map(Vec::as_slice).unwrap_or_default();
        ids.iter().filter_map(|id| self.by_id.get(id)).cloned().collect()
    }

    /// Whether somebody else has a connection under this tab's id.
    pub(crate) fn is_of_another(&self, client_id: &str, user: &UserId) -> bool {
        let ids = self.by_tab.get(client_id).map(Vec::as_slice).unwrap_or_default();
        ids.iter().filter_map(|id| self.by_id.get(id)).any(|it| it.attachment.borrow().principal.user_id != *user)
    }

    /// How many connections a person has.
    pub(crate) fn count_of(&self, user: &UserId) -> usize {
        self.by_user.get(user).map_or(0, Vec::len)
    }

    /// How many connections a person has that take room: those that were closed count as long as something waits for them.
    pub(crate) fn room_of(&mut self, user: &UserId) -> usize {
        self.closing.retain(|(_, socket)| platform::waiting(socket) > 0);
        let closing = self.closing.iter().filter(|(theirs, _)| theirs == user).count();
        self.count_of(user).saturating_add(closing)
    }

    /// Closes a connection whose client does not read. What waits for a socket cannot be taken back: it counts on.
    pub(crate) fn close_one_unread(&mut self, session: &Session) {
        session.close(CloseCode::NotReading);
        if let Link::Socket(socket) = &session.link {
            self.closing.push((session.person().user_id, socket.clone()));
        }
    }

    /// A socket is closed for good.
    pub(crate) fn closed(&mut self, socket: &WebSocket) {
        let raw = js_object(socket);
        self.closing.retain(|(_, closing)| js_object(closing) != raw);
    }

    /// Closes the connections for which more waits than may, and says which: the caller forgets them.
    pub(crate) fn close_unread(&mut self) -> Vec<u32> {
        let lost =
            self.closing.iter().map(|(person, socket)| Lost { person: Some(person), bytes: platform::waiting(socket) });
        let people: Vec<(u32, UserId, u64)> =
            self.by_id.values().map(|it| (it.id, it.person().user_id, it.waiting())).collect();
        let backlogs =
            people.iter().map(|(id, person, bytes)| Backlog { connection: *id, person: Some(person), bytes: *bytes });
        let dropped = backlog::to_drop(backlogs.collect(), &lost.collect::<Vec<_>>());
        for session in dropped.iter().filter_map(|id| self.by_id.get(id)).cloned().collect::<Vec<_>>() {
            self.close_one_unread(&session);
        }
        dropped
    }

    /// How many connections there are.
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// How many people are here.
    pub(crate) fn people_count(&self) -> usize {
        self.by_user.len()
    }

    /// Up to `limit` of the people who are here, by name.
    pub(crate) fn people(&self, limit: usize) -> Vec<Person> {
        let first_of = |ids: &Vec<u32>| ids.first().and_then(|id| self.by_id.get(id));
        let mut people: Vec<Person> =
            self.by_user.values().take(limit).filter_map(first_of).map(|session| session.person()).collect();
        people.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.user_id.cmp(&b.user_id)));
        people
    }

    /// The people who are here, by id.
    pub(crate) fn user_ids(&self) -> Vec<UserId> {
        self.by_user.keys().cloned().collect()
    }

    /// The next moment at which an identity runs out.
    pub(crate) fn next_expiry(&self) -> Option<Timestamp> {
        self.by_id
            .values()
            .map(|session| Timestamp::from_millis(session.attachment.borrow().principal.expires_at_ms))
            .min()
    }
}
