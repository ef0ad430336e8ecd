//! Limits on bytes buffered for slow clients, and the choice of connections to drop above the limits.
//!
//! The platform buffers everything sent to a connection until the client reads it. A client that stops reading would
//! fill the memory that all clients share, so its connection is dropped. It loses no events: it reconnects with its
//! position. Its buffered bytes cannot be freed until the client reads them or the connection ends: they are *lost*.
//! Lost bytes count against their user. Other users are dropped for them only if all buffered bytes exceed
//! [`ALL_BYTES`], twice the limit for open connections.

use crate::shared::ids::UserId;
use std::collections::HashMap;

/// Limit of buffered bytes per connection.
pub const CONNECTION_BYTES: u64 = 4 * 1024 * 1024;
/// Limit of buffered bytes per user, over all of the user's connections with an object.
pub const PERSON_BYTES: u64 = 8 * 1024 * 1024;
/// Limit of buffered bytes for all open connections of an object.
pub const OBJECT_BYTES: u64 = 32 * 1024 * 1024;
/// Limit of buffered bytes of an object including lost ones: above it, connections of any user are dropped.
pub const ALL_BYTES: u64 = 64 * 1024 * 1024;
/// Most bytes replayed to one resuming client; a longer gap gets `reset`.
pub const REPLAY_BYTES: u64 = 2 * 1024 * 1024;
/// Burst of the replay rate limit per user, KiB; a replay above the limit gets `reset`.
pub const REPLAY_BURST_KIB: u32 = 8 * 1024;
/// Sustained rate of the replay limit per user, KiB per second.
pub const REPLAY_KIB_PER_SECOND: u32 = 1024;
/// Least cost of a replay, KiB: a short replay costs more than its bytes.
const LEAST_REPLAY_KIB: u64 = 16;
/// Buffered bytes up to which a connection is never dropped, unless the object has very many: its client reads.
pub const SPARED_BYTES: u64 = 64 * 1024;

/// Bytes buffered for one open connection. `C` identifies the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backlog<'a, C> {
    /// The connection.
    pub connection: C,
    /// The connection's user, if known.
    pub person: Option<&'a UserId>,
    /// Bytes sent and not read yet.
    pub bytes: u64,
}

/// Bytes buffered for a dropped connection whose client has not read the close yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost<'a> {
    /// The connection's user, if known.
    pub person: Option<&'a UserId>,
    /// Bytes sent and not read yet.
    pub bytes: u64,
}

/// Buffered bytes of one user or of an object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Bytes for open connections.
    pub live: u64,
    /// Bytes for dropped connections.
    pub lost: u64,
}

impl Waiting {
    /// Sum of both.
    pub const fn all(self) -> u64 {
        self.live.saturating_add(self.lost)
    }

    /// Adds bytes for open connections.
    #[must_use]
    pub const fn with(self, bytes: u64) -> Self {
        Self { live: self.live.saturating_add(bytes), lost: self.lost }
    }

    /// Whether an object's sums exceed its limits for `person`. The lower limit applies to users with lost bytes.
    const fn is_too_much(self, person: Self) -> bool {
        let most = if person.lost > 0 { OBJECT_BYTES } else { ALL_BYTES };
        self.live > OBJECT_BYTES || self.all() > most
    }
}

/// Buffered bytes per connection that are never a reason to drop it: if none of the connections has more, their sum
/// is within [`OBJECT_BYTES`].
pub fn unsuspicious(connections: usize) -> u64 {
    let share = OBJECT_BYTES.checked_div(u64::try_from(connections).unwrap_or(u64::MAX));
    share.map_or(SPARED_BYTES, |share| share.min(SPARED_BYTES))
}

/// Whether `bytes` may be replayed to a user, given the buffered bytes of the user and of the object.
pub fn may_replay(bytes: u64, person: Waiting, everybody: Waiting) -> bool {
    bytes <= REPLAY_BYTES && person.with(bytes).all() <= PERSON_BYTES && !everybody.with(bytes).is_too_much(person)
}

