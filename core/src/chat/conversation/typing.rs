//! People who type, and the connections from which they do.
//!
//! There is no timer: an announced start expires at the clients after [`TYPING_EXPIRES_IN_MS`], and entries that have
//! expired are ignored and dropped here. A person types as long as one of their connections does, so the end of one
//! connection does not end what another one has begun.

use super::MAX_TRACKED_PEOPLE;
use crate::chat::wire::{Person, TYPING_EXPIRES_IN_MS};
use crate::shared::ids::UserId;
use crate::shared::socket_id::SocketId;
use crate::shared::timestamp::Timestamp;
use std::collections::HashMap;

/// Most connections of a person that are tracked; the oldest is dropped for a new one.
const MAX_SOURCES: usize = 16;

/// Connection from which a person types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypingSource {
    /// A native connection, by the object's number for it.
    Session(u32),
    /// A Pusher client's socket.
    Socket(SocketId),
    /// A request that names no connection.
    Request,
}

/// Everybody who types.
#[derive(Debug, Clone, Default)]
pub(super) struct Typists(HashMap<UserId, Typist>);

#[derive(Debug, Clone)]
struct Typist {
    name: String,
    announced_at: Timestamp,
    sources: Vec<(TypingSource, Timestamp)>,
}

impl Typist {
    fn expire(&mut self, now: Timestamp) {
        self.sources.retain(|(_, last)| now.since(*last) < TYPING_EXPIRES_IN_MS);
    }
}

impl Typists {
    /// Records a start. Returns whether to announce it: not within `interval_ms` after the last one.
    pub(super) fn start(&mut self, person: &Person, source: TypingSource, interval_ms: u64, now: Timestamp) -> bool {
        if self.0.len() >= MAX_TRACKED_PEOPLE && !self.0.contains_key(&person.user_id) {
            self.0.retain(|_, typist| {
                typist.expire(now);
                !typist.sources.is_empty()
            });
            if self.0.len() >= MAX_TRACKED_PEOPLE {
                return false;
            }
        }
        let is_new = !self.0.contains_key(&person.user_id);
        let typist = self.0.entry(person.user_id.clone()).or_insert_with(|| Typist {
            name: String::new(),
            announced_at: now,
            sources: Vec::new(),
        });
        typist.name.clone_from(&person.name);
        typist.expire(now);
        typist.sources.retain(|(known, _)| *known != source);
        if typist.sources.len() >= MAX_SOURCES {
            typist.sources.remove(0);
        }
        typist.sources.push((source, now));
        let is_due = is_new || now.since(typist.announced_at) >= interval_ms;
        if is_due {
            typist.announced_at = now;
        }
        is_due
    }

    /// Ends what the sources that `ends` selects have begun. Returns the person if they type from nowhere now and typed
    /// before.
    pub(super) fn stop(
        &mut self,
        user: &UserId,
        ends: impl Fn(&TypingSource) -> bool,
        now: Timestamp,
    ) -> Option<Person> {
        let typist = self.0.get_mut(user)?;
        typist.expire(now);
        let typed = !typist.sources.is_empty();
        typist.sources.retain(|(source, _)| !ends(source));
        if !typist.sources.is_empty() {
            return None;
        }
        let typist = self.0.remove(user)?;
        typed.then(|| Person { user_id: user.clone(), name: typist.name })
    }
}
