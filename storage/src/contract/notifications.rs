//! Notifications.

use super::world::{NOW, World, deleted, edited, later, marker, user};
use crate::{
    AppNotification, Direct, Ended, FlushedNotifications, NewDirect, NewReport, NotificationsReader, NotificationsStep,
    OWN_CHANNEL, Resolution, Withdrawn,
};
use campana_core::accounts::audit::Act;
use campana_core::chat::annotations::ReactionRow;
use campana_core::chat::emoji::Emoji;
use campana_core::chat::flush::{FlushBatch, FlushedMessage};
use campana_core::chat::invite::NewInvite;
use campana_core::chat::notification_preferences::NotificationPreferences;
use campana_core::chat::notifications::{Notification, NotificationCandidate, NotificationKind, OwnKind};
use campana_core::chat::policy::{Role, Visibility};
use campana_core::chat::preferences::{MuteChange, Notify, PreferencesChange};
use campana_core::chat::report::ReportAction;
use campana_core::chat::wire::{Mention, MentionType, Person};
use campana_core::shared::ids::{ConversationId, InviteId, NotificationId};
use campana_core::shared::timestamp::Timestamp;
use serde_json::json;
use std::collections::BTreeSet;

/// Ana notifies a person of the message of this row.
pub(super) fn candidate(row: &FlushedMessage, id: &str, kind: OwnKind) -> NotificationCandidate {
    NotificationCandidate {
        user_id: user(id),
        kind,
        message_id: row.message.id.clone(),
        seq: row.message.seq,
        actor: Person { user_id: user("ana"), name: "Ana".to_owned() },
        at: row.message.created_at,
    }
}

/// A mention of a member.
pub(super) fn mention(id: &str) -> Mention {
    Mention { mention_type: MentionType::User, user_id: Some(user(id)) }
}

/// Messages of Ana at these positions that mention these people.
fn mentioning(world: &World, conversation: &ConversationId, seqs: &[i64], ids: &[&str]) -> FlushBatch {
    let mut batch = world.batch(conversation, seqs);
    for row in &mut batch.created {
        row.message.mentions = ids.iter().map(|id| mention(id)).collect();
    }
    let each = |row| ids.iter().map(move |id| candidate(row, id, OwnKind::Mention));
    batch.notifications = batch.created.iter().flat_map(each).collect();
    batch
}

pub(super) async fn flush(
    world: &World,
    conversation: &ConversationId,
    batch: &FlushBatch,
    at: Timestamp,
) -> FlushedNotifications {
    world.store.flush(&world.tenant, conversation, batch, at).await.expect("the flush succeeds").notifications
}

async fn listed_at(world: &World, id: &str, is_unread: bool, at: Timestamp) -> Vec<Notification> {
    let listed = world.store.notifications(&world.tenant, &user(id), is_unread, None, at, 100).await;
    let listed = listed.expect("the list is read");
    if is_unread {
        let count = world.store.unread_notifications(&world.tenant, &user(id), at).await;
        assert_eq!(count, Ok(i64::try_from(listed.len()).expect("the number fits")), "the count is that of the list");
    }
    listed
}

pub(super) async fn listed(world: &World, id: &str) -> Vec<Notification> {
    listed_at(world, id, false, NOW).await
}

/// Positions of the messages of a person's unread notifications, newest first.
pub(super) async fn unread(world: &World, id: &str) -> Vec<i64> {
    let listed = listed_at(world, id, true, NOW).await;
    listed.into_iter().filter_map(|one| one.message.map(|message| message.seq)).collect()
}

pub(super) async fn dm(world: &World, number: u32) -> ConversationId {
    let (id, me, other) = (world.conversation_id(number), user("ana"), user("bo"));
    let new = NewDirect { id: &id, tenant: &world.tenant, me: &me, other: &other, per_hour: None, now: NOW };
    let made = world.store.first_or_create_dm(&new).await.expect("creation runs");
    assert!(matches!(made, Direct::Created(_)));
    id
}

