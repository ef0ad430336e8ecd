//! Presence in the record, written in the background in batches.
//!
//! Presence is a lease, renewed by the alarm of the object that holds the sockets. If that object is lost, the lease
//! expires, so no user stays online forever.

use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::single_flight::{Flight, SingleFlight};
use campana_storage::{StorageError, Store};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Duration of a presence lease, in milliseconds.
pub(crate) const LEASE_MS: i64 = 15 * 60_000;
/// Renewal interval of leases, in milliseconds.
pub(crate) const RENEW_MS: i64 = 10 * 60_000;
/// Delay of an alarm that still allows a renewal before the lease expires, in milliseconds.
const RENEW_SLACK_MS: i64 = 30_000;
/// Users per write.
const BATCH: usize = 500;
/// Maximum number of queued users; the next renewal covers the others.
const MAX_WAITING: usize = 10_000;

/// Queue of users whose presence may have changed. Their state is read when it is written.
#[derive(Default)]
pub(crate) struct PresenceQueue {
    waiting: RefCell<BTreeSet<UserId>>,
    flight: SingleFlight,
}

/// Where presence is written.
pub(crate) struct PresencePlace<'a> {
    pub(crate) store: &'a Store,
    pub(crate) tenant: &'a TenantId,
    /// Name of the lease holder: the object that holds the sockets.
    pub(crate) source: &'a str,
}

impl PresenceQueue {
    /// Queues users. If it returns a flight, the caller starts [`PresenceQueue::drain`] with it.
    pub(crate) fn push(&self, users: impl IntoIterator<Item = UserId>) -> Option<Flight> {
        let mut waiting = self.waiting.borrow_mut();
        for user in users {
            if waiting.len() < MAX_WAITING {
                waiting.insert(user);
            }
        }
        if waiting.is_empty() { None } else { self.flight.begin() }
    }

    /// Clears the queue when the record is not reachable; the next renewal covers its users.
    pub(crate) fn give_up(&self) {
        self.waiting.borrow_mut().clear();
    }

    /// Writes the queue. A failed write is left to the next renewal or the expiry of the lease.
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

/// Whether leases last renewed at `renewed_at` must be renewed now: they would expire before the next check.
pub(crate) fn is_renewal_due(renewed_at: Option<Timestamp>, now: Timestamp) -> bool {
    renewed_at.is_none_or(|at| now.millis().saturating_sub(at.millis()) >= LEASE_MS - RENEW_MS - RENEW_SLACK_MS)
}
