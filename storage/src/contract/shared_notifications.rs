//! Notifications of all members of a conversation, and what edits and threads do to notifications.

use super::notifications::{candidate, flush, listed, mention, unread, want};
use super::world::{NOW, World, deleted, edited, later, marker, user};
use crate::{
    Ended, FlushedNotifications, MAX_SHARED_NOTIFICATIONS, NotificationsReader, NotificationsStep, OWN_CHANNEL,
    RecipientPage, SharedWithdrawn, Statement, Withdrawn,
};
use campana_core::accounts::audit::Act;
use campana_core::chat::flush::{FlushBatch, FlushedMessage};
use campana_core::chat::notifications::{NotificationCandidate, OwnKind};
use campana_core::chat::policy::Role;
use campana_core::chat::preferences::{MuteChange, Notify, PreferencesChange};
use campana_core::chat::wire::{Mention, MentionType};
use campana_core::push::{PushKeys, PushSubscription};
use campana_core::shared::ids::ConversationId;
use campana_core::shared::timestamp::Timestamp;
use serde_json::json;

const COUNT: &str = "SELECT count(*) AS n FROM shared_notifications WHERE conversation_id = ?1";
const READS: &str = "SELECT count(*) AS n FROM shared_notification_reads WHERE conversation_id = ?1";

fn all(mention_type: MentionType) -> Mention {
    Mention { mention_type, user_id: None }
}

/// A message of Ana that mentions all members.
fn to_all(world: &World, conversation: &ConversationId, seq: i64, kind: MentionType) -> FlushedMessage {
    let mut row = world.message(conversation, seq, seq);
    row.message.mentions = vec![all(kind)];
    row
}

fn of(created: Vec<FlushedMessage>) -> FlushBatch {
    FlushBatch { last_seq: created.last().map_or(0, |row| row.updated_seq), created, ..FlushBatch::default() }
}

fn changing(row: FlushedMessage) -> FlushBatch {
    let notifications = NotificationCandidate::of_mentions(&row.message).collect();
    FlushBatch { last_seq: row.updated_seq, changed: vec![row], notifications, ..FlushBatch::default() }
}

/// Flushes messages to all members, at these positions.
async fn announce(world: &World, conversation: &ConversationId, seqs: &[i64]) -> FlushedNotifications {
    let rows = seqs.iter().map(|seq| to_all(world, conversation, *seq, MentionType::Room)).collect();
    flush(world, conversation, &of(rows), NOW).await
}

async fn rows(world: &World, sql: &'static str, conversation: &ConversationId) -> i64 {
    let rows = world.sql(Statement::unnamed(sql, [conversation.into()])).await;
    rows[0]["n"].as_i64().expect("it is a number")
}

async fn online(world: &World, id: &str, source: &str, until: Timestamp) {
    let renewed = world.store.renew_presence(&world.tenant, &[user(id)], source, NOW, until).await;
    renewed.expect("the lease is renewed");
}

pub(super) async fn one_row_notifies_every_member_who_wants_it(world: World) {
    let group = world.group(1, &["bo", "cy"]).await;
    let flushed = announce(&world, &group.id, &[1]).await;
    assert_eq!((flushed.shared, flushed.created.len()), (vec![1], 0));
    assert_eq!(rows(&world, COUNT, &group.id).await, 1);
    assert_eq!(announce(&world, &group.id, &[1]).await.shared, Vec::<i64>::new(), "the same batch again");
    let (of_bo, of_cy) = (listed(&world, "bo").await, listed(&world, "cy").await);
    assert_eq!(of_bo, of_cy);
    let one = &of_bo[0];
    assert_eq!((of_bo.len(), one.kind.as_str(), one.read_at, one.created_at), (1, "mention", None, later(1)));
    assert_eq!(json!(one.data), json!({"mention": "room"}));
    assert_eq!(one.message.as_ref().and_then(|message| message.body.as_deref()), Some("said at 1"));
    assert!(listed(&world, "ana").await.is_empty(), "not of one's own");
    assert_eq!(world.store.notifications(&world.stranger, &user("bo"), false, None, NOW, 9).await, Ok(Vec::new()));
    let set = async |change: PreferencesChange| {
        let bo = user("bo");
        world.store.set_preferences((&world.tenant, &group.id, &bo), change, NOW).await.expect("the query runs");
        unread(&world, "bo").await.len()
    };
    let notify = |notify| PreferencesChange { notify: Some(notify), ..PreferencesChange::default() };
    assert_eq!(set(notify(Notify::None)).await, 0);
    assert_eq!(set(notify(Notify::Mentions)).await, 1);
    let mute = |at| PreferencesChange { mute: MuteChange::Until(at), ..PreferencesChange::default() };
    assert_eq!(set(mute(later(2))).await, 0, "sent before the mute ends");
    assert_eq!(set(mute(later(1))).await, 1);
    want(&world, "bo", json!({"mention": {"inbox": false}})).await;
    assert_eq!((unread(&world, "bo").await.len(), unread(&world, "cy").await.len()), (0, 1));
    world.store.add_block(&world.tenant, &user("cy"), &user("ana"), NOW).await.expect("the query runs");
    assert!(listed(&world, "cy").await.is_empty(), "nothing of a blocked author");
}

