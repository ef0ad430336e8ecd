//! Purge of messages and its effect on unread counts.

use super::world::{NOW, World, deleted, edited, later, marker, user};
use crate::database::Statement;
use crate::{Ended, OWN_CHANNEL, Retained};
use campana_core::chat::flush::{FlushBatch, FlushedMessage};
use campana_core::chat::history::Anchor;
use campana_core::chat::wire::{Mention, MentionType, MessageType};
use campana_core::shared::ids::ConversationId;
use campana_core::shared::timestamp::Timestamp;

const DAY_S: i64 = 24 * 60 * 60;
/// A limit above every number of rows here.
const MANY: u32 = 1_000;

/// A time years before [`NOW`], before the rows of all other cases.
fn past(seconds: i64) -> Timestamp {
    later(seconds - 3_000 * DAY_S)
}

/// A message sent at `past(seq)`. Ordinals start at 1.
fn sent(world: &World, conversation: &ConversationId, ordinal: i64, seq: i64) -> FlushedMessage {
    let mut row = world.message(conversation, ordinal, seq);
    row.message.created_at = past(seq);
    row
}

/// The row after its message was deleted by the event at `at_seq`, at `past(at_seq)`.
fn deleted_then(row: &FlushedMessage, at_seq: i64) -> FlushedMessage {
    let mut row = deleted(row, at_seq);
    row.message.deleted_at = Some(past(at_seq));
    row
}

fn batch(rows: &[FlushedMessage], changed: &[FlushedMessage]) -> FlushBatch {
    let last = |rows: &[FlushedMessage]| rows.iter().map(|row| row.updated_seq).max().unwrap_or(0);
    FlushBatch {
        created: rows.to_vec(),
        changed: changed.to_vec(),
        last_seq: last(rows).max(last(changed)),
        message_count: rows.iter().map(|row| row.ordinal).max().unwrap_or(0),
        uncounted_count: rows.iter().map(|row| row.uncounted).max().unwrap_or(0),
        last_message_at: rows.last().map(|row| row.message.created_at),
        ..FlushBatch::default()
    }
}

async fn seqs(world: &World, conversation: &ConversationId) -> Vec<i64> {
    let page = world.page(&world.tenant, conversation, Anchor::After(0), 1_000).await.expect("the query runs");
    page.into_iter().rev().map(|message| message.seq).collect()
}

async fn mark(world: &World, conversation: &ConversationId, id: &str, seq: i64) {
    let batch = FlushBatch { read: vec![marker(user(id), seq)], ..FlushBatch::default() };
    world.flush(conversation, &batch).await;
}

/// Unread messages of Bo. Asserts that conversation, inbox and online members return the same count.
async fn unread(world: &World, conversation: &ConversationId) -> i64 {
    let here = world.store.renew_presence(&world.tenant, &[user("bo")], OWN_CHANNEL, NOW, later(60)).await;
    here.expect("the lease is renewed");
    let seen = world.unread("bo", conversation).await;
    let inbox = world.store.inbox(&world.tenant, &user("bo"), None, 50).await.expect("the inbox is read");
    let listed = inbox.iter().find(|it| it.id == *conversation).map(|it| it.unread_count);
    assert_eq!(listed, Some(seen), "the inbox returns the same count");
    let online =
        world.store.online_members(&world.tenant, conversation, NOW, None, 50).await.expect("the list is read");
    let on_channel = online.iter().find(|member| member.user_id == user("bo")).map(|member| member.unread_count);
    assert_eq!(on_channel, Some(seen), "the list of online members returns the same count");
    seen
}

async fn column(world: &World, conversation: &ConversationId, name: &str) -> Option<i64> {
    const ALL: &str = "SELECT oldest_message_at, log_due_at, purged_ordinal FROM conversations WHERE id = ?1";
    world.sql(Statement::unnamed(ALL, [conversation.into()])).await[0][name].as_i64()
}

