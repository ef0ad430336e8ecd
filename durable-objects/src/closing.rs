//! Sockets that were closed while bytes were buffered for their clients. These bytes cannot be withdrawn, and use
//! memory until the client reads them or the connection ends: see [`campana_core::shared::backlog`].

use campana_core::shared::backlog::{Lost, SPARED_BYTES};
use campana_core::shared::ids::UserId;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::sockets::Socket;
use std::rc::Rc;

/// Sockets with at most this many buffered bytes are not tracked: the next packet carries them.
const FEW_BYTES: u64 = 4 * 1024;
/// How long a socket counts after its client has answered the close, in milliseconds, with up to [`SPARED_BYTES`]
/// buffered. The platform does not report the end of its connection.
const SOME_KEPT_MS: u64 = 60_000;
/// The same with more bytes buffered.
const MANY_KEPT_MS: u64 = 60 * 60_000;

struct Closed {
    person: Option<UserId>,
    socket: Rc<dyn Socket>,
    answered_at: Option<Timestamp>,
}

/// An object's sockets that were closed with buffered bytes.
#[derive(Default)]
pub(crate) struct Closing {
    sockets: Vec<Closed>,
}

impl Closing {
    /// Adds a socket that is closed, or about to be, if enough bytes are buffered.
    pub(crate) fn add(&mut self, person: Option<UserId>, socket: &Rc<dyn Socket>) {
        if socket.buffered() > FEW_BYTES {
            self.sockets.push(Closed { person, socket: Rc::clone(socket), answered_at: None });
        }
    }

    /// Handles the end of a socket: its client has answered the close, or the connection broke.
    pub(crate) fn ended(&mut self, socket: &dyn Socket, is_answered: bool, now: Timestamp) {
        let is_same = |closed: &Closed| closed.socket.is_same(socket);
        if !is_answered {
            return self.sockets.retain(|closed| !is_same(closed));
        }
        for closed in self.sockets.iter_mut().filter(|closed| is_same(closed)) {
            closed.answered_at = Some(now);
        }
    }

    /// Removes sockets whose buffer was read or that have counted for long enough.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        self.sockets.retain(|Closed { socket, answered_at, .. }| {
            let bytes = socket.buffered();
            let kept_ms = if bytes > SPARED_BYTES { MANY_KEPT_MS } else { SOME_KEPT_MS };
            bytes > 0 && answered_at.is_none_or(|at| now.since(at) < kept_ms)
        });
    }

    /// Number of tracked sockets.
    pub(crate) fn len(&self) -> usize {
        self.sockets.len()
    }

    /// Number of a user's tracked sockets.
    pub(crate) fn count_of(&self, user: &UserId) -> usize {
        self.sockets.iter().filter(|closed| closed.person.as_ref() == Some(user)).count()
    }

    /// Buffered bytes of each socket.
    pub(crate) fn lost(&self) -> Vec<Lost<'_>> {
        let lost = |closed: &Closed| closed.socket.buffered();
        self.sockets.iter().map(|closed| Lost { person: closed.person.as_ref(), bytes: lost(closed) }).collect()
    }
}
