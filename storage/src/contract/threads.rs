//! Threads, mentions, quotes, and the counts of an inbox with them.

use super::world::{NOW, World, deleted, later, marker, user};
use crate::database::Statement;
use crate::{Quote, ThreadPlace};
use campana_core::chat::annotations::{AnnotatedRow, Annotations};
use campana_core::chat::flush::{FlushBatch, FlushedMessage};
use campana_core::chat::history::Anchor;
use campana_core::chat::mentions::{Wanted, find};
use campana_core::chat::policy::Role;
use campana_core::chat::wire::{Mention, MentionType, MessageType};
use campana_core::shared::ids::{ConversationId, TenantId};

/// Makes a conversation a large one.
const CROWD: &str = "UPDATE conversations SET member_count = 501 WHERE id = ?1";

/// A message of somebody, by its number and position; `uncounted` messages up to it do not count.
fn message(
    world: &World,
    group: &ConversationId,
    sender: &str,
    (ordinal, seq): (i64, i64),
    uncounted: i64,
) -> FlushedMessage {
    let mut row = world.message(group, ordinal, seq);
    row.message.sender_id = user(sender);
    row.uncounted = uncounted;
    row
}

fn reply(world: &World, row: FlushedMessage, root: i64, also_in_channel: bool) -> FlushedMessage {
    let mut row = row;
    row.message.parent_id = Some(world.message_id(root));
    row.message.thread_id = Some(world.message_id(root));
    row.message.also_in_channel = also_in_channel;
    row
}

fn mentioning(row: FlushedMessage, mentions: &[(MentionType, Option<&str>)]) -> FlushedMessage {
    let mut row = row;
    let mention =
        |(mention_type, id): &(_, Option<&str>)| Mention { mention_type: *mention_type, user_id: id.map(user) };
    row.message.mentions = mentions.iter().map(mention).collect();
    row
}

/// The annotations of the message at `seq` after a number of replies.
fn replied(world: &World, seq: i64, annotated_seq: i64, reply_count: i64) -> AnnotatedRow {
    let last_reply_at = (reply_count > 0).then(|| later(annotated_seq));
    let annotations = Annotations { reply_count, last_reply_at, ..Annotations::default() };
    AnnotatedRow { id: world.message_id(seq), seq, annotated_seq, annotations }
}

async fn flush(world: &World, group: &ConversationId, created: Vec<FlushedMessage>, annotated: Vec<AnnotatedRow>) {
    let newest = created.iter().map(|row| row.updated_seq);
    let newest = newest.chain(annotated.iter().map(|row| row.annotated_seq)).max().unwrap_or(0);
    let batch = FlushBatch {
        last_seq: newest,
        message_count: created.iter().map(|row| row.ordinal).max().unwrap_or(0),
        uncounted_count: created.iter().map(|row| row.uncounted).max().unwrap_or(0),
        last_message_at: created.iter().filter(|row| row.message.is_counted()).map(|row| row.message.created_at).max(),
        read: created
            .iter()
            .filter(|row| !row.message.is_thread_only())
            .map(|row| marker(row.message.sender_id.clone(), row.message.seq))
            .collect(),
        created,
        annotated,
        ..FlushBatch::default()
    };
    world.flush(group, &batch).await;
    world.flush(group, &batch).await;
}

/// Unread messages and mentions of a person, and the position of the last message.
async fn counts(world: &World, group: &ConversationId, id: &str) -> (i64, i64, Option<i64>) {
    let found = world.seen_by(id, group).await;
    (found.unread_count, found.mention_count, found.last_message.map(|last| last.message.seq))
}

async fn threads(world: &World, id: &str) -> Vec<(String, i64, i64, i64)> {
    let found = world.store.followed_threads(&world.tenant, &user(id), None, 10).await.expect("threads");
    let count = |thread: &crate::FollowedThread| thread.root.view.annotations.reply_count;
    let line = |thread: crate::FollowedThread| {
        let count = count(&thread);
        (thread.root.message.id.to_string(), count, thread.unread_count, thread.mention_count)
    };
    found.into_iter().map(line).collect()
}

