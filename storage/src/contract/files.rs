//! Files, and the messages that have them.

use super::world::{NOW, World, deleted, later, user};
use crate::{DueScan, Ended, FileClaim, NewFile, SeenFile, Statement, StoredContent};
use campana_core::accounts::audit::Act;
use campana_core::chat::flush::FlushBatch;
use campana_core::chat::history::Anchor;
use campana_core::files::scan::{Decision, Verdict};
use campana_core::files::{Attachment, FileStatus, QUOTA_SPAN_MS, Variant, VariantName, url_of_variant};
use campana_core::shared::ids::{ConversationId, FileId, TenantId};
use campana_core::shared::timestamp::Timestamp;

const SHA: &str = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
const QUOTA: u32 = 1_000;

fn id(world: &World, number: u32) -> FileId {
    FileId::trusted(format!("{} f{number}", world.tenant))
}

fn thumb(id: &FileId) -> Variant {
    let name = VariantName::Thumb;
    let content_type = "image/jpeg".to_owned();
    Variant { name, url: url_of_variant(id, name), content_type, size: 8, width: 2, height: 1 }
}

async fn begin(world: &World, uploader: &str, number: u32, reserved: i64, now: Timestamp) -> bool {
    let (id, uploader) = (id(world, number), user(uploader));
    let new = NewFile { id: &id, tenant: &world.tenant, uploader: &uploader, name: "a.png", reserved };
    world.store.begin_upload(new, QUOTA, now).await.expect("the query runs")
}

async fn finish(world: &World, number: u32, size: i64) -> bool {
    finish_for(world, number, size, None).await
}

async fn finish_for(world: &World, number: u32, size: i64, scan_at: Option<Timestamp>) -> bool {
    let file = id(world, number);
    let content = StoredContent {
        content_type: "image/png",
        size,
        sha256: SHA,
        dimensions: Some((3, 2)),
        duration_ms: Some(1_500),
        thumbhash: Some("1QcSHQRnh493V4dIh4eXh1h4kJUI"),
        variants: &[thumb(&file)],
        scan_at,
    };
    world.store.finish_upload(&world.tenant, &file, content).await.expect("the query runs")
}

/// A file of Ana's that is ready.
async fn uploaded(world: &World, number: u32) {
    assert!(begin(world, "ana", number, 10, NOW).await && finish(world, number, 9).await);
}

async fn claim(world: &World, by: &str, conversation: &ConversationId, number: u32, at: Timestamp) -> Vec<Attachment> {
    let uploader = user(by);
    let claim = FileClaim { tenant: &world.tenant, uploader: &uploader, conversation };
    world.store.claim_files(claim, &[id(world, number)], at).await.expect("the query runs")
}

async fn reads(world: &World, tenant: &TenantId, by: &str, number: u32) -> bool {
    world.store.file(tenant, &user(by), &id(world, number)).await.expect("the query runs").is_some()
}

/// Ana sends a file at a position of a conversation.
async fn sent(world: &World, conversation: &ConversationId, seq: i64, number: u32) -> FlushBatch {
    let attachments = claim(world, "ana", conversation, number, NOW).await;
    assert_eq!(attachments.len(), 1);
    let mut batch = world.batch(conversation, &[seq]);
    batch.created[0].message.attachments = attachments;
    world.flush(conversation, &batch).await;
    batch
}

async fn taken(world: &World, before: Timestamp) -> Vec<FileId> {
    let taken = world.store.take_unused_files(before, 1_000).await.expect("the query runs");
    taken.into_iter().filter(|file| file.tenant == world.tenant).map(|file| file.id).collect()
}

pub(super) async fn an_upload_is_reserved_finished_and_read_back(world: World) {
    assert!(begin(&world, "ana", 1, 10, NOW).await);
    assert!(!reads(&world, &world.tenant, "ana", 1).await, "it is not there yet");
    assert!(finish(&world, 1, 9).await);
    assert!(!finish(&world, 1, 8).await, "it is finished once");
    let file = world.store.file(&world.tenant, &user("ana"), &id(&world, 1)).await.expect("the query runs");
    let SeenFile { file, uploader } = file.expect("the file is there");
    assert_eq!(uploader, user("ana"));
    assert_eq!((file.name.as_str(), file.content_type.as_str(), file.size), ("a.png", "image/png", 9));
    assert_eq!((file.width, file.height, file.duration_ms), (Some(3), Some(2), Some(1_500)));
    assert_eq!(
        (file.thumbhash.as_deref(), &file.variants),
        (Some("1QcSHQRnh493V4dIh4eXh1h4kJUI"), &vec![thumb(&file.id)])
    );
    assert_eq!((file.sha256.as_str(), file.status, file.created_at), (SHA, FileStatus::Ready, NOW));
    assert_eq!(file.url, format!("/api/chat/files/{}", file.id));
    assert!(begin(&world, "ana", 2, 10, NOW).await);
    world.store.abandon_upload(&world.tenant, &id(&world, 2)).await.expect("the query runs");
    world.store.abandon_upload(&world.tenant, &id(&world, 1)).await.expect("the query runs");
    assert!(!finish(&world, 2, 9).await, "it was abandoned");
    assert!(reads(&world, &world.tenant, "ana", 1).await, "a finished upload stays");
}

