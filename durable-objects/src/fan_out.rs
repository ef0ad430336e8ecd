//! Fan-out: what everybody here gets, encoded once, several events in one frame under load.
//!
//! The frame is the cost, not the event: a socket takes a batch of a hundred events about as fast as one.
//! So the first event goes out at once, and what follows within the window shares a frame. The window is a
//! few milliseconds and grows with the number of sockets, as the cost of sending a frame does.
//!
//! A crowd is served in slices. The platform writes to the sockets when a turn is over, so whoever is first would
//! wait for the last one of a thousand; and whatever else holds a turn up (the engine collecting its garbage, above
//! all) would hold up everybody's event, not only that of those who come after it. Where one event is all that matters, and
//! everything else may be busy, there is one slice: every further turn would wait behind all of that.

use crate::attachment::Attachment;
use crate::server_sent;
use crate::sessions::{Link, Session, Sessions};
use crate::strings::js_string;
use campana_core::shared::backlog;
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::ids::UserId;
use campana_core::shared::limits::MAX_EVENTS_PER_FRAME;
use campana_core::shared::timestamp::Timestamp;
use js_sys::{JsString, Uint8Array};
use std::cell::OnceCell;

/// Shortest time between two frames to everybody, milliseconds.
const MIN_WINDOW_MS: u32 = 4;
/// Longest, milliseconds.
const MAX_WINDOW_MS: u32 = 30;
/// Sockets that add a millisecond to the window.
const SOCKETS_PER_WINDOW_MS: usize = 50;
/// Sockets served in one turn.
const SLICE: usize = 50;
/// The same where the news is urgent.
const URGENT_SLICE: usize = 4_000;
/// Shortest time between two looks at how much waits for everybody, milliseconds.
const LOOK_MS: u64 = 20;
/// Most bytes gathered for one frame.
const MAX_FRAME_TEXT: usize = 256 * 1024;

/// Who does not get an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Except {
    /// Everybody gets it.
    Nobody,
    /// The tab it came from, which drops the echo: only if it is the same person's, since ids of tabs are no secret.
    Tab(UserId, String),
    /// The person it is about, on all of their connections.
    Person(UserId),
}

impl Except {
    /// A person's tab, if one is named.
    pub(crate) fn tab(user: &UserId, client_id: Option<&str>) -> Self {
        client_id.map_or(Self::Nobody, |id| Self::Tab(user.clone(), id.to_owned()))
    }

    fn covers(&self, attachment: &Attachment) -> bool {
        match self {
            Self::Nobody => false,
            Self::Tab(user, id) => attachment.client_id.as_ref() == Some(id) && attachment.principal.user_id == *user,
            Self::Person(user) => attachment.principal.user_id == *user,
        }
    }
}

/// An event for everybody, with whom to leave out.
struct Parcel {
    /// Its place among all that were handed in.
    number: u64,
    text: String,
    seq: Option<i64>,
    except: Except,
}

/// What goes out, to whom it has not gone yet.
struct Round {
    parcels: Vec<Parcel>,
    /// The frame for all who get every parcel.
    shared: JsString,
    /// The same as bytes for event streams, made when the first stream needs it.
    shared_chunk: OnceCell<Uint8Array>,
    /// Sessions that were here when it began, by id; the last is next.
    left: Vec<u32>,
}

/// What waits to go out, and what is going out.
#[derive(Default)]
pub(crate) struct FanOut {
    next_number: u64,
    waiting: Vec<Parcel>,
    waiting_bytes: usize,
    round: Option<Round>,
    /// Somebody will call [`FanOut::send_slice`] without being asked.
    is_attended: bool,
    began_at: Timestamp,
    /// When it was last looked at how much waits for everybody.
    looked_at: Timestamp,
    /// Whether something waited for somebody that was sent before the last slice.
    is_anyone_behind: bool,
    is_urgent: bool,
}

/// What the caller has to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing: nothing waits, or what waits is attended to.
    Nothing,
    /// Call [`FanOut::send_all`]: there is too much to wait.
    SendAll,
    /// Call [`FanOut::send_slice`] in this turn.
    SendSlice,
    /// Call [`FanOut::send_slice`] after so many milliseconds; 0 is as soon as the sockets are written to.
    SendSliceAfter(u32),
}

impl FanOut {
    /// One that serves a crowd in a single turn.
    pub(crate) fn of_urgent_news() -> Self {
        Self { is_urgent: true, ..Self::default() }
    }

    /// Hands in an event.
    pub(crate) fn push(
        &mut self,
        text: &str,
        seq: Option<i64>,
        except: Except,
        sockets: usize,
        now: Timestamp,
    ) -> Next {
        self.waiting_bytes = self.waiting_bytes.saturating_add(text.len());
        let number = self.next_number;
        self.next_number = number.saturating_add(1);
        self.waiting.push(Parcel { number, text: text.to_owned(), seq, except });
        if self.waiting.len() >= MAX_EVENTS_PER_FRAME || self.waiting_bytes >= MAX_FRAME_TEXT {
            return Next::SendAll;
        }
        if self.is_attended { Next::Nothing } else { self.attend(sockets, now) }
    }

    /// Whether everybody has everything.
    pub(crate) fn is_idle(&self) -> bool {
        self.round.is_none() && self.waiting.is_empty()
    }

