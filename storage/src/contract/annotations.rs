//! Reactions and pins.

use super::world::{NOW, World, deleted, edited, later, user};
use crate::{Ended, Reaction};
use campana_core::chat::annotations::{AnnotatedRow, AnnotationView, Annotations, ReactionRow};
use campana_core::chat::emoji::Emoji;
use campana_core::chat::flush::{FlushBatch, FlushedMessage};
use campana_core::chat::history::Anchor;
use campana_core::shared::ids::ConversationId;

const THUMB: &str = "👍";

/// A reaction of a user by the event at `at_seq`.
fn reaction(row: &FlushedMessage, who: &str, emoji: &str, at_seq: i64, is_removed: bool) -> ReactionRow {
    ReactionRow {
        seq: row.message.seq,
        id: row.message.id.clone(),
        user_id: user(who),
        user_name: who.to_owned(),
        emoji: Emoji::trusted(emoji),
        reacted_seq: at_seq,
        reacted_at: later(at_seq),
        is_removed,
    }
}

/// The annotations of a message after the event at `at_seq`.
fn annotated(row: &FlushedMessage, at_seq: i64, counts: &[(&str, i64)], pinned: bool) -> AnnotatedRow {
    let mut annotations = Annotations::default();
    for (emoji, count) in counts {
        annotations.add(&Emoji::trusted(*emoji), *count);
    }
    annotations.pinned_at = pinned.then(|| later(at_seq));
    annotations.pinned_by = pinned.then(|| user("ana"));
    AnnotatedRow { id: row.message.id.clone(), seq: row.message.seq, annotated_seq: at_seq, annotations }
}

fn batch(annotated: Vec<AnnotatedRow>, reactions: Vec<ReactionRow>) -> FlushBatch {
    FlushBatch { annotated, reactions, ..FlushBatch::default() }
}

async fn view(world: &World, conversation: &ConversationId, seq: i64, viewer: &str) -> AnnotationView {
    let page = world.store.page(&world.tenant, conversation, &user(viewer), Anchor::Around(seq), 1).await;
    let recorded = page.expect("the query runs").pop().expect("the message is there");
    assert_eq!(recorded.message.seq, seq);
    let (id, viewer) = (world.message_id(seq), user(viewer));
    let single = world.store.annotations(&world.tenant, conversation, &id, &viewer).await.expect("the query runs");
    if recorded.message.deleted_at.is_none() {
        assert_eq!(single.as_ref(), Some(&recorded.view));
    }
    recorded.view
}

async fn reactions(world: &World, seq: i64, emoji: Option<&str>) -> Vec<(String, String)> {
    let emoji = emoji.map(Emoji::trusted);
    let found = world.store.reactions(&world.tenant, &world.message_id(seq), emoji.as_ref(), 0, 50).await;
    let pair = |reaction: Reaction| (reaction.user_id.to_string(), reaction.emoji.as_str().to_owned());
    found.expect("the query runs").into_iter().map(pair).collect()
}

pub(super) async fn reactions_are_read_back_as_each_person_sees_them(world: World) {
    let group = world.group(1, &["bo"]).await;
    let said = world.say(&group.id, &[1, 2]).await;
    let row = &said.created[0];
    let change = batch(
        vec![annotated(row, 5, &[(THUMB, 2), ("🎉", 1)], false)],
        vec![
            reaction(row, "ana", THUMB, 3, false),
            reaction(row, "bo", THUMB, 4, false),
            reaction(row, "bo", "🎉", 5, false),
        ],
    );
    for _ in 0..2 {
        world.flush(&group.id, &change).await;
        let seen = view(&world, &group.id, 1, "bo").await;
        assert_eq!(seen.annotations, change.annotated[0].annotations);
        assert_eq!(seen.own, [Emoji::trusted("🎉"), Emoji::trusted(THUMB)]);
        assert_eq!(view(&world, &group.id, 1, "ana").await.own, [Emoji::trusted(THUMB)]);
        assert_eq!(view(&world, &group.id, 2, "bo").await, AnnotationView::default());
    }
    let pair = |who: &str, emoji: &str| (who.to_owned(), emoji.to_owned());
    assert_eq!(reactions(&world, 1, None).await, [pair("ana", THUMB), pair("bo", THUMB), pair("bo", "🎉")]);
    assert_eq!(reactions(&world, 1, Some("🎉")).await, [pair("bo", "🎉")]);
    let id = world.message_id(1);
    let page = |after, limit| world.store.reactions(&world.tenant, &id, None, after, limit);
    let first = page(0, 2).await.expect("the query runs");
    assert_eq!((first[1].seq, first[1].created_at), (4, later(4)));
    assert_eq!(page(4, 2).await.expect("the query runs")[0].seq, 5);
}

