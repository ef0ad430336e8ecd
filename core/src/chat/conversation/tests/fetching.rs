//! A client's state: a page, and the events after it.

use super::*;
use crate::chat::annotations::AnnotationView;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Send(u8, String),
    Edit(u8, usize, String),
    Delete(u8, usize),
    Join(u8),
    Rename(u8, String),
    Pin(u8, usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..3_u8, "[a-z ]{0,12}").prop_map(|(who, body)| Step::Send(who, body)),
        1 => (0..3_u8, 0..20_usize, "[a-z]{1,8}").prop_map(|(who, which, body)| Step::Edit(who, which, body)),
        1 => (0..3_u8, 0..20_usize).prop_map(|(who, which)| Step::Delete(who, which)),
        1 => (0..3_u8).prop_map(Step::Join),
        1 => (0..3_u8, "[a-z]{1,8}").prop_map(|(who, name)| Step::Rename(who, name)),
        1 => (0..3_u8, 0..20_usize).prop_map(|(who, which)| Step::Pin(who, which)),
    ]
}

/// Applies an event about a message to a client's state: messages by id.
fn apply(state: &mut BTreeMap<String, serde_json::Value>, text: &str) {
    let event: serde_json::Value = serde_json::from_str(text).expect("an event");
    if !event["event"].as_str().expect("a name").starts_with("message.") {
        return;
    }
    let id = event["id"].as_str().expect("a message's id").to_owned();
    let message = state.entry(id).or_insert_with(|| serde_json::json!({}));
    let is_annotation = |field: &str| ["reactions", "pinned_at", "pinned_by"].contains(&field);
    for (field, value) in event["partial"].as_object().expect("fields") {
        // The rows compared here are without annotations.
        if !is_annotation(field) {
            message[field] = value.clone();
        }
    }
}

proptest! {
    #[test]
    fn a_snapshot_plus_later_events_equals_a_fresh_fetch(steps in prop::collection::vec(step(), 1..60), cut in 0..60_usize) {
        let mut world = World::new();
        world.conversation.set_place(Place::PrivateRoom);
        let snapshot_of = |world: &World| -> BTreeMap<String, serde_json::Value> {
            world
                .messages
                .values()
                .map(|row| (row.message.id.to_string(), serde_json::to_value(&row.message).expect("JSON")))
                .collect()
        };
        let mut snapshot = None;
        for (i, step) in steps.iter().enumerate() {
            if i == cut {
                snapshot = Some((world.conversation.head(), snapshot_of(&world)));
            }
            let now = i64::try_from(i).expect("small") * 1_000;
            let nth = |which: usize| world.messages.values().nth(which).cloned();
            let (Step::Send(who, _) | Step::Edit(who, ..) | Step::Delete(who, _) | Step::Join(who) | Step::Rename(who, _)
                | Step::Pin(who, _)) = step;
            let role = if *who == 0 { Role::Owner } else { Role::Member };
            let who = principal(&who.to_string());
            let member = membership(who.user_id.as_str(), role);
            let random = [u8::try_from(i).expect("small"); 10];
            let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: None };
            let decided = match step {
                Step::Send(_, body) => {
                    match world.conversation.send(actor, draft(&format!("m{i}"), body), &References::default(), None, at(now), random) {
                        Ok(SendDecision::Commit(entry)) => Some(*entry),
                        _ => None,
                    }
                }
                Step::Edit(_, which, body) => {
                    let current = nth(*which);
                    current.and_then(|row| world.conversation.edit(actor, row, body, &Known::default(), None, at(now)).ok())
                }
                Step::Delete(_, which) => {
                    let current = nth(*which);
                    current.and_then(|row| world.conversation.delete(actor, row, None, at(now), [2; 10]).ok())
                }
                Step::Join(_) => {
                    let kind = MemberChangeKind::Joined { role: Role::Member };
                    let change = MemberChange { person: actor.person(), kind, by: Some(actor.person()) };
                    Some(world.conversation.member_changed(actor, &change, at(now), random))
                }
                Step::Rename(_, name) => {
                    let changed = serde_json::Map::from_iter([("name".to_owned(), name.as_str().into())]);
                    let was = Appearance::default();
                    Some(world.conversation.conversation_updated(actor, changed, Some(&was), at(now), random))
                }
                Step::Pin(_, which) => {
                    let target = nth(*which).map(|row| Annotated { row, view: AnnotationView::default() });
                    target.and_then(|target| world.conversation.pin(actor, &target, 0, true, at(now), random).ok().flatten())
                }
            };
            if let Some(entry) = decided {
                world.commit(entry);
            }
        }
        let (position, mut state) = snapshot.unwrap_or_else(|| (world.conversation.head(), snapshot_of(&world)));
        for entry in world.log.iter().filter(|entry| entry.seq > position) {
            apply(&mut state, &entry.text);
        }
        prop_assert_eq!(state, snapshot_of(&world));
        let seqs: Vec<i64> = world.log.iter().map(|entry| entry.seq).collect();
        let expected: Vec<i64> = (1..=world.conversation.head()).collect();
        prop_assert_eq!(seqs, expected);
        let sent = i64::try_from(world.messages.len()).expect("small");
        let uncounted = world.messages.values().filter(|row| row.message.is_system()).count();
        let uncounted = i64::try_from(uncounted).expect("small");
        prop_assert_eq!(world.conversation.counts(), MessageCounts { sent, uncounted });
    }
}