pub(super) async fn want(world: &World, id: &str, kinds: serde_json::Value) {
    let kinds = serde_json::from_value(kinds).expect("valid choices");
    let wanted = NotificationPreferences { kinds, do_not_disturb: None };
    let saved = world.store.save_notification_preferences(&world.tenant, &user(id), &wanted, NOW).await;
    saved.expect("the query runs");
}

pub(super) async fn a_mention_is_written_once_for_members_who_did_not_read_it(world: World) {
    let group = world.group(1, &["bo"]).await;
    let mut batch = mentioning(&world, &group.id, &[2, 4], &["ana", "bo", "cy"]);
    batch.notifications.push(candidate(&batch.created[0], "bo", OwnKind::Reply));
    batch.read = vec![marker(user("bo"), 2)];
    let flushed = flush(&world, &group.id, &batch, later(9)).await;
    let created: Vec<_> = flushed.created.iter().map(|one| one.user_id.as_str()).collect();
    assert_eq!(created, ["bo"], "neither the sender nor a stranger, and not what was read");
    let one = &flushed.created[0].notification;
    assert_eq!((one.kind.as_str(), one.created_at, one.updated_at, one.read_at), ("mention", later(4), later(4), None));
    assert_eq!(one.actor, Some(Person { user_id: user("ana"), name: "Ana".to_owned() }));
    assert_eq!(one.conversation_id.as_ref(), Some(&group.id));
    let message = one.message.as_ref().expect("it is about a message");
    assert_eq!((message.seq, message.body.as_deref()), (4, Some("said at 4")));
    assert_eq!(listed(&world, "bo").await, std::slice::from_ref(one));
    assert_eq!(flush(&world, &group.id, &batch, later(10)).await.created, [], "the same batch again");
    assert_eq!(unread(&world, "bo").await, [4]);
    assert!(listed(&world, "ana").await.is_empty());
}