/// Ana writes 1 and 2; Bo replies to 1 in its thread only with 3, and in the conversation too with 5.
async fn scene(world: &World) -> ConversationId {
    let group = world.group(1, &["bo", "cy"]).await.id;
    let sent = [message(world, &group, "ana", (1, 1), 0), message(world, &group, "ana", (2, 2), 0)];
    flush(world, &group, sent.into(), vec![]).await;
    let hidden = reply(world, message(world, &group, "bo", (3, 3), 1), 1, false);
    flush(world, &group, vec![hidden], vec![replied(world, 1, 4, 1)]).await;
    let shown = reply(world, message(world, &group, "bo", (4, 5), 1), 1, true);
    flush(world, &group, vec![shown], vec![replied(world, 1, 6, 2)]).await;
    group
}

pub(super) async fn a_reply_in_its_thread_only_is_not_in_the_conversation(world: World) {
    let world = &world;
    let group = scene(world).await;
    let (store, tenant, cy) = (&world.store, &world.tenant, user("cy"));
    let seqs = |page: Vec<crate::RecordedMessage>| page.iter().map(|it| it.message.seq).collect::<Vec<_>>();
    assert_eq!(seqs(store.page(tenant, &group, &cy, Anchor::Newest, 10).await.expect("a page")), [5, 2, 1]);
    assert_eq!(seqs(store.page(tenant, &group, &cy, Anchor::Around(3), 10).await.expect("a page")), [5, 2, 1]);
    let root = world.message_id(1);
    let thread = store.thread_page(tenant, (&group, &root), &cy, Anchor::Newest, 10).await.expect("a page");
    assert_eq!(seqs(thread), [5, 3]);
    let older = store.thread_page(tenant, (&group, &root), &cy, Anchor::Before(5), 10).await.expect("a page");
    assert_eq!(seqs(older), [3]);
    assert_eq!(counts(world, &group, "cy").await, (3, 0, Some(5)));
    assert_eq!(counts(world, &group, "bo").await, (0, 0, Some(5)));
    let elsewhere = store.thread_page(&world.stranger, (&group, &root), &cy, Anchor::Newest, 10).await;
    assert_eq!(elsewhere, Ok(vec![]), "another tenant");
}

pub(super) async fn writing_in_a_thread_moves_its_own_marker_only(world: World) {
    let world = &world;
    let group = world.group(1, &["bo"]).await.id;
    let sent = (1..=3).map(|seq| message(world, &group, "ana", (seq, seq), 0)).collect();
    flush(world, &group, sent, vec![]).await;
    let hidden = reply(world, message(world, &group, "bo", (4, 4), 1), 1, false);
    flush(world, &group, vec![hidden], vec![replied(world, 1, 5, 1)]).await;
    assert_eq!(
        counts(world, &group, "bo").await,
        (3, 0, Some(3)),
        "the reply marks nothing of the conversation as read"
    );
    let root = world.message_id(1).to_string();
    assert_eq!(threads(world, "bo").await, [(root.clone(), 1, 0, 0)]);
    assert_eq!(threads(world, "ana").await, [(root, 1, 1, 0)], "the author of the first message follows");
}

pub(super) async fn deleted_replies_count_nowhere(world: World) {
    let world = &world;
    let group = scene(world).await;
    let gone = |seq: i64, at: i64| {
        let ordinal = if seq == 5 { 4 } else { 3 };
        deleted(&reply(world, message(world, &group, "bo", (ordinal, seq), 1), 1, seq == 5), at)
    };
    let batch = FlushBatch {
        changed: vec![gone(3, 7)],
        annotated: vec![replied(world, 1, 8, 1)],
        last_seq: 8,
        ..FlushBatch::default()
    };
    world.flush(&group, &batch).await;
    let root = world.message_id(1).to_string();
    assert_eq!(counts(world, &group, "cy").await, (3, 0, Some(5)), "it did not count");
    assert_eq!(threads(world, "ana").await, [(root, 1, 1, 0)]);
    let batch = FlushBatch {
        changed: vec![gone(5, 9)],
        annotated: vec![replied(world, 1, 10, 0)],
        last_seq: 10,
        ..FlushBatch::default()
    };
    world.flush(&group, &batch).await;
    assert_eq!(counts(world, &group, "cy").await, (2, 0, Some(5)));
    assert_eq!(threads(world, "ana").await, [], "a thread without replies is not listed");
}