pub(super) async fn an_older_reaction_after_a_newer_one_changes_nothing(world: World) {
    let group = world.group(1, &["bo"]).await;
    let said = world.say(&group.id, &[1]).await;
    let row = &said.created[0];
    let added = batch(vec![annotated(row, 2, &[(THUMB, 1)], false)], vec![reaction(row, "bo", THUMB, 2, false)]);
    let removed = batch(vec![annotated(row, 3, &[], false)], vec![reaction(row, "bo", THUMB, 3, true)]);
    world.flush(&group.id, &added).await;
    for late in [&removed, &added, &removed] {
        world.flush(&group.id, late).await;
        assert_eq!(view(&world, &group.id, 1, "bo").await, AnnotationView::default());
        assert_eq!(reactions(&world, 1, None).await, []);
    }
    assert_eq!(world.store.purge(Ended::RemovedReactions, later(2), 9).await, Ok(0));
    assert_eq!(world.store.purge(Ended::RemovedReactions, later(3), 9).await, Ok(1));
    let again = batch(vec![annotated(row, 9, &[(THUMB, 1)], false)], vec![reaction(row, "bo", THUMB, 9, false)]);
    world.flush(&group.id, &again).await;
    assert_eq!(view(&world, &group.id, 1, "bo").await.own, [Emoji::trusted(THUMB)]);
}

pub(super) async fn a_deleted_message_has_neither_reactions_nor_a_pin(world: World) {
    let group = world.group(1, &["bo"]).await;
    let said = world.say(&group.id, &[1, 2]).await;
    let row = &said.created[0];
    let change = batch(vec![annotated(row, 3, &[(THUMB, 1)], true)], vec![reaction(row, "bo", THUMB, 3, false)]);
    world.flush(&group.id, &change).await;
    let better = FlushBatch { changed: vec![edited(row, "better", 4)], ..FlushBatch::default() };
    world.flush(&group.id, &better).await;
    assert_eq!(
        view(&world, &group.id, 1, "bo").await.annotations,
        change.annotated[0].annotations,
        "an edit keeps them"
    );
    let gone = FlushBatch { changed: vec![deleted(row, 5)], ..FlushBatch::default() };
    for late in [&gone, &change] {
        world.flush(&group.id, late).await;
        assert_eq!(view(&world, &group.id, 1, "bo").await, AnnotationView::default());
        assert_eq!(reactions(&world, 1, None).await, []);
        assert_eq!(world.store.pinned_ids(&world.tenant, &group.id).await, Ok(vec![]));
    }
    let none = world.store.annotations(&world.tenant, &group.id, &world.message_id(1), &user("bo")).await;
    assert_eq!(none, Ok(Some(AnnotationView::default())));
    let kept = world.store.annotations(&world.tenant, &group.id, &world.message_id(2), &user("bo")).await;
    assert_eq!(kept, Ok(Some(AnnotationView::default())), "other messages stay");
}

pub(super) async fn pins_are_listed_newest_first(world: World) {
    let group = world.group(1, &["bo"]).await;
    let said = world.say(&group.id, &[1, 2, 3]).await;
    let pin = |place: usize, at_seq| annotated(&said.created[place], at_seq, &[], true);
    world.flush(&group.id, &batch(vec![pin(1, 4), pin(0, 5), pin(2, 6)], vec![])).await;
    let unpinned = annotated(&said.created[2], 7, &[], false);
    world.flush(&group.id, &batch(vec![unpinned], vec![])).await;
    let bo = user("bo");
    let pins = |before, limit| world.store.pins(&world.tenant, &group.id, &bo, before, limit);
    let ids = |page: Vec<crate::RecordedMessage>| page.iter().map(|pin| pin.message.seq).collect::<Vec<_>>();
    assert_eq!(ids(pins(None, 9).await.expect("the query runs")), [1, 2]);
    assert_eq!(ids(pins(None, 1).await.expect("the query runs")), [1]);
    assert_eq!(ids(pins(Some((later(5).millis(), 1)), 9).await.expect("the query runs")), [2]);
    let mut pinned = world.store.pinned_ids(&world.tenant, &group.id).await.expect("the query runs");
    pinned.sort();
    assert_eq!(pinned, [world.message_id(1), world.message_id(2)]);
}

pub(super) async fn another_tenants_annotations_are_not_there(world: World) {
    let group = world.group(1, &["bo"]).await;
    let said = world.say(&group.id, &[1]).await;
    let row = &said.created[0];
    let change = batch(vec![annotated(row, 2, &[(THUMB, 1)], true)], vec![reaction(row, "bo", THUMB, 2, false)]);
    world.store.flush(&world.stranger, &group.id, &change, NOW).await.expect_err("not their conversation");
    assert_eq!(view(&world, &group.id, 1, "bo").await, AnnotationView::default());
    world.flush(&group.id, &change).await;
    let (store, them, id) = (&world.store, &world.stranger, world.message_id(1));
    assert_eq!(store.annotations(them, &group.id, &id, &user("bo")).await, Ok(None));
    assert_eq!(store.reactions(them, &id, None, 0, 9).await, Ok(vec![]));
    assert_eq!(store.pins(them, &group.id, &user("bo"), None, 9).await, Ok(vec![]));
    assert_eq!(store.pinned_ids(them, &group.id).await, Ok(vec![]));
}