pub(super) async fn who_joins_later_or_is_removed_finds_none(world: World) {
    let group = world.group(1, &["bo"]).await;
    announce(&world, &group.id, &[-5, 3]).await;
    assert_eq!(unread(&world, "bo").await, [3], "what was sent before they joined is not theirs");
    let read = world.store.read_notification(&world.tenant, &user("bo"), &listed(&world, "bo").await[0].id, NOW).await;
    assert_eq!(read, Ok(Some(true)));
    let id = listed(&world, "bo").await[0].id.clone();
    let audit = world.audit(Act::MemberRemoved, "bo", NOW);
    world.store.remove_member(&world.tenant, &group.id, &user("bo"), None, &audit).await.expect("the removal succeeds");
    for who in ["bo", "cy"] {
        assert!(listed(&world, who).await.is_empty());
        assert_eq!(world.store.read_notification(&world.tenant, &user(who), &id, NOW).await, Ok(None));
    }
    assert_eq!(rows(&world, READS, &group.id).await, 0);
    world.add(&group.id, "bo", Role::Member).await.expect("the conversation exists");
    assert_eq!(unread(&world, "bo").await, [3], "who is back in the same second");
}

pub(super) async fn here_is_for_members_who_are_online(world: World) {
    let group = world.group(1, &["bo", "cy"]).await;
    online(&world, "bo", OWN_CHANNEL, later(60)).await;
    online(&world, "bo", "conversation:other", later(60)).await;
    let here = of(vec![to_all(&world, &group.id, 1, MentionType::Here)]);
    assert_eq!(flush(&world, &group.id, &here, later(2)).await.shared, [1]);
    online(&world, "cy", OWN_CHANNEL, later(60)).await;
    assert_eq!(flush(&world, &group.id, &here, later(3)).await.shared, Vec::<i64>::new(), "who was online then");
    assert_eq!((unread(&world, "bo").await.len(), unread(&world, "cy").await.len()), (1, 0));
    assert_eq!(json!(listed(&world, "bo").await[0].data), json!({"mention": "here"}));
    let mut row = edited(&here.created[0], "for all", 2);
    row.message.mentions = vec![all(MentionType::Here), all(MentionType::Room)];
    assert_eq!(flush(&world, &group.id, &changing(row), later(4)).await.shared, [1], "an edit makes it everybody's");
    assert_eq!((unread(&world, "bo").await.len(), unread(&world, "cy").await.len()), (1, 1));
    assert_eq!(flush(&world, &group.id, &here, later(5)).await.shared, Vec::<i64>::new(), "a late batch");
    assert_eq!(unread(&world, "cy").await.len(), 1);
}

pub(super) async fn the_conversation_or_the_member_reads_it(world: World) {
    let group = world.group(1, &["bo", "cy"]).await;
    announce(&world, &group.id, &[1, 2, 3, 4]).await;
    let bo = user("bo");
    let read = FlushBatch { read: vec![marker(bo.clone(), 1)], ..FlushBatch::default() };
    flush(&world, &group.id, &read, later(9)).await;
    assert_eq!((unread(&world, "bo").await, unread(&world, "cy").await), (vec![4, 3, 2], vec![4, 3, 2, 1]));
    assert_eq!(listed(&world, "bo").await[3].read_at, Some(later(1)));
    assert_eq!(rows(&world, READS, &group.id).await, 0, "the marker reads it");
    let ids: Vec<_> = listed(&world, "bo").await.into_iter().map(|one| one.id).collect();
    let one = async |at| world.store.read_notification(&world.tenant, &bo, &ids[0], at).await;
    assert_eq!((one(later(10)).await, one(later(11)).await), (Ok(Some(true)), Ok(Some(false))));
    assert_eq!(unread(&world, "bo").await, [3, 2]);
    assert_eq!(listed(&world, "bo").await[0].read_at, Some(later(10)));
    let up_to = async || world.store.read_notifications(&world.tenant, &bo, &ids[2], later(12)).await;
    assert_eq!(up_to().await, Ok(NotificationsStep { any: true, more: false }));
    assert_eq!(up_to().await, Ok(NotificationsStep { any: false, more: false }));
    assert_eq!((unread(&world, "bo").await, unread(&world, "cy").await.len()), (vec![3], 4));
    for (tenant, who) in [(&world.stranger, "bo"), (&world.tenant, "ana")] {
        assert_eq!(world.store.read_notification(tenant, &user(who), &ids[1], NOW).await, Ok(None));
        let step = world.store.read_notifications(tenant, &user(who), &ids[0], NOW).await;
        assert_eq!(step, Ok(NotificationsStep { any: false, more: false }));
    }
    assert_eq!(rows(&world, READS, &group.id).await, 2);
}