pub(super) async fn a_mention_takes_the_place_of_a_reply(world: World) {
    let group = world.group(1, &["bo", "cy"]).await;
    let mut batch = mentioning(&world, &group.id, &[1], &["bo"]);
    for id in ["bo", "cy"] {
        batch.notifications.insert(0, candidate(&batch.created[0], id, OwnKind::Reply));
    }
    flush(&world, &group.id, &batch, NOW).await;
    let kinds = |all: Vec<Notification>| all.iter().map(|one| one.kind.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(kinds(listed(&world, "bo").await), ["mention"]);
    assert_eq!(kinds(listed(&world, "cy").await), ["reply"]);
}

pub(super) async fn followers_of_a_thread_are_notified_of_replies(world: World) {
    let group = world.group(1, &["bo", "cy"]).await.id;
    let batch = world.batch(&group, &[1]);
    flush(&world, &group, &batch, later(1)).await;
    let root = world.message_id(1);
    let reply = |ordinal: i64, seq: i64, sender: &str| {
        let mut row = world.message(&group, ordinal, seq);
        row.message.sender_id = user(sender);
        row.message.thread_id = Some(root.clone());
        row.uncounted = ordinal - 1;
        row
    };
    let of =
        |row: FlushedMessage| FlushBatch { last_seq: row.updated_seq, created: vec![row], ..FlushBatch::default() };
    let told = |flushed: FlushedNotifications| {
        let line = |one: crate::Notified| (one.user_id.to_string(), one.notification.kind.as_str().to_owned());
        flushed.created.into_iter().map(line).collect::<Vec<_>>()
    };
    let first = of(reply(2, 3, "bo"));
    let ana = vec![("ana".to_owned(), "reply".to_owned())];
    assert_eq!(told(flush(&world, &group, &first, later(3)).await), ana, "the author of the first message follows");
    assert_eq!(told(flush(&world, &group, &first, later(3)).await), [], "once");
    let mut both = of(reply(3, 5, "ana"));
    both.created[0].message.mentions = vec![mention("bo")];
    both.notifications = vec![candidate(&both.created[0], "bo", OwnKind::Mention)];
    let bo = vec![("bo".to_owned(), "mention".to_owned())];
    assert_eq!(told(flush(&world, &group, &both, later(5)).await), bo, "one notification of a message");
    let unfollowed = world.store.follow_thread(&world.tenant, &user("bo"), &root, false).await;
    assert!(unfollowed.is_ok_and(|place| place.is_some()));
    assert_eq!(told(flush(&world, &group, &of(reply(4, 7, "ana")), later(7)).await), []);
    world.store.add_block(&world.tenant, &user("ana"), &user("cy"), NOW).await.expect("blocked");
    assert_eq!(told(flush(&world, &group, &of(reply(5, 9, "cy")), later(9)).await), [], "not of a blocked person");
}

pub(super) async fn mutes_preferences_and_blocks_hold_notifications_back(world: World) {
    let group = world.group(1, &["bo", "cy"]).await;
    let set = async |id: &str, change: PreferencesChange| {
        let who = user(id);
        world.store.set_preferences((&world.tenant, &group.id, &who), change, NOW).await.expect("the query runs");
    };
    let notify = |notify| PreferencesChange { notify: Some(notify), ..PreferencesChange::default() };
    let send = async |seq: i64| {
        let mut batch = mentioning(&world, &group.id, &[seq], &["bo"]);
        batch.created[0].ordinal = seq;
        batch.notifications.push(candidate(&batch.created[0], "cy", OwnKind::Reply));
        flush(&world, &group.id, &batch, NOW).await;
        (unread(&world, "bo").await.contains(&seq), unread(&world, "cy").await.contains(&seq))
    };
    assert_eq!(send(1).await, (true, true));
    for id in ["bo", "cy"] {
        set(id, notify(Notify::Mentions)).await;
    }
    assert_eq!(send(2).await, (true, false), "mentions only");
    set("bo", notify(Notify::None)).await;
    assert_eq!(send(3).await, (false, false));
    for id in ["bo", "cy"] {
        let mute = MuteChange::Until(later(5));
        set(id, PreferencesChange { mute, ..notify(Notify::All) }).await;
    }
    assert_eq!(send(4).await, (false, false), "muted at the time of the message");
    assert_eq!(send(5).await, (true, true), "the mute has ended");
    want(&world, "bo", json!({"mention": {"inbox": false}})).await;
    assert_eq!(send(6).await, (false, true));
    let (cy, ana) = (user("cy"), user("ana"));
    world.store.add_block(&world.tenant, &cy, &ana, NOW).await.expect("the query runs");
    assert_eq!(send(7).await, (false, false));
}

pub(super) async fn a_direct_message_notifies_who_is_away(world: World) {
    let dm = dm(&world, 1).await;
    let direct = |seqs: &[i64]| {
        let mut batch = world.batch(&dm, seqs);
        batch.is_direct = true;
        for row in &mut batch.created {
            row.ordinal = row.message.seq;
        }
        batch
    };
    let until = later(60);
    let renew = world.store.renew_presence(&world.tenant, &[user("bo")], OWN_CHANNEL, NOW, until).await;
    renew.expect("the lease is renewed");
    assert_eq!(flush(&world, &dm, &direct(&[1]), later(1)).await.created, [], "they are here");
    let flushed = flush(&world, &dm, &direct(&[2]), later(61)).await;
    assert_eq!(flushed.created.len(), 1);
    assert_eq!(
        (&flushed.created[0].user_id, flushed.created[0].notification.kind.as_str()),
        (&user("bo"), "direct_message")
    );
    assert_eq!(flush(&world, &dm, &direct(&[2]), later(62)).await.created, []);
    let mut mentioned = direct(&[3]);
    mentioned.created[0].message.mentions = vec![mention("bo")];
    mentioned.notifications = vec![candidate(&mentioned.created[0], "bo", OwnKind::Mention)];
    let flushed = flush(&world, &dm, &mentioned, later(62)).await;
    let kinds: Vec<_> = flushed.created.iter().map(|one| one.notification.kind.as_str()).collect();
    assert_eq!(kinds, ["mention"], "one notification of a message");
    let mut read = direct(&[4]);
    read.read = vec![marker(user("bo"), 4)];
    assert_eq!(flush(&world, &dm, &read, later(63)).await.created, [], "read elsewhere");
    let group = world.group(2, &["bo"]).await;
    let mut batch = world.batch(&group.id, &[11]);
    batch.is_direct = true;
    assert_eq!(flush(&world, &group.id, &batch, later(63)).await.created, [], "not a direct conversation");
}

pub(super) async fn an_edit_changes_and_a_deletion_withdraws(world: World) {
    let group = world.group(1, &["bo", "cy"]).await;
    let mut batch = mentioning(&world, &group.id, &[1, 2], &["bo", "cy"]);
    flush(&world, &group.id, &batch, NOW).await;
    let first = listed(&world, "bo").await[1].id.clone();
    let mut change = FlushBatch { last_seq: 3, ..FlushBatch::default() };
    change.changed = vec![edited(&batch.created[0], "said better", 3)];
    flush(&world, &group.id, &change, NOW).await;
    let body = |all: &[Notification]| all[1].message.as_ref().and_then(|message| message.body.clone());
    assert_eq!(body(&listed(&world, "bo").await).as_deref(), Some("said better"));
    change.changed = vec![deleted(&batch.created[0], 4)];
    let flushed = flush(&world, &group.id, &change, NOW).await;
    assert_eq!(flushed.edited, []);
    let gone = |id| Withdrawn { user_id: user(id), ids: vec![first.clone()] };
    assert_eq!(flushed.withdrawn, [gone("bo"), gone("cy")]);
    assert_eq!(unread(&world, "bo").await, [2]);
    batch.created.truncate(1);
    assert_eq!(flush(&world, &group.id, &batch, NOW).await.created, [], "a late batch does not bring it back");
    assert_eq!(unread(&world, "cy").await, [2]);
}

pub(super) async fn reading_the_conversation_reads_up_to_the_marker(world: World) {
    let (group, other) = (world.group(1, &["bo", "cy"]).await, world.group(2, &["bo"]).await);
    flush(&world, &group.id, &mentioning(&world, &group.id, &[1, 3, 5], &["bo", "cy"]), NOW).await;
    flush(&world, &other.id, &mentioning(&world, &other.id, &[2], &["bo"]), NOW).await;
    let read =
        |seq| FlushBatch { read: vec![marker(user("bo"), seq), marker(user("ana"), 5)], ..FlushBatch::default() };
    let reader = |seq| NotificationsReader { user_id: user("bo"), up_to_seq: seq };
    assert_eq!(flush(&world, &group.id, &read(3), later(9)).await.read, [reader(3)]);
    assert_eq!(unread(&world, "bo").await, [5, 2]);
    let all = listed(&world, "bo").await;
    assert_eq!(all.iter().filter_map(|one| one.read_at).collect::<Vec<_>>(), [later(9), later(9)]);
    assert_eq!(flush(&world, &group.id, &read(4), later(10)).await.read, [], "nothing is left up to there");
    assert_eq!(flush(&world, &group.id, &read(9), later(11)).await.read, [reader(9)]);
    assert_eq!((unread(&world, "bo").await, unread(&world, "cy").await), (vec![2], vec![5, 3, 1]));
}

pub(super) async fn authors_who_want_it_are_notified_of_reactions(world: World) {
    let group = world.group(1, &["bo", "cy"]).await;
    let batch = world.say(&group.id, &[1]).await;
    let reaction = |who: &str, emoji: &str, at_seq: i64, is_removed| ReactionRow {
        seq: 1,
        id: batch.created[0].message.id.clone(),
        user_id: user(who),
        user_name: who.to_owned(),
        emoji: Emoji::trusted(emoji),
        reacted_seq: at_seq,
        reacted_at: later(at_seq),
        is_removed,
    };
    let of = |reactions: Vec<ReactionRow>| FlushBatch { reactions, ..FlushBatch::default() };
    assert_eq!(flush(&world, &group.id, &of(vec![reaction("bo", "a", 2, false)]), NOW).await.created, []);
    want(&world, "ana", json!({"reaction": {"inbox": true}})).await;
    let both = of(vec![reaction("bo", "b", 3, false), reaction("ana", "b", 4, false)]);
    let flushed = flush(&world, &group.id, &both, NOW).await;
    assert_eq!(flushed.created.len(), 1, "not of one's own");
    let one = &flushed.created[0].notification;
    assert_eq!((one.kind.as_str(), &one.data.as_ref().expect("it has the emoji")["emoji"]), ("reaction", &json!("b")));
    assert_eq!(flush(&world, &group.id, &both, NOW).await.created, [], "the same batch again");
    let later_one = flush(&world, &group.id, &of(vec![reaction("bo", "c", 5, false)]), NOW).await.created;
    assert_eq!((later_one.len(), &later_one[0].notification.id), (1, &one.id), "one for each person and message");
    assert_eq!(flush(&world, &group.id, &of(vec![reaction("bo", "b", 6, true)]), NOW).await.withdrawn, []);
    let gone = flush(&world, &group.id, &of(vec![reaction("bo", "c", 7, true)]), NOW).await.withdrawn;
    assert_eq!(gone, [Withdrawn { user_id: user("ana"), ids: vec![one.id.clone()] }]);
    assert_eq!(
        flush(&world, &group.id, &of(vec![reaction("bo", "c", 5, false)]), NOW).await.created,
        [],
        "a late batch"
    );
    assert!(listed(&world, "ana").await.is_empty());
}

pub(super) async fn notifications_end_with_the_membership(world: World) {
    let group = world.group(1, &["bo"]).await;
    flush(&world, &group.id, &mentioning(&world, &group.id, &[1], &["bo"]), NOW).await;
    let audit = world.audit(Act::MemberRemoved, "bo", NOW);
    world.store.remove_member(&world.tenant, &group.id, &user("bo"), None, &audit).await.expect("the removal succeeds");
    assert!(listed(&world, "bo").await.is_empty());
    assert!(unread(&world, "bo").await.is_empty());
    world.add(&group.id, "bo", Role::Member).await.expect("the conversation exists");
    assert!(listed(&world, "bo").await.is_empty());
}

pub(super) async fn they_are_paged_newest_first_and_read_one_by_one_or_up_to_one(world: World) {
    let group = world.group(1, &["bo", "cy"]).await;
    flush(&world, &group.id, &mentioning(&world, &group.id, &[1, 2, 3, 4, 5], &["bo", "cy"]), NOW).await;
    let (bo, mut found, mut before) = (user("bo"), Vec::new(), None::<NotificationId>);
    loop {
        let page = world.store.notifications(&world.tenant, &bo, false, before.as_ref(), NOW, 2).await;
        let page = page.expect("the list is read");
        let Some(last) = page.last() else { break };
        before = Some(last.id.clone());
        found.extend(page);
    }
    assert_eq!(found, listed(&world, "bo").await);
    assert_eq!(unread(&world, "bo").await, [5, 4, 3, 2, 1]);
    let (fourth, second) = (&found[1].id, &found[3].id);
    let read = async |at| world.store.read_notification(&world.tenant, &bo, fourth, at).await;
    assert_eq!(read(later(1)).await, Ok(Some(true)));
    assert_eq!(read(later(1)).await, Ok(Some(false)), "it keeps its time");
    assert_eq!(read(later(2)).await, Ok(Some(false)));
    assert_eq!(listed(&world, "bo").await[1].read_at, Some(later(1)));
    let step = world.store.read_notifications(&world.tenant, &bo, second, later(3)).await;
    assert_eq!(step, Ok(NotificationsStep { any: true, more: false }));
    assert_eq!((unread(&world, "bo").await, unread(&world, "cy").await.len()), (vec![5, 3], 5));
    let step = world.store.read_notifications(&world.tenant, &bo, second, later(4)).await;
    assert_eq!(step, Ok(NotificationsStep { any: false, more: false }));
    for (tenant, of) in [(&world.stranger, "bo"), (&world.tenant, "ana")] {
        assert_eq!(world.store.read_notification(tenant, &user(of), &found[0].id, NOW).await, Ok(None));
        assert_eq!(world.store.notifications(tenant, &user(of), false, None, NOW, 9).await, Ok(Vec::new()));
        assert_eq!(world.store.unread_notifications(tenant, &user(of), NOW).await, Ok(0));
        let step = world.store.read_notifications(tenant, &user(of), &found[0].id, NOW).await;
        assert_eq!(step, Ok(NotificationsStep { any: false, more: false }));
    }
    assert_eq!(unread(&world, "bo").await, [5, 3]);
}

pub(super) async fn a_backends_key_names_one_notification_of_its_kind(world: World) {
    let users: BTreeSet<_> = ["ana", "bo", "nobody"].map(user).into();
    let (kind, other) = ("order.paid", "order.sent");
    let [kind, other] = [kind, other].map(|kind| NotificationKind::of_app(kind).expect("a good kind"));
    let new = AppNotification { kind: &kind, key: "7", title: "Paid", body: None, url: None, data: None };
    let notify = async |new: &AppNotification<'_>, at| {
        let (notified, known) =
            world.store.notify_of_app(&world.tenant, &users, new, at).await.expect("the batch runs");
        assert_eq!(known, ["ana", "bo"].map(user).into());
        notified
    };
    want(&world, "ana", json!({"app": {"inbox": false}})).await;
    let first = notify(&new, later(1)).await;
    assert_eq!((first.len(), &first[0].user_id), (1, &user("bo")), "who does not want them gets none");
    assert_eq!(notify(&new, later(2)).await, [], "the same again");
    let id = &first[0].notification.id;
    world.store.read_notification(&world.tenant, &user("bo"), id, later(3)).await.expect("the query runs");
    let data = json!({"total": 9}).as_object().cloned();
    let news = AppNotification { body: Some("9 €"), data: data.as_ref(), ..new };
    let second = notify(&news, later(4)).await;
    assert_eq!(&second[0].notification.id, id);
    let one = &listed_at(&world, "bo", true, NOW).await[0];
    assert_eq!((one.body.as_deref(), one.created_at, one.updated_at), (Some("9 €"), later(1), later(4)));
    assert_eq!((one.data.clone(), one.read_at), (data, None), "news are unread");
    assert_eq!(notify(&AppNotification { kind: &other, ..new }, later(5)).await.len(), 1, "another kind");
    assert_eq!(listed(&world, "bo").await.len(), 2);
}

