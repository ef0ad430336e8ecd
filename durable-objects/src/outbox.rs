//! Fan-out: what everybody here gets, encoded once, several events in one frame under load.
//!
//! The frame is the cost, not the event: a socket takes a batch of a hundred events about as fast as one.
//! So the first event goes out at once, and what follows within the window shares a frame. The window is a
//! few milliseconds and grows with the number of sockets, as the cost of sending a frame does.

use crate::attachment::Attachment;
use crate::sessions::{Link, Session, Sessions};
use campana_core::close_code::CloseCode;
use campana_core::ids::UserId;
use campana_core::limits::MAX_EVENTS_PER_FRAME;
use campana_core::timestamp::Timestamp;
use js_sys::JsString;
use std::rc::Rc;

/// Shortest time between two frames to everybody, milliseconds.
const MIN_WINDOW_MS: u32 = 4;
/// Longest, milliseconds.
const MAX_WINDOW_MS: u32 = 30;
/// Sockets that add a millisecond to the window.
const SOCKETS_PER_WINDOW_MS: usize = 50;
/// Most bytes gathered for one frame.
const MAX_FRAME_TEXT: usize = 256 * 1024;

/// Who does not get an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Except {
    /// Everybody gets it.
    Nobody,
    /// The tab it came from, which drops the echo.
    Tab(String),
    /// The person it is about, on all of their connections.
    Person(UserId),
}

impl Except {
    /// The tab, if one is named.
    pub(crate) fn tab(client_id: Option<&str>) -> Self {
        client_id.map_or(Self::Nobody, |id| Self::Tab(id.to_owned()))
    }

    fn covers(&self, attachment: &Attachment) -> bool {
        match self {
            Self::Nobody => false,
            Self::Tab(id) => attachment.client_id.as_ref() == Some(id),
            Self::Person(user) => attachment.principal.user_id == *user,
        }
    }
}

/// An event for everybody, with whom to leave out.
struct Parcel {
    text: String,
    seq: Option<i64>,
    except: Except,
}

/// What waits to go out.
#[derive(Default)]
pub(crate) struct Outbox {
    waiting: Vec<Parcel>,
    waiting_bytes: usize,
    timer_runs: bool,
    sent_at: Timestamp,
}

/// What the caller has to do after handing in an event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing: a timer already runs.
    Nothing,
    /// Call [`Outbox::flush`] now.
    Flush,
    /// Call [`Outbox::flush`] after so many milliseconds.
    FlushAfter(u32),
}

impl Outbox {
    /// Hands in an event.
    pub(crate) fn push(
        &mut self,
        text: &str,
        seq: Option<i64>,
        except: Except,
        sockets: usize,
        now: Timestamp,
    ) -> Next {
        let window = window_ms(sockets);
        self.waiting_bytes += text.len();
        self.waiting.push(Parcel { text: text.to_owned(), seq, except });
        if self.waiting.len() >= MAX_EVENTS_PER_FRAME || self.waiting_bytes >= MAX_FRAME_TEXT {
            return Next::Flush;
        }
        if self.timer_runs {
            return Next::Nothing;
        }
        if self.waiting.len() == 1 && now.since(self.sent_at) >= u64::from(window) {
            return Next::Flush;
        }
        self.timer_runs = true;
        Next::FlushAfter(window)
    }

    /// The timer has run out.
    pub(crate) fn timer_done(&mut self) {
        self.timer_runs = false;
    }

    /// Sends what waits to everybody. Sessions whose identity has run out are closed instead; the caller
    /// gets them to forget.
    pub(crate) fn flush(&mut self, sessions: &Sessions, now: Timestamp) -> Vec<u32> {
        if self.waiting.is_empty() {
            return Vec::new();
        }
        let parcels = std::mem::take(&mut self.waiting);
        self.waiting_bytes = 0;
        self.sent_at = now;
        let shared = JsString::from(frame(parcels.iter()).as_str());
        let mut gone = Vec::new();
        for session in sessions.iter() {
            if session.attachment.borrow().is_expired(now) {
                session.close(CloseCode::TokenExpired);
                gone.push(session.id);
                continue;
            }
            deliver(session, &parcels, &shared);
            if session.is_gone() {
                gone.push(session.id);
            }
        }
        gone
    }
}

fn deliver(session: &Rc<Session>, parcels: &[Parcel], shared: &JsString) {
    let attachment = session.attachment.borrow();
    let is_for = |parcel: &&Parcel| !parcel.except.covers(&attachment);
    match &session.link {
        Link::Socket(socket) if parcels.iter().all(|parcel| is_for(&parcel)) => {
            crate::platform::send(socket, shared);
        }
        Link::Socket(_) => {
            let theirs: Vec<&Parcel> = parcels.iter().filter(is_for).collect();
            if !theirs.is_empty() {
                session.send(&frame(theirs.into_iter()));
            }
        }
        Link::Events(_) => {
            let chunk: String =
                parcels.iter().filter(is_for).map(|parcel| stream_event(&parcel.text, parcel.seq)).collect();
            if !chunk.is_empty() {
                session.send(&chunk);
            }
        }
    }
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

/// An event as a server-sent one; its position is the id the browser hands back after a reconnect.
pub(crate) fn stream_event(text: &str, seq: Option<i64>) -> String {
    match seq {
        Some(seq) => format!("id: {seq}\ndata: {text}\n\n"),
        None => format!("data: {text}\n\n"),
    }
}

fn window_ms(sockets: usize) -> u32 {
    let grown = u32::try_from(sockets / SOCKETS_PER_WINDOW_MS).unwrap_or(MAX_WINDOW_MS);
    MIN_WINDOW_MS.saturating_add(grown).min(MAX_WINDOW_MS)
}