pub(super) async fn a_person_uploads_a_limited_number_of_bytes_a_day(world: World) {
    assert!(begin(&world, "ana", 1, 600, NOW).await);
    assert!(!begin(&world, "ana", 2, 401, NOW).await);
    assert!(begin(&world, "bo", 3, 1_000, NOW).await, "another person has their own");
    assert!(finish(&world, 1, 500).await);
    assert!(begin(&world, "ana", 4, 500, NOW).await, "what was not used is given back");
    assert!(!begin(&world, "ana", 5, 1, NOW).await);
    assert!(begin(&world, "ana", 6, 1_000, NOW.plus_millis(QUOTA_SPAN_MS)).await, "a day later");
}

pub(super) async fn only_the_uploader_claims_a_file_that_is_ready(world: World) {
    let group = world.group(1, &["bo"]).await;
    assert!(begin(&world, "ana", 1, 10, NOW).await);
    assert!(claim(&world, "ana", &group.id, 1, NOW).await.is_empty(), "it is not ready");
    assert!(finish(&world, 1, 9).await);
    assert!(claim(&world, "bo", &group.id, 1, NOW).await.is_empty());
    assert_eq!(claim(&world, "ana", &group.id, 1, NOW).await[0].id, id(&world, 1));
}

pub(super) async fn members_read_a_file_while_a_message_has_it(world: World) {
    let group = world.group(1, &["bo"]).await;
    uploaded(&world, 1).await;
    assert!(!reads(&world, &world.tenant, "bo", 1).await, "it was not sent");
    let mut batch = sent(&world, &group.id, 1, 1).await;
    assert!(reads(&world, &world.tenant, "bo", 1).await);
    assert!(!reads(&world, &world.tenant, "cy", 1).await, "no member");
    let page = async || world.page(&world.tenant, &group.id, Anchor::Newest, 9).await.expect("the page is read");
    assert_eq!(page().await[0].attachments, batch.created[0].message.attachments);
    batch.changed = vec![deleted(&batch.created[0], 2)];
    batch.changed[0].message.attachments.clear();
    batch.last_seq = 2;
    world.flush(&group.id, &batch).await;
    assert!(!reads(&world, &world.tenant, "bo", 1).await, "the message is deleted");
    assert!(reads(&world, &world.tenant, "ana", 1).await, "the uploader still has it");
    assert_eq!(page().await[0].attachments, Vec::new());
    uploaded(&world, 2).await;
    sent(&world, &group.id, 3, 2).await;
    let audit = world.audit(Act::MemberRemoved, "bo", NOW);
    world.store.remove_member(&world.tenant, &group.id, &user("bo"), None, &audit).await.expect("the removal succeeds");
    assert!(!reads(&world, &world.tenant, "bo", 2).await, "removed");
}

pub(super) async fn a_file_that_was_just_sent_is_known_to_arrive(world: World) {
    let group = world.group(1, &["bo"]).await;
    uploaded(&world, 1).await;
    let (store, file) = (&world.store, id(&world, 1));
    let arrives = async |by: &str, since: Timestamp| {
        store.file_is_arriving(&world.tenant, &user(by), &file, since).await.expect("the query runs")
    };
    assert!(!arrives("bo", NOW).await);
    claim(&world, "ana", &group.id, 1, later(5)).await;
    assert!(arrives("bo", later(4)).await);
    assert!(!arrives("bo", later(5)).await, "too long ago");
    assert!(!arrives("cy", later(4)).await, "no member");
}

pub(super) async fn another_tenants_files_are_not_there(world: World) {
    let group = world.group(1, &["bo"]).await;
    uploaded(&world, 1).await;
    sent(&world, &group.id, 1, 1).await;
    for person in ["ana", "bo"] {
        assert!(!reads(&world, &world.stranger, person, 1).await);
    }
    let (ana, file) = (user("ana"), id(&world, 1));
    let claim = FileClaim { tenant: &world.stranger, uploader: &ana, conversation: &group.id };
    assert_eq!(world.store.claim_files(claim, std::slice::from_ref(&file), NOW).await, Ok(Vec::new()));
    assert_eq!(world.store.file_is_arriving(&world.stranger, &user("bo"), &file, later(-9)).await, Ok(false));
}