pub(super) async fn a_reader_of_the_conversation_is_notified_once(world: World) {
    let group = world.group(1, &["bo", "cy"]).await;
    announce(&world, &group.id, &[2, 4]).await;
    let read = async |seq| {
        let markers = vec![marker(user("bo"), seq), marker(user("ana"), seq)];
        flush(&world, &group.id, &FlushBatch { read: markers, ..FlushBatch::default() }, NOW).await.read
    };
    let reader = |seq| NotificationsReader { user_id: user("bo"), up_to_seq: seq };
    assert_eq!(read(1).await, []);
    assert_eq!(read(3).await, [reader(3)]);
    assert_eq!(read(3).await, []);
    let fourth = listed(&world, "bo").await[0].id.clone();
    let done = world.store.read_notification(&world.tenant, &user("bo"), &fourth, NOW).await;
    assert_eq!(done, Ok(Some(true)));
    assert_eq!(read(9).await, [], "read already");
}

pub(super) async fn a_message_that_is_deleted_or_mentions_all_no_more_withdraws_it(world: World) {
    let group = world.group(1, &["bo"]).await;
    let batch = of([1, 2, 3].map(|seq| to_all(&world, &group.id, seq, MentionType::Room)).into());
    flush(&world, &group.id, &batch, NOW).await;
    let ids: Vec<_> = listed(&world, "bo").await.into_iter().map(|one| one.id).collect();
    let gone = |seq, at: usize| vec![SharedWithdrawn { seq, id: ids[at].clone() }];
    let of_deletion = flush(&world, &group.id, &changing(deleted(&batch.created[0], 4)), NOW).await;
    assert_eq!(of_deletion.withdrawn_shared, gone(1, 2));
    let mut plain = edited(&batch.created[1], "not for all", 5);
    plain.message.mentions.clear();
    assert_eq!(flush(&world, &group.id, &changing(plain), NOW).await.withdrawn_shared, gone(2, 1));
    let still = flush(&world, &group.id, &changing(edited(&batch.created[2], "@room again", 6)), NOW).await;
    assert_eq!((still.withdrawn_shared, still.shared), (vec![], vec![]));
    assert_eq!(flush(&world, &group.id, &batch, NOW).await.shared, Vec::<i64>::new(), "a late batch");
    assert_eq!(unread(&world, "bo").await, [3]);
}

pub(super) async fn a_notification_of_ones_own_takes_its_place(world: World) {
    let group = world.group(1, &["bo", "cy"]).await;
    let mut row = to_all(&world, &group.id, 1, MentionType::Room);
    row.message.mentions.push(mention("bo"));
    let batch =
        FlushBatch { notifications: NotificationCandidate::of_mentions(&row.message).collect(), ..of(vec![row]) };
    let flushed = flush(&world, &group.id, &batch, NOW).await;
    assert_eq!((flushed.created.len(), flushed.shared.len()), (1, 1));
    assert_eq!((unread(&world, "bo").await, unread(&world, "cy").await), (vec![1], vec![1]));
    assert_eq!(listed(&world, "bo").await[0].data, None);
}

pub(super) async fn they_are_paged_and_counted_with_those_of_ones_own(world: World) {
    let (group, other) = (world.group(1, &["bo"]).await, world.group(2, &["bo"]).await);
    let mut own = world.batch(&group.id, &[1, 3, 5]);
    own.created.iter_mut().for_each(|row| row.message.mentions = vec![mention("bo")]);
    own.notifications = own.created.iter().map(|row| candidate(row, "bo", OwnKind::Mention)).collect();
    flush(&world, &group.id, &own, NOW).await;
    announce(&world, &other.id, &[2, 4, 6]).await;
    assert_eq!(unread(&world, "bo").await, [6, 5, 4, 3, 2, 1]);
    let (bo, mut found, mut before) = (user("bo"), Vec::new(), None);
    loop {
        let page = world.store.notifications(&world.tenant, &bo, true, before.as_ref(), NOW, 2).await;
        let page = page.expect("the list is read");
        let Some(last) = page.last() else { break };
        before = Some(last.id.clone());
        found.extend(page);
    }
    assert_eq!(found, listed(&world, "bo").await);
    let step = world.store.read_notifications(&world.tenant, &bo, &found[2].id, NOW).await;
    assert_eq!(step, Ok(NotificationsStep { any: true, more: false }));
    assert_eq!(unread(&world, "bo").await, [6, 5]);
}

