//! Revoked identities at objects with connections.
//!
//! The app's quota registry passes revocations on, with a call of its own or with the answer to a report. The object
//! then closes the connections that they end, in the same turn, and remembers the revocations for connections and
//! commands that a function has admitted without knowing of them. Memory is enough for that: functions know of a
//! revocation a few seconds after it was made, and the registry repeats it when it learns of a connection.

use crate::quota_reporter::HoldsLease;
use crate::reclaim::HoldsSessions;
use crate::sessions::Session;
use campana_core::accounts::principal::Principal;
use campana_core::accounts::revocation::{Identity, Revocation, Subject};
use campana_core::shared::close_code::CloseCode;
use campana_core::shared::problem::{Kind, Problem};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Revocations that an object remembers at most. Beyond it the oldest is dropped.
const MAX_REMEMBERED: usize = 1_000;

/// Revocations that an object knows.
#[derive(Default)]
pub(crate) struct KnownRevocations {
    by_subject: RefCell<HashMap<Subject, Revocation>>,
}

impl KnownRevocations {
    /// Remembers revocations. Returns those that were not known.
    pub(crate) fn learn<'a>(&self, revocations: impl IntoIterator<Item = &'a Revocation>) -> Vec<Revocation> {
        let mut known = self.by_subject.borrow_mut();
        let mut news = Vec::new();
        for revocation in revocations {
            if known.get(&revocation.subject).is_some_and(|known| known.version >= revocation.version) {
                continue;
            }
            let is_full = known.len() >= MAX_REMEMBERED && !known.contains_key(&revocation.subject);
            let oldest = known.values().min_by_key(|known| known.version).map(|known| known.subject.clone());
            if let Some(oldest) = oldest.filter(|_| is_full) {
                known.remove(&oldest);
            }
            known.insert(revocation.subject.clone(), revocation.clone());
            news.push(revocation.clone());
        }
        news
    }

    /// One of them that ends an identity.
    pub(crate) fn find(&self, identity: Identity<'_>) -> Option<Revocation> {
        self.by_subject.borrow().values().find(|revocation| revocation.ends(identity)).cloned()
    }
}

/// Refuses a user whose identity is known to be revoked, as functions refuse them.
pub(crate) fn check<O: HoldsLease>(object: &O, principal: &Principal) -> Result<(), Problem> {
    match object.reporter().revocations.find(principal.into()) {
        Some(_) => Err(Problem::new(Kind::Unauthenticated, Revocation::DETAIL)),
        None => Ok(()),
    }
}

/// Closes the native connections that revocations end.
pub(crate) fn close_revoked<'a, O: HoldsSessions>(
    object: &Rc<O>,
    revocations: impl IntoIterator<Item = &'a Revocation>,
) {
    let news = object.reporter().revocations.learn(revocations);
    if news.is_empty() {
        return;
    }
    let is_ended = |session: &&Rc<Session>| {
        let attachment = session.attachment.borrow();
        news.iter().any(|revocation| revocation.ends((&attachment.principal).into()))
    };
    let ended: Vec<Rc<Session>> = object.sessions().borrow().iter().filter(is_ended).cloned().collect();
    for session in ended {
        object.dismiss(&session, CloseCode::Revoked);
    }
}
