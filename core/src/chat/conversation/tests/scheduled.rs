//! What may be scheduled, and what may be sent at its time.

use super::*;
use crate::chat::command::PostingRules;
use crate::chat::policy::Posting;

/// A member of a room, muted until a time.
fn muted(until: i64) -> Membership {
    Membership { muted_until: Some(at(until)), ..membership("7", Role::Member) }
}

#[test]
fn a_message_is_scheduled_by_those_who_could_send_it_then() {
    let schedules = |room: &Conversation, member: Option<&Membership>, send_at| {
        let who = principal("7");
        let actor = Actor { principal: &who, membership: member, origin_client_id: None };
        room.schedule(actor, draft("a", " later "), Vec::new(), at(send_at))
            .map(|draft| draft.body)
            .map_err(|problem| problem.kind)
    };
    let mut room = room();
    let member = membership("7", Role::Member);
    assert_eq!(schedules(&room, Some(&member), 9), Ok("later".to_owned()));
    assert_eq!(schedules(&room, None, 9), Err(Kind::Forbidden));
    assert_eq!(schedules(&room, Some(&muted(9)), 8), Err(Kind::Muted));
    assert_eq!(schedules(&room, Some(&muted(9)), 9), Ok("later".to_owned()), "the mute ends before");
    room.set_posting(PostingRules { post: Posting::Moderators, ..PostingRules::default() });
    assert_eq!(schedules(&room, Some(&member), 9), Err(Kind::AnnouncementOnly));
    room.set_place(Place::Direct);
    room.set_posting(PostingRules::default());
    room.set_blocked(true);
    assert_eq!(schedules(&room, Some(&member), 9), Err(Kind::Blocked));
}

#[test]
fn what_could_not_be_sent_is_not_scheduled() {
    let (room, who, member) = (room(), principal("7"), membership("7", Role::Member));
    let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: None };
    let longest = room.limits().body_chars;
    for bad in [
        draft("a", "  "),
        draft("a", &"x".repeat(longest + 1)),
        Draft { message_type: MessageType::System, ..draft("a", "later") },
        Draft { parent_id: Some("no id".to_owned()), ..draft("a", "later") },
    ] {
        assert_eq!(kind(room.schedule(actor, bad, Vec::new(), at(9))), Kind::Invalid);
    }
}

#[test]
fn scheduled_messages_take_no_token() {
    let mut world = World::new();
    let (who, member) = (principal("7"), membership("7", Role::Member));
    let burst = world.conversation.limits().send_burst;
    for number in 0..burst * 3 {
        let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: None };
        let entry = world.conversation.send_scheduled(
            actor,
            draft(&format!("s{number}"), "later"),
            &References::default(),
            at(0),
            [1; 10],
        );
        world.commit(entry.expect("it is sent"));
    }
    assert_eq!(world.conversation.counts().sent, i64::from(burst) * 3);
    world.send("7", "now", "now", 0).expect("the tokens are all there");
    let actor = Actor { principal: &who, membership: Some(&muted(9)), origin_client_id: None };
    assert_eq!(
        kind(world.conversation.send_scheduled(actor, draft("m", "later"), &References::default(), at(8), [1; 10])),
        Kind::Muted
    );
}
