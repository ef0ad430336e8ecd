//! Connections whose clients went without a word keep their place until somebody notices. When a person has no room for
//! another connection, those they have are asked whether anybody is there, before the new one is refused.
//!
//! A stream whose reader has gone breaks with the next text. A socket's client is asked for a frame; if none comes, the
//! alarm closes the socket, and the person who was refused meanwhile has room when they try again.

use crate::platform;
use crate::sessions::{Link, Session, Sessions};
use campana_core::accounts::quota::Exceeded;
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use std::cell::RefCell;
use std::rc::Rc;

/// How long a socket's client may take to answer, milliseconds.
pub(crate) const ANSWER_MS: i64 = 4_000;
/// How often it is looked whether a stream has broken, milliseconds, and how many times.
const LOOK_MS: u32 = 50;
const LOOKS: u32 = 10;
/// When somebody who is refused may try again, milliseconds: those who did not answer are closed by then.
const RETRY_AFTER_MS: u64 = 5_000;

/// An object that holds people's native connections.
pub(crate) trait HoldsSessions: 'static {
    /// The connections.
    fn sessions(&self) -> &RefCell<Sessions>;
    /// A connection is over.
    fn forget(self: &Rc<Self>, session: &Session);
    /// Arms the alarm, which closes what [`overdue`](crate::maintenance::overdue) names.
    fn look_at(&self, at: Timestamp);
}

/// Makes sure that a person has fewer than `most` connections here. 429 if they have not, also after those they have were
/// asked whether anybody is there.
pub(crate) async fn make_room<O: HoldsSessions>(object: &Rc<O>, user: &UserId, most: usize) -> Result<(), Problem> {
    if has_room(object, user, most) {
        return Ok(());
    }
    let now = platform::now();
    for session in object.sessions().borrow().of_user(user) {
        session.probe(now);
    }
    object.look_at(now.plus_millis(ANSWER_MS));
    for _ in 0..LOOKS {
        platform::sleep(LOOK_MS).await;
        if has_room(object, user, most) {
            return Ok(());
        }
    }
    Err(too_many(most))
}

/// Closes the connections for which more waits than may, and forgets them.
pub(crate) fn drop_unread<O: HoldsSessions>(object: &Rc<O>) {
    let dropped = object.sessions().borrow_mut().close_unread(platform::now());
    for id in dropped {
        let session = object.sessions().borrow().get(id).cloned();
        if let Some(session) = session {
            object.forget(&session);
        }
    }
}

/// Closes a connection that is above a quota, as one is refused that is above it from the beginning.
pub(crate) fn turn_away<O: HoldsSessions>(object: &Rc<O>, connection: u32, reason: Exceeded) {
    let session = object.sessions().borrow().get(connection).cloned();
    let Some(session) = session else { return };
    if matches!(session.link, Link::Socket(_)) {
        session.send(&reason.problem().to_frame(None).to_string());
    }
    session.close(CloseCode::refusing(Kind::TooManySockets));
    object.forget(&session);
}

/// Whether a person has fewer than `most` connections here, as of [`Sessions::has_room`].
pub(crate) fn has_room<O: HoldsSessions>(object: &Rc<O>, user: &UserId, most: usize) -> bool {
    let broken: Vec<Rc<Session>> = {
        let sessions = object.sessions().borrow();
        sessions.of_user(user).into_iter().filter(|session| session.is_gone()).collect()
    };
    for session in broken {
        object.forget(&session);
    }
    object.sessions().borrow_mut().has_room(user, most, platform::now())
}

/// 429 for one connection too many.
pub(crate) fn too_many(most: usize) -> Problem {
    let problem = Problem::new(Kind::TooManySockets, format!("at most {most} open here for one person"));
    Problem { retry_after_ms: Some(RETRY_AFTER_MS), ..problem }
}
