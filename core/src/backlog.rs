//! How much may wait in the platform's buffers for clients that do not read, and who is dropped when it is more.
//!
//! The platform takes whatever is sent to a connection and keeps it until the client has read it. A client that stops
//! reading would fill the memory that it shares with everybody else. A dropped one loses nothing: it comes back with its
//! position.

use crate::ids::UserId;
use std::collections::HashMap;

/// Bytes that may wait for one connection.
pub const CONNECTION_BYTES: u64 = 4 * 1024 * 1024;
/// Bytes that may wait for one person, on all connections with an object together.
pub const PERSON_BYTES: u64 = 8 * 1024 * 1024;
/// Bytes that may wait for all connections of an object together.
pub const OBJECT_BYTES: u64 = 32 * 1024 * 1024;
/// Bytes that are replayed to one resuming client at most; a longer gap gets `reset`.
pub const REPLAY_BYTES: u64 = 2 * 1024 * 1024;
/// A connection for which fewer bytes wait is never looked at, unless the object has very many.
const UNSUSPICIOUS_BYTES: u64 = 64 * 1024;

/// What waits for one connection. `C` names the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backlog<'a, C> {
    /// Whose.
    pub connection: C,
    /// The person behind it, if that is known.
    pub person: Option<&'a UserId>,
    /// Bytes that were sent and not taken yet.
    pub bytes: u64,
}

/// Bytes that may wait for a single one of so many connections without any limit being near: as long as none has more,
/// all of them together have no more than the object may.
pub fn unsuspicious(connections: usize) -> u64 {
    let share = OBJECT_BYTES.checked_div(u64::try_from(connections).unwrap_or(u64::MAX));
    share.map_or(UNSUSPICIOUS_BYTES, |share| share.min(UNSUSPICIOUS_BYTES))
}

/// The connections to drop so that every limit holds, the one that is furthest behind first. `lost` waits for
/// connections that were dropped already and whose clients have not taken the end yet.
pub fn to_drop<C: Copy>(mut backlogs: Vec<Backlog<'_, C>>, lost: u64) -> Vec<C> {
    backlogs.sort_by_key(|backlog| std::cmp::Reverse(backlog.bytes));
    let mut by_person: HashMap<&UserId, u64> = HashMap::new();
    let mut all = lost;
    for backlog in &backlogs {
        all = all.saturating_add(backlog.bytes);
        if let Some(person) = backlog.person {
            let sum = by_person.entry(person).or_default();
            *sum = sum.saturating_add(backlog.bytes);
        }
    }
    let mut dropped = Vec::new();
    for Backlog { connection, person, bytes } in backlogs {
        let of_person = person.and_then(|person| by_person.get_mut(person));
        let is_over = bytes > CONNECTION_BYTES
            || of_person.as_ref().is_some_and(|sum| **sum > PERSON_BYTES)
            || all > OBJECT_BYTES;
        if is_over && bytes > 0 {
            dropped.push(connection);
            all = all.saturating_sub(bytes);
            if let Some(sum) = of_person {
                *sum = sum.saturating_sub(bytes);
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

    /// Connections by number, each of a person with so many bytes; what is dropped.
    #[track_caller]
    fn check(held: &[(&str, u64)], lost: u64, expected: &[usize]) {
        let people: Vec<UserId> = held.iter().map(|(person, _)| UserId::trusted(*person)).collect();
        let backlogs = held.iter().zip(&people).enumerate().map(|(connection, ((_, bytes), person))| Backlog {
            connection,
            person: Some(person),
            bytes: *bytes,
        });
        assert_eq!(to_drop(backlogs.collect(), lost), expected, "{held:?}");
    }

    #[test]
    fn a_connection_that_is_too_far_behind_is_dropped_alone() {
        check(&[("ana", 0), ("bo", 4 * MIB), ("cy", 4 * MIB + 1)], 0, &[2]);
    }

    #[test]
    fn a_persons_connections_count_together() {
        check(&[("ana", 3 * MIB), ("ana", 4 * MIB), ("ana", 2 * MIB), ("bo", 3 * MIB)], 0, &[1]);
    }

    #[test]
    fn all_connections_count_together_and_the_furthest_behind_goes_first() {
        let mut held: Vec<(String, u64)> = (0..12).map(|at| (format!("p{at}"), 3 * MIB)).collect();
        held.push(("slowest".to_owned(), 4 * MIB));
        held.push(("quick".to_owned(), 0));
        let held: Vec<(&str, u64)> = held.iter().map(|(person, bytes)| (person.as_str(), *bytes)).collect();
        check(&held, 0, &[12, 0, 1]);
    }

    #[test]
    fn what_waits_for_the_dropped_counts_and_whoever_reads_stays() {
        check(&[("ana", 0), ("bo", MIB), ("cy", 2 * MIB)], 31 * MIB, &[2]);
        check(&[("ana", 0), ("bo", 0)], 100 * MIB, &[]);
    }

    proptest! {
        #[test]
        fn afterwards_every_limit_holds(
            held in prop::collection::vec((0_u8..6, 0_u64..6 * MIB), 0..40),
            lost in 0_u64..16 * MIB,
        ) {
            let people: Vec<UserId> = (0..6).map(|person| UserId::trusted(person.to_string())).collect();
            let backlogs: Vec<_> = held.iter().enumerate().map(|(connection, (person, bytes))| {
                Backlog { connection, person: people.get(usize::from(*person)), bytes: *bytes }
            }).collect();
            let dropped = to_drop(backlogs.clone(), lost);
            let left: Vec<_> = backlogs.iter().filter(|it| !dropped.contains(&it.connection)).collect();
            prop_assert!(left.iter().all(|it| it.bytes <= CONNECTION_BYTES));
            for person in &people {
                let sum: u64 = left.iter().filter(|it| it.person == Some(person)).map(|it| it.bytes).sum();
                prop_assert!(sum <= PERSON_BYTES);
            }
            let all: u64 = left.iter().map(|it| it.bytes).sum();
            prop_assert!(all.saturating_add(lost) <= OBJECT_BYTES || all == 0);
            prop_assert!(dropped.iter().all(|it| held[*it].1 > 0), "nobody who reads is dropped");
        }

        #[test]
        fn nobody_is_dropped_while_all_are_unsuspicious(count in 1_usize..5_000, behind in 0_u64..=1) {
            let bytes = unsuspicious(count) * behind;
            let backlogs = (0..count).map(|connection| Backlog { connection, person: None, bytes }).collect();
            prop_assert_eq!(to_drop(backlogs, 0), Vec::<usize>::new());
        }
    }
}
