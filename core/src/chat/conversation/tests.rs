//! Native tests of the conversation's rules.

use super::*;
use crate::accounts::audit::Act;
use crate::chat::command::Draft;
use crate::chat::flush::EarlierBody;
use crate::chat::mentions::Known;
use crate::chat::policy::{Role, Visibility};
use crate::chat::wire::{Message, MessageType};
use crate::shared::ids::TenantId;
use crate::shared::problem::Kind;
use std::collections::BTreeMap;

mod annotations;
mod attachments;
mod fetching;
mod scheduled;
mod slow_mode;
mod system;
mod threads;
mod typing;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn principal(user: &str) -> Principal {
    Principal {
        tenant: TenantId::trusted("demo"),
        user_id: UserId::trusted(user),
        name: format!("User {user}"),
        avatar: None,
        admin: false,
        permissions: Vec::new(),
        groups: Vec::new(),
        issued_at_ms: None,
        signed_with: crate::accounts::revocation::SigningKey::Unknown,
        expires_at_ms: i64::MAX,
    }
}

fn membership(user: &str, role: Role) -> Membership {
    Membership {
        user_id: UserId::trusted(user),
        role,
        joined_at: at(0),
        last_read_seq: 0,
        read_rev: 0,
        muted_until: None,
    }
}

fn draft(client_msg_id: &str, body: &str) -> Draft {
    Draft::text(client_msg_id, body)
}

fn room() -> Conversation {
    let id = ConversationId::trusted("0190a7c0-0000-7000-8000-000000000001");
    Conversation::new(id, Place::PublicRoom, "e1".to_owned(), 0, MessageCounts::default(), Limits::default())
}

/// A conversation with its log and messages, as an object stores them.
struct World {
    conversation: Conversation,
    log: Vec<Entry>,
    messages: BTreeMap<i64, FlushedMessage>,
}

impl World {
    fn new() -> Self {
        Self { conversation: room(), log: Vec::new(), messages: BTreeMap::new() }
    }

    fn commit(&mut self, entry: Entry) {
        self.conversation.committed(&entry);
        for entry in entry.chain() {
            if let Some(MessageChange::Created { row } | MessageChange::Changed { row }) = &entry.message {
                self.messages.insert(row.message.seq, (**row).clone());
            }
        }
        self.log.extend(flat(entry));
    }

    fn send(&mut self, user: &str, client_msg_id: &str, body: &str, now: i64) -> Result<SendDecision, Problem> {
        let (who, member) = (principal(user), membership(user, Role::Member));
        let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: None };
        let prior = self.prior(user, client_msg_id);
        let decision = self.conversation.send(
            actor,
            draft(client_msg_id, body),
            &References::default(),
            prior,
            at(now),
            [1; 10],
        )?;
        if let SendDecision::Commit(entry) = &decision {
            self.commit((**entry).clone());
        }
        Ok(decision)
    }

    fn prior(&self, user: &str, client_msg_id: &str) -> Option<Prior> {
        let row = self.messages.values().find(|row| {
            row.message.sender_id.as_str() == user && row.message.client_msg_id.as_deref() == Some(client_msg_id)
        })?;
        let Message { id, seq, created_at, .. } = row.message.clone();
        Some(Prior { message: Some(row.message.clone()), id, seq, created_at })
    }
}

/// An entry and those that are committed with it, apart.
fn flat(entry: Entry) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut rest = Some(entry);
    while let Some(Entry { next, .. }) = &mut rest {
        let next = next.take().map(|next| *next);
        entries.extend(std::mem::replace(&mut rest, next));
    }
    entries
}

#[track_caller]
fn kind<T: std::fmt::Debug>(result: Result<T, Problem>) -> Kind {
    result.expect_err("must be refused").kind
}

#[test]
fn an_entry_that_is_not_committed_costs_nothing() {
    let mut world = World::new();
    let burst = world.conversation.limits().send_burst;
    for i in 0..burst - 1 {
        world.send("7", &format!("m{i}"), "hi", 0).expect("within the burst");
    }
    for _ in 0..3 {
        let (me, here) = (principal("7"), membership("7", Role::Member));
        let actor = Actor { principal: &me, membership: Some(&here), origin_client_id: None };
        let decision = world.conversation.send(actor, draft("m0", "hi"), &References::default(), None, at(0), [1; 10]);
        assert!(matches!(decision, Ok(SendDecision::Commit(_))));
        world.conversation.not_sent(&me.user_id);
    }
    assert!(world.send("7", "last", "hi", 0).is_ok());
    assert_eq!(kind(world.send("7", "one more", "hi", 0)), Kind::RateLimited);
}

