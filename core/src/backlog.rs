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
/// A connection for which no more bytes wait is never dropped, unless the object has very many: its client reads.
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

/// Bytes that wait for a connection that was dropped already and whose client has not taken the end yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost<'a> {
    /// The person behind it, if that is known.
    pub person: Option<&'a UserId>,
    /// Bytes that were sent and not taken yet.
    pub bytes: u64,
}

/// The connections to drop so that every limit holds, the one that is furthest behind first. What waits for dropped
/// connections counts as well, but costs nobody else their connection: those that are [`unsuspicious`] stay.
pub fn to_drop<C: Copy>(mut backlogs: Vec<Backlog<'_, C>>, lost: &[Lost<'_>]) -> Vec<C> {
    let spared = unsuspicious(backlogs.len());
    backlogs.sort_by_key(|backlog| std::cmp::Reverse(backlog.bytes));
    let mut by_person: HashMap<&UserId, u64> = HashMap::new();
    let mut all = 0_u64;
    let held = backlogs.iter().map(|backlog| (backlog.person, backlog.bytes));
    for (person, bytes) in held.chain(lost.iter().map(|lost| (lost.person, lost.bytes))) {
        all = all.saturating_add(bytes);
        if let Some(person) = person {
            let sum = by_person.entry(person).or_default();
            *sum = sum.saturating_add(bytes);
        }
    }
    let mut dropped = Vec::new();
    for Backlog { connection, person, bytes } in backlogs {
        let of_person = person.and_then(|person| by_person.get_mut(person));
        let is_over = bytes > CONNECTION_BYTES
            || of_person.as_ref().is_some_and(|sum| **sum > PERSON_BYTES)
            || all > OBJECT_BYTES;
        if is_over && bytes > spared {
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
    fn all_connections_count_together_and_the_furthest_behind_goes_first() {
        let mut held: Vec<(String, u64)> = (0..12).map(|at| (format!("p{at}"), 3 * MIB)).collect();
        held.push(("slowest".to_owned(), 4 * MIB));
        held.push(("quick".to_owned(), 0));
        let held: Vec<(&str, u64)> = held.iter().map(|(person, bytes)| (person.as_str(), *bytes)).collect();
        check(&held, &[], &[12, 0, 1]);
    }

    #[test]
    fn what_waits_for_the_dropped_counts_and_whoever_reads_stays() {
        let gone = |bytes| [("dee", bytes)];
        check(&[("ana", 0), ("bo", MIB), ("cy", 2 * MIB)], &gone(31 * MIB), &[2]);
        check(&[("ana", 0), ("bo", 64 * 1024), ("cy", 64 * 1024 + 1)], &gone(100 * MIB), &[2]);
    }

    #[test]
    fn what_waits_for_a_persons_dropped_connections_counts_as_theirs() {
        check(&[("ana", 2 * MIB), ("bo", 2 * MIB)], &[("ana", 7 * MIB)], &[0]);
        check(&[("ana", 64 * 1024)], &[("ana", 9 * MIB)], &[]);
    }

    proptest! {
        #[test]
        fn afterwards_every_limit_holds(
            held in prop::collection::vec((0_u8..6, 0_u64..6 * MIB), 0..40),
            lost in prop::collection::vec((0_u8..6, 0_u64..6 * MIB), 0..4),
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
            let left: Vec<_> = backlogs.iter().filter(|it| !dropped.contains(&it.connection)).collect();
            prop_assert!(left.iter().all(|it| it.bytes <= CONNECTION_BYTES));
            let are_spared = |person: Option<&UserId>| {
                left.iter().filter(|it| person.is_none_or(|person| it.person == Some(person))).all(|it| it.bytes <= spared)
            };
            for person in &people {
                let sum: u64 = left.iter().filter(|it| it.person == Some(person)).map(|it| it.bytes).sum();
                let gone: u64 = lost.iter().filter(|it| it.person == Some(person)).map(|it| it.bytes).sum();
                prop_assert!(sum + gone <= PERSON_BYTES || are_spared(Some(person)));
            }
            let all: u64 = left.iter().map(|it| it.bytes).sum();
            let gone: u64 = lost.iter().map(|it| it.bytes).sum();
            prop_assert!(all + gone <= OBJECT_BYTES || are_spared(None));
            prop_assert!(dropped.iter().all(|it| held[*it].1 > spared), "nobody who reads is dropped");
        }

        #[test]
        fn nobody_is_dropped_while_all_are_unsuspicious(count in 1_usize..5_000, behind in 0_u64..=1) {
            let bytes = unsuspicious(count) * behind;
            let backlogs = (0..count).map(|connection| Backlog { connection, person: None, bytes }).collect();
            prop_assert_eq!(to_drop(backlogs, &[]), Vec::<usize>::new());
        }
    }
}
