//! Fan-out of an object's events: each is encoded once, and several share a frame under load.
//!
//! The cost is per frame, not per event: a socket takes a batch of a hundred events about as fast as one. The first
//! event is sent immediately, and those that follow within the window share a frame. The window is a few milliseconds
//! and grows with the number of sockets, as does the cost of sending a frame.
//!
//! Many sockets are served in slices (see [`campana_runtime::slicer`]), so a delay of one turn (garbage collection, above
//! all) affects only the later ones.

use crate::attachment::Attachment;
use crate::server_sent;
use crate::sessions::{Link, Session, Sessions};
use crate::subscriptions::{Written, name_of};
use campana_core::accounts::metrics::DELIVERY;
use campana_core::shared::backlog;
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::ids::UserId;
use campana_core::shared::limits::MAX_EVENTS_PER_FRAME;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Context;
use campana_runtime::single_flight::{Flight, SingleFlight};
use campana_runtime::slicer::{Slicer, Urgency};
use campana_runtime::sockets::Frame;
use futures_channel::oneshot;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Minimum time between two frames to all sockets, in milliseconds.
const MIN_WINDOW_MS: u32 = 4;
/// Maximum time between them, in milliseconds.
const MAX_WINDOW_MS: u32 = 30;
/// Number of sockets that lengthens the window by one millisecond.
const SOCKETS_PER_WINDOW_MS: usize = 50;
/// Sockets served per turn.
const SLICE: usize = 50;
/// Queued bytes at which a frame is sent immediately.
const MAX_FRAME_TEXT: usize = 256 * 1024;

/// Sessions that are excluded from an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Exclusion {
    /// No exclusion.
    Nobody,
    /// The originating tab. The user must match too, since client ids are not secret.
    Tab(UserId, String),
    /// All connections of the user that the event is about.
    Person(UserId),
    /// All connections but those of the user that the event is for.
    Others(UserId),
    /// All connections of these users.
    People(Rc<BTreeSet<UserId>>),
}

impl Exclusion {
    /// Excludes a user's tab, if one is named.
    pub(crate) fn tab(user: &UserId, client_id: Option<&str>) -> Self {
        client_id.map_or(Self::Nobody, |id| Self::Tab(user.clone(), id.to_owned()))
    }

    fn covers(&self, attachment: &Attachment) -> bool {
        match self {
            Self::Nobody => false,
            Self::Tab(user, id) => attachment.client_id.as_ref() == Some(id) && attachment.principal.user_id == *user,
            Self::Person(user) => attachment.principal.user_id == *user,
            Self::Others(user) => attachment.principal.user_id != *user,
            Self::People(users) => users.contains(&attachment.principal.user_id),
        }
    }
}

/// A queued event with its exclusion.
struct QueuedEvent {
    /// Sequence number among all queued events.
    number: u64,
    text: String,
    seq: Option<i64>,
    except: Exclusion,
}

/// A batch in delivery.
struct Batch {
    events: Vec<QueuedEvent>,
    /// Frame for sessions that get every event.
    shared: Frame,
    /// The frame as bytes for event streams, encoded for the first stream.
    shared_chunk: OnceCell<Frame>,
}

/// Queue of events and the batch in delivery.
#[derive(Default)]
pub(crate) struct FanOut {
    next_number: u64,
    waiting: Vec<QueuedEvent>,
    waiting_bytes: usize,
    /// The batch in delivery, for the sessions that were open when it began.
    slicer: Slicer<Batch>,
    /// The task that calls [`FanOut::send_slice`].
    flight: SingleFlight,
    began_at: Timestamp,
    /// When the first of the queued events, and of those in delivery, was queued.
    waiting_since: Option<Timestamp>,
    serving_since: Option<Timestamp>,
    /// Histogram of the time from there until all sockets had them; not yet counted.
    durations: Vec<u64>,
    urgency: Urgency,
    /// Users with a running trace.
    traced: Vec<UserId>,
    /// Events that were written to their connections, or excluded from them, and are not recorded yet.
    written: Vec<Written>,
    waiters: Vec<oneshot::Sender<()>>,
}

