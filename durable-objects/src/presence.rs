//! Who is online, in the record: written in the background, everybody whose presence changed at once.
//!
//! A lease, renewed by the alarm of the object that holds the sockets. If the object dies with them, the
//! lease runs out: nobody stays online for ever.

use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::single_flight::{Flight, SingleFlight};
use campana_storage::{StorageError, Store};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// How long a person counts as online without a renewal, milliseconds.
pub(crate) const LEASE_MS: i64 = 15 * 60_000;
/// How often leases are renewed, milliseconds.
pub(crate) const RENEW_MS: i64 = 10 * 60_000;
/// An alarm may come so much late and a lease still be renewed in time, milliseconds.
const RENEW_SLACK_MS: i64 = 30_000;
/// People written at once.
const BATCH: usize = 500;
/// Changes waiting to be written at most; more are left to the next renewal.
const MAX_WAITING: usize = 10_000;

/// People whose presence changed. What it changed to is decided when it is written.
#[derive(Default)]
pub(crate) struct PresenceQueue {
    waiting: RefCell<BTreeSet<UserId>>,
    flight: SingleFlight,
}

/// Where and for whom presence is written.
pub(crate) struct PresencePlace<'a> {
    pub(crate) store: &'a Store,
    pub(crate) tenant: &'a TenantId,
    /// What holds the sockets.
    pub(crate) source: &'a str,
}

impl PresenceQueue {
    /// People came or went. With what is returned the caller starts [`PresenceQueue::drain`].
    pub(crate) fn push(&self, users: impl IntoIterator<Item = UserId>) -> Option<Flight> {
        let mut waiting = self.waiting.borrow_mut();
        for user in users {
            if waiting.len() < MAX_WAITING {
                waiting.insert(user);
            }
        }
        if waiting.is_empty() { None } else { self.flight.begin() }
    }

    /// There is nowhere to write to: what waits is left to the next renewal.
    pub(crate) fn give_up(&self) {
        self.waiting.borrow_mut().clear();
    }

    /// Writes all that waits. A write that fails is left to the next renewal or the end of the lease.
    pub(crate) async fn drain(
        &self,
        _flight: Flight,
        place: PresencePlace<'_>,
        is_online: impl Fn(&UserId) -> bool,
        now: impl Fn() -> Timestamp,
    ) {
        loop {
            let batch: Vec<UserId> = {
                let mut waiting = self.waiting.borrow_mut();
                (0..BATCH).map_while(|_| waiting.pop_first()).collect()
            };
            if batch.is_empty() {
                break;
            }
            let (here, gone): (Vec<UserId>, Vec<UserId>) = batch.into_iter().partition(|user| is_online(user));
            if let Err(error) = place.write(&here, &gone, now()).await {
                tracing::warn!(at = "presence", detail = %error);
            }
        }
    }
}

impl PresencePlace<'_> {
    async fn write(&self, here: &[UserId], gone: &[UserId], now: Timestamp) -> Result<(), StorageError> {
        if !here.is_empty() {
            self.store.renew_presence(self.tenant, here, self.source, now, now.plus_millis(LEASE_MS)).await?;
        }
        if !gone.is_empty() {
            self.store.end_presence(self.tenant, gone, self.source, now).await?;
        }
        Ok(())
    }
}

/// Whether the leases are to be renewed, given when that was done last: those that would not last until the look after
/// this one.
pub(crate) fn is_renewal_due(renewed_at: Option<Timestamp>, now: Timestamp) -> bool {
    renewed_at.is_none_or(|at| now.millis().saturating_sub(at.millis()) >= LEASE_MS - RENEW_MS - RENEW_SLACK_MS)
}