pub(super) async fn a_deleted_first_message_keeps_its_thread(world: World) {
    let world = &world;
    let group = scene(world).await;
    let root = deleted(&message(world, &group, "ana", (1, 1), 0), 7);
    let mut kept = replied(world, 1, 7, 2);
    kept.annotations.last_reply_at = Some(later(6));
    let batch = FlushBatch { changed: vec![root], annotated: vec![kept], last_seq: 7, ..FlushBatch::default() };
    world.flush(&group, &batch).await;
    let view = world.store.annotations(&world.tenant, &group, &world.message_id(1), &user("cy")).await;
    let view = view.expect("a row").expect("a message");
    assert_eq!((view.annotations.reply_count, view.annotations.last_reply_at), (2, Some(later(6))));
    assert_eq!(threads(world, "ana").await.len(), 1);
}

pub(super) async fn following_is_the_persons_own(world: World) {
    let world = &world;
    scene(world).await;
    let (store, tenant, root) = (&world.store, &world.tenant, world.message_id(1));
    let place = |following, last_read_seq| Ok(Some(ThreadPlace { following, last_read_seq }));
    assert_eq!(threads(world, "cy").await, []);
    assert_eq!(store.follow_thread(tenant, &user("cy"), &root, true).await, place(true, 1));
    assert_eq!(threads(world, "cy").await, [(root.to_string(), 2, 2, 0)]);
    assert_eq!(store.mark_thread_read(tenant, &user("cy"), &root, Some(3)).await, place(true, 3));
    assert_eq!(store.mark_thread_read(tenant, &user("cy"), &root, Some(2)).await, place(true, 3), "only forward");
    assert_eq!(threads(world, "cy").await, [(root.to_string(), 2, 1, 0)]);
    assert_eq!(store.mark_thread_read(tenant, &user("cy"), &root, None).await, place(true, 5), "the newest reply");
    assert_eq!(store.mark_thread_read(tenant, &user("cy"), &root, Some(99)).await, place(true, 5));
    assert_eq!(store.follow_thread(tenant, &user("cy"), &root, false).await, place(false, 5));
    assert_eq!(threads(world, "cy").await, []);
    for (tenant, who, id) in [(tenant, "eve", 1), (&world.stranger, "cy", 1), (tenant, "cy", 3), (tenant, "cy", 9)] {
        let refused = store.follow_thread(tenant, &user(who), &world.message_id(id), true).await;
        assert_eq!(refused, Ok(None), "{who} {id}: no member, another tenant, a reply, nothing");
        let refused = store.mark_thread_read(tenant, &user(who), &world.message_id(id), None).await;
        assert_eq!(refused, Ok(None), "{who} {id}");
    }
}

pub(super) async fn a_batch_written_again_does_not_follow_again(world: World) {
    let world = &world;
    let group = scene(world).await;
    let root = world.message_id(1);
    let unfollowed = world.store.follow_thread(&world.tenant, &user("bo"), &root, false).await;
    assert_eq!(unfollowed, Ok(Some(ThreadPlace { following: false, last_read_seq: 5 })));
    let shown = reply(world, message(world, &group, "bo", (4, 5), 1), 1, true);
    flush(world, &group, vec![shown], vec![replied(world, 1, 6, 2)]).await;
    assert_eq!(threads(world, "bo").await, []);
    let next = reply(world, message(world, &group, "bo", (5, 7), 2), 1, false);
    flush(world, &group, vec![next], vec![replied(world, 1, 8, 3)]).await;
    assert_eq!(threads(world, "bo").await, [(root.to_string(), 3, 0, 0)], "who writes again follows again");
}

