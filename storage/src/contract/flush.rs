//! The flush: repeated, late and refused batches.

use super::world::{NOW, World, deleted, edited, later, marker, user};
use crate::{Failing, Fault, Flushed, StorageError, Store};
use campana_core::chat::flush::{FlushBatch, QuarantineReason, QuarantinedEntry};
use campana_core::chat::history::Anchor;
use campana_core::chat::wire::{Message, MessageType};
use campana_core::shared::ids::ConversationId;
use campana_core::shared::timestamp::Timestamp;
use serde_json::json;
use std::sync::Arc;

async fn record(world: &World, conversation: &ConversationId) -> (Vec<Message>, Vec<crate::Member>, i64, i64) {
    let messages = world.page(&world.tenant, conversation, Anchor::Newest, 10_000).await.expect("the query runs");
    let members =
        world.store.list_members((&world.tenant, conversation), None, NOW, None, 50).await.expect("the query runs");
    let facts = world.store.facts(&world.tenant, conversation).await.expect("the query runs").expect("the row exists");
    (messages, members, facts.last_seq, facts.message_count)
}

pub(super) async fn what_is_flushed_is_read_back_as_it_was(world: World) {
    let group = world.group(1, &["bo"]).await;
    let mut batch = world.batch(&group.id, &[1, 4]);
    let full = &mut batch.created[1].message;
    full.body = Some("\"quotes\" 'single' \\ back \n line \u{2028} 😀 ñ %s ?1 \u{7} \u{feff} end".to_owned());
    full.message_type = MessageType::File;
    full.metadata = json!({"files": ["a'b\"c"], "size": 1.5, "none": null}).as_object().cloned();
    full.parent_id = Some(world.message_id(1));
    batch.created[0].message.client_msg_id = None;
    batch.created[0].message.body = Some(String::new());
    world.flush(&group.id, &batch).await;
    let (messages, _, last_seq, message_count) = record(&world, &group.id).await;
    assert_eq!(messages, [batch.created[1].message.clone(), batch.created[0].message.clone()]);
    assert_eq!((last_seq, message_count), (4, 2));
}

/// [I17] A quarantined entry does not hold up the batch.
pub(super) async fn an_entry_that_cannot_be_taken_in_is_kept_apart(world: World) {
    let group = world.group(1, &["bo"]).await;
    let count = async |tenant| world.store.quarantined_entries(tenant).await.expect("the count is read");
    assert_eq!(count(&world.tenant).await, 0);
    let mut batch = world.batch(&group.id, &[1, 3]);
    let entry = |seq, reason| QuarantinedEntry { seq, reason, entry: "{\"not\": JSON 'at' \"all".to_owned() };
    batch.quarantined = vec![entry(2, QuarantineReason::Unreadable), entry(4, QuarantineReason::Refused)];
    batch.last_seq = 4;
    for _ in 0..2 {
        world.flush(&group.id, &batch).await;
        let (messages, _, last_seq, _) = record(&world, &group.id).await;
        assert_eq!((messages.len(), last_seq), (2, 4), "the messages around the quarantined entries are stored");
        assert_eq!(count(&world.tenant).await, 2, "each entry is stored once, however often it is flushed");
        assert_eq!(count(&world.stranger).await, 0);
    }
}

/// [I9] Flushing a batch twice changes nothing.
pub(super) async fn twice_is_the_same_as_once(world: World) {
    let group = world.group(1, &["bo"]).await;
    let mut batch = world.batch(&group.id, &[1, 2, 5]);
    batch.changed = vec![edited(&batch.created[0], "better", 6), deleted(&batch.created[1], 7)];
    batch.read = vec![marker(user("bo"), 2), marker(user("ana"), 5)];
    batch.last_seq = 7;
    world.flush(&group.id, &batch).await;
    let once = record(&world, &group.id).await;
    world.flush(&group.id, &batch).await;
    assert_eq!(record(&world, &group.id).await, once);
    assert_eq!((once.0.len(), once.2, once.3), (3, 7, 3));
}