/// [I2] Positions are consecutive.
#[test]
fn messages_take_positions_in_order_without_gaps() {
    let mut world = World::new();
    for i in 0..5 {
        assert!(world.send("7", &format!("m{i}"), "hi", i).is_ok());
    }
    assert_eq!(world.log.iter().map(|e| e.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(world.conversation.counts().sent, 5);
}

/// [I2] A decision that is not committed uses no `seq`.
#[test]
fn a_decision_that_was_not_committed_leaves_no_trace() {
    let mut world = World::new();
    let (who, member) = (principal("7"), membership("7", Role::Member));
    let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: None };
    let first = world.conversation.send(actor, draft("a", "hi"), &References::default(), None, at(0), [1; 10]);
    let second = world.conversation.send(actor, draft("b", "hi"), &References::default(), None, at(0), [2; 10]);
    let seqs = [first, second].map(|decision| match decision {
        Ok(SendDecision::Commit(entry)) => entry.seq,
        other => panic!("{other:?}"),
    });
    assert_eq!(seqs, [1, 1]);
}

#[test]
fn a_repeat_returns_the_original_and_costs_nothing() {
    let mut world = World::new();
    world.send("7", "m1", "hi", 0).expect("sent");
    for _ in 0..100 {
        let decision = world.send("7", "m1", "hi", 0).expect("repeat");
        assert!(matches!(decision, SendDecision::Repeat(prior) if prior.seq == 1));
    }
    assert_eq!(world.conversation.head(), 1);
}

#[test]
fn a_client_id_used_with_another_content_is_refused() {
    let mut world = World::new();
    world.send("7", "m1", "hi", 0).expect("sent");
    assert_eq!(kind(world.send("7", "m1", "something else", 0)), Kind::KeyReused);
    assert!(world.send("8", "m1", "something else", 0).is_ok(), "another person's ids are their own");
}

#[test]
fn a_flood_is_slowed_down_with_the_time_to_wait() {
    let mut world = World::new();
    for i in 0..30 {
        world.send("7", &format!("m{i}"), "hi", 0).expect("within the burst");
    }
    let refusal = world.send("7", "m30", "hi", 0).expect_err("over the burst");
    assert_eq!((refusal.kind, refusal.retry_after_ms), (Kind::RateLimited, Some(100)));
    assert!(world.send("8", "m0", "hi", 0).is_ok(), "others are not disturbed");
    assert!(world.send("7", "m30", "hi", 100).is_ok());
}

#[test]
fn the_shared_rate_limits_all_members_and_takes_no_tokens_of_a_refused_sender() {
    let mut world = World::new();
    world.conversation.set_limits(Limits {
        send_burst: 2,
        conversation_sends_per_second: 1,
        conversation_send_burst: 3,
        ..Limits::default()
    });
    for (user, id) in [("7", "a"), ("8", "b"), ("9", "c")] {
        assert!(world.send(user, id, "hi", 0).is_ok());
    }
    let refusal = world.send("7", "d", "hi", 0).expect_err("over the shared burst");
    assert_eq!((refusal.kind, refusal.retry_after_ms), (Kind::RateLimited, Some(1_000)));
    world.conversation.not_sent(&principal("8").user_id);
    assert!(
        world.send("7", "d", "hi", 0).is_ok(),
        "7's own token was not lost, and the shared token of 8 was returned"
    );
    assert_eq!(kind(world.send("9", "e", "hi", 999)), Kind::RateLimited);
    assert!(world.send("9", "e", "hi", 1_000).is_ok());
}

#[test]
fn bad_drafts_are_refused_by_field() {
    let limits = Limits::default();
    let check = |change: &dyn Fn(&mut Draft), field: &str| {
        let mut bad = draft("m1", "hi");
        change(&mut bad);
        let problem = Content::from_draft(bad, &limits).expect_err(field);
        assert_eq!(problem.errors.first().map(|e| e.field.as_str()), Some(field));
    };
    check(&|d| d.body = String::new(), "body");
    check(&|d| d.body = " \n\t ".to_owned(), "body");
    check(&|d| d.body = "a\0b".to_owned(), "body");
    check(&|d| d.body = "é".repeat(4_001), "body");
    check(&|d| d.client_msg_id = Some(String::new()), "client_msg_id");
    check(&|d| d.client_msg_id = Some("x".repeat(65)), "client_msg_id");
    check(&|d| d.parent_id = Some("7".to_owned()), "parent_id");
    check(&|d| d.message_type = MessageType::System, "type");
    let large = serde_json::Map::from_iter([("k".to_owned(), "x".repeat(5_000).into())]);
    check(&|d| d.metadata = Some(large.clone()), "metadata");
    let longest = draft("m1", &"é".repeat(4_000));
    assert!(Content::from_draft(longest, &limits).is_ok());
}

#[test]
fn read_markers_only_move_forward_and_never_past_the_head() {
    let mut world = World::new();
    for i in 0..3 {
        world.send("7", &format!("m{i}"), "hi", 0).expect("sent");
    }
    let who = principal("8");
    let mark = |last_read_seq, seq| {
        let member = Membership { last_read_seq, ..membership("8", Role::Member) };
        let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: None };
        world.conversation.mark_read(actor, seq, at(0))
    };
    assert_eq!(mark(0, Some(2)), Ok(Some(2)));
    assert_eq!(mark(2, Some(1)), Ok(None));
    assert_eq!(mark(0, Some(99)), Ok(Some(3)));
    assert_eq!(mark(0, None), Ok(Some(3)));
    assert_eq!(kind(mark(0, Some(-1))), Kind::Invalid);
}