async fn tombstones(world: &World, conversation: &ConversationId) -> usize {
    const ALL: &str = "SELECT seq FROM tombstones WHERE conversation_id = ?1";
    world.sql(Statement::unnamed(ALL, [conversation.into()])).await.len()
}

pub(super) async fn the_deleted_leave_tombstones_and_are_still_not_unread(world: World) {
    let group = world.group(1, &["bo"]).await;
    let rows: Vec<_> = (1..=6).map(|seq| sent(&world, &group.id, seq, seq)).collect();
    let mut late = deleted(&rows[5], 12);
    late.message.deleted_at = Some(NOW);
    let gone = [deleted_then(&rows[0], 7), deleted_then(&rows[1], 8), deleted_then(&rows[3], 9), late];
    world.flush(&group.id, &batch(&rows, &gone)).await;
    let stages = [(past(6), MANY, 0), (past(9), 2, 2), (past(9), 2, 1), (past(9), 2, 0)];
    for (before, limit, expected) in stages {
        assert_eq!(world.store.purge(Ended::DeletedMessages, before, limit).await, Ok(expected));
    }
    assert_eq!(seqs(&world, &group.id).await, [3, 5, 6]);
    assert_eq!(tombstones(&world, &group.id).await, 3);
    for (marker, expected) in [(0, 2), (1, 2), (2, 2), (3, 1), (4, 1), (5, 0), (6, 0)] {
        mark(&world, &group.id, "bo", marker).await;
        assert_eq!(unread(&world, &group.id).await, expected, "read up to {marker}");
    }
}

pub(super) async fn old_messages_go_in_order_and_in_steps(world: World) {
    let (group, other) = (world.group(1, &["bo"]).await, world.group(2, &["bo"]).await);
    let rows: Vec<_> = (1..=8).map(|ordinal| sent(&world, &group.id, ordinal, ordinal * 10)).collect();
    world.flush(&group.id, &batch(&rows, &[deleted_then(&rows[1], 90)])).await;
    let mut young = sent(&world, &other.id, 1, 45);
    young.message.id = world.message_id(45);
    world.flush(&other.id, &batch(&[young], &[])).await;
    assert_eq!(column(&world, &group.id, "oldest_message_at").await, Some(past(10).millis()));
    assert_eq!(world.store.purge(Ended::DeletedMessages, past(90), MANY).await, Ok(1));

    let next = async |before| {
        world.store.conversation_with_messages_before(&world.tenant, before).await.expect("the query runs")
    };
    assert_eq!(next(past(10)).await, None, "no message is older");
    assert_eq!(next(past(11)).await, Some(group.id.clone()));
    let theirs = world.store.conversation_with_messages_before(&world.stranger, past(99)).await;
    assert_eq!(theirs, Ok(None));
    let purge =
        async |tenant| world.store.purge_messages(tenant, &group.id, past(60), NOW, 3).await.expect("the purge runs");
    assert_eq!(purge(&world.stranger).await, 0, "another tenant has no effect");
    assert_eq!(unread(&world, &group.id).await, 7);
    for (expected, left, unread_now) in
        [(3, vec![50, 60, 70, 80], 4), (1, vec![60, 70, 80], 3), (0, vec![60, 70, 80], 3)]
    {
        assert_eq!(purge(&world.tenant).await, expected);
        assert_eq!(seqs(&world, &group.id).await, left);
        assert_eq!(unread(&world, &group.id).await, unread_now);
    }
    assert_eq!(column(&world, &group.id, "oldest_message_at").await, Some(past(60).millis()));
    assert_eq!(column(&world, &group.id, "log_due_at").await, Some(NOW.millis()), "the log is due for trimming");
    assert_eq!(tombstones(&world, &group.id).await, 0);
    assert_eq!(next(past(60)).await, Some(other.id.clone()));
    for (marker, expected) in [(10, 3), (55, 3), (60, 2), (75, 1), (90, 0)] {
        mark(&world, &group.id, "bo", marker).await;
        assert_eq!(unread(&world, &group.id).await, expected, "read up to {marker}");
    }
}

