//! Messages that people have scheduled.

use super::world::{NOW, World, later, user};
use crate::presence::OWN_CHANNEL;
use crate::{Ended, NewScheduled, Scheduled, Statement, StorageError};
use campana_core::chat::command::Draft;
use campana_core::chat::flush::FlushBatch;
use campana_core::chat::scheduled::{
    EndedMessage, PendingMessage, ScheduledMessage, ScheduledOutcome, ScheduledStatus, author_of,
};
use campana_core::chat::wire::MessageType;
use campana_core::shared::ids::{ConversationId, ScheduledId, TenantId};
use campana_core::shared::limits::MAX_PENDING_SCHEDULED;
use serde_json::{Map, json};
use std::collections::BTreeSet;

fn id(world: &World, number: i64) -> ScheduledId {
    ScheduledId::trusted(format!("{} s", world.message_id(number)))
}

fn pending(world: &World, author: &str, number: i64, at: i64) -> PendingMessage {
    let draft = Draft {
        client_msg_id: Some(format!("key {number}")),
        body: format!("said at {at}"),
        message_type: MessageType::Image,
        parent_id: Some(world.message_id(1).to_string()),
        also_in_channel: true,
        quote_id: Some(world.message_id(2).to_string()),
        attachments: Vec::new(),
        metadata: Some(Map::from_iter([("size".to_owned(), json!(12))])),
    };
    let author = author_of(&world.principal(&world.tenant, author, "Bo"));
    PendingMessage { id: id(world, number), send_at: later(at), author, draft }
}

async fn schedule(
    world: &World,
    conversation: &ConversationId,
    pending: &PendingMessage,
    key: &str,
) -> Result<Scheduled, StorageError> {
    world.store.schedule(&world.tenant, conversation, NewScheduled { pending, client_msg_id: key, now: NOW }).await
}

/// Schedules Bo's message `number` at a time.
async fn add(world: &World, conversation: &ConversationId, number: i64, at: i64) -> ScheduledMessage {
    let scheduled = schedule(world, conversation, &pending(world, "bo", number, at), &format!("key {number}")).await;
    match scheduled {
        Ok(Scheduled::Now(message)) => message,
        other => panic!("it is scheduled: {other:?}"),
    }
}

async fn found(world: &World, number: i64) -> ScheduledMessage {
    let found = world.store.scheduled(&world.tenant, &user("bo"), &id(world, number)).await;
    found.expect("the query runs").expect("it is there")
}

fn ended(world: &World, number: i64, outcome: ScheduledOutcome) -> EndedMessage {
    EndedMessage { id: id(world, number), user_id: user("bo"), outcome, ended_at: later(60) }
}

fn sent(world: &World) -> ScheduledOutcome {
    ScheduledOutcome::Sent { message_id: world.message_id(9) }
}

fn failed() -> ScheduledOutcome {
    ScheduledOutcome::Failed { problem: "muted".to_owned() }
}

async fn settle(world: &World, tenant: &TenantId, conversation: &ConversationId, ended: &[EndedMessage]) {
    world.store.settle_scheduled(tenant, conversation, ended).await.expect("the query runs");
}

async fn listed(world: &World, status: ScheduledStatus, conversation: Option<&ConversationId>) -> Vec<ScheduledId> {
    let bo = user("bo");
    let list = world.store.list_scheduled((&world.tenant, &bo), status, conversation, None, 100).await;
    list.expect("the list is read").into_iter().map(|message| message.id).collect()
}

pub(super) async fn a_key_schedules_one_message(world: World) {
    let group = world.group(1, &["bo"]).await;
    let other = world.group(2, &["bo"]).await;
    let first = add(&world, &group.id, 1, 5).await;
    assert_eq!(first, found(&world, 1).await);
    assert_eq!(
        (first.body.as_deref(), first.message_type, first.status),
        (Some("said at 5"), MessageType::Image, ScheduledStatus::Pending)
    );
    assert_eq!(first.metadata, Some(Map::from_iter([("size".to_owned(), json!(12))])));
    assert_eq!((first.parent_id.clone(), first.send_at), (Some(world.message_id(1)), later(5)));
    assert_eq!((first.quote_id.clone(), first.also_in_channel), (Some(world.message_id(2)), true));
    let repeated = schedule(&world, &group.id, &pending(&world, "bo", 2, 6), "key 1").await;
    assert_eq!(repeated, Ok(Scheduled::Before(first.clone())));
    let with_key = world.store.scheduled_with_key(&world.tenant, &group.id, &user("bo"), "key 1").await;
    assert_eq!(with_key, Ok(Some(first)));
    for (conversation, author, number) in [(&group.id, "ana", 3), (&other.id, "bo", 4)] {
        let scheduled = schedule(&world, conversation, &pending(&world, author, number, 6), "key 1").await;
        assert!(matches!(scheduled, Ok(Scheduled::Now(_))), "keys are of a person in a conversation: {scheduled:?}");
    }
    let unknown = schedule(&world, &group.id, &pending(&world, "nobody", 5, 6), "key").await;
    assert_eq!(unknown, Err(StorageError::Constraint));
}

