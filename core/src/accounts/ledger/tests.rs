//! The ledger and the objects, natively: what is counted, who is let in, when the ledger is told.

mod races;

use super::*;
use crate::shared::timestamp::Timestamp;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn user(id: &str) -> UserId {
    UserId::trusted(id)
}

fn tally(source: &str, turn: i64, connections: u32) -> Tally {
    Tally {
        source: source.to_owned(),
        kind: Kind::Room,
        turn,
        connections,
        people: connections,
        allowance: 0,
        sent: 0,
        sent_counted: 0,
        counted: Counted::Nobody,
        caps: Caps::default(),
        wants: Vec::new(),
    }
}

fn wanting(source: &str, turn: i64, connections: u32, app: u32, wants: usize) -> Tally {
    let caps = Caps { app: Some(app), person: None };
    Tally { allowance: connections, caps, wants: vec![user("ana"); wants], ..tally(source, turn, connections) }
}

fn stats(book: &mut Book, now: i64) -> Stats {
    book.stats(at(now)).0
}

const MINUTE: i64 = 60_000;

#[test]
fn numbers_are_absolute_and_told_twice_count_once() {
    let mut book = Book::default();
    for turn in [1, 1, 2] {
        book.take(&tally("a", turn, 3), at(0));
    }
    book.take(&Tally { kind: Kind::Conversation, ..tally("b", 1, 2) }, at(0));
    book.take(&Tally { kind: Kind::Channel, ..tally("user.ana", 1, 1) }, at(0));
    let now = stats(&mut book, 1);
    assert_eq!((now.connections, now.conversations_live, now.rooms_live, now.channels_live), (6, 2, 1, 1));
    let busiest: Vec<_> = now.busiest.iter().map(|busy| (busy.conversation_id.as_str(), busy.connections)).collect();
    assert_eq!(busiest, [("a", 3), ("b", 2)]);
    book.take(&tally("a", 1, 9), at(2));
    assert_eq!(stats(&mut book, 3).connections, 6, "an older tally that comes later is not taken");
    book.take(&tally("a", 3, 0), at(4));
    assert_eq!(stats(&mut book, 5).rooms_live, 0);
}

#[test]
fn a_lease_runs_out_unless_it_is_told_again() {
    let mut book = Book::default();
    book.take(&tally("dead", 1, 3), at(0));
    book.take(&tally("alive", 1, 1), at(0));
    book.take(&tally("alive", 2, 1), at(10 * MINUTE));
    assert_eq!(stats(&mut book, 15 * MINUTE - 1).connections, 4);
    let (now, changes) = book.stats(at(15 * MINUTE));
    assert_eq!(now.connections, 1);
    assert_eq!(changes, [Change::Gone("dead".to_owned())]);
    assert_eq!(stats(&mut book, 25 * MINUTE).connections, 0);
    let (granted, _) = book.take(&wanting("other", 1, 0, 1, 1), at(25 * MINUTE));
    assert_eq!(granted.verdicts, [Verdict::Admitted], "what ran out makes room");
}

#[test]
fn messages_are_counted_once_whatever_is_repeated_or_lost() {
    let mut book = Book::default();
    let said = |turn, sent, sent_counted| Tally { sent, sent_counted, ..tally("a", turn, 0) };
    book.take(&said(1, 110, 100), at(0));
    assert_eq!(stats(&mut book, 0).messages_total, 10, "those before there was a ledger do not count");
    book.take(&said(2, 112, 100), at(1));
    assert_eq!(stats(&mut book, 1).messages_total, 12, "the object has not kept that ten were counted");
    book.take(&said(2, 112, 100), at(2));
    book.take(&said(3, 112, 112), at(3));
    assert_eq!(stats(&mut book, 3).messages_total, 12);
    book.take(&said(4, 115, 112), at(60 * MINUTE));
    assert_eq!(stats(&mut book, 60 * MINUTE).messages_total, 15, "the lease is over, but the object knows");
}

#[test]
fn the_rate_is_that_of_the_last_minute() {
    let mut book = Book::default();
    let rate = |book: &mut Book, now| (stats(book, now).messages_per_second * 60.0).round();
    book.take(&Tally { sent: 60, ..tally("a", 1, 0) }, at(0));
    book.take(&Tally { sent: 90, ..tally("a", 2, 0) }, at(30_000));
    assert!((rate(&mut book, 30_000) - 90.0).abs() < 0.1);
    assert!((rate(&mut book, 60_000) - 30.0).abs() < 0.1);
    assert!(rate(&mut book, 90_000).abs() < 0.1);
}

#[test]
fn an_app_is_full_at_its_maximum() {
    let mut book = Book::default();
    book.take(&tally("before", 1, 2), at(0));
    let (granted, _) = book.take(&wanting("a", 1, 0, 4, 3), at(0));
    assert_eq!(granted.verdicts, [Verdict::Admitted, Verdict::Admitted, Verdict::AppFull]);
    assert_eq!(granted.allowance, 2);
    let (granted, _) = book.take(&wanting("b", 1, 0, 4, 1), at(0));
    assert_eq!(granted.verdicts, [Verdict::AppFull]);
    book.take(&tally("before", 2, 1), at(1));
    let (granted, _) = book.take(&wanting("b", 2, 0, 4, 2), at(2));
    assert_eq!(granted.verdicts, [Verdict::Admitted, Verdict::AppFull], "a closed one makes room");
    let (granted, _) = book.take(&wanting("b", 3, 1, 9, 1), at(3));
    assert_eq!(granted.verdicts, [Verdict::Admitted], "the maximum is that of the settings as they are");
}

