//! Who is online, in the record: written in the background, one person after the other.
//!
//! A lease, renewed by the alarm of the object that holds the sockets. If the object dies with them, the
//! lease runs out: nobody stays online for ever.

use campana_core::ids::{TenantId, UserId};
use campana_core::timestamp::Timestamp;
use campana_storage::Store;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// How long a person counts as online without a renewal, milliseconds.
pub(crate) const LEASE_MS: i64 = 15 * 60_000;
/// How often leases are renewed, milliseconds.
pub(crate) const RENEW_MS: i64 = 10 * 60_000;
/// Changes waiting to be written at most; the oldest is dropped, and put right by the next renewal.
const MAX_WAITING: usize = 10_000;

/// People whose presence changed. What it changed to is decided when it is written.
#[derive(Default)]
pub(crate) struct PresenceQueue {
    waiting: RefCell<VecDeque<UserId>>,
    runs: Cell<bool>,
}

impl PresenceQueue {
    /// Somebody came or went. True if the caller is to start [`PresenceQueue::drain`].
    pub(crate) fn push(&self, user: &UserId) -> bool {
        let mut waiting = self.waiting.borrow_mut();
        if !waiting.contains(user) {
            if waiting.len() >= MAX_WAITING {
                waiting.pop_front();
            }
            waiting.push_back(user.clone());
        }
        !self.runs.replace(true)
    }

    /// There is nowhere to write to: what waits is left to the next renewal.
    pub(crate) fn give_up(&self) {
        self.waiting.borrow_mut().clear();
        self.runs.set(false);
    }

    /// Writes all that waits. A write that fails is left to the next renewal or the end of the lease.
    pub(crate) async fn drain(
        &self,
        store: &Store,
        tenant: &TenantId,
        source: &str,
        is_online: impl Fn(&UserId) -> bool,
        now: impl Fn() -> Timestamp,
    ) {
        loop {
            let Some(user) = self.waiting.borrow_mut().pop_front() else { break };
            let at = now();
            let written = if is_online(&user) {
                store.renew_presence(tenant, &user, source, at, at.plus_millis(LEASE_MS)).await
            } else {
                store.end_presence(tenant, &user, source, at).await
            };
            if let Err(error) = written {
                worker::console_warn!("{{\"level\":\"warn\",\"at\":\"presence\",\"detail\":{:?}}}", error.to_string());
            }
        }
        self.runs.set(false);
    }
}
