//! Reports of messages: made once, listed by who may see them, resolved by one action, purged.

use super::world::{NOW, World, later, user};
use crate::{AddedReport, NewReport, Resolution, Retained};
use campana_core::accounts::audit::{Act, Audit};
use campana_core::chat::policy::{Role, Visibility};
use campana_core::chat::report::{Report, ReportAction, ReportStatus};
use campana_core::shared::ids::{ConversationId, ReportId, TenantId};
use campana_core::shared::timestamp::Timestamp;

async fn report(world: &World, place: &ConversationId, number: u8, by: &str) -> (Report, bool) {
    let new = NewReport {
        id: world.report_id(number.into()),
        message_id: world.message_id(1),
        conversation_id: place.clone(),
        sender_id: user("ana"),
        reported_by: user(by),
        reason: "spam".to_owned(),
        note: String::new(),
        now: later(i64::from(number)),
    };
    let AddedReport { report, is_new, .. } =
        world.store.add_report(&world.tenant, &new).await.expect("the statements run");
    (report, is_new)
}

async fn listed(world: &World, moderator: Option<&str>, status: Option<ReportStatus>) -> Vec<ReportId> {
    let moderator = moderator.map(user);
    let reports = world.store.list_reports(&world.tenant, moderator.as_ref(), status, None, 9).await;
    reports.expect("the list is read").into_iter().map(|report| report.id).collect()
}

fn claim(report: &ReportId, action: ReportAction, claimed_at: Timestamp) -> Resolution<'_> {
    Resolution { report, action, claimed_at }
}

fn audit(world: &World, report: &ReportId) -> Audit {
    world.audit(Act::ReportResolved, report.as_str(), later(100)).because("spam")
}

pub(super) async fn a_person_has_one_open_report_of_a_message(world: World) {
    let room = world.room(1, "Lobby", Visibility::Public).await;
    let (first, is_new) = report(&world, &room.conversation_id, 1, "bo").await;
    assert!(is_new);
    assert_eq!((&first.room_id, first.status, first.action), (&Some(room.id), ReportStatus::Open, None));
    assert_eq!((first.created_at, first.resolved_at, first.reason.as_str()), (later(1), None, "spam"));
    assert_eq!(report(&world, &room.conversation_id, 2, "bo").await, (first.clone(), false));
    assert!(report(&world, &room.conversation_id, 3, "cy").await.1, "another person's");
    let resolution = claim(&first.id, ReportAction::Dismiss, later(4));
    assert_eq!(world.store.claim_report(&world.tenant, resolution).await, Ok(true));
    assert!(!report(&world, &room.conversation_id, 5, "bo").await.1, "claimed, and open still");
    assert_eq!(world.store.resolve_report(&world.tenant, resolution, &audit(&world, &first.id)).await, Ok(true));
    assert!(report(&world, &room.conversation_id, 6, "bo").await.1, "a new one after the resolution");
    assert_eq!(world.store.report(&world.stranger, &first.id).await, Ok(None), "another tenant has none");
}

pub(super) async fn reports_are_listed_to_those_who_moderate_the_room(world: World) {
    let room = world.room(1, "Lobby", Visibility::Private).await;
    let group = world.group(2, &["bo", "cy"]).await;
    world.add(&room.conversation_id, "bo", Role::Moderator).await;
    world.add(&room.conversation_id, "cy", Role::Member).await;
    report(&world, &room.conversation_id, 1, "cy").await;
    report(&world, &group.id, 2, "bo").await;
    let (open, resolved) = (Some(ReportStatus::Open), Some(ReportStatus::Resolved));
    let [first, second] = [world.report_id(1), world.report_id(2)];
    assert_eq!(listed(&world, None, None).await, [second.clone(), first.clone()], "newest first");
    for moderator in ["ana", "bo"] {
        assert_eq!(
            listed(&world, Some(moderator), None).await,
            std::slice::from_ref(&first),
            "{moderator}: not those of groups"
        );
    }
    assert!(listed(&world, Some("cy"), None).await.is_empty());
    let resolution = claim(&first, ReportAction::Ban, NOW);
    assert_eq!(world.store.claim_report(&world.tenant, resolution).await, Ok(true));
    assert_eq!(world.store.resolve_report(&world.tenant, resolution, &audit(&world, &first)).await, Ok(true));
    assert_eq!(listed(&world, None, open).await, std::slice::from_ref(&second));
    assert_eq!(listed(&world, None, resolved).await, std::slice::from_ref(&first));
    assert_eq!(listed(&world, Some("bo"), resolved).await, std::slice::from_ref(&first));
    assert!(listed(&world, Some("bo"), open).await.is_empty());
    let page = world.store.list_reports(&world.tenant, None, None, Some(&second), 9).await.expect("the list is read");
    assert_eq!(page.len(), 1);
    assert_eq!(world.store.list_reports(&world.stranger, None, None, None, 9).await, Ok(vec![]));
    world.delete_room(&room.id, later(9)).await.expect("the room is deleted");
    assert!(listed(&world, Some("bo"), None).await.is_empty(), "of a deleted room");
    assert_eq!(listed(&world, None, None).await.len(), 2);
}