pub(super) async fn a_limited_number_of_messages_of_a_person_wait(world: World) {
    const MANY: &str = "
        INSERT INTO scheduled_messages
            (id, tenant_id, conversation_id, user_id, client_msg_id, send_at, draft, author, created_at, check_at)
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?3)
        SELECT ?2 || i, ?1, ?2, 'bo', i, 1, '{}', '{}', 1, 9000000000000 FROM n";
    let group = world.group(1, &["bo"]).await;
    let count = i64::from(MAX_PENDING_SCHEDULED) - 1;
    world.sql(Statement::unnamed(MANY, [(&world.tenant).into(), (&group.id).into(), count.into()])).await;
    add(&world, &group.id, 1, 5).await;
    let full = schedule(&world, &group.id, &pending(&world, "bo", 2, 6), "one more").await;
    assert_eq!(full, Ok(Scheduled::Full));
    let repeated = schedule(&world, &group.id, &pending(&world, "bo", 2, 6), "key 1").await;
    assert!(matches!(repeated, Ok(Scheduled::Before(_))), "a repeat is answered: {repeated:?}");
    let other = schedule(&world, &group.id, &pending(&world, "ana", 3, 6), "one more").await;
    assert!(matches!(other, Ok(Scheduled::Now(_))), "another person: {other:?}");
    settle(&world, &world.tenant, &group.id, &[ended(&world, 1, sent(&world))]).await;
    add(&world, &group.id, 4, 5).await;
}

pub(super) async fn the_end_of_a_message_is_written_once_and_removes_its_text(world: World) {
    const KEPT: &str = "SELECT id FROM scheduled_messages WHERE tenant_id = ?1 AND author IS NOT NULL";
    let group = world.group(1, &["bo"]).await;
    for number in 1..=3 {
        add(&world, &group.id, number, 5).await;
    }
    let all =
        [ended(&world, 1, sent(&world)), ended(&world, 2, failed()), ended(&world, 3, ScheduledOutcome::Cancelled)];
    settle(&world, &world.stranger, &group.id, &all).await;
    settle(&world, &world.tenant, &world.group(2, &["bo"]).await.id, &all).await;
    assert_eq!(listed(&world, ScheduledStatus::Pending, None).await.len(), 3, "of another place");
    settle(&world, &world.tenant, &group.id, &all).await;
    let again: Vec<_> = [2, 3, 1].map(|number| ended(&world, number, failed())).into();
    settle(&world, &world.tenant, &group.id, &again).await;
    let (one, two, three) = (found(&world, 1).await, found(&world, 2).await, found(&world, 3).await);
    assert_eq!((one.status, one.message_id, one.body), (ScheduledStatus::Sent, Some(world.message_id(9)), None));
    assert_eq!((one.ended_at, one.metadata, one.message_type), (Some(later(60)), None, MessageType::Image));
    assert_eq!((two.status, two.problem.as_deref()), (ScheduledStatus::Failed, Some("muted")));
    assert_eq!(two.body.as_deref(), Some("said at 5"), "its author can copy it");
    assert_eq!((three.status, three.body), (ScheduledStatus::Cancelled, None));
    assert!(world.sql(Statement::unnamed(KEPT, [(&world.tenant).into()])).await.is_empty());
}