pub(super) async fn tombstones_that_a_step_leaves_behind_count_for_nothing(world: World) {
    let group = world.group(1, &["bo"]).await;
    let rows: Vec<_> = (1..=6).map(|seq| sent(&world, &group.id, seq, seq)).collect();
    let gone: Vec<_> = (7..).zip(&rows[..4]).map(|(at, row)| deleted_then(row, at)).collect();
    world.flush(&group.id, &batch(&rows, &gone)).await;
    assert_eq!(world.store.purge(Ended::DeletedMessages, past(10), MANY).await, Ok(4));
    assert_eq!(world.store.purge_messages(&world.tenant, &group.id, past(6), NOW, 1).await, Ok(1));
    assert_eq!(tombstones(&world, &group.id).await, 3);
    for (marker, expected) in [(0, 1), (2, 1), (4, 1), (5, 1), (6, 0)] {
        mark(&world, &group.id, "bo", marker).await;
        assert_eq!(unread(&world, &group.id).await, expected, "read up to {marker}");
    }
    assert_eq!(world.store.purge_messages(&world.tenant, &group.id, past(9), NOW, MANY).await, Ok(1));
    assert_eq!(tombstones(&world, &group.id).await, 0, "the next step deletes them");
}

pub(super) async fn a_conversation_may_lose_all_its_messages(world: World) {
    let group = world.group(1, &["bo"]).await;
    let rows: Vec<_> = (1..=3).map(|seq| sent(&world, &group.id, seq, seq)).collect();
    world.flush(&group.id, &batch(&rows, &[])).await;
    assert_eq!(world.store.purge_messages(&world.tenant, &group.id, past(9), NOW, MANY).await, Ok(3));
    assert_eq!(column(&world, &group.id, "oldest_message_at").await, None);
    let seen = world.seen_by("bo", &group.id).await;
    assert_eq!((seen.unread_count, seen.last_message, seen.last_seq), (0, None, 3));
    assert_eq!(seen.last_message_at, Some(past(3)), "its position in the inbox stays");
    world.flush(&group.id, &batch(&[sent(&world, &group.id, 4, 5)], &[])).await;
    assert_eq!(unread(&world, &group.id).await, 1);
    assert_eq!(column(&world, &group.id, "oldest_message_at").await, Some(past(5).millis()));
    assert_eq!(world.store.purge_messages(&world.tenant, &group.id, past(9), NOW, MANY).await, Ok(1));
}

/// [I9] A late flush restores no purged message.
pub(super) async fn what_was_purged_does_not_come_back_with_a_late_flush(world: World) {
    let group = world.group(1, &["bo"]).await;
    let rows: Vec<_> = (1..=5).map(|seq| sent(&world, &group.id, seq, seq)).collect();
    let gone = [deleted_then(&rows[3], 6)];
    let all = batch(&rows, &gone);
    world.flush(&group.id, &all).await;
    assert_eq!(world.store.purge(Ended::DeletedMessages, past(6), MANY).await, Ok(1));
    assert_eq!(world.store.purge_messages(&world.tenant, &group.id, past(3), NOW, MANY).await, Ok(2));
    let changes = [edited(&rows[0], "too late", 20), deleted_then(&rows[1], 21), edited(&rows[3], "too late", 22)];
    for late in [batch(&rows, &[]), all, batch(&[], &changes)] {
        world.flush(&group.id, &late).await;
        assert_eq!(seqs(&world, &group.id).await, [3, 5]);
        assert_eq!(unread(&world, &group.id).await, 2);
        assert_eq!(column(&world, &group.id, "oldest_message_at").await, Some(past(3).millis()));
    }
    world.flush(&group.id, &batch(&[], &[edited(&rows[4], "in time", 23)])).await;
    let page = world.page(&world.tenant, &group.id, Anchor::Newest, 1).await.expect("the query runs");
    assert_eq!(page[0].body.as_deref(), Some("in time"));
    assert_eq!(world.store.purge_messages(&world.tenant, &group.id, past(9), NOW, MANY).await, Ok(2));
}