pub(super) async fn reading_a_thread_reads_the_notifications_of_its_replies(world: World) {
    let group = world.group(1, &["bo", "cy"]).await.id;
    flush(&world, &group, &world.batch(&group, &[1, 2]), later(1)).await;
    let root = world.message_id(1);
    let reply = |seq: i64, in_channel| {
        let mut row = world.message(&group, seq, seq);
        row.message.thread_id = Some(root.clone());
        row.message.also_in_channel = in_channel;
        row
    };
    for who in ["bo", "cy"] {
        let followed = world.store.follow_thread(&world.tenant, &user(who), &root, true).await;
        assert!(followed.is_ok_and(|place| place.is_some()));
    }
    let mut mentioning = reply(4, false);
    mentioning.message.mentions = vec![mention("bo")];
    let mut shared = reply(6, true);
    shared.message.mentions = vec![all(MentionType::Room)];
    let mut elsewhere = world.message(&group, 5, 5);
    elsewhere.message.mentions = vec![mention("bo")];
    let mut batch = of(vec![reply(3, false), mentioning, elsewhere, shared, reply(7, false)]);
    batch.notifications = [1, 2].map(|at| candidate(&batch.created[at], "bo", OwnKind::Mention)).into();
    let unfollowed = world.store.follow_thread(&world.tenant, &user("cy"), &root, false).await;
    assert!(unfollowed.is_ok_and(|place| place.is_some()));
    flush(&world, &group, &batch, later(9)).await;
    assert_eq!((unread(&world, "bo").await, unread(&world, "cy").await), (vec![7, 6, 5, 4, 3], vec![6]));
    let read = async |who: &str, seq| {
        let placed = world.store.mark_thread_read(&world.tenant, &user(who), &root, seq).await;
        assert!(placed.is_ok_and(|place| place.is_some()));
        let read = world.store.read_notifications_of_thread(&world.tenant, &user(who), &root, later(10)).await;
        read.expect("the batch runs").len()
    };
    assert_eq!(read("bo", Some(4)).await, 2);
    assert_eq!(unread(&world, "bo").await, [7, 6, 5]);
    assert_eq!((read("bo", None).await, read("bo", None).await), (2, 0));
    assert_eq!(read("cy", None).await, 1, "followed or not");
    assert_eq!((unread(&world, "bo").await, unread(&world, "cy").await), (vec![5], vec![]));
    let strangers = world.store.read_notifications_of_thread(&world.stranger, &user("bo"), &root, NOW).await;
    assert_eq!(strangers, Ok(Vec::new()));
    let mut late = reply(7, false);
    late.message.mentions = vec![mention("cy")];
    late.updated_seq = 8;
    let flushed = flush(&world, &group, &changing(late), later(11)).await;
    assert_eq!(flushed.created, [], "the thread is read up to there");
}

pub(super) async fn an_edit_withdraws_and_adds_mentions_and_tells_of_news(world: World) {
    let group = world.group(1, &["bo", "cy"]).await;
    let mut row = world.message(&group.id, 1, 1);
    row.message.mentions = vec![mention("bo")];
    let first =
        FlushBatch { notifications: NotificationCandidate::of_mentions(&row.message).collect(), ..of(vec![row]) };
    flush(&world, &group.id, &first, NOW).await;
    let id = listed(&world, "bo").await[0].id.clone();
    let better = changing(edited(&first.created[0], "said better", 2));
    let flushed = flush(&world, &group.id, &better, NOW).await;
    assert_eq!((flushed.created.len(), flushed.withdrawn.len(), flushed.edited.len()), (0, 0, 1));
    let news = &flushed.edited[0].notification;
    assert_eq!((&news.id, news.updated_at), (&id, later(2)));
    assert_eq!(news.message.as_ref().and_then(|message| message.body.as_deref()), Some("said better"));
    assert_eq!(flush(&world, &group.id, &better, NOW).await.edited, [], "once");
    let mut other = edited(&first.created[0], "said to Cy", 3);
    other.message.mentions = vec![mention("cy")];
    let flushed = flush(&world, &group.id, &changing(other), NOW).await;
    assert_eq!(flushed.withdrawn, [Withdrawn { user_id: user("bo"), ids: vec![id] }]);
    let created: Vec<_> = flushed.created.iter().map(|one| one.user_id.as_str()).collect();
    assert_eq!(created, ["cy"]);
    for late in [&first, &better] {
        let flushed = flush(&world, &group.id, late, NOW).await;
        assert_eq!((flushed.created, flushed.withdrawn), (vec![], vec![]), "a late batch");
    }
    assert_eq!((unread(&world, "bo").await, unread(&world, "cy").await), (vec![], vec![1]));
}

