//! Counts of what a person created lately, for limits per hour.
//!
//! Counted in the record, so that a limit holds over all isolates and objects and across restarts. A person has at most
//! one row per minute and kind; a look-up reads those of an hour. The caller reserves before it creates, and gives back
//! what it did not create. If the outcome is unknown, the reservation stays: the limit is never exceeded.

use crate::Store;
use crate::database::{Statement, StorageError, Value};
use crate::decode::decode_column;
use campana_core::named;
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::creations;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

named! {
    /// What is counted.
    pub enum CreationKind {
        /// A new direct conversation or group.
        Conversation = "conversation",
        /// A person added to a conversation.
        AddedPerson = "added_person",
    }
}

/// A number of creations that count for a person from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    kind: CreationKind,
    minute: i64,
    count: u32,
}

/// Result of [`Store::reserve_creations`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reserved {
    /// They are counted.
    Counted(Reservation),
    /// They would exceed the limit.
    Exceeded {
        /// Milliseconds after which fewer count.
        retry_after_ms: u64,
    },
}

impl Store {
    /// Counts `count` creations of a person, unless more than `per_hour` would count within an hour.
    pub async fn reserve_creations(
        &self,
        (tenant, user): (&TenantId, &UserId),
        kind: CreationKind,
        (count, per_hour): (u32, u32),
        now: Timestamp,
    ) -> Result<Reserved, StorageError> {
        let minute = now.millis().saturating_sub(now.millis().rem_euclid(MINUTE_MS));
        // The minute itself counts in full: the window is an hour to an hour and a minute.
        let expired = minute.saturating_sub(HOUR_MS).saturating_sub(MINUTE_MS);
        let reserve = [
            tenant.into(),
            user.into(),
            kind.as_str().into(),
            minute.into(),
            i64::from(count).into(),
            expired.into(),
            i64::from(per_hour).into(),
        ];
        let first = [tenant.into(), user.into(), kind.as_str().into(), expired.into()];
        let statements = vec![Statement::new(creations::RESERVE, reserve), Statement::new(creations::FIRST, first)];
        let mut results = self.db.batch(statements).await?.into_iter();
        if results.next().is_some_and(|rows| !rows.is_empty()) {
            return Ok(Reserved::Counted(Reservation { kind, minute, count }));
        }
        let first: Vec<i64> = decode_column(results.next().unwrap_or_default())?;
        let free_at = first.first().copied().unwrap_or(minute).saturating_add(HOUR_MS).saturating_add(MINUTE_MS);
        let wait = free_at.saturating_sub(now.millis()).max(MINUTE_MS);
        Ok(Reserved::Exceeded { retry_after_ms: u64::try_from(wait).unwrap_or_default() })
    }

    /// Gives back a reservation whose creations did not happen.
    pub async fn give_back_creations(
        &self,
        tenant: &TenantId,
        user: &UserId,
        reservation: &Reservation,
    ) -> Result<(), StorageError> {
        let params: [Value; 5] = [
            tenant.into(),
            user.into(),
            reservation.kind.as_str().into(),
            reservation.minute.into(),
            i64::from(reservation.count).into(),
        ];
        self.run(creations::GIVE_BACK, params).await
    }
}
