//! Sockets that were closed while something waited for their clients. It cannot be taken back, and takes up memory until the
//! client reads it or the connection ends: see [`campana_core::shared::backlog`].

use crate::platform;
use campana_core::shared::backlog::{Lost, SPARED_BYTES};
use campana_core::shared::ids::UserId;
use campana_core::shared::timestamp::Timestamp;
use wasm_bindgen::JsValue;
use worker::WebSocket;

/// Sockets for which fewer bytes wait are not looked after: the next packet takes them along.
const FEW_BYTES: u64 = 4 * 1024;
/// How long a socket counts whose client has answered the close, milliseconds: if up to
/// [`SPARED_BYTES`] wait. The platform does not say when its connection ends.
const SOME_KEPT_MS: u64 = 60_000;
/// The same if more waits.
const MANY_KEPT_MS: u64 = 60 * 60_000;

struct Closed {
    person: Option<UserId>,
    socket: WebSocket,
    answered_at: Option<Timestamp>,
}

/// The sockets of an object that were closed too early.
#[derive(Default)]
pub(crate) struct Closing {
    sockets: Vec<Closed>,
}

impl Closing {
    /// A socket is closed, or about to be.
    pub(crate) fn add(&mut self, person: Option<UserId>, socket: &WebSocket) {
        if platform::waiting(socket) > FEW_BYTES {
            self.sockets.push(Closed { person, socket: socket.clone(), answered_at: None });
        }
    }

    /// The platform is done with a socket: the client has answered the close, or else the connection broke.
    pub(crate) fn ended(&mut self, socket: &WebSocket, is_answered: bool, now: Timestamp) {
        let raw: &JsValue = socket.as_ref();
        let is_it = |closed: &Closed| {
            let own: &JsValue = closed.socket.as_ref();
            own == raw
        };
        if !is_answered {
            return self.sockets.retain(|closed| !is_it(closed));
        }
        for closed in self.sockets.iter_mut().filter(|closed| is_it(closed)) {
            closed.answered_at = Some(now);
        }
    }

    /// Lets go of those that were read.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        self.sockets.retain(|Closed { socket, answered_at, .. }| {
            let bytes = platform::waiting(socket);
            let kept_ms = if bytes > SPARED_BYTES { MANY_KEPT_MS } else { SOME_KEPT_MS };
            bytes > 0 && answered_at.is_none_or(|at| now.since(at) < kept_ms)
        });
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.sockets.len()
    }

    /// How many there are of a person.
    pub(crate) fn count_of(&self, user: &UserId) -> usize {
        self.sockets.iter().filter(|closed| closed.person.as_ref() == Some(user)).count()
    }

    /// What waits for each.
    pub(crate) fn lost(&self) -> Vec<Lost<'_>> {
        let lost = |closed: &Closed| platform::waiting(&closed.socket);
        self.sockets.iter().map(|closed| Lost { person: closed.person.as_ref(), bytes: lost(closed) }).collect()
    }
}
