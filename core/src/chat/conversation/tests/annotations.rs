//! Reactions and pins.

use super::*;
use crate::chat::annotations::{AnnotationView, Annotations, MAX_KINDS, MAX_PINS};
use crate::chat::conversation::Annotated;
use crate::chat::emoji::Emoji;

fn emoji(text: &str) -> Emoji {
    Emoji::read(text, &[]).expect("an emoji")
}

/// A world with one message of user 7, and its annotations as one user sees them.
struct Scene {
    world: World,
    view: AnnotationView,
}

impl Scene {
    fn new() -> Self {
        let mut world = World::new();
        world.send("7", "m1", "hi", 0).expect("sent");
        Self { world, view: AnnotationView::default() }
    }

    fn target(&self) -> Annotated {
        Annotated { row: self.world.messages[&1].clone(), view: self.view.clone() }
    }

    /// What user 8 does; a change is committed and seen.
    fn react(&mut self, text: &str, on: bool) -> Result<Option<serde_json::Value>, Problem> {
        let (who, member, target) = (principal("8"), membership("8", Role::Member), self.target());
        let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: None };
        let entry = self.world.conversation.react(actor, &target, &emoji(text), on, at(5))?;
        let Some(entry) = entry else { return Ok(None) };
        let Some(MessageChange::Annotated { row, reaction }) = &entry.message else { panic!("annotations") };
        let reaction = reaction.as_ref().expect("a reaction");
        assert_eq!((reaction.reacted_seq, reaction.is_removed), (entry.seq, !on));
        assert_eq!((row.seq, row.annotated_seq), (1, entry.seq));
        self.view.annotations = row.annotations.clone();
        self.view.own.retain(|own| *own != reaction.emoji);
        self.view.own.extend(on.then(|| reaction.emoji.clone()));
        let event: serde_json::Value = serde_json::from_str(&entry.text).expect("an event");
        self.world.commit(entry);
        Ok(Some(event))
    }

    fn pin(&mut self, role: Role, pinned: usize, on: bool) -> Result<Option<serde_json::Value>, Problem> {
        let (who, member, target) = (principal("9"), membership("9", role), self.target());
        let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: None };
        let Some(entry) = self.world.conversation.pin(actor, &target, pinned, on, at(6), [3; 10])? else {
            return Ok(None);
        };
        let Some(MessageChange::Annotated { row, reaction: None }) = &entry.message else { panic!("annotations") };
        self.view.annotations = row.annotations.clone();
        let event = serde_json::from_str(&entry.text).expect("an event");
        self.world.commit(entry);
        Ok(Some(event))
    }
}

#[test]
fn a_reaction_is_counted_once_and_taken_back_once() {
    let mut scene = Scene::new();
    let added = scene.react("👍", true).expect("allowed").expect("a change");
    assert_eq!((&added["event"], &added["seq"]), (&"reaction.added".into(), &2.into()));
    let partial = serde_json::json!({
        "message_id": scene.world.messages[&1].message.id, "emoji": "👍", "user_id": "8", "count": 1,
    });
    assert_eq!((&added["partial"], &added["id"]), (&partial, &partial["message_id"]));
    assert_eq!(scene.react("👍", true), Ok(None));
    let removed = scene.react("👍", false).expect("allowed").expect("a change");
    assert_eq!((&removed["event"], &removed["partial"]["count"]), (&"reaction.removed".into(), &0.into()));
    assert_eq!(scene.react("👍", false), Ok(None));
    assert_eq!(scene.view, AnnotationView::default());
    assert_eq!(scene.world.conversation.head(), 3, "a repeat takes no position");
}

#[test]
fn a_person_has_three_reactions_on_a_message_and_a_message_twenty_kinds() {
    let mut scene = Scene::new();
    for text in ["👍", "🎉", "😀"] {
        scene.react(text, true).expect("allowed");
    }
    assert_eq!(kind(scene.react("🚀", true)), Kind::Conflict);
    scene.react("🎉", false).expect("allowed");
    scene.react("🚀", true).expect("one was taken back");

    let mut scene = Scene::new();
    let mut annotations = Annotations::default();
    let kinds = "😀😃😄😁😆😅😂🤣😊😇🙂🙃😉😌😍🥰😘😗😙😚";
    for one in kinds.chars() {
        annotations.add(&emoji(&one.to_string()), 1);
    }
    assert_eq!(annotations.reactions.len(), MAX_KINDS);
    scene.view.annotations = annotations;
    assert_eq!(kind(scene.react("🚀", true)), Kind::Conflict);
    let event = scene.react("😀", true).expect("the kind is there").expect("a change");
    assert_eq!(event["partial"]["count"], 2);
}

#[test]
fn a_message_is_pinned_once_and_a_conversation_has_a_hundred_pins() {
    let mut scene = Scene::new();
    assert_eq!(kind(scene.pin(Role::Member, 0, true)), Kind::Forbidden);
    let pinned = scene.pin(Role::Moderator, MAX_PINS - 1, true).expect("allowed").expect("a change");
    assert_eq!(pinned["event"], "message.pinned");
    assert_eq!(pinned["partial"], serde_json::json!({"pinned_at": at(6), "pinned_by": "9"}));
    assert_eq!(scene.pin(Role::Moderator, MAX_PINS, true), Ok(None));
    let unpinned = scene.pin(Role::Owner, 1, false).expect("allowed").expect("a change");
    assert_eq!(unpinned["event"], "message.unpinned");
    assert_eq!(unpinned["partial"], serde_json::json!({"pinned_at": null, "pinned_by": null}));
    assert_eq!(kind(scene.pin(Role::Moderator, MAX_PINS, true)), Kind::Conflict);
}

#[test]
fn a_deleted_message_takes_neither() {
    let mut scene = Scene::new();
    let (who, member) = (principal("7"), membership("7", Role::Member));
    let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: None };
    let row = scene.world.messages[&1].clone();
    let entry = scene.world.conversation.delete(actor, row, None, at(5), [2; 10]).expect("own message");
    scene.world.commit(entry);
    assert_eq!(kind(scene.react("👍", true)), Kind::NotFound);
    assert_eq!(kind(scene.pin(Role::Owner, 0, true)), Kind::NotFound);
}

#[test]
fn reactions_and_pins_cost_a_send_token_and_a_mute_forbids_them() {
    let mut scene = Scene::new();
    scene.world.conversation.set_limits(Limits { send_burst: 1, sends_per_second: 1, ..Limits::default() });
    scene.react("👍", true).expect("one token");
    assert_eq!(scene.react("👍", true), Ok(None), "a repeat costs none");
    assert_eq!(kind(scene.react("🎉", true)), Kind::RateLimited);
    let who = principal("8");
    let muted = Membership { muted_until: Some(at(99_999)), ..membership("8", Role::Moderator) };
    let actor = Actor { principal: &who, membership: Some(&muted), origin_client_id: None };
    let target = scene.target();
    assert_eq!(kind(scene.world.conversation.react(actor, &target, &emoji("🎉"), true, at(9))), Kind::Muted);
    assert_eq!(kind(scene.world.conversation.pin(actor, &target, 0, true, at(9), [3; 10])), Kind::Muted);
}
