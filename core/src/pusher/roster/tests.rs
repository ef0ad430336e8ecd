//! Counts and membership changes of rosters.

use super::*;
use crate::pusher::link::Counted;

fn gateway(number: u32) -> GatewayName {
    GatewayName::new("eu", number)
}

fn room() -> ChannelName {
    ChannelName::trusted("presence-room.1")
}

fn person(user: &str) -> Listener {
    let info = Some(format!(r#"{{"name":"{user}"}}"#));
    Listener { user: UserId::trusted(user), is_number: false, info, expires_at_ms: None }
}

fn subscribe(roster: &mut Roster, at: u32, user: &str) -> Vec<RosterChange> {
    roster.subscribe(&gateway(at), &room(), Some(&person(user)), 100).expect("there is room")
}

fn unsubscribe(roster: &mut Roster, at: u32, user: &str) -> Vec<RosterChange> {
    roster.unsubscribe(&gateway(at), &room(), Some(&UserId::trusted(user)))
}

fn counted(sockets: u32, people: &[(&str, u32)]) -> ListenerCounts {
    let people = people.iter().map(|(user, count)| (person(user), *count)).collect();
    vec![Counted { channel: room(), sockets, people }]
}

fn lines(changes: &[RosterChange]) -> Vec<String> {
    let line = |change: &RosterChange| match change {
        RosterChange::Came(_, who) => Some(format!("+{}", who.user)),
        RosterChange::Left(_, who) => Some(format!("-{}", who.user)),
        RosterChange::Occupied(_) => Some("occupied".to_owned()),
        RosterChange::Vacated(_) => Some("vacated".to_owned()),
        RosterChange::Arrived(who) => Some(format!("arrived {}", who.user)),
        RosterChange::Departed(who) => Some(format!("departed {}", who.user)),
        RosterChange::Counted(..) | RosterChange::Opened(..) | RosterChange::Closed(..) => None,
    };
    changes.iter().filter_map(line).collect()
}

#[test]
fn a_person_is_one_member_over_tabs_and_gateways() {
    let mut roster = Roster::default();
    assert_eq!(lines(&subscribe(&mut roster, 1, "a")), ["occupied", "arrived a", "+a"]);
    for gateway in [1, 2] {
        assert_eq!(lines(&subscribe(&mut roster, gateway, "a")), [""; 0]);
    }
    assert_eq!(roster.subscription_count(&room()), 3);
    assert_eq!(lines(&unsubscribe(&mut roster, 1, "a")), [""; 0]);
    assert_eq!(lines(&unsubscribe(&mut roster, 2, "a")), [""; 0]);
    assert_eq!(lines(&unsubscribe(&mut roster, 1, "a")), ["-a", "departed a", "vacated"]);
    assert!(roster.is_silent());
}

#[test]
fn stored_gateways_follow_their_first_and_last_listener() {
    let mut roster = Roster::default();
    let channel = ChannelName::trusted("news");
    let opened = roster.subscribe(&gateway(1), &channel, None, 0).expect("no limit");
    assert_eq!(
        opened[..2],
        [RosterChange::Occupied(channel.clone()), RosterChange::Opened(channel.clone(), gateway(1))]
    );
    assert_eq!(roster.subscribe(&gateway(1), &channel, None, 0), Some(vec![RosterChange::Counted(channel.clone(), 2)]));
    assert_eq!(roster.unsubscribe(&gateway(1), &channel, None), [RosterChange::Counted(channel.clone(), 1)]);
    let closed = [RosterChange::Closed(channel.clone(), gateway(1)), RosterChange::Vacated(channel.clone())];
    assert_eq!(roster.unsubscribe(&gateway(1), &channel, None)[1..], closed);
    assert_eq!(roster.unsubscribe(&gateway(1), &channel, None), [], "unsubscribing again changes nothing");
}

#[test]
fn a_full_presence_channel_accepts_only_its_members() {
    let mut roster = Roster::default();
    for user in ["a", "b"] {
        assert!(roster.subscribe(&gateway(1), &room(), Some(&person(user)), 2).is_some());
    }
    assert_eq!(roster.subscribe(&gateway(1), &room(), Some(&person("c")), 2), None);
    assert!(roster.subscribe(&gateway(2), &room(), Some(&person("b")), 2).is_some());
    assert_eq!(roster.subscription_count(&room()), 3);
}

#[test]
fn users_with_native_sockets_do_not_count_towards_the_limit() {
    let mut roster = Roster::default();
    for user in ["n", "m"] {
        roster.native_joined(person(user));
    }
    for (user, is_taken) in [("a", true), ("n", true), ("b", false)] {
        let taken = roster.subscribe(&gateway(1), &room(), Some(&person(user)), 1).is_some();
        assert_eq!(taken, is_taken, "{user}");
    }
    assert_eq!(roster.members_of(&room()).len(), 3);
}

#[test]
fn a_resync_replaces_the_counts_of_a_gateway() {
    let mut roster = Roster::default();
    for (at, user) in [(1, "a"), (1, "b"), (2, "b"), (2, "c")] {
        subscribe(&mut roster, at, user);
    }
    let changes = roster.resync(&gateway(1), counted(1, &[("d", 1)]));
    assert_eq!(lines(&changes), ["-a", "departed a", "arrived d", "+d"]);
    assert_eq!(roster.subscription_count(&room()), 3);
    assert_eq!(lines(&roster.resync(&gateway(2), Vec::new())), ["-b", "departed b", "-c", "departed c"]);
    assert_eq!(lines(&roster.resync(&gateway(1), Vec::new())), ["-d", "departed d", "vacated"]);
}

#[test]
fn after_hibernation_no_member_leaves_until_all_gateways_are_resynced() {
    let listening = [1, 2].map(|at| (room(), gateway(at)));
    let mut roster = Roster::reopen(listening, ["a", "b"].map(|user| (room(), person(user))));
    assert_eq!(roster.stale(), [gateway(1), gateway(2)]);
    assert_eq!(lines(&roster.resync(&gateway(1), counted(1, &[("a", 1)]))), [""; 0]);
    assert_eq!(lines(&roster.resync(&gateway(2), Vec::new())), ["-b", "departed b"]);
    assert_eq!((roster.stale(), roster.subscription_count(&room())), (Vec::new(), 1));
}

#[test]
fn an_answer_older_than_a_gateways_own_counts_changes_nothing() {
    let mut roster = Roster::reopen([(room(), gateway(1))], [(room(), person("a"))]);
    let [(_, asked)] = roster.doubts().try_into().expect("one gateway to be counted");
    assert_eq!(lines(&roster.resync(&gateway(1), counted(1, &[("a", 1)]))), [""; 0]);
    assert_eq!(lines(&subscribe(&mut roster, 1, "b")), ["arrived b", "+b"]);
    assert_eq!(roster.answered(&gateway(1), asked, counted(1, &[("a", 1)])), None);
    assert_eq!(roster.subscription_count(&room()), 2);
    roster.suspect(&gateway(1));
    assert_eq!(roster.answered(&gateway(1), asked, counted(1, &[("a", 1)])), None, "there is a newer doubt");
    assert_eq!((roster.stale(), roster.subscription_count(&room())), (vec![gateway(1)], 2));
}

#[test]
fn users_with_native_sockets_are_members_too() {
    let mut roster = Roster::default();
    assert_eq!(lines(&roster.native_joined(person("n"))), ["arrived n"]);
    assert_eq!(lines(&subscribe(&mut roster, 1, "a")), ["occupied", "+n", "arrived a", "+a"]);
    assert_eq!(lines(&subscribe(&mut roster, 1, "n")), [""; 0]);
    assert_eq!(lines(&roster.native_left(&UserId::trusted("n"))), [""; 0]);
    assert_eq!(lines(&unsubscribe(&mut roster, 1, "n")), ["-n", "departed n"]);
    assert_eq!(lines(&roster.native_joined(person("a"))), [""; 0]);
    assert_eq!(lines(&roster.native_joined(person("m"))), ["arrived m", "+m"]);
    assert_eq!(lines(&unsubscribe(&mut roster, 1, "a")), ["-a", "-m", "vacated"]);
    assert!(roster.is_here(&UserId::trusted("m")));
    assert_eq!(lines(&roster.native_left(&UserId::trusted("m"))), ["departed m"]);
}

#[test]
fn a_new_member_gets_the_list_of_members() {
    let mut roster = Roster::default();
    for user in ["a", "b", "c"] {
        subscribe(&mut roster, 1, user);
    }
    let json = roster.presence_json(&room(), &UserId::trusted("c"), 1);
    assert_eq!(json, r#"{"presence":{"ids":["c","a"],"hash":{"c":{"name":"c"},"a":{"name":"a"}},"count":2}}"#);
}
