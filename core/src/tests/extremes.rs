//! Arithmetic with numbers of any size: results saturate at the ends of their range and never wrap.

use crate::accounts::quota::{Registry, Report};
use crate::alerts::{Degrees, time_ago};
use crate::chat::conversation::{Conversation, MessageCounts};
use crate::chat::history::Anchor;
use crate::chat::policy::Place;
use crate::shared::backlog::unsuspicious;
use crate::shared::backoff::{doubled, shortened};
use crate::shared::handover::unknown_of;
use crate::shared::ids::ConversationId;
use crate::shared::limits::{Limits, MAX_REPLAY_EVENTS};
use crate::shared::rate::TokenBucket;
use crate::shared::timestamp::Timestamp;
use proptest::prelude::*;
use serde_json::json;

fn whole() -> impl Strategy<Value = i64> {
    prop_oneof![
        Just(i64::MIN),
        Just(i64::MIN + 1),
        Just(-(1_i64 << 53)),
        -3_i64..=3,
        Just(1_i64 << 53),
        Just(i64::MAX - 1),
        Just(i64::MAX),
        any::<i64>(),
    ]
}

fn count() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0_u32), Just(1), Just(u32::MAX - 1), Just(u32::MAX), any::<u32>()]
}

fn report() -> impl Strategy<Value = Report> {
    let kind = prop::sample::select(&["room", "conversation", "channel", "gateway"][..]);
    let people = || {
        prop::collection::btree_map(0_u8..3, count(), 0..3)
            .prop_map(|people| people.into_iter().map(|(user, count)| (user.to_string(), count)).collect::<Vec<_>>())
    };
    let holders = prop_oneof![
        Just(json!("nobody")),
        people().prop_map(|people| json!({"changed": people})),
        people().prop_map(|people| json!({"everybody": people})),
    ];
    let quota = (prop::option::of(count()), prop::option::of(count()));
    let numbers = (whole(), whole(), whole(), count(), count());
    (0_u8..3, kind, numbers, holders, quota).prop_map(
        |(source, kind, (turn, sent, sent_counted, connections, people), holders, (app, person))| {
            let report = json!({
                "source": source.to_string(), "kind": kind, "turn": turn, "sent": sent, "sent_counted": sent_counted,
                "connections": connections, "people": people, "counted": holders,
                "caps": {"app": app, "person": person},
            });
            serde_json::from_value(report).expect("a report")
        },
    )
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

proptest! {
    #[test]
    fn pauses(pause in whole(), part in whole(), chance in count(), longest in whole(), attempts in count()) {
        let shorter = shortened(pause, part, chance);
        prop_assert!(shorter <= pause && (pause < 0 || shorter >= 0), "{shorter}");
        prop_assert!(doubled(pause, longest, attempts) <= longest);
    }

    #[test]
    fn times(one in whole(), other in whole(), by in whole()) {
        prop_assert!(at(one).since(at(other)) == 0 || one > other);
        let moved = at(one).plus_millis(by);
        prop_assert!((by < 0 || moved >= at(one)) && (by >= 0 || moved <= at(one)));
        prop_assert!(!time_ago(at(one), at(other), crate::alerts::Language::Es).is_empty());
    }

    #[test]
    fn deduplicated_rows(mut numbers in prop::collection::vec(whole(), 0..5), last in prop::option::of(whole())) {
        numbers.sort_unstable();
        numbers.dedup();
        let (new, missing) = unknown_of(numbers.iter().map(|number| (*number, *number)).collect(), last);
        prop_assert!(new.iter().all(|number| last.is_none_or(|last| *number > last)));
        prop_assert!(missing == 0 || (last.is_some() && !new.is_empty()));
    }

    #[test]
    fn positions_to_replay_from(head in 0..i64::MAX, seq in whole(), floor in 0..i64::MAX) {
        let (id, counts) = (ConversationId::trusted("c"), MessageCounts { sent: head, uncounted: 0 });
        let rules = Conversation::new(id, Place::Group, "e".to_owned(), head, counts, Limits::default());
        if let Some(from) = rules.replay_from(None, seq, floor) {
            prop_assert!((floor..=head).contains(&from) && head - from <= MAX_REPLAY_EVENTS);
        }
        prop_assert_eq!(rules.replay_from(Some("another"), seq, floor), None);
    }

    #[test]
    fn pages(seq in whole(), limit in prop_oneof![0..3_usize, Just(usize::MAX)]) {
        for anchor in [Anchor::Newest, Anchor::Before(seq), Anchor::After(seq), Anchor::Around(seq)] {
            prop_assert!(anchor.pick(limit, Vec::new(), |seq: &i64| *seq).is_empty());
        }
    }

    #[test]
    fn rounded_degrees(parts in any::<i32>(), decimals in count()) {
        let rounded = Degrees::from_parts(parts).rounded(decimals);
        let unit = 10_i64.pow(7_u32.saturating_sub(decimals));
        let off = i64::from(rounded.parts()) - i64::from(parts);
        prop_assert!(off.abs() * 2 <= unit || i64::from(parts).abs() > i64::from(i32::MAX) - unit, "{off}");
    }

    /// A user who waits for the returned time is admitted.
    #[test]
    fn rates(per_second in count(), burst in count(), moments in prop::collection::vec(whole(), 1..8)) {
        let mut bucket = TokenBucket::full(burst, at(0));
        for now in moments {
            let now = at(now);
            if let Err(wait) = bucket.take(per_second, burst, now) {
                prop_assert!(wait > 0);
                let later = now.plus_millis(i64::try_from(wait).unwrap_or(i64::MAX));
                let waited = later.since(now) >= wait;
                prop_assert!(burst == 0 || !waited || bucket.clone().take(per_second, burst, later).is_ok() || later < at(i64::MAX));
            }
            let (left, _) = bucket.left(per_second, burst, now);
            prop_assert!(left <= u64::from(burst));
            bucket.give_back(burst);
            prop_assert!(bucket.is_full(per_second, burst, now) || bucket.left(per_second, burst, now).0 <= u64::from(burst));
        }
    }

    #[test]
    fn backlogs(connections in prop_oneof![Just(0_usize), Just(1), Just(usize::MAX), any::<usize>()]) {
        prop_assert!(unsuspicious(connections) <= unsuspicious(0));
    }

    /// Sums of the quota registry stay in range for any reports of three objects.
    #[test]
    fn reports(reports in prop::collection::vec((report(), whole()), 1..12)) {
        let mut registry = Registry::default();
        for (report, now) in reports {
            let (answer, _) = registry.take(&report, at(now));
            let (stats, _) = registry.stats(at(now));
            prop_assert!(answer.connections.is_some_and(|connections| connections <= 3 * u64::from(u32::MAX)));
            prop_assert!(stats.connections <= 3 * u64::from(u32::MAX));
            prop_assert!(stats.messages_total >= 0);
        }
    }
}
