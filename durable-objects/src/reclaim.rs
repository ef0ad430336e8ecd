//! Reclaiming of connection slots whose clients have disconnected without a close. When a user reaches the limit of
//! connections, the existing ones are probed before the new one is refused.
//!
//! A stream without a reader breaks at the next write. A socket's client must answer a ping frame; otherwise the alarm
//! closes the socket, so a refused user has room at the next attempt.

use crate::quota_reporter::{self, HoldsLease};
use crate::sessions::{Link, Session, Sessions};
use crate::subscriptions::Hosts;
use campana_core::accounts::quota::Exceeded;
use campana_core::chat::wire::Person;
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::{Kind, Problem};
use campana_runtime::sockets::Socket;
use std::cell::RefCell;
use std::rc::Rc;

/// Deadline for a client's answer to a probe, in milliseconds.
pub(crate) const ANSWER_MS: i64 = 4_000;
/// Poll interval in milliseconds, and number of polls, for broken streams.
const LOOK_MS: u32 = 50;
const LOOKS: u32 = 10;

/// An object with native connections.
pub(crate) trait HoldsSessions: HoldsLease + Hosts + Sized {
    /// Session table.
    fn sessions(&self) -> &RefCell<Sessions>;
    /// Called when a session was removed, with its user if it was their last.
    fn left(self: &Rc<Self>, _session: &Session, _departed: Option<Person>) {}

    /// Removes a session that is closed. Frames of its client that wait are still handled.
    fn forget(self: &Rc<Self>, session: &Session) {
        if self.sessions().borrow().get(session.id).is_some() {
            quota_reporter::closed(&**self, session.closed_with.get());
        }
        if !self.subscriptions().traces.is_empty() {
            let attachment = session.attachment.borrow();
            self.subscriptions().traces.native_end(&attachment.principal.user_id, attachment.client_id.as_ref());
        }
        let departed = self.sessions().borrow_mut().remove(session.id);
        self.left(session, departed);
        self.reporter().changed(Some(&session.attachment.borrow().principal.user_id));
        quota_reporter::report_soon(self);
    }

    /// Closes a session and removes it. Nothing of its client is handled any more.
    fn dismiss(self: &Rc<Self>, session: &Session, code: CloseCode) {
        session.frames.clear();
        session.close(code);
        self.forget(session);
    }

    /// Closes and removes all sessions of a user.
    fn dismiss_user(self: &Rc<Self>, user: &UserId, code: CloseCode) {
        let sessions = self.sessions().borrow().of_user(user);
        for session in sessions {
            self.dismiss(&session, code);
        }
    }
}

/// Makes sure that a user has fewer than `most` connections here. At the limit, probes them; 429 if all remain.
pub(crate) async fn make_room<O: HoldsSessions>(object: &Rc<O>, user: &UserId, most: usize) -> Result<(), Problem> {
    if has_room(object, user, most) {
        return Ok(());
    }
    let now = object.context().now();
    for session in object.sessions().borrow().of_user(user) {
        session.probe(now);
    }
    object.wake_at(now.plus_millis(ANSWER_MS));
    for _ in 0..LOOKS {
        object.context().sleep(LOOK_MS).await;
        if has_room(object, user, most) {
            return Ok(());
        }
    }
    Err(too_many(most))
}

/// Handles the end of a socket: it closed or broke.
pub(crate) fn socket_gone<O: HoldsSessions>(object: &Rc<O>, socket: &dyn Socket, is_answered: bool) {
    let session = object.sessions().borrow().of_socket(socket);
    if let Some(session) = session {
        object.forget(&session);
    }
    object.sessions().borrow_mut().ended(socket, is_answered, object.context().now());
    socket.close(1000, "");
}

/// Closes and forgets the connections that exceed a backlog limit.
pub(crate) fn drop_unread<O: HoldsSessions>(object: &Rc<O>) {
    let dropped = object.sessions().borrow_mut().close_unread(object.context().now());
    forget_all(object, dropped);
}

/// Removes closed sessions by their numbers.
pub(crate) fn forget_all<O: HoldsSessions>(object: &Rc<O>, closed: Vec<u32>) {
    for id in closed {
        let session = object.sessions().borrow().get(id).cloned();
        if let Some(session) = session {
            session.frames.clear();
            object.forget(&session);
        }
    }
}

/// Closes a connection that exceeds a quota, with the same problem and code as a refused one.
pub(crate) fn turn_away<O: HoldsSessions>(object: &Rc<O>, connection: u32, reason: Exceeded) {
    let session = object.sessions().borrow().get(connection).cloned();
    let Some(session) = session else { return };
    if matches!(session.link, Link::Socket(_)) {
        session.refuse(&reason.problem(), None);
    }
    object.dismiss(&session, CloseCode::refusing(Kind::TooManySockets));
}

/// Whether a user has fewer than `most` connections here, as defined by [`Sessions::has_room`].
pub(crate) fn has_room<O: HoldsSessions>(object: &Rc<O>, user: &UserId, most: usize) -> bool {
    let broken: Vec<Rc<Session>> = {
        let sessions = object.sessions().borrow();
        sessions.of_user(user).into_iter().filter(|session| session.is_gone()).collect()
    };
    for session in broken {
        object.forget(&session);
    }
    object.sessions().borrow_mut().has_room(user, most, object.context().now())
}

/// The problem for a connection above the limit: 429 with a retry delay, by which unanswered probes have closed their
/// sockets.
pub(crate) fn too_many(most: usize) -> Problem {
    Problem::too_many_sockets(format!("at most {most} open here for one person"))
}