pub(super) async fn a_flush_settles_what_was_sent_and_tells_whose_own_channel_is_open(world: World) {
    let group = world.group(1, &["bo"]).await;
    for number in 1..=2 {
        add(&world, &group.id, number, 5).await;
    }
    let mut batch = world.batch(&group.id, &[1]);
    batch.sent_scheduled = vec![ended(&world, 1, sent(&world))];
    let flush = async |batch, now| world.store.flush(&world.tenant, &group.id, batch, now).await;
    let away = flush(&batch, NOW).await.expect("the batch is written");
    assert!(away.authors_online.is_empty(), "their own channel is not open");
    let one = found(&world, 1).await;
    assert_eq!((one.status, one.message_id, one.body), (ScheduledStatus::Sent, Some(world.message_id(9)), None));
    assert_eq!(found(&world, 2).await.status, ScheduledStatus::Pending);

    let bo = [user("bo")];
    world.store.renew_presence(&world.tenant, &bo, "room 1", NOW, later(60)).await.expect("the query runs");
    assert!(flush(&batch, later(1)).await.expect("repeated").authors_online.is_empty(), "from another source");
    world.store.renew_presence(&world.tenant, &bo, OWN_CHANNEL, NOW, later(60)).await.expect("the query runs");
    let only = FlushBatch {
        sent_scheduled: vec![ended(&world, 2, sent(&world))],
        last_seq: batch.last_seq,
        ..FlushBatch::default()
    };
    let here = flush(&only, later(1)).await.expect("the batch is written");
    assert_eq!(here.authors_online, BTreeSet::from(bo));
    assert_eq!(found(&world, 2).await.status, ScheduledStatus::Sent);
    assert!(flush(&only, later(60)).await.expect("repeated").authors_online.is_empty(), "the lease has expired");
}

pub(super) async fn what_failed_notifies_its_author_once(world: World) {
    let group = world.group(1, &["bo"]).await;
    for number in 1..=2 {
        add(&world, &group.id, number, 5).await;
    }
    let all = [ended(&world, 1, sent(&world)), ended(&world, 2, failed())];
    for expected in [1, 0] {
        let told = world.store.settle_scheduled(&world.tenant, &group.id, &all).await.expect("the query runs");
        assert_eq!(told.len(), expected);
        assert!(told.iter().all(|one| one.user_id == user("bo")));
    }
    let listed = world.store.notifications(&world.tenant, &user("bo"), true, None, later(61), 10).await;
    let listed = listed.expect("the list is read");
    let data: Vec<_> = listed.iter().map(|one| (one.kind.as_str(), one.data.clone())).collect();
    let about = json!({"scheduled_id": id(&world, 2), "conversation_id": group.id, "problem": "muted"});
    assert_eq!(data, [("scheduled_failed", about.as_object().cloned())]);
}

pub(super) async fn what_failed_can_be_dismissed(world: World) {
    let group = world.group(1, &["bo"]).await;
    add(&world, &group.id, 1, 5).await;
    add(&world, &group.id, 2, 5).await;
    settle(&world, &world.tenant, &group.id, &[ended(&world, 1, failed())]).await;
    for (tenant, who, number) in [(&world.tenant, "ana", 1), (&world.stranger, "bo", 1), (&world.tenant, "bo", 2)] {
        world.store.dismiss_scheduled(tenant, &user(who), &id(&world, number)).await.expect("the query runs");
    }
    assert_eq!(listed(&world, ScheduledStatus::Failed, None).await, [id(&world, 1)]);
    assert_eq!(listed(&world, ScheduledStatus::Pending, None).await, [id(&world, 2)]);
    world.store.dismiss_scheduled(&world.tenant, &user("bo"), &id(&world, 1)).await.expect("the query runs");
    let dismissed = found(&world, 1).await;
    assert_eq!((dismissed.status, dismissed.body), (ScheduledStatus::Cancelled, None));
}

pub(super) async fn scheduled_messages_are_listed_by_time_status_and_conversation(world: World) {
    let (group, other) = (world.group(1, &["bo"]).await, world.group(2, &["bo"]).await);
    for (conversation, number, at) in [(&group, 1, 30), (&group, 2, 10), (&other, 3, 20), (&group, 4, 20)] {
        add(&world, &conversation.id, number, at).await;
    }
    let expected = [2, 3, 4, 1].map(|number| id(&world, number));
    assert_eq!(listed(&world, ScheduledStatus::Pending, None).await, expected);
    assert_eq!(listed(&world, ScheduledStatus::Pending, Some(&other.id)).await, [id(&world, 3)]);
    let (bo, mut pages, mut after) = (user("bo"), Vec::new(), None::<(i64, ScheduledId)>);
    loop {
        let place = after.as_ref().map(|(at, id)| (*at, id));
        let page = world.store.list_scheduled((&world.tenant, &bo), ScheduledStatus::Pending, None, place, 1).await;
        let page = page.expect("the list is read");
        let Some(message) = page.last() else { break };
        after = Some((message.send_at.millis(), message.id.clone()));
        pages.extend(page.into_iter().map(|message| message.id));
    }
    assert_eq!(pages, expected);
    settle(&world, &world.tenant, &group.id, &[ended(&world, 2, sent(&world))]).await;
    assert_eq!(listed(&world, ScheduledStatus::Sent, None).await, [id(&world, 2)]);
    assert_eq!(listed(&world, ScheduledStatus::Pending, Some(&group.id)).await, [4, 1].map(|n| id(&world, n)));
}

