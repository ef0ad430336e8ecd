//! Slow mode: who waits, and for how long.

use super::*;
use crate::chat::command::PostingRules;

fn slow_room() -> Conversation {
    let mut room = room();
    room.set_posting(PostingRules { slow_mode_s: 30, ..PostingRules::default() });
    room
}

/// The wait in milliseconds, or the kind of another refusal.
fn wait(room: &Conversation, role: Option<Role>, admin: bool, last: Option<i64>, now: i64) -> Result<u64, Kind> {
    let (who, member) = (Principal { admin, ..principal("7") }, role.map(|role| membership("7", role)));
    let actor = Actor { principal: &who, membership: member.as_ref(), origin_client_id: None };
    match room.pace(actor, last.map(at), at(now)) {
        Ok(()) => Ok(0),
        Err(problem) if problem.kind == Kind::SlowMode => Ok(problem.retry_after_ms.expect("the time to wait")),
        Err(problem) => Err(problem.kind),
    }
}

#[test]
fn a_member_waits_for_the_rest_of_the_interval() {
    let (room, member) = (slow_room(), Some(Role::Member));
    for (last, now, expected) in [
        (None, 5, 0),
        (Some(0), 0, 30_000),
        (Some(0), 1, 29_999),
        (Some(0), 29_999, 1),
        (Some(0), 30_000, 0),
        // The clock went back: never longer than the interval.
        (Some(9_000), 1_000, 30_000),
    ] {
        assert_eq!(wait(&room, member, false, last, now), Ok(expected), "{last:?} at {now}");
    }
}

#[test]
fn those_who_moderate_the_room_never_wait() {
    let room = slow_room();
    for (role, admin) in [(Role::Moderator, false), (Role::Owner, false), (Role::Member, true)] {
        assert_eq!(wait(&room, Some(role), admin, Some(0), 1), Ok(0), "{role:?}");
    }
}

#[test]
fn slow_mode_comes_after_the_policy() {
    let mut room = slow_room();
    assert_eq!(wait(&room, None, false, Some(0), 1), Err(Kind::Forbidden));
    room.set_posting(PostingRules { post: crate::chat::policy::Posting::Moderators, ..room.posting() });
    assert_eq!(wait(&room, Some(Role::Member), false, Some(0), 1), Err(Kind::AnnouncementOnly));
}

#[test]
fn a_room_without_slow_mode_stores_no_times() {
    let (who, member) = (principal("7"), membership("7", Role::Member));
    let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: None };
    assert!(!room().is_paced(actor));
    assert!(slow_room().is_paced(actor));
    assert_eq!(wait(&room(), Some(Role::Member), false, Some(0), 1), Ok(0));
}