/// Cost of a replay of so many bytes in the rate limit ([`REPLAY_BURST_KIB`]), KiB.
pub fn replay_kib(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(1024).max(LEAST_REPLAY_KIB)).unwrap_or(u32::MAX)
}

/// Connections to drop so that every limit holds, largest backlog first. Connections with an [`unsuspicious`] backlog
/// stay: their clients read.
pub fn to_drop<C: Copy>(mut backlogs: Vec<Backlog<'_, C>>, lost: &[Lost<'_>]) -> Vec<C> {
    let spared = unsuspicious(backlogs.len());
    backlogs.sort_by_key(|backlog| std::cmp::Reverse(backlog.bytes));
    let mut by_person: HashMap<&UserId, Waiting> = HashMap::new();
    let mut everybody = Waiting::default();
    for Backlog { person, bytes, .. } in &backlogs {
        everybody = everybody.with(*bytes);
        if let Some(person) = person {
            let sum = by_person.entry(person).or_default();
            *sum = sum.with(*bytes);
        }
    }
    for Lost { person, bytes } in lost {
        everybody.lost = everybody.lost.saturating_add(*bytes);
        if let Some(person) = person {
            let sum = by_person.entry(person).or_default();
            sum.lost = sum.lost.saturating_add(*bytes);
        }
    }
    let mut dropped = Vec::new();
    for Backlog { connection, person, bytes } in backlogs {
        let theirs = person.and_then(|person| by_person.get(person)).copied().unwrap_or_default();
        let is_over = bytes > CONNECTION_BYTES || theirs.all() > PERSON_BYTES || everybody.is_too_much(theirs);
        if is_over && bytes > spared {
            dropped.push(connection);
            everybody.live = everybody.live.saturating_sub(bytes);
            if let Some(sum) = person.and_then(|person| by_person.get_mut(person)) {
                sum.live = sum.live.saturating_sub(bytes);
            }
        }
    }
    dropped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MIB: u64 = 1024 * 1024;

    /// Checks the connections dropped, by index in `held`: the user and buffered bytes of each connection.
    #[track_caller]
    fn check(held: &[(&str, u64)], lost: &[(&str, u64)], expected: &[usize]) {
        let people: Vec<UserId> = held.iter().map(|(person, _)| UserId::trusted(*person)).collect();
        let backlogs = held.iter().zip(&people).enumerate().map(|(connection, ((_, bytes), person))| Backlog {
            connection,
            person: Some(person),
            bytes: *bytes,
        });
        let gone: Vec<(UserId, u64)> = lost.iter().map(|(person, bytes)| (UserId::trusted(*person), *bytes)).collect();
        let lost: Vec<Lost<'_>> =
            gone.iter().map(|(person, bytes)| Lost { person: Some(person), bytes: *bytes }).collect();
        assert_eq!(to_drop(backlogs.collect(), &lost), expected, "{held:?}");
    }

    #[test]
    fn a_connection_that_is_too_far_behind_is_dropped_alone() {
        check(&[("ana", 0), ("bo", 4 * MIB), ("cy", 4 * MIB + 1)], &[], &[2]);
    }

    #[test]
    fn a_persons_connections_count_together() {
        check(&[("ana", 3 * MIB), ("ana", 4 * MIB), ("ana", 2 * MIB), ("bo", 3 * MIB)], &[], &[1]);
    }

    #[test]
    fn all_connections_count_together_and_the_largest_backlog_is_dropped_first() {
        let mut held: Vec<(String, u64)> = (0..12).map(|at| (format!("p{at}"), 3 * MIB)).collect();
        held.push(("slowest".to_owned(), 4 * MIB));
        held.push(("quick".to_owned(), 0));
        let held: Vec<(&str, u64)> = held.iter().map(|(person, bytes)| (person.as_str(), *bytes)).collect();
        check(&held, &[], &[12, 0, 1]);
    }

    #[test]
    fn other_users_are_dropped_for_lost_bytes_only_above_the_total_limit() {
        let held = [("ana", 0), ("bo", 64 * 1024), ("cy", 64 * 1024 + 1)];
        check(&held, &[("dee", 63 * MIB)], &[]);
        check(&held, &[("dee", 64 * MIB)], &[2]);
        check(&[("ana", 20 * 1024), ("bo", 0)], &[("dee", 1_000 * MIB)], &[]);
    }

    #[test]
    fn users_with_lost_bytes_are_dropped_before_others() {
        let held = [("ana", 2 * MIB), ("bo", 2 * MIB)];
        check(&held, &[("ana", 7 * MIB)], &[0]);
        check(&held, &[("ana", MIB), ("dee", 28 * MIB)], &[0]);
        check(&[("ana", 64 * 1024)], &[("ana", 9 * MIB)], &[]);
    }

    #[test]
    fn a_replay_needs_room() {
        let of = |live, lost| Waiting { live, lost };
        let none = Waiting::default();
        assert!(may_replay(2 * MIB, none, none) && !may_replay(2 * MIB + 1, none, none));
        assert!(may_replay(MIB, of(5 * MIB, 2 * MIB), none) && !may_replay(MIB, of(5 * MIB, 2 * MIB + 1), none));
        assert!(may_replay(MIB, none, of(31 * MIB, 32 * MIB)));
        assert!(!may_replay(MIB, none, of(31 * MIB + 1, 0)), "open connections would exceed the object's limit");
        assert!(!may_replay(MIB, none, of(0, 63 * MIB + 1)));
        assert!(may_replay(MIB, of(0, 1), of(1, 31 * MIB - 1)) && !may_replay(MIB, of(0, 1), of(1, 31 * MIB)));
        assert_eq!((replay_kib(1), replay_kib(17 * 1024), replay_kib(u64::MAX)), (16, 17, u32::MAX));
    }

    proptest! {
        /// [I19] Per connection, user and object.
        #[test]
        fn afterwards_every_limit_holds(
            held in prop::collection::vec((0_u8..6, 0_u64..6 * MIB), 0..40),
            lost in prop::collection::vec((0_u8..6, 0_u64..40 * MIB), 0..5),
        ) {
            let people: Vec<UserId> = (0..6).map(|person| UserId::trusted(person.to_string())).collect();
            let backlogs: Vec<_> = held.iter().enumerate().map(|(connection, (person, bytes))| {
                Backlog { connection, person: people.get(usize::from(*person)), bytes: *bytes }
            }).collect();
            let lost: Vec<_> = lost.iter().map(|(person, bytes)| {
                Lost { person: people.get(usize::from(*person)), bytes: *bytes }
            }).collect();
            let dropped = to_drop(backlogs.clone(), &lost);
            let spared = unsuspicious(held.len());
            let remaining: Vec<_> = backlogs.iter().filter(|it| !dropped.contains(&it.connection)).collect();
            prop_assert!(remaining.iter().all(|it| it.bytes <= CONNECTION_BYTES));
            let sum = |person: Option<&UserId>| Waiting {
                live: remaining.iter().filter(|it| person.is_none() || it.person == person).map(|it| it.bytes).sum(),
                lost: lost.iter().filter(|it| person.is_none() || it.person == person).map(|it| it.bytes).sum(),
            };
            let is_spared =
                |person: &UserId| remaining.iter().all(|it| it.person != Some(person) || it.bytes <= spared);
            for person in &people {
                let theirs = sum(Some(person));
                let is_fine = theirs.all() <= PERSON_BYTES && !sum(None).is_too_much(theirs);
                prop_assert!(is_fine || is_spared(person));
            }
            prop_assert!(dropped.iter().all(|it| held[*it].1 > spared), "no client that reads is dropped");
        }

        #[test]
        fn nobody_is_dropped_while_all_are_unsuspicious(count in 1_usize..5_000, behind in 0_u64..=1) {
            let bytes = unsuspicious(count) * behind;
            let backlogs = (0..count).map(|connection| Backlog { connection, person: None, bytes }).collect();
            prop_assert_eq!(to_drop(backlogs, &[]), Vec::<usize>::new());
        }
    }
}