/// [I9] Flushing in another order changes nothing.
pub(super) async fn an_older_batch_after_a_newer_one_takes_nothing_back(world: World) {
    let group = world.group(1, &["bo"]).await;
    let mut first = world.batch(&group.id, &[1, 2]);
    first.read = vec![marker(user("bo"), 1)];
    let mut second = first.clone();
    second.changed = vec![edited(&first.created[0], "second thought", 3)];
    second.read = vec![marker(user("bo"), 2)];
    second.last_seq = 3;
    let mut third = second.clone();
    third.changed = vec![edited(&first.created[0], "third thought", 4), deleted(&first.created[1], 5)];
    third.last_seq = 5;
    third.last_message_at = Some(later(50));
    world.flush(&group.id, &third).await;
    let newest = record(&world, &group.id).await;
    assert_eq!(newest.0[1].body.as_deref(), Some("third thought"));
    assert_eq!((newest.0[0].body.as_deref(), newest.2), (None, 5));
    for older in [&second, &first, &second] {
        world.flush(&group.id, older).await;
        assert_eq!(record(&world, &group.id).await, newest);
        assert_eq!(world.seen_by("bo", &group.id).await.last_message_at, Some(later(50)));
    }
}

async fn versions(world: &World, seq: i64) -> Vec<(i64, String, Timestamp)> {
    let found = world.store.versions(&world.tenant, &world.message_id(seq), None, 50).await.expect("the query runs");
    found.into_iter().map(|earlier| (earlier.version, earlier.body, earlier.written_at)).collect()
}

pub(super) async fn replaced_bodies_are_kept_until_their_message_is_deleted(world: World) {
    let group = world.group(1, &["bo"]).await;
    let mut batch = world.batch(&group.id, &[1, 2]);
    let second = edited(&batch.created[0], "second", 3);
    let third = edited(&second, "third", 4);
    batch.changed = vec![second.clone(), third.clone(), edited(&batch.created[1], "other", 5)];
    batch.last_seq = 5;
    let expected = [(2, "second".to_owned(), later(3)), (1, "said at 1".to_owned(), later(1))];
    for _ in 0..2 {
        world.flush(&group.id, &batch).await;
        assert_eq!(versions(&world, 1).await, expected);
    }
    let page = |before, limit| world.store.versions(&world.tenant, &third.message.id, before, limit);
    assert_eq!(page(None, 1).await.expect("the query runs")[0].version, 2);
    assert_eq!(page(Some(2), 5).await.expect("the query runs")[0].version, 1);
    let strangers = world.store.versions(&world.stranger, &third.message.id, None, 50).await;
    assert_eq!(strangers.expect("the query runs"), []);

    let gone = FlushBatch { changed: vec![deleted(&third, 6)], last_seq: 6, ..FlushBatch::default() };
    world.flush(&group.id, &gone).await;
    assert_eq!(versions(&world, 1).await, []);
    assert_eq!(versions(&world, 2).await.len(), 1, "those of other messages stay");
    world.flush(&group.id, &batch).await;
    assert_eq!(versions(&world, 1).await, [], "a late batch brings nothing back");
}

pub(super) async fn a_change_that_comes_before_its_message_is_kept(world: World) {
    let group = world.group(1, &["bo"]).await;
    let first = world.batch(&group.id, &[1]);
    let change = FlushBatch {
        changed: vec![edited(&first.created[0], "edited", 2)],
        last_seq: 2,
        message_count: 1,
        ..FlushBatch::default()
    };
    world.flush(&group.id, &change).await;
    world.flush(&group.id, &first).await;
    let (messages, ..) = record(&world, &group.id).await;
    assert_eq!(messages[0].body.as_deref(), Some("edited"));
}