pub(super) async fn apps_that_keep_messages_for_a_time_are_listed(world: World) {
    const SETTINGS: &str = "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1";
    let group = world.group(1, &[]).await;
    world.flush(&group.id, &batch(&[sent(&world, &group.id, 1, 1)], &[])).await;
    let listed = async || {
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = world.store.apps_keeping(Retained::Messages, after.as_ref(), 2).await.expect("the list is read");
            let Some(last) = page.last() else { return found };
            after = Some(last.tenant.clone());
            found.extend(page.into_iter().filter(|app| [&world.tenant, &world.stranger].contains(&&app.tenant)));
        }
    };
    assert_eq!(listed().await, vec![]);
    for bad in [r#"{"retention":{"message_days":0}}"#, r#"{"retention":{"message_days":"7"}}"#, "{\"retention\":7}"] {
        world.sql(Statement::unnamed(SETTINGS, [(&world.tenant).into(), bad.into()])).await;
        assert_eq!(listed().await, vec![], "{bad} purges nothing");
    }
    for (tenant, settings) in [
        (&world.tenant, r#"{"retention":{"message_days":7}}"#),
        (&world.stranger, r#"{"retention":{"message_days":9}}"#),
    ] {
        world.sql(Statement::unnamed(SETTINGS, [tenant.into(), settings.into()])).await;
    }
    let found: Vec<_> = listed().await.into_iter().map(|app| (app.tenant, app.days, app.oldest_at)).collect();
    assert_eq!(found, [(world.tenant.clone(), 7, Some(past(1))), (world.stranger.clone(), 9, None)]);
    world.sql(Statement::unnamed(SETTINGS, [(&world.tenant).into(), "{}".into()])).await;
    world.sql(Statement::unnamed(SETTINGS, [(&world.stranger).into(), "{}".into()])).await;
    assert_eq!(world.store.purge_messages(&world.tenant, &group.id, past(9), NOW, MANY).await, Ok(1));
}

/// Deterministic pseudo-random generator.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, most: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).expect("the number fits") % (most + 1)
    }
}

/// Expected state, computed without the record.
#[derive(Default)]
struct Model {
    rows: Vec<FlushedMessage>,
    head: i64,
    count: i64,
    uncounted: i64,
    marker: i64,
    gone: Vec<i64>,
}

impl Model {
    fn is_there(&self, row: &FlushedMessage) -> bool {
        !self.gone.contains(&row.message.seq)
    }

    /// Number of messages after the marker that are neither deleted nor purged.
    fn unread(&self) -> i64 {
        let counts = |row: &&FlushedMessage| {
            let is_after = row.message.seq > self.marker && row.message.is_counted();
            is_after && row.message.deleted_at.is_none() && self.is_there(row)
        };
        i64::try_from(self.rows.iter().filter(counts).count()).expect("the number fits")
    }

    /// Number of these that mention somebody.
    fn mentions(&self) -> i64 {
        let counts = |row: &&FlushedMessage| {
            let is_after = row.message.seq > self.marker && !row.message.is_thread_only();
            is_after && self.is_there(row) && !row.message.mentions.is_empty()
        };
        i64::try_from(self.rows.iter().filter(counts).count()).expect("the number fits")
    }

    fn seqs(&self) -> Vec<i64> {
        let is_shown = |row: &&FlushedMessage| self.is_there(row) && !row.message.is_thread_only();
        self.rows.iter().filter(is_shown).map(|row| row.message.seq).collect()
    }
}