#[test]
fn a_position_is_replayed_only_if_nothing_would_be_missing() {
    let mut world = World::new();
    for i in 0..10 {
        world.send("7", &format!("m{i}"), "hi", 0).expect("sent");
    }
    let replay = |epoch, seq, floor| world.conversation.replay_from(epoch, seq, floor);
    assert_eq!(replay(Some("e1"), 4, 0), Some(4));
    assert_eq!(replay(None, 4, 0), Some(4));
    assert_eq!(replay(Some("e1"), 10, 10), Some(10));
    assert_eq!(replay(Some("e2"), 4, 0), None, "another epoch");
    assert_eq!(replay(Some("e1"), 11, 0), None, "from the future");
    assert_eq!(replay(Some("e1"), 4, 5), None, "older than the log");
    assert_eq!(replay(Some("e1"), -1, 0), None);
}

#[test]
fn deleting_takes_the_body_away_and_cannot_be_undone() {
    let mut world = World::new();
    world.send("7", "m1", "hi", 0).expect("sent");
    let (who, member) = (principal("7"), membership("7", Role::Member));
    let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: None };
    let entry =
        world.conversation.delete(actor, world.messages[&1].clone(), None, at(5), [2; 10]).expect("own message");
    assert!(!entry.text.contains("hi"));
    world.commit(entry);
    assert_eq!(world.messages[&1].message.body, None);
    let gone = world.messages[&1].clone();
    assert_eq!(kind(world.conversation.delete(actor, gone.clone(), None, at(6), [2; 10])), Kind::NotFound);
    assert_eq!(kind(world.conversation.edit(actor, gone, "back", &Known::default(), None, at(6))), Kind::NotFound);
}

#[test]
fn an_edit_raises_the_version_and_carries_the_replaced_body() {
    let mut world = World::new();
    world.send("7", "m1", "first", 0).expect("sent");
    let (who, member) = (principal("7"), membership("7", Role::Member));
    let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: None };
    for (body, if_match, replaced) in [("second", None, (1, "first", 0)), ("third", Some([9, 2]), (2, "second", 5))] {
        let if_match = if_match.as_ref().map(<[i64; 2]>::as_slice);
        let entry = world
            .conversation
            .edit(actor, world.messages[&1].clone(), body, &Known::default(), if_match, at(5))
            .expect("edited");
        world.commit(entry);
        let (version, body, written_at) = (replaced.0, replaced.1.to_owned(), at(replaced.2));
        assert_eq!(world.messages[&1].replaced.as_deref(), Some(&EarlierBody { version, body, written_at }));
    }
    let stale =
        world.conversation.edit(actor, world.messages[&1].clone(), "lost", &Known::default(), Some(&[2]), at(6));
    assert_eq!(kind(stale), Kind::PreconditionFailed);
    assert_eq!((world.messages[&1].message.version, world.messages[&1].message.body.as_deref()), (3, Some("third")));
    let entry =
        world.conversation.delete(actor, world.messages[&1].clone(), None, at(7), [2; 10]).expect("own message");
    world.commit(entry);
    assert_eq!(world.messages[&1].replaced, None);
}