pub(super) async fn threads_are_listed_newest_reply_first(world: World) {
    let world = &world;
    let group = world.group(1, &["bo"]).await.id;
    let sent = (1..=4).map(|seq| message(world, &group, "ana", (seq, seq), 0)).collect();
    flush(world, &group, sent, vec![]).await;
    for (at, root) in [(5, 2), (7, 4), (9, 1)] {
        let nth = (at - 3) / 2;
        let row = message(world, &group, "bo", (4 + nth, at), nth);
        flush(world, &group, vec![reply(world, row, root, false)], vec![replied(world, root, at + 1, 1)]).await;
    }
    let page = |after: Option<(i64, i64)>| {
        let world = &world;
        async move {
            let after = after.map(|(at, seq)| (later(at).millis(), world.message_id(seq)));
            let after = after.as_ref().map(|(at, id)| (*at, id));
            let found = world.store.followed_threads(&world.tenant, &user("ana"), after, 2).await.expect("a page");
            found.into_iter().map(|thread| thread.root.message.seq).collect::<Vec<_>>()
        }
    };
    assert_eq!(page(None).await, [1, 4]);
    assert_eq!(page(Some((8, 4))).await, [2]);
}

pub(super) async fn mentions_are_counted_where_they_are_shown(world: World) {
    let world = &world;
    let group = world.group(1, &["bo", "cy"]).await.id;
    let of_bo = [(MentionType::User, Some("bo"))];
    let everybody = [(MentionType::Room, None), (MentionType::User, Some("bo"))];
    let first = mentioning(message(world, &group, "ana", (1, 1), 0), &of_bo);
    let second = mentioning(message(world, &group, "ana", (2, 2), 0), &everybody);
    flush(world, &group, vec![first.clone(), second], vec![]).await;
    assert_eq!(counts(world, &group, "bo").await, (2, 3, Some(2)));
    assert_eq!(counts(world, &group, "cy").await, (2, 1, Some(2)));
    assert_eq!(counts(world, &group, "ana").await, (0, 0, Some(2)), "the sender is not mentioned");
    let hidden = reply(world, message(world, &group, "cy", (3, 3), 1), 1, false);
    let hidden = mentioning(hidden, &of_bo);
    flush(world, &group, vec![hidden], vec![replied(world, 1, 4, 1)]).await;
    assert_eq!(counts(world, &group, "bo").await, (2, 3, Some(2)), "it counts in the thread");
    let root = world.message_id(1).to_string();
    assert_eq!(threads(world, "bo").await, [(root, 1, 1, 1)], "a mentioned member follows");
    let edited = FlushedMessage { updated_seq: 5, ..mentioning(first.clone(), &[]) };
    let batch = FlushBatch { changed: vec![edited], last_seq: 5, ..FlushBatch::default() };
    world.flush(&group, &batch).await;
    world.flush(&group, &FlushBatch { created: vec![first.clone()], ..FlushBatch::default() }).await;
    assert_eq!(counts(world, &group, "bo").await.1, 2, "an edit takes the mention away, also from an older batch");
    let batch =
        FlushBatch { changed: vec![deleted(&message(world, &group, "ana", (2, 2), 0), 6)], ..FlushBatch::default() };
    world.flush(&group, &batch).await;
    assert_eq!(counts(world, &group, "bo").await, (1, 0, Some(2)));
    world.store.add_block(&world.tenant, &user("bo"), &user("cy"), NOW).await.expect("blocked");
    assert_eq!(threads(world, "bo").await[0].3, 0, "a blocked person's mention does not count");
}