/// Random sends, deletions, markers, purges of both kinds and repeated flushes.
pub(super) async fn no_purge_changes_what_is_unread(world: World) {
    for round in 1..=8 {
        let id = world.group(round, &["bo"]).await.id;
        let mut dice = Dice(u64::from(round));
        let mut model = Model::default();
        for step in 0..50 {
            let act = dice.up_to(11);
            match act {
                0..=2 => {
                    let mut made = Vec::new();
                    for _ in 0..=dice.up_to(4) {
                        model.head += 1 + dice.up_to(2);
                        model.count += 1;
                        let mut row = sent(&world, &id, model.count, model.head);
                        // Message ids derive from positions, so conversations would share ids.
                        row.message.id = world.message_id(i64::from(round) * 10_000 + model.head);
                        match dice.up_to(5) {
                            0 => row.message.thread_id = Some(world.message_id(0)),
                            1 => row.message.message_type = MessageType::System,
                            2 => {
                                let mention = Mention { mention_type: MentionType::User, user_id: Some(user("bo")) };
                                row.message.mentions = vec![mention];
                            }
                            _ => {}
                        }
                        model.uncounted += i64::from(!row.message.is_counted());
                        row.uncounted = model.uncounted;
                        made.push(row);
                    }
                    world.flush(&id, &batch(&made, &[])).await;
                    model.rows.extend(made);
                }
                3..=5 if !model.rows.is_empty() => {
                    let most = i64::try_from(model.rows.len()).expect("the number fits") - 1;
                    let at = usize::try_from(dice.up_to(most)).expect("the index fits");
                    if model.rows[at].message.deleted_at.is_none() && model.is_there(&model.rows[at]) {
                        model.head += 1;
                        model.rows[at] = deleted_then(&model.rows[at], model.head);
                        model.rows[at].message.mentions.clear();
                        world.flush(&id, &batch(&[], &[model.rows[at].clone()])).await;
                    }
                }
                6 | 7 => {
                    model.marker = model.marker.max(dice.up_to(model.head));
                    mark(&world, &id, "bo", model.marker).await;
                }
                8 | 9 => {
                    let before = past(dice.up_to(model.head));
                    let is_due = |row: &&FlushedMessage| row.message.deleted_at.is_some_and(|at| at <= before);
                    let due: Vec<_> = model.rows.iter().filter(is_due).map(|row| row.message.seq).collect();
                    world.store.purge(Ended::DeletedMessages, before, MANY).await.expect("the purge runs");
                    model.gone.extend(due);
                }
                10 => {
                    let before = past(dice.up_to(model.head));
                    let limit = u32::try_from(1 + dice.up_to(3)).expect("the number fits");
                    let purged = world.store.purge_messages(&world.tenant, &id, before, NOW, limit).await;
                    let purged = usize::try_from(purged.expect("the purge runs")).expect("the number fits");
                    let is_due = |row: &&FlushedMessage| model.is_there(row) && row.message.created_at < before;
                    let due = model.rows.iter().filter(is_due).take(limit as usize).map(|row| row.message.seq);
                    let due: Vec<_> = due.collect();
                    assert_eq!(due.len(), purged, "round {round}, step {step}");
                    model.gone.extend(due);
                }
                _ => {
                    let rows = model.rows.clone();
                    world.flush(&id, &batch(&rows, &[])).await;
                }
            }
            assert_eq!(seqs(&world, &id).await, model.seqs(), "round {round}, step {step}, act {act}");
            assert_eq!(unread(&world, &id).await, model.unread(), "round {round}, step {step}, act {act}");
            let mentions = world.seen_by("bo", &id).await.mention_count;
            assert_eq!(mentions, model.mentions(), "round {round}, step {step}, act {act}");
        }
        world.store.purge(Ended::DeletedMessages, past(1_000), MANY).await.expect("the purge runs");
        world.store.purge_messages(&world.tenant, &id, past(1_000), NOW, MANY).await.expect("the purge runs");
    }
}