pub(super) async fn files_that_no_message_has_are_taken_after_a_day(world: World) {
    let group = world.group(1, &["bo"]).await;
    for number in 1..=3 {
        uploaded(&world, number).await;
    }
    let mut batch = sent(&world, &group.id, 1, 1).await;
    claim(&world, "ana", &group.id, 2, later(60)).await;
    assert_eq!(taken(&world, later(-1)).await, Vec::new());
    assert_eq!(taken(&world, NOW).await, [id(&world, 3)]);
    assert!(claim(&world, "ana", &group.id, 3, NOW).await.is_empty(), "it can no longer be sent");
    assert!(!reads(&world, &world.tenant, "ana", 3).await);
    assert_eq!(taken(&world, NOW).await, [id(&world, 3)], "until it is removed");
    assert_eq!(world.store.remove_files(&[id(&world, 1), id(&world, 3)]).await, Ok(1));
    assert_eq!(taken(&world, later(59)).await, Vec::new());
    batch.changed = vec![deleted(&batch.created[0], 2)];
    batch.last_seq = 2;
    world.flush(&group.id, &batch).await;
    assert_eq!(taken(&world, later(59)).await, [id(&world, 1)], "its message is deleted");
    assert_eq!(taken(&world, later(60)).await.len(), 2);
}

pub(super) async fn a_flush_that_is_repeated_or_late_brings_no_use_back(world: World) {
    let group = world.group(1, &["bo"]).await;
    uploaded(&world, 1).await;
    let first = sent(&world, &group.id, 1, 1).await;
    world.flush(&group.id, &first).await;
    let uses = Statement::unnamed("SELECT seq FROM file_uses WHERE tenant_id = ?1", [(&world.tenant).into()]);
    assert_eq!(world.sql(uses.clone()).await.len(), 1);
    let mut second = first.clone();
    second.changed = vec![deleted(&second.created[0], 2)];
    second.last_seq = 2;
    world.flush(&group.id, &second).await;
    world.flush(&group.id, &first).await;
    assert_eq!(world.sql(uses).await.len(), 0);
}

/// A file of Ana's that is to be scanned.
async fn scanning(world: &World, number: u32, at: Timestamp) {
    assert!(begin(world, "ana", number, 10, NOW).await && finish_for(world, number, 9, Some(at)).await);
}

async fn due(world: &World, now: Timestamp) -> Vec<FileId> {
    let due = world.store.take_scans(now, now.plus_millis(1_000), 1_000).await.expect("the query runs");
    due.into_iter().filter(|DueScan { tenant, .. }| *tenant == world.tenant).map(|due| due.file).collect()
}

async fn decide(world: &World, tenant: &TenantId, number: u32, verdict: Verdict) -> (bool, Option<FileStatus>) {
    let decision = Decision { verdict, reason: Some("why".to_owned()) };
    world.store.decide_scan(tenant, &id(world, number), &decision, NOW).await.expect("the query runs")
}

pub(super) async fn a_scan_is_taken_when_it_is_due_and_decided_once(world: World) {
    scanning(&world, 1, later(10)).await;
    uploaded(&world, 2).await;
    assert_eq!(due(&world, later(9)).await, Vec::new());
    assert_eq!(due(&world, later(10)).await, [id(&world, 1)]);
    assert_eq!(due(&world, later(10)).await, Vec::new(), "it is taken");
    let (store, tenant, file) = (&world.store, &world.tenant, id(&world, 1));
    store.postpone_scan(tenant, &file, later(99)).await.expect("the query runs");
    assert_eq!(due(&world, later(98)).await, Vec::new());
    let scan = store.scan_of(tenant, &file).await.expect("the query runs").expect("a scan");
    assert_eq!((scan.name.as_str(), scan.size, scan.sha256.as_str(), scan.tries), ("a.png", 9, SHA, 2));
    assert_eq!((scan.uploader, scan.status, scan.verdict), (user("ana"), FileStatus::Scanning, None));
    assert_eq!(store.scan_of(&world.stranger, &file).await, Ok(None));
    assert_eq!(decide(&world, &world.stranger, 1, Verdict::Clean).await, (false, None));
    store.end_scan(tenant, &file).await.expect("the query runs");
    assert_eq!(decide(&world, tenant, 1, Verdict::Infected).await, (true, Some(FileStatus::Refused)));
    assert_eq!(decide(&world, tenant, 1, Verdict::Clean).await, (false, Some(FileStatus::Refused)));
    assert_eq!(decide(&world, tenant, 2, Verdict::Infected).await, (false, Some(FileStatus::Ready)));
    assert_eq!(decide(&world, tenant, 3, Verdict::Clean).await, (false, None));
    let scan = store.scan_of(tenant, &file).await.expect("the query runs").expect("a scan");
    assert_eq!((scan.verdict, scan.reason.as_deref()), (Some(Verdict::Infected), Some("why")));
    let seen = store.file(tenant, &user("ana"), &file).await.expect("the query runs").expect("the file");
    assert_eq!((seen.file.status, seen.file.variants, seen.file.thumbhash), (FileStatus::Refused, Vec::new(), None));
    store.end_scan(tenant, &file).await.expect("the query runs");
    assert_eq!(store.scan_of(tenant, &file).await, Ok(None));
}