pub(super) async fn an_invite_is_listed_while_it_is_open(world: World) {
    let room = world.room(1, "Lobby", Visibility::Private).await;
    let make = async |number: u32, expires_at: Option<Timestamp>| {
        let id = InviteId::trusted(world.room_id(number).as_str().replace(" r", " n"));
        let new = NewInvite {
            token_hash: format!("hash of {id}"),
            id,
            user_id: Some(user("bo")),
            role: Role::Member,
            max_uses: Some(1),
            expires_at,
        };
        let audit = world.audit(Act::InviteCreated, new.id.as_str(), NOW);
        world.store.create_invite(&world.tenant, &room.id, &new, &audit).await.expect("the batch runs");
        new.id
    };
    let first = make(1, Some(later(9))).await;
    let one = &listed_at(&world, "bo", true, later(8)).await[0];
    assert_eq!((one.kind.as_str(), one.title.as_deref()), ("invite", Some("Lobby")));
    assert_eq!(one.data.as_ref().expect("it names the invite")["invite_id"], json!(first));
    assert_eq!(one.actor.as_ref().map(|actor| actor.user_id.as_str()), Some("ana"));
    let found = world.store.notification(&world.tenant, &user("bo"), &one.kind, first.as_str()).await;
    assert_eq!(found.expect("the query runs").map(|found| found.notification).as_ref(), Some(one));
    assert!(listed_at(&world, "bo", true, later(9)).await.is_empty(), "it has expired");
    let second = make(2, None).await;
    assert_eq!(listed_at(&world, "bo", true, later(1)).await.len(), 1, "the new one revokes the first");
    world.store.decline_invite(&world.tenant, &second, &user("bo"), later(2)).await.expect("the batch runs");
    assert!(listed_at(&world, "bo", true, later(3)).await.is_empty());
    assert!(listed_at(&world, "bo", false, later(3)).await.is_empty());
}