impl FanOut {
    /// A fan-out that sends each batch to all sockets in one turn.
    pub(crate) fn of_alerts() -> Self {
        Self { urgency: Urgency::Alert, ..Self::default() }
    }

    /// Whether its events go before all other work.
    pub(crate) fn is_urgent(&self) -> bool {
        self.urgency == Urgency::Alert
    }

    /// Queues an event. Returns whether the queue is full, so that the caller must call [`FanOut::send_all`].
    pub(crate) fn push(&mut self, text: &str, seq: Option<i64>, except: Exclusion, now: Timestamp) -> bool {
        self.waiting_since.get_or_insert(now);
        self.waiting_bytes = self.waiting_bytes.saturating_add(text.len());
        let number = self.next_number;
        self.next_number = number.saturating_add(1);
        self.waiting.push(QueuedEvent { number, text: text.to_owned(), seq, except });
        self.waiting.len() >= MAX_EVENTS_PER_FRAME || self.waiting_bytes >= MAX_FRAME_TEXT
    }

    /// Makes the caller call [`FanOut::send_slice`] until the queue is idle. `None` if another task does.
    pub(crate) fn attend(&self) -> Option<Flight> {
        self.flight.begin()
    }

    /// Takes the durations of deliveries that were not taken yet, as numbers of [`DELIVERY`].
    pub(crate) fn take_durations(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.durations)
    }

    /// Lists from now on what is written to the connections of these users.
    pub(crate) fn trace(&mut self, users: Vec<UserId>) {
        self.traced = users;
    }

    /// Takes what was written to connections of traced users and was not taken yet.
    pub(crate) fn take_written(&mut self) -> Vec<Written> {
        if self.written.is_empty() { Vec::new() } else { std::mem::take(&mut self.written) }
    }

    fn is_idle(&self) -> bool {
        self.slicer.is_idle() && self.waiting.is_empty()
    }

    /// Receiver that completes when every event was sent to every session. `None` if that is so already.
    pub(crate) fn drained(&mut self) -> Option<oneshot::Receiver<()>> {
        if self.is_idle() {
            return None;
        }
        let (waiter, drained) = oneshot::channel();
        self.waiters.push(waiter);
        Some(drained)
    }

    /// Number of the next event to be queued. A new session gets events from this number on; its welcome covers those
    /// that are queued now.
    pub(crate) fn next_number(&self) -> u64 {
        self.next_number
    }

    /// Time until the next slice in milliseconds, `None` if nothing is queued. 0 means now for the first slice of a batch,
    /// and after the platform has written to the sockets for a later one.
    pub(crate) fn next_slice_ms(&self, sockets: usize, now: Timestamp) -> Option<u32> {
        if !self.slicer.is_idle() {
            return Some(0);
        }
        let since = u32::try_from(now.since(self.began_at)).unwrap_or(u32::MAX);
        (!self.waiting.is_empty()).then(|| window_ms(sockets).saturating_sub(since))
    }

    /// Sends the batch to the next slice of sessions; begins a batch if none is in delivery. Returns the sessions to
    /// forget: their token expired, their backlog is too large, or their stream broke.
    pub(crate) fn send_slice(&mut self, sessions: &mut Sessions, context: &Context) -> Vec<u32> {
        self.begin(sessions, context);
        self.serve(SLICE, sessions, context)
    }

    /// Sends all queued events to all sessions. Returns the sessions to forget, as [`FanOut::send_slice`].
    pub(crate) fn send_all(&mut self, sessions: &mut Sessions, context: &Context) -> Vec<u32> {
        let mut gone = self.serve(usize::MAX, sessions, context);
        self.begin(sessions, context);
        gone.extend(self.serve(usize::MAX, sessions, context));
        gone
    }

    fn begin(&mut self, sessions: &Sessions, context: &Context) {
        if !self.slicer.is_idle() || self.waiting.is_empty() {
            return;
        }
        let events = std::mem::take(&mut self.waiting);
        self.waiting_bytes = 0;
        self.serving_since = self.waiting_since.take();
        self.began_at = context.now();
        let shared = context.host().frame(&frame(events.iter()));
        self.slicer.push(self.urgency, Batch { events, shared, shared_chunk: OnceCell::new() }, sessions.ids());
    }

    fn serve(&mut self, slice: usize, sessions: &mut Sessions, context: &Context) -> Vec<u32> {
        let now = context.now();
        let mut gone = if self.slicer.is_check_due(now) { sessions.close_unread(now) } else { Vec::new() };
        self.slicer.serve(slice, backlog::unsuspicious(sessions.len()), |batch, id| {
            let Some(session) = sessions.get(id) else { return 0 };
            if session.attachment.borrow().is_expired(now) {
                session.close(CloseCode::TokenExpired);
                gone.push(id);
                return 0;
            }
            let buffered = batch.deliver(session, context);
            if !self.traced.is_empty() {
                self.written.extend(batch.written_to(session, &self.traced, now));
            }
            if session.is_gone() {
                gone.push(id);
            }
            buffered
        });
        if self.slicer.is_idle()
            && let Some(since) = self.serving_since.take()
        {
            DELIVERY.observe(&mut self.durations, now.since(since));
        }
        if self.is_idle() {
            for waiter in self.waiters.drain(..) {
                let _gone = waiter.send(());
            }
        }
        gone
    }
}