pub(super) async fn scheduled_messages_belong_to_one_person_of_one_tenant(world: World) {
    let group = world.group(1, &["bo"]).await;
    add(&world, &group.id, 1, 5).await;
    for (tenant, who) in [(&world.tenant, "ana"), (&world.stranger, "bo")] {
        let who = user(who);
        assert_eq!(world.store.scheduled(tenant, &who, &id(&world, 1)).await, Ok(None));
        let list = world.store.list_scheduled((tenant, &who), ScheduledStatus::Pending, None, None, 9).await;
        assert_eq!(list, Ok(Vec::new()));
        let list = world.store.list_scheduled((tenant, &who), ScheduledStatus::Pending, Some(&group.id), None, 9).await;
        assert_eq!(list, Ok(Vec::new()));
        assert_eq!(world.store.scheduled_with_key(tenant, &group.id, &who, "key 1").await, Ok(None));
    }
    assert_eq!(world.store.due_scheduled(&world.stranger, &group.id, later(9), 9).await, Ok(Vec::new()));
}

pub(super) async fn what_is_due_is_read_back_as_it_was_scheduled(world: World) {
    let group = world.group(1, &["bo"]).await;
    for (number, at) in [(1, 20), (2, 10), (3, 30), (4, 5)] {
        add(&world, &group.id, number, at).await;
    }
    settle(&world, &world.tenant, &group.id, &[ended(&world, 4, failed())]).await;
    let due = |by, limit| world.store.due_scheduled(&world.tenant, &group.id, by, limit);
    let expected = vec![pending(&world, "bo", 2, 10), pending(&world, "bo", 1, 20)];
    assert_eq!(due(later(20), 9).await, Ok(expected.clone()));
    assert_eq!(due(later(20), 1).await, Ok(vec![expected[0].clone()]));
    assert_eq!(due(NOW, 9).await, Ok(Vec::new()));
}

pub(super) async fn overdue_messages_of_all_tenants_are_found_until_they_are_asked_for(world: World) {
    let (group, other) = (world.group(1, &["bo"]).await, world.group(2, &["bo"]).await);
    // Earlier than what other cases schedule.
    for (conversation, number, at) in [(&group, 1, -900_000_003), (&other, 2, -900_000_002), (&group, 3, -900_000_001)]
    {
        add(&world, &conversation.id, number, at).await;
    }
    let overdue = async || {
        let found = world.store.overdue_scheduled(later(-900_000_001), 1_000).await.expect("the query runs");
        let own = found.into_iter().filter(|(tenant, _)| *tenant == world.tenant);
        own.map(|(_, conversation)| conversation).collect::<Vec<_>>()
    };
    let mut found = overdue().await;
    found.sort();
    assert_eq!(found, [group.id.clone(), other.id.clone()]);
    let asked = world.store.check_scheduled_later(&world.tenant, &group.id, later(-900_000_001), later(60));
    asked.await.expect("the query runs");
    assert_eq!(overdue().await, std::slice::from_ref(&other.id));
    let stranger = world.store.check_scheduled_later(&world.stranger, &other.id, later(0), later(60));
    stranger.await.expect("the query runs");
    assert_eq!(overdue().await, std::slice::from_ref(&other.id));
    settle(&world, &world.tenant, &other.id, &[ended(&world, 2, sent(&world))]).await;
    assert_eq!(overdue().await, []);
}

pub(super) async fn ended_messages_are_purged(world: World) {
    let group = world.group(1, &["bo"]).await;
    for number in 1..=3 {
        add(&world, &group.id, number, 5).await;
    }
    let at = |number, at: i64| EndedMessage { ended_at: later(at), ..ended(&world, number, failed()) };
    settle(&world, &world.tenant, &group.id, &[at(1, -900_000_000), at(2, 10)]).await;
    let mut swept = 0;
    while world.store.purge(Ended::ScheduledMessages, later(-900_000_000), 1).await.expect("the purge runs") > 0 {
        swept += 1;
    }
    assert!(swept > 0);
    assert_eq!(world.store.scheduled(&world.tenant, &user("bo"), &id(&world, 1)).await, Ok(None));
    assert_eq!(found(&world, 2).await.status, ScheduledStatus::Failed);
    assert_eq!(found(&world, 3).await.status, ScheduledStatus::Pending);
}
