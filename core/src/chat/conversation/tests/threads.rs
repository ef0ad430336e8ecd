//! Threads, quotes and messages that are marked as unread.

use super::*;
use crate::chat::annotations::AnnotationView;

/// A world with a message of user 7 at position 1, and its annotations.
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

    fn root(&self) -> Annotated {
        Annotated { row: self.world.messages[&1].clone(), view: self.view.clone() }
    }

    /// User 8 answers the message at a position.
    fn reply(&mut self, key: &str, parent: i64, also_in_channel: bool) -> Entry {
        let row = self.world.messages[&parent].clone();
        let parent_id = Some(row.message.id.to_string());
        let references = References { parent: Some(Parent { row, root: self.root() }), ..References::default() };
        let draft = Draft { parent_id, also_in_channel, ..draft(key, "a reply") };
        let (who, member) = (principal("8"), membership("8", Role::Member));
        let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: Some("tab") };
        let entry = match self.world.conversation.send(actor, draft, &references, None, at(5), [2; 10]) {
            Ok(SendDecision::Commit(entry)) => *entry,
            other => panic!("{other:?}"),
        };
        self.commit(&entry);
        entry
    }

    fn commit(&mut self, entry: &Entry) {
        self.world.conversation.committed(entry);
        for entry in entry.chain() {
            match &entry.message {
                Some(MessageChange::Created { row } | MessageChange::Changed { row }) => {
                    self.world.messages.insert(row.message.seq, (**row).clone());
                }
                Some(MessageChange::Annotated { row, .. }) => self.view.annotations = row.annotations.clone(),
                None => {}
            }
        }
    }

    fn delete(&mut self, seq: i64) -> Entry {
        let (who, member, root) = (principal("8"), membership("8", Role::Member), self.root());
        let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: Some("tab") };
        let row = self.world.messages[&seq].clone();
        let entry = self.world.conversation.delete(actor, row, Some(&root), at(9), [3; 10]).expect("their own");
        self.commit(&entry);
        entry
    }
}

fn event(entry: &Entry) -> serde_json::Value {
    serde_json::from_str(&entry.text).expect("an event")
}

#[test]
fn a_reply_and_the_number_of_replies_are_two_events() {
    let mut scene = Scene::new();
    let entry = scene.reply("r1", 1, false);
    let [reply, thread] = [&entry, entry.next.as_deref().expect("the thread")].map(event);
    assert_eq!((&reply["seq"], &thread["seq"]), (&2.into(), &3.into()));
    assert_eq!((&reply["partial"]["thread_id"], &reply["partial"]["also_in_channel"]), (&thread["id"], &false.into()));
    assert_eq!((&thread["event"], &thread["partial"]["reply_count"]), (&"thread.updated".into(), &1.into()));
    assert_eq!((&reply["origin_client_id"], thread.get("origin_client_id")), (&"tab".into(), None));
    assert_eq!(scene.world.conversation.head(), 3);
    assert_eq!(scene.world.conversation.counts(), MessageCounts { sent: 2, uncounted: 1 });
    let second = scene.reply("r2", 2, true);
    let partial = &event(&second)["partial"];
    assert_eq!((&partial["thread_id"], &partial["also_in_channel"]), (&thread["id"], &true.into()));
    assert_ne!(partial["parent_id"], partial["thread_id"], "a reply to a reply joins the thread");
    assert_eq!(scene.world.conversation.counts(), MessageCounts { sent: 3, uncounted: 1 });
    assert_eq!((scene.view.annotations.reply_count, scene.view.annotations.last_reply_at), (2, Some(at(5))));
}

#[test]
fn a_deleted_reply_is_not_counted() {
    let mut scene = Scene::new();
    scene.reply("r1", 1, false);
    scene.reply("r2", 1, false);
    let thread = scene.delete(2).next.expect("the thread");
    assert_eq!(event(&thread)["partial"]["reply_count"], 1);
    assert_eq!(scene.view.annotations.last_reply_at, Some(at(5)));
    let thread = scene.delete(4).next.expect("the thread");
    assert_eq!(event(&thread)["partial"]["last_reply_at"], serde_json::Value::Null);
    assert_eq!((scene.view.annotations.reply_count, scene.world.conversation.head()), (0, 9));
}

#[test]
fn messages_that_are_not_here_are_refused_at_no_cost() {
    let mut scene = Scene::new();
    let root = scene.root();
    let id = Some(root.row.message.id.to_string());
    let mut gone = root.row.clone();
    gone.message.deleted_at = Some(at(3));
    let (who, member) = (principal("8"), membership("8", Role::Member));
    let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: None };
    let deleted =
        References { parent: Some(Parent { row: gone.clone(), root }), quote: Some(gone), ..References::default() };
    for references in [References::default(), deleted] {
        for draft in [
            Draft { parent_id: id.clone(), ..draft("a", "hi") },
            Draft { quote_id: id.clone(), ..draft("a", "hi") },
            Draft { parent_id: Some("x".to_owned()), ..draft("a", "hi") },
        ] {
            for _ in 0..50 {
                let refused = scene.world.conversation.send(actor, draft.clone(), &references, None, at(5), [2; 10]);
                assert_eq!(kind(refused), Kind::Invalid);
            }
        }
    }
    assert!(scene.world.send("8", "b", "hi", 5).is_ok(), "refusals take no token");
}

#[test]
fn marking_as_unread_moves_the_marker_back_only() {
    let mut world = World::new();
    for key in ["a", "b", "c"] {
        world.send("7", key, "hi", 0).expect("sent");
    }
    let (who, member) = (principal("8"), Membership { last_read_seq: 2, ..membership("8", Role::Member) });
    let actor = Actor { principal: &who, membership: Some(&member), origin_client_id: None };
    let mark = |seq| world.conversation.mark_unread(actor, seq, at(1));
    assert_eq!((mark(1), mark(2), mark(3)), (Ok(Some(0)), Ok(Some(1)), Ok(None)));
    for seq in [i64::MIN, -1, 0, 4, i64::MAX] {
        assert_eq!(kind(mark(seq)), Kind::Invalid, "{seq}");
    }
    let nobody = Actor { membership: None, ..actor };
    assert_eq!(kind(world.conversation.mark_unread(nobody, 1, at(1))), Kind::Forbidden);
}