#[test]
fn a_large_app_has_its_room_given_out_in_portions_and_takes_back_what_is_not_used() {
    let mut book = Book::default();
    let (granted, _) = book.take(&wanting("a", 1, 0, 64_000, 1), at(0));
    assert_eq!(granted.allowance, 64);
    let (granted, _) = book.take(&wanting("a", 2, 10, 64_000, 0), at(1));
    assert_eq!(granted.allowance, 10);
    let channel = Tally { kind: Kind::Channel, ..wanting("user.ana", 1, 0, 64_000, 1) };
    assert_eq!(book.take(&channel, at(2)).0.allowance, 1, "a person's own channel needs no more");
    let (granted, _) = book.take(&wanting("b", 1, 63_900, 64_000, 1), at(3));
    assert_eq!(granted.allowance, 63_901 + 5, "little is left, and little of it is given out unasked");
}

#[test]
fn a_person_is_counted_over_all_places() {
    let mut book = Book::default();
    let caps = Caps { app: None, person: Some(2) };
    let asks = |source: &str, turn, counted, who: &[&str]| Tally {
        caps,
        counted,
        wants: who.iter().map(|id| user(id)).collect(),
        ..tally(source, turn, 0)
    };
    let one_more = |source, turn| asks(source, turn, Counted::Changed(Vec::new()), &["ana"]);
    let (granted, _) = book.take(&asks("a", 1, Counted::Everybody(vec![(user("ana"), 1)]), &["ana", "bo"]), at(0));
    assert_eq!(granted.verdicts, [Verdict::Admitted, Verdict::Admitted]);
    assert_eq!(book.take(&one_more("b", 1), at(0)).0.verdicts, [Verdict::PersonFull]);
    book.take(&asks("a", 2, Counted::Changed(vec![(user("ana"), 1)]), &[]), at(1));
    assert_eq!(book.take(&one_more("b", 2), at(1)).0.verdicts, [Verdict::Admitted]);
    let (_, changes) = book.take(&asks("a", 3, Counted::Everybody(Vec::new()), &[]), at(2));
    let gone: Vec<_> = changes.iter().filter(|change| matches!(change, Change::Person(_, _, 0))).collect();
    assert_eq!(gone.len(), 2, "Ana and Bo have left: {changes:?}");
    assert_eq!(book.take(&one_more("b", 3), at(2)).0.verdicts, [Verdict::Admitted]);
    assert_eq!(book.take(&one_more("c", 1), at(2)).0.verdicts, [Verdict::PersonFull]);
    book.take(&tally("b", 4, 2), at(3));
    assert_eq!(book.take(&one_more("c", 2), at(3)).0.verdicts, [Verdict::Admitted], "nobody is counted any more");
}

fn here(caps: Caps) -> Here<'static> {
    Here { source: "a", kind: Kind::Room, connections: 0, people: 0, sent: 0, sent_counted: 0, caps }
}

#[test]
fn tallies_that_nobody_waits_for_are_rare() {
    let mut holder = Holder::default();
    let (free, capped) = (here(Caps::default()), here(Caps { app: Some(9), person: None }));
    let tell = |holder: &mut Holder, now| {
        let tally = holder.write(&free, at(now), |_| 0, Vec::new).expect("none under way");
        assert_eq!(holder.due(&free, at(now)), Due::No, "it is being told");
        holder.answered(&Granted { turn: tally.turn, allowance: 0, verdicts: Vec::new() }, at(now));
    };
    assert_eq!(holder.due(&free, at(0)), Due::Now, "awake without memory");
    tell(&mut holder, 100);
    assert_eq!(holder.due(&free, at(200)), Due::No);
    holder.changed(&user("ana"));
    assert_eq!(holder.due(&free, at(200)), Due::At(at(2_100)));
    assert_eq!(holder.due(&capped, at(200)), Due::At(at(1_100)));
    assert_eq!(holder.due(&free, at(2_100)), Due::Now);
    tell(&mut holder, 2_100);
    assert_eq!(holder.due(&Here { sent: 1, ..free }, at(9_000)), Due::Now, "messages are news");
    let open = Here { connections: 1, ..free };
    assert_eq!(holder.due(&open, at(2_100 + 4 * MINUTE - 1)), Due::No);
    assert_eq!(holder.due(&open, at(2_100 + 4 * MINUTE)), Due::Now, "the lease is to be renewed");
    assert_eq!(holder.due(&free, at(2_100 + 4 * MINUTE)), Due::No, "nothing is open");
}

#[test]
fn a_ledger_that_is_down_keeps_nobody_out_and_is_asked_less_often() {
    let mut holder = Holder::default();
    let full = here(Caps { app: Some(1), person: Some(1) });
    let mut now = 0;
    for wait in [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000] {
        let ticket = holder.wait(&user("ana"));
        let tally = holder.write(&full, at(now), |_| 0, Vec::new).expect("none under way");
        assert!(matches!(tally.counted, Counted::Everybody(_)), "what the ledger has is unknown");
        assert_eq!(holder.failed(at(now)), [(ticket, Verdict::Admitted)]);
        assert_eq!(holder.due(&full, at(now)), Due::At(at(now + wait)));
        now += wait;
    }
}