pub(super) async fn recipients_are_read_page_by_page(world: World) {
    for id in ["di", "ed", "flo", "gus"] {
        world.record(&world.tenant, id, id).await;
    }
    let group = world.group(1, &["bo", "cy", "di", "ed", "flo", "gus"]).await;
    announce(&world, &group.id, &[1]).await;
    let device = |id: &str| PushSubscription {
        endpoint: format!("https://push.example/{}/{id}", group.id),
        keys: PushKeys { p256dh: "p".to_owned(), auth: "a".to_owned() },
    };
    for id in ["bo", "di", "ed", "flo", "gus"] {
        let saved = world.store.save_push_device(&world.tenant, &user(id), &device(id), NOW).await;
        saved.expect("the device is saved");
    }
    for id in ["bo", "cy"] {
        online(&world, id, OWN_CHANNEL, later(60)).await;
    }
    online(&world, "ed", &format!("conversation:{}", group.id), later(60)).await;
    let archived = PreferencesChange { archived: Some(true), ..PreferencesChange::default() };
    let flo = user("flo");
    world.store.set_preferences((&world.tenant, &group.id, &flo), archived, NOW).await.expect("the query runs");
    let gus = vec![marker(user("gus"), 1)];
    flush(&world, &group.id, &FlushBatch { read: gus, ..FlushBatch::default() }, NOW).await;
    let page = async |tenant, seq, after: Option<&str>, limit| {
        let after = after.map(user);
        let page = world.store.recipients_of_shared((tenant, &group.id, seq), after.as_ref(), later(2), limit).await;
        let RecipientPage { recipients: told, next } = page.expect("the page is read");
        let told: Vec<_> = told
            .into_iter()
            .map(|one| (one.notified.user_id.to_string(), one.is_online, one.notified.push.devices.len()))
            .collect();
        (told, next.map(|user| user.to_string()))
    };
    let told = |id: &str, is_online, devices| (id.to_owned(), is_online, devices);
    let first = page(&world.tenant, 1, None, 3).await;
    assert_eq!(first, (vec![told("bo", true, 1), told("cy", true, 0)], Some("cy".to_owned())));
    let second = page(&world.tenant, 1, Some("cy"), 3).await;
    assert_eq!(second, (vec![told("di", false, 1)], Some("flo".to_owned())), "neither on the screen nor archived");
    assert_eq!(page(&world.tenant, 1, Some("flo"), 3).await, (vec![], None), "who has read it");
    assert_eq!(page(&world.tenant, 2, None, 9).await, (vec![], None));
    assert_eq!(page(&world.stranger, 1, None, 9).await, (vec![], None));
}

pub(super) async fn only_the_newest_of_a_conversation_are_kept(world: World) {
    let (group, other) = (world.group(1, &["bo"]).await, world.group(2, &["bo"]).await);
    announce(&world, &other.id, &[1_000]).await;
    let seqs: Vec<i64> = (1..=i64::from(MAX_SHARED_NOTIFICATIONS) + 5).collect();
    announce(&world, &group.id, &seqs).await;
    assert_eq!(rows(&world, COUNT, &group.id).await, i64::from(MAX_SHARED_NOTIFICATIONS));
    assert_eq!(rows(&world, COUNT, &other.id).await, 1);
    let sixth = world.store.recipients_of_shared((&world.tenant, &group.id, 5), None, NOW, 9).await;
    assert!(sixth.is_ok_and(|page| page.recipients.is_empty()));
}

pub(super) async fn shared_notifications_are_swept_after_their_time(world: World) {
    let group = world.group(1, &["bo"]).await;
    announce(&world, &group.id, &[1, 2, 3]).await;
    while world.store.purge(Ended::SharedNotifications, later(2), 1).await.expect("the purge runs") > 0 {}
    assert_eq!(unread(&world, "bo").await, [3]);
}