#[test]
fn a_message_is_edited_within_the_apps_window_only() {
    let mut world = World::new();
    world.send("7", "m1", "first", 0).expect("sent");
    world.conversation.set_limits(Limits { edit_window_s: Some(60), ..Limits::default() });
    let (who, member) = (principal("7"), membership("7", Role::Member));
    let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: None };
    let mut edit = |now| {
        world.conversation.edit(actor, world.messages[&1].clone(), "late", &Known::default(), None, at(now)).map(drop)
    };
    assert_eq!(edit(60_000), Ok(()));
    assert_eq!(kind(edit(60_001)), Kind::Forbidden);
}

#[test]
fn strangers_can_do_nothing_here() {
    let mut conversation = room();
    conversation.set_place(Place::Direct);
    let who = principal("9");
    let actor = Actor { principal: &who, membership: None, origin_client_id: None };
    assert_eq!(
        kind(conversation.send(actor, draft("a", "hi"), &References::default(), None, at(0), [0; 10])),
        Kind::NotFound
    );
    assert_eq!(kind(conversation.typing(actor, TypingSource::Request, true, at(0))), Kind::NotFound);
    assert_eq!(kind(conversation.mark_read(actor, None, at(0))), Kind::NotFound);
}

#[test]
fn a_muted_member_gets_the_end_of_the_mute_and_can_write_after_it() {
    let mut conversation = room();
    let who = principal("7");
    let member = Membership { muted_until: Some(at(100)), ..membership("7", Role::Member) };
    let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: None };
    let refused =
        conversation.send(actor, draft("m1", "hi"), &References::default(), None, at(99), [1; 10]).expect_err("muted");
    assert_eq!((refused.kind, refused.until), (Kind::Muted, Some(at(100))));
    assert_eq!(kind(conversation.typing(actor, TypingSource::Request, true, at(99))), Kind::Muted);
    assert_eq!(kind(conversation.edit(actor, row_of("7"), "changed", &Known::default(), None, at(99))), Kind::Muted);
    assert!(conversation.mark_read(actor, None, at(99)).is_ok());
    assert!(conversation.send(actor, draft("m1", "hi"), &References::default(), None, at(100), [1; 10]).is_ok());
}

#[test]
fn a_moderators_deletion_is_audited_without_the_body_and_an_authors_is_not() {
    let mut conversation = room();
    let (mo, author) = (principal("1"), principal("7"));
    let (moderates, wrote) = (membership("1", Role::Moderator), membership("7", Role::Member));
    let by = |principal, membership| Actor { principal, membership: Some(membership), origin_client_id: None };
    let entry = conversation.delete(by(&mo, &moderates), row_of("7"), None, at(5), [2; 10]).expect("a moderator may");
    let audit = entry.audit.expect("it is audited");
    assert_eq!((audit.action, audit.actor_id.as_str()), (Act::MessageDeleted, "1"));
    assert_eq!(audit.metadata["sender_id"], "7");
    assert!(!format!("{audit:?}").contains("secret words"));
    let own = conversation.delete(by(&author, &wrote), row_of("7"), None, at(5), [2; 10]).expect("the author may");
    assert_eq!(own.audit, None);
}

fn row_of(sender: &str) -> FlushedMessage {
    let mut conversation = room();
    let (who, member) = (principal(sender), membership(sender, Role::Member));
    let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: None };
    let Ok(SendDecision::Commit(entry)) =
        conversation.send(actor, draft("m", "secret words"), &References::default(), None, at(0), [1; 10])
    else {
        panic!("the first send is new");
    };
    let Some(MessageChange::Created { row }) = entry.message else { panic!("a send makes a message") };
    *row
}