pub(super) async fn one_action_resolves_a_report_with_its_audit_entry(world: World) {
    let room = world.room(1, "Lobby", Visibility::Public).await;
    let id = report(&world, &room.conversation_id, 1, "bo").await.0.id;
    let (store, tenant) = (&world.store, &world.tenant);
    let [delete, ban] = [ReportAction::Delete, ReportAction::Ban].map(|action| claim(&id, action, later(10)));
    assert_eq!(store.resolve_report(tenant, delete, &audit(&world, &id)).await, Ok(false), "not claimed");
    assert_eq!(world.audited(Act::ReportResolved).await, 0);
    assert_eq!(store.claim_report(tenant, delete).await, Ok(true));
    assert_eq!(store.claim_report(tenant, ban).await, Ok(false), "another action waits");
    assert_eq!(store.claim_report(tenant, delete).await, Ok(true), "the same one does not");
    store.release_report(tenant, claim(&id, ReportAction::Delete, later(11))).await.expect("it runs");
    assert_eq!(store.claim_report(tenant, ban).await, Ok(false), "not that claim");
    store.release_report(tenant, delete).await.expect("it runs");
    assert_eq!(store.claim_report(tenant, ban).await, Ok(true), "released");
    let late = claim(&id, ReportAction::Delete, later(71));
    assert_eq!(store.claim_report(tenant, late).await, Ok(true), "a claim that was left behind");
    assert_eq!(store.resolve_report(tenant, ban, &audit(&world, &id)).await, Ok(false));
    assert_eq!(store.report(tenant, &id).await.expect("the query runs").expect("a report").action, None);
    assert_eq!(store.resolve_report(tenant, late, &audit(&world, &id)).await, Ok(true));
    assert_eq!(store.resolve_report(tenant, late, &audit(&world, &id)).await, Ok(false), "once");
    assert_eq!(world.audited(Act::ReportResolved).await, 1);
    let resolved = store.report(tenant, &id).await.expect("the query runs").expect("a report");
    assert_eq!((resolved.status, resolved.action), (ReportStatus::Resolved, Some(ReportAction::Delete)));
    assert_eq!((resolved.resolved_at, resolved.resolution_note.as_deref()), (Some(later(100)), Some("spam")));
    assert_eq!(store.claim_report(tenant, ban).await, Ok(false));
}

pub(super) async fn reports_go_by_their_tenants_retention_of_audits(world: World) {
    let room = world.room(1, "Lobby", Visibility::Public).await;
    for (number, by) in [(1, "ana"), (2, "bo"), (3, "cy")] {
        report(&world, &room.conversation_id, number, by).await;
    }
    let before = TenantId::trusted(world.tenant.as_str().trim_end_matches("one"));
    let apps = world.store.apps_keeping(Retained::Reports, Some(&before), 1).await.expect("the list is read");
    assert_eq!((&apps[0].tenant, apps[0].days, apps[0].oldest_at), (&world.tenant, 365, Some(later(1))));
    assert_eq!(world.store.purge_reports(&world.stranger, later(9), 9).await, Ok(0));
    assert_eq!(world.store.purge_reports(&world.tenant, later(3), 1).await, Ok(1));
    assert_eq!(world.store.purge_reports(&world.tenant, later(3), 9).await, Ok(1));
    assert_eq!(listed(&world, None, None).await, [world.report_id(3)]);
}