pub(super) async fn a_repeated_client_id_does_not_lose_the_rest(world: World) {
    let group = world.group(1, &["bo"]).await;
    world.say(&group.id, &[1]).await;
    let mut batch = world.batch(&group.id, &[1, 2, 3]);
    batch.created[1].message.client_msg_id = Some("client 1".to_owned());
    world.flush(&group.id, &batch).await;
    let seqs: Vec<_> = record(&world, &group.id).await.0.into_iter().map(|message| message.seq).collect();
    assert_eq!(seqs, [3, 1]);
    assert_eq!(record(&world, &group.id).await.2, 3);
}

pub(super) async fn a_position_is_never_given_to_another_message(world: World) {
    let group = world.group(1, &["bo"]).await;
    let batch = world.say(&group.id, &[1]).await;
    let mut other = batch.clone();
    other.created[0].message.id = world.message_id(99);
    other.created[0].message.client_msg_id = None;
    other.created[0].message.body = Some("another".to_owned());
    other.created[0].updated_seq = 50;
    world.flush(&group.id, &other).await;
    assert_eq!(record(&world, &group.id).await.0, [batch.created[0].message.clone()]);
}

pub(super) async fn a_flush_to_no_conversation_of_the_tenant_is_an_error_and_changes_nothing(world: World) {
    let group = world.group(1, &["bo"]).await;
    let mut batch = world.batch(&group.id, &[1, 2]);
    batch.read = vec![marker(user("bo"), 2)];
    let before = record(&world, &group.id).await;
    for (tenant, place) in [(&world.tenant, &world.conversation_id(9)), (&world.stranger, &group.id)] {
        let flushed = world.store.flush(tenant, place, &batch, NOW).await;
        assert!(matches!(flushed, Err(StorageError::Corrupt(_))), "{flushed:?}");
        assert_eq!(record(&world, &group.id).await, before);
    }
}

pub(super) async fn markers_only_move_forward_and_only_members_have_one(world: World) {
    let group = world.group(1, &["bo"]).await;
    world.say(&group.id, &[1, 2, 3]).await;
    for (markers, expected) in
        [(vec![("bo", 2)], 2), (vec![("bo", 1)], 2), (vec![("bo", 1), ("bo", 3), ("bo", 2), ("cy", 3)], 3)]
    {
        let read = markers.iter().map(|(id, seq)| marker(user(id), *seq)).collect();
        world.flush(&group.id, &FlushBatch { read, ..FlushBatch::default() }).await;
        assert_eq!(world.seen_by("bo", &group.id).await.last_read_seq, expected, "{markers:?}");
    }
    assert_eq!(world.store.membership(&world.tenant, &group.id, &user("cy")).await, Ok(None));
    let (messages, _, last_seq, message_count) = record(&world, &group.id).await;
    assert_eq!((messages.len(), last_seq, message_count), (3, 3, 3), "an empty batch changes nothing");
    assert_eq!(world.seen_by("bo", &group.id).await.last_message_at, Some(later(3)));
}

pub(super) async fn a_large_batch_is_still_all_or_nothing(world: World) {
    let group = world.group(1, &["bo"]).await;
    let mut batch = world.batch(&group.id, &(1..=600).map(|number| number * 2).collect::<Vec<_>>());
    for row in &mut batch.created {
        row.message.body = Some("ñ\"😀".repeat(500));
    }
    let failing = Arc::new(Failing::new(world.db.clone()));
    let store = Store::new(failing.clone());
    let flush = || store.flush(&world.tenant, &group.id, &batch, NOW);

    failing.fail_next(Fault::BeforePersisting);
    assert!(matches!(flush().await, Err(StorageError::Unavailable(_))));
    assert_eq!(record(&world, &group.id).await.0.len(), 0);
    failing.fail_next(Fault::AfterPersisting);
    assert!(matches!(flush().await, Err(StorageError::Unavailable(_))));
    let once = record(&world, &group.id).await;
    assert_eq!((once.0.len(), once.2, once.3), (600, 1_200, 600));
    assert_eq!(flush().await, Ok(Flushed::default()));
    assert_eq!(record(&world, &group.id).await, once);
}
