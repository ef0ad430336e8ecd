//! When typing begins and ends for the others.

use super::*;
use crate::shared::socket_id::SocketId;
use EventName::{PresenceLeft, TypingStarted, TypingStopped};
use TypingSource::{Request, Session};

#[test]
fn typing_is_dropped_while_one_of_two_has_blocked_the_other() {
    let mut room = room();
    room.set_place(Place::Direct);
    room.set_blocked(true);
    let (who, member) = (principal("7"), membership("7", Role::Member));
    let mut types = |membership| {
        let actor = Actor { principal: &who, membership, origin_client_id: None };
        room.typing(actor, Request, true, at(0)).map_err(|problem| problem.kind)
    };
    assert_eq!(types(Some(&member)), Ok(None));
    assert_eq!(types(None), Err(crate::shared::problem::Kind::NotFound));
}

/// A room in which one person types from several connections.
struct Room(Conversation);

impl Room {
    fn new() -> Self {
        Self(room())
    }

    fn types(&mut self, source: TypingSource, on: bool, now: i64) -> Option<EventName> {
        let (who, member) = (principal("7"), membership("7", Role::Member));
        let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: None };
        self.0.typing(actor, source, on, at(now)).expect("a member").map(|signal| signal.event)
    }

    fn disconnects(&mut self, source: &TypingSource, now: i64) -> Option<EventName> {
        self.0.disconnected(&UserId::trusted("7"), source, at(now)).map(|signal| signal.event)
    }

    fn departs(&mut self, now: i64) -> Vec<EventName> {
        let person = Person { user_id: UserId::trusted("7"), name: "User 7".to_owned() };
        self.0.departed(&person, at(now)).into_iter().map(|signal| signal.event).collect()
    }
}

fn socket() -> TypingSource {
    TypingSource::Socket(SocketId::trusted("1.2"))
}

#[test]
fn typing_starts_are_thinned_and_stops_need_a_start() {
    let mut room = Room::new();
    assert_eq!(room.types(Session(1), false, 0), None);
    assert_eq!(room.types(Session(1), true, 0), Some(TypingStarted));
    assert_eq!(room.types(Session(1), true, 1_999), None);
    assert_eq!(room.types(Session(1), true, 2_000), Some(TypingStarted));
    assert_eq!(room.types(Session(1), false, 2_001), Some(TypingStopped));
    assert_eq!(room.types(Session(1), false, 2_002), None);
}

#[test]
fn a_start_says_when_it_expires() {
    let mut conversation = super::room();
    let (who, member) = (principal("7"), membership("7", Role::Member));
    let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: None };
    let started = conversation.typing(actor, Request, true, at(0)).expect("a member").expect("a start");
    assert_eq!(started.partial, serde_json::json!({"user_id": "7", "name": "User 7", "expires_in_ms": 6_000}));
    let stopped = conversation.silenced(&UserId::trusted("7"), at(1)).expect("a stop");
    assert_eq!(stopped.partial, serde_json::json!({"user_id": "7", "name": "User 7"}));
}

#[test]
fn what_has_expired_at_the_clients_needs_no_end() {
    let mut room = Room::new();
    assert_eq!(room.types(Session(1), true, 0), Some(TypingStarted));
    assert_eq!(room.types(Session(1), false, 6_000), None);
    assert_eq!(room.types(Session(1), true, 6_001), Some(TypingStarted));
    assert_eq!(room.departs(12_001), [PresenceLeft]);
}

#[test]
fn a_tab_that_closes_ends_its_own_typing_only() {
    let mut room = Room::new();
    assert_eq!(room.types(Session(1), true, 0), Some(TypingStarted));
    assert_eq!(room.disconnects(&Session(2), 1), None, "the other tab did not type");
    assert_eq!(room.disconnects(&Session(1), 2), Some(TypingStopped));
    assert_eq!(room.types(Session(1), true, 3), Some(TypingStarted));
    assert_eq!(room.types(Session(2), true, 4), None, "within the interval");
    assert_eq!(room.disconnects(&Session(1), 5), None, "the other tab still types");
    assert_eq!(room.types(Session(2), false, 6), Some(TypingStopped));
}

#[test]
fn a_tab_that_fell_silent_does_not_keep_the_others_typing() {
    let mut room = Room::new();
    assert_eq!(room.types(Session(1), true, 0), Some(TypingStarted));
    assert_eq!(room.types(Session(2), true, 5_000), Some(TypingStarted));
    assert_eq!(room.types(Session(2), false, 6_000), Some(TypingStopped));
}

#[test]
fn a_request_without_a_connection_ends_all_typing() {
    let mut room = Room::new();
    assert_eq!(room.types(Session(1), true, 0), Some(TypingStarted));
    assert_eq!(room.types(socket(), true, 1), None);
    assert_eq!(room.types(Request, false, 2), Some(TypingStopped));
}

#[test]
fn leaving_with_the_last_connection_ends_requests_and_keeps_other_sockets() {
    let mut room = Room::new();
    assert_eq!(room.types(Request, true, 0), Some(TypingStarted));
    assert_eq!(room.departs(1), [TypingStopped, PresenceLeft]);
    assert_eq!(room.types(socket(), true, 2), Some(TypingStarted));
    assert_eq!(room.departs(3), [PresenceLeft], "a private channel's socket is still there");
    assert_eq!(room.disconnects(&socket(), 4), Some(TypingStopped));
}

#[test]
fn invented_sockets_do_not_grow_what_is_remembered() {
    let mut room = Room::new();
    for number in 0..100 {
        room.types(TypingSource::Socket(SocketId::trusted(format!("1.{number}"))), true, 0);
    }
    let first = TypingSource::Socket(SocketId::trusted("1.0"));
    assert_eq!(room.disconnects(&first, 1), None);
    assert!(format!("{:?}", room.0).matches("SocketId").count() <= 16);
}
