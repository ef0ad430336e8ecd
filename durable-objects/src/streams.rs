//! Event streams of native connections: keep-alive comments, and the end of a stream whose reader has disconnected.

use crate::reclaim::HoldsSessions;
use crate::server_sent;
use crate::sessions::{Link, Session};
use std::rc::Rc;

/// Sends keep-alive comments on a stream, at least as often as its welcome announced; `interval_ms` is the app's present
/// interval. The platform also needs them to notice that the reader has disconnected.
pub(crate) fn keep_alive<O: HoldsSessions>(
    object: &Rc<O>,
    session: &Rc<Session>,
    announced_ms: u32,
    interval_ms: impl Fn(&O) -> u32 + 'static,
) {
    if let Link::Events { stream, .. } = &session.link {
        let (object, session) = (Rc::downgrade(object), Rc::downgrade(session));
        stream.when_gone(Box::new(move || {
            if let (Some(object), Some(session)) = (object.upgrade(), session.upgrade()) {
                object.forget(&session);
            }
        }));
    }
    let (keeper, session) = (Rc::clone(object), Rc::clone(session));
    object.context().spawn(async move {
        while !session.is_gone() {
            keeper.context().sleep(interval_ms(&keeper).min(announced_ms)).await;
            session.send(server_sent::KEEP_ALIVE);
        }
        keeper.forget(&session);
    });
}