pub(super) async fn messages_that_show_a_file_as_scanning_are_found(world: World) {
    let group = world.group(1, &["bo"]).await;
    scanning(&world, 1, NOW).await;
    let mut batch = sent(&world, &group.id, 1, 1).await;
    let (store, tenant, file) = (&world.store, &world.tenant, id(&world, 1));
    let places = async |tenant: &TenantId| store.conversations_of_scan(tenant, &file, 9).await.expect("the query runs");
    let messages =
        async |tenant: &TenantId| store.messages_of_scan(tenant, &group.id, &file, 9).await.expect("the query runs");
    assert_eq!((places(tenant).await, places(&world.stranger).await), (vec![group.id.clone()], Vec::new()));
    assert_eq!(messages(tenant).await, [batch.created[0].message.id.clone()]);
    assert_eq!(messages(&world.stranger).await, Vec::new());
    let mut changed = batch.created[0].clone();
    changed.updated_seq = 2;
    assert!(changed.message.attachments[0].decide(FileStatus::Ready));
    batch.changed = vec![changed];
    batch.last_seq = 2;
    world.flush(&group.id, &batch).await;
    assert_eq!((places(tenant).await, messages(tenant).await), (Vec::new(), Vec::new()));
}

pub(super) async fn files_of_a_deleted_room_are_released_in_steps(world: World) {
    let group = world.group(1, &["bo"]).await;
    for number in 1..=3 {
        uploaded(&world, number).await;
        sent(&world, &group.id, number.into(), number).await;
    }
    assert_eq!(taken(&world, later(9)).await, Vec::new());
    let gone = [(&world.tenant).into(), (&group.id).into(), later(5).into()];
    world
        .sql(Statement::unnamed("UPDATE conversations SET deleted_at = ?3 WHERE tenant_id = ?1 AND id = ?2", gone))
        .await;
    let step = async |at| world.store.purge(Ended::FilesOfDeletedRooms, at, 2).await.expect("the purge runs");
    assert_eq!(step(later(4)).await, 0);
    assert_eq!((step(later(5)).await, step(later(5)).await, step(later(5)).await), (2, 1, 0));
    assert_eq!(taken(&world, later(9)).await.len(), 3);
    let left = Statement::unnamed("SELECT 1 FROM file_releases WHERE conversation_id = ?1", [(&group.id).into()]);
    assert_eq!(world.sql(left).await.len(), 0);
}

pub(super) async fn files_of_scheduled_messages_wait_with_them(world: World) {
    const SCHEDULE: &str = "
        INSERT INTO scheduled_messages
            (id, tenant_id, conversation_id, user_id, client_msg_id, send_at, draft, author, created_at, check_at)
        VALUES (?2, ?1, ?3, 'ana', ?2, 1, '{}', '{}', 1, 9000000000000)";
    const END: &str = "UPDATE scheduled_messages SET status = 'cancelled', ended_at = ?2 WHERE id = ?1";
    let group = world.group(1, &["bo"]).await;
    for number in 1..=2 {
        uploaded(&world, number).await;
    }
    let message = format!("{} scheduled", world.tenant);
    let row = [(&world.tenant).into(), message.as_str().into(), (&group.id).into()];
    world.sql(Statement::unnamed(SCHEDULE, row)).await;
    let ids = serde_json::to_string(&[id(&world, 1), id(&world, 2)]).expect("JSON");
    for tenant in [&world.stranger, &world.tenant] {
        let add = [tenant.into(), message.as_str().into(), ids.as_str().into()];
        world.sql(Statement::new(campana_schema::scheduled_messages::ADD_FILES, add)).await;
        assert_eq!(taken(&world, later(-1)).await, Vec::new());
    }
    let mut batch = sent(&world, &group.id, 1, 2).await;
    assert_eq!(taken(&world, later(99)).await, Vec::new(), "they wait with the message");
    batch.changed = vec![deleted(&batch.created[0], 2)];
    batch.last_seq = 2;
    world.flush(&group.id, &batch).await;
    assert_eq!(taken(&world, later(99)).await, Vec::new(), "one is still scheduled");
    world.sql(Statement::unnamed(END, [message.as_str().into(), later(100).into()])).await;
    assert_eq!(taken(&world, later(99)).await, Vec::new(), "kept for a day from its end on");
    assert_eq!(taken(&world, later(100)).await.len(), 2);
}