pub(super) async fn members_are_found_by_the_names_in_a_text(world: World) {
    let group = world.group(1, &["bo"]).await.id;
    world.record(&world.tenant, "ana", "Ana Pérez").await;
    world.record(&world.tenant, "cy", "Ana Gómez").await;
    let mentions = async |text: &str, tenant: &TenantId| {
        let known = world.store.mentioned(tenant, &group, &Wanted::in_text(text)).await.expect("the query runs");
        find(text, &known, false).into_iter().filter_map(|it| it.user_id).collect::<Vec<_>>()
    };
    let everyone = "@perez and @Bo, and @[cy], @[bo] and @[nobody]";
    assert_eq!(mentions(everyone, &world.tenant).await, [user("ana"), user("bo")]);
    assert_eq!(mentions("@ana", &world.tenant).await, [user("ana")], "the other one is no member");
    assert_eq!(mentions(everyone, &world.stranger).await, []);
    world.add(&group, "cy", Role::Member).await;
    assert_eq!(mentions("@ana", &world.tenant).await, [], "two are meant");
    assert_eq!(mentions("@ana perez @[cy]", &world.tenant).await, [user("ana"), user("cy")]);
    world.sql(Statement::unnamed(CROWD, [(&group).into()])).await;
    assert_eq!(mentions("@ana perez @gomez @ana @bo", &world.tenant).await, [user("ana"), user("cy"), user("bo")]);
    assert_eq!(mentions("@bo", &world.stranger).await, []);
}

pub(super) async fn system_messages_are_shown_but_not_counted(world: World) {
    let world = &world;
    let group = world.group(1, &["bo"]).await.id;
    let mut system = message(world, &group, "ana", (2, 2), 1);
    system.message.message_type = MessageType::System;
    flush(world, &group, vec![message(world, &group, "ana", (1, 1), 0), system], vec![]).await;
    assert_eq!(counts(world, &group, "bo").await, (1, 0, Some(1)));
    let page = world.store.page(&world.tenant, &group, &user("bo"), Anchor::Newest, 10).await.expect("a page");
    assert_eq!(page.len(), 2);
}

pub(super) async fn a_newer_revision_moves_a_marker_back(world: World) {
    let world = &world;
    let group = world.group(1, &["bo"]).await.id;
    flush(world, &group, (1..=4).map(|seq| message(world, &group, "ana", (seq, seq), 0)).collect(), vec![]).await;
    let read = |seq, rev| FlushBatch {
        read: vec![campana_core::chat::flush::ReadMarker { user_id: user("bo"), seq, rev, at: NOW }],
        ..FlushBatch::default()
    };
    for (seq, rev, unread) in [(4, 0, 0), (1, 1, 3), (4, 0, 3), (2, 1, 2), (1, 1, 2)] {
        world.flush(&group, &read(seq, rev)).await;
        assert_eq!(counts(world, &group, "bo").await.0, unread, "{seq} {rev}");
    }
    let membership =
        world.store.membership(&world.tenant, &group, &user("bo")).await.expect("a row").expect("a member");
    assert_eq!((membership.last_read_seq, membership.read_rev), (2, 1));
}

pub(super) async fn quotes_lose_a_deleted_text(world: World) {
    let world = &world;
    let group = world.group(1, &["bo"]).await.id;
    let sent = [message(world, &group, "ana", (1, 1), 0), message(world, &group, "ana", (2, 2), 0)];
    flush(world, &group, sent.into(), vec![]).await;
    let ids = [world.message_id(1), world.message_id(9)];
    let quote = |body: Option<&str>| Quote {
        id: world.message_id(1),
        sender_name: Some("Ana".to_owned()),
        body: body.map(str::to_owned),
    };
    assert_eq!(world.store.quotes(&world.tenant, &ids).await, Ok(vec![quote(Some("said at 1"))]));
    assert_eq!(world.store.quotes(&world.stranger, &ids).await, Ok(vec![]));
    let batch =
        FlushBatch { changed: vec![deleted(&message(world, &group, "ana", (1, 1), 0), 3)], ..FlushBatch::default() };
    world.flush(&group, &batch).await;
    assert_eq!(world.store.quotes(&world.tenant, &ids).await, Ok(vec![quote(None)]));
}