    /// The number of the event that is handed in next. Whoever comes now gets what comes from there on: what still waits
    /// is older, and known to them.
    pub(crate) fn next_number(&self) -> u64 {
        self.next_number
    }

    /// What to do about what waits. The caller attends to it from here on.
    fn attend(&mut self, sockets: usize, now: Timestamp) -> Next {
        let window = u64::from(window_ms(sockets));
        let since = now.since(self.began_at);
        self.is_attended = self.round.is_some() || !self.waiting.is_empty();
        match (&self.round, self.waiting.is_empty()) {
            (Some(_), _) => Next::SendSliceAfter(0),
            (None, true) => Next::Nothing,
            (None, false) if since >= window => Next::SendSlice,
            (None, false) => Next::SendSliceAfter(u32::try_from(window.saturating_sub(since)).unwrap_or(MAX_WINDOW_MS)),
        }
    }

    /// Sends what goes out to the next of those who have not got it; begins with what waits if nothing is going out.
    /// Says what the caller has to do next, and whom to forget: sessions whose identity has run out are closed instead.
    pub(crate) fn send_slice(&mut self, sessions: &mut Sessions, now: Timestamp) -> (Next, Vec<u32>) {
        self.begin(sessions, now);
        let slice = if self.is_urgent { URGENT_SLICE } else { SLICE };
        let gone = self.serve(slice, sessions, now);
        (self.attend(sessions.len(), now), gone)
    }

    /// Sends all there is to everybody, at once. Whom to forget, as of [`FanOut::send_slice`].
    pub(crate) fn send_all(&mut self, sessions: &mut Sessions, now: Timestamp) -> Vec<u32> {
        let mut gone = self.serve(usize::MAX, sessions, now);
        self.begin(sessions, now);
        gone.extend(self.serve(usize::MAX, sessions, now));
        gone
    }

    fn begin(&mut self, sessions: &Sessions, now: Timestamp) {
        if self.round.is_some() || self.waiting.is_empty() {
            return;
        }
        let parcels = std::mem::take(&mut self.waiting);
        self.waiting_bytes = 0;
        self.began_at = now;
        let shared = js_string(&frame(parcels.iter()));
        self.round = Some(Round { parcels, shared, shared_chunk: OnceCell::new(), left: sessions.ids() });
    }

    /// Closes the connections for which too much waits; before a slice, since what was just sent cannot have gone out.
    /// Looking at everybody costs more than sending, so it is done now and then, and only if somebody was behind.
    fn close_unread(&mut self, sessions: &mut Sessions, now: Timestamp) -> Vec<u32> {
        if !self.is_anyone_behind || now.since(self.looked_at) < LOOK_MS {
            return Vec::new();
        }
        self.is_anyone_behind = false;
        self.looked_at = now;
        sessions.close_unread(now)
    }

    fn serve(&mut self, slice: usize, sessions: &mut Sessions, now: Timestamp) -> Vec<u32> {
        let mut gone = self.close_unread(sessions, now);
        let Some(round) = &mut self.round else { return gone };
        let (unsuspicious, mut furthest_behind) = (backlog::unsuspicious(sessions.len()), 0);
        let rest = round.left.len().saturating_sub(slice);
        for session in round.left.split_off(rest).into_iter().filter_map(|id| sessions.get(id)) {
            if session.attachment.borrow().is_expired(now) {
                session.close(CloseCode::TokenExpired);
                gone.push(session.id);
                continue;
            }
            furthest_behind = furthest_behind.max(round.deliver(session));
            if session.is_gone() {
                gone.push(session.id);
            }
        }
        if rest == 0 {
            self.round = None;
        }
        self.is_anyone_behind |= furthest_behind > unsuspicious;
        gone
    }
}

impl Round {
    /// Sends a session the parcels that are for it. Returns the bytes that were buffered for its client before.
    fn deliver(&self, session: &Session) -> u64 {
        let attachment = session.attachment.borrow();
        let is_for = |parcel: &&Parcel| parcel.number >= session.hears_from && !parcel.except.covers(&attachment);
        let is_for_all = self.parcels.iter().all(|parcel| is_for(&parcel));
        let theirs = || self.parcels.iter().filter(is_for);
        match &session.link {
            Link::Socket(socket) if is_for_all => crate::platform::send(socket, &self.shared),
            Link::Events { stream, epoch } if is_for_all => {
                stream.send(self.shared_chunk.get_or_init(|| Uint8Array::from(chunk(theirs(), epoch).as_bytes())))
            }
            Link::Socket(_) | Link::Events { .. } if theirs().next().is_none() => 0,
            Link::Socket(_) => session.send_measured(&frame(theirs().collect::<Vec<_>>().into_iter())),
            Link::Events { epoch, .. } => session.send_measured(&chunk(theirs(), epoch)),
        }
    }
}

fn chunk<'a>(parcels: impl Iterator<Item = &'a Parcel>, epoch: &str) -> String {
    parcels.map(|parcel| server_sent::event(None, parcel.seq.map(|seq| (epoch, seq)), &parcel.text)).collect()
}

/// One event alone, several as an array.
fn frame<'a>(mut parcels: impl ExactSizeIterator<Item = &'a Parcel>) -> String {
    if parcels.len() == 1 {
        return parcels.next().map(|parcel| parcel.text.clone()).unwrap_or_default();
    }
    join(parcels.map(|parcel| parcel.text.as_str()))
}

/// JSON texts as one JSON array.
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
