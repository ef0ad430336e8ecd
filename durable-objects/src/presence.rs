//! Presence in the record, written in the background in batches.
//!
//! Presence is a lease, renewed by the alarm of the object that holds the sockets. If that object is lost, the lease
//! expires, so no user stays online forever.

use crate::quota_reporter::{self, HoldsConnections};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::single_flight::{Flight, SingleFlight};
use campana_storage::{StorageError, Store};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Duration of a presence lease, in milliseconds.
pub(crate) const LEASE_MS: i64 = 15 * 60_000;
/// Renewal interval of leases, in milliseconds.
pub(crate) const RENEW_MS: i64 = 10 * 60_000;
/// Delay of an alarm that still allows a renewal before the lease expires, in milliseconds.
const RENEW_SLACK_MS: i64 = 30_000;
/// `meta` key: time of the last renewal, Unix milliseconds.
const RENEWED_AT: &str = "presence_renewed_at";
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

/// An object whose users are online in the record.
pub(crate) trait KeepsPresence: HoldsConnections {
    /// Its queue.
    fn presence(&self) -> &PresenceQueue;
    /// Its tenant, and its name as the holder of leases. `None` until they are known.
    fn lease_holder(&self) -> Option<(TenantId, String)>;
    /// Whether a user is here.
    fn is_here(&self, user: &UserId) -> bool;

    /// Queues users whose first connection opened or whose last one closed, and writes their presence in the background.
    /// If the record is not reachable, the next renewal covers them.
    fn presence_changed(self: &Rc<Self>, users: impl IntoIterator<Item = UserId>)
    where
        Self: Sized,
    {
        let Some(flight) = self.presence().push(users) else { return };
        self.spawn(async move |object| {
            let (Some((tenant, source)), Ok(store)) = (object.lease_holder(), object.context().record()) else {
                return object.presence().waiting.borrow_mut().clear();
            };
            while let Some(batch) = object.presence().next_batch() {
                let (here, gone): (Vec<UserId>, Vec<UserId>) = batch.into_iter().partition(|user| object.is_here(user));
                // A failed write is left to the next renewal or the expiry of the lease.
                if let Err(error) = write(&store, &tenant, &source, (&here, &gone), object.context().now()).await {
                    tracing::warn!(at = "presence", detail = %error);
                }
            }
            drop(flight);
            quota_reporter::report_soon(&object);
        });
    }

    /// Renews the leases of all users who are here, if there are any and they are due. Then true.
    fn renew_presence(self: &Rc<Self>, here: Vec<UserId>) -> bool
    where
        Self: Sized,
    {
        if here.is_empty() {
            return false;
        }
        let (sql, now) = (&self.context().sql, self.context().now());
        let renewed_at = sql.recall_json(RENEWED_AT).ok().flatten().map(Timestamp::from_millis);
        let is_due = is_renewal_due(renewed_at, now);
        if is_due {
            // If this write fails, the next alarm renews once more.
            let _reported = sql.keep_json(RENEWED_AT, &now.millis());
            self.presence_changed(here);
        }
        is_due
    }
}

impl PresenceQueue {
    /// Queues users. If it returns a flight, the caller writes the queue.
    fn push(&self, users: impl IntoIterator<Item = UserId>) -> Option<Flight> {
        let mut waiting = self.waiting.borrow_mut();
        for user in users {
            if waiting.len() < MAX_WAITING {
                waiting.insert(user);
            }
        }
        if waiting.is_empty() { None } else { self.flight.begin() }
    }

    fn next_batch(&self) -> Option<Vec<UserId>> {
        let mut waiting = self.waiting.borrow_mut();
        let batch: Vec<UserId> = (0..BATCH).map_while(|_| waiting.pop_first()).collect();
        (!batch.is_empty()).then_some(batch)
    }
}

async fn write(
    store: &Store,
    tenant: &TenantId,
    source: &str,
    (here, gone): (&[UserId], &[UserId]),
    now: Timestamp,
) -> Result<(), StorageError> {
    if !here.is_empty() {
        store.renew_presence(tenant, here, source, now, now.plus_millis(LEASE_MS)).await?;
    }
    if !gone.is_empty() {
        store.end_presence(tenant, gone, source, now).await?;
    }
    Ok(())
}

/// Whether leases last renewed at `renewed_at` must be renewed now: they would expire before the next check.
fn is_renewal_due(renewed_at: Option<Timestamp>, now: Timestamp) -> bool {
    renewed_at.is_none_or(|at| now.millis().saturating_sub(at.millis()) >= LEASE_MS - RENEW_MS - RENEW_SLACK_MS)
}