impl Batch {
    /// Sends a session its events. Returns the bytes that were buffered for its client before.
    fn deliver(&self, session: &Session, context: &Context) -> u64 {
        let attachment = session.attachment.borrow();
        let is_for = |event: &&QueuedEvent| event.number >= session.hears_from && !event.except.covers(&attachment);
        let is_for_all = self.events.iter().all(|event| is_for(&event));
        let theirs = || self.events.iter().filter(is_for);
        match &session.link {
            Link::Socket(socket) if is_for_all => socket.send(&self.shared),
            Link::Events { stream, epoch } if is_for_all => {
                stream.send(self.shared_chunk.get_or_init(|| context.host().chunk(&chunk(theirs(), epoch))))
            }
            Link::Socket(_) | Link::Events { .. } if theirs().next().is_none() => 0,
            Link::Socket(_) => session.send_measured(&frame(theirs().collect::<Vec<_>>().into_iter())),
            Link::Events { epoch, .. } => session.send_measured(&chunk(theirs(), epoch)),
        }
    }

    /// Events of the batch that a session was sent, or that exclude it. None for the session of a user who is not traced.
    fn written_to(&self, session: &Session, traced: &[UserId], now: Timestamp) -> Vec<Written> {
        let attachment = session.attachment.borrow();
        if !traced.contains(&attachment.principal.user_id) {
            return Vec::new();
        }
        let written = |event: &QueuedEvent| Written {
            user: attachment.principal.user_id.clone(),
            client_id: attachment.client_id.clone(),
            event: name_of(&event.text),
            seq: event.seq,
            at: now,
            is_excluded: event.except.covers(&attachment),
        };
        self.events.iter().filter(|event| event.number >= session.hears_from).map(written).collect()
    }
}

fn chunk<'a>(events: impl Iterator<Item = &'a QueuedEvent>, epoch: &str) -> String {
    events.map(|event| server_sent::event(None, event.seq.map(|seq| (epoch, seq)), &event.text)).collect()
}

/// One event as it is, several as an array.
fn frame<'a>(mut events: impl ExactSizeIterator<Item = &'a QueuedEvent>) -> String {
    if events.len() == 1 {
        return events.next().map(|event| event.text.clone()).unwrap_or_default();
    }
    join(events.map(|event| event.text.as_str()))
}

/// Joins JSON texts into one JSON array.
pub(crate) fn join<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut out = String::from("[");
    for text in texts {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(text);
    }
    out.push(']');
    out
}

fn window_ms(sockets: usize) -> u32 {
    let grown = u32::try_from(sockets / SOCKETS_PER_WINDOW_MS).unwrap_or(MAX_WINDOW_MS);
    MIN_WINDOW_MS.saturating_add(grown).min(MAX_WINDOW_MS)
}