pub(super) async fn moderators_are_notified_of_a_message_that_people_report(world: World) {
    let room = world.room(1, "Lobby", Visibility::Public).await;
    let place = &room.conversation_id;
    world.add(place, "bo", Role::Moderator).await;
    world.add(place, "cy", Role::Member).await;
    for (id, role) in [("di", Role::Moderator), ("ed", Role::Member)] {
        world.record(&world.tenant, id, id).await;
        world.add(place, id, role).await;
    }
    world.say(place, &[1]).await;
    let report = async |number: u32, by: &str| {
        let new = NewReport {
            id: world.report_id(number),
            message_id: world.message_id(1),
            conversation_id: place.clone(),
            sender_id: user("ana"),
            reported_by: user(by),
            reason: "spam".to_owned(),
            note: String::new(),
            now: later(i64::from(number)),
        };
        let added = world.store.add_report(&world.tenant, &new).await.expect("the statements run");
        added.notified.iter().map(|one| one.user_id.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(report(1, "di").await, ["bo"], "neither who wrote it nor who reports it");
    assert_eq!(report(2, "di").await, Vec::<String>::new(), "their report is open");
    assert_eq!(report(3, "cy").await, ["bo", "di"]);
    let of_bo = listed(&world, "bo").await;
    assert_eq!((of_bo.len(), of_bo[0].kind.as_str(), of_bo[0].actor.as_ref()), (1, "report", None));
    assert_eq!(unread(&world, "bo").await, [1]);
    for number in [1, 3] {
        let id = world.report_id(number);
        let claim = Resolution { report: &id, action: ReportAction::Dismiss, claimed_at: later(9) };
        assert_eq!(world.store.claim_report(&world.tenant, claim).await, Ok(true));
        let audit = world.audit(Act::ReportResolved, id.as_str(), later(9)).because("fine");
        assert_eq!(world.store.resolve_report(&world.tenant, claim, &audit).await, Ok(true));
    }
    assert!(listed(&world, "bo").await.is_empty(), "only while a report is open");
}

pub(super) async fn preferences_are_read_back_and_belong_to_one_person_of_one_tenant(world: World) {
    let of =
        async |tenant, id: &str| world.store.notification_preferences(tenant, &user(id)).await.expect("the query runs");
    assert_eq!(of(&world.tenant, "bo").await, NotificationPreferences::default());
    let hours = json!({"from": "22:00", "to": "07:00", "time_zone": "Europe/Madrid", "days": ["sat"]});
    let wanted = NotificationPreferences {
        kinds: serde_json::from_value(json!({"reaction": {"inbox": true}})).expect("valid choices"),
        do_not_disturb: Some(serde_json::from_value(hours).expect("valid hours")),
    };
    let save = async |wanted| {
        let saved = world.store.save_notification_preferences(&world.tenant, &user("bo"), wanted, NOW).await;
        saved.expect("the query runs");
    };
    save(&wanted).await;
    assert_eq!(of(&world.tenant, "bo").await, wanted);
    for (tenant, id) in [(&world.stranger, "bo"), (&world.tenant, "ana")] {
        assert_eq!(of(tenant, id).await, NotificationPreferences::default());
    }
    save(&NotificationPreferences::default()).await;
    assert_eq!(of(&world.tenant, "bo").await, NotificationPreferences::default());
}

pub(super) async fn notifications_are_swept_after_their_time(world: World) {
    let group = world.group(1, &["bo"]).await;
    let mut batch = mentioning(&world, &group.id, &[1, 2, 3], &["bo"]);
    for (candidate, at) in batch.notifications.iter_mut().zip([-20, -10, 10]) {
        candidate.at = later(at);
    }
    flush(&world, &group.id, &batch, NOW).await;
    while world.store.purge(Ended::Notifications, later(-10), 1).await.expect("the purge runs") > 0 {}
    assert_eq!(unread(&world, "bo").await, [3]);
}
