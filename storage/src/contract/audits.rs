//! The audit log: idempotent writes, filters, refused changes.

use super::world::{NOW, World, later, user};
use crate::database::{Statement, Value};
use crate::{AuditFilter, StorageError};
use campana_core::accounts::audit::{Act, Audit};
use campana_core::chat::flush::FlushBatch;
use campana_core::shared::ids::UserId;
use campana_core::shared::timestamp::Timestamp;

impl World {
    /// Writes entries as a flush does.
    async fn log(&self, audits: Vec<Audit>) {
        let group = self.group(1, &[]).await;
        self.flush(&group.id, &FlushBatch { audits, ..FlushBatch::default() }).await;
    }

    async fn found(&self, filter: &AuditFilter) -> Vec<String> {
        let page = self.store.list_audits(&self.tenant, filter, None, 100).await.expect("the list is read");
        page.into_iter().map(|entry| format!("{} {} {}", entry.actor_id, entry.action, entry.target_id)).collect()
    }
}

fn by(actor: &str, audit: Audit) -> Audit {
    Audit { actor_id: user(actor), ..audit }
}

pub(super) async fn entries_are_found_by_actor_target_action_and_time(world: World) {
    world
        .log(vec![
            world.audit(Act::MessageDeleted, "m1", later(1)),
            by("bo", world.audit(Act::MessageDeleted, "m2", later(2))),
            world.audit(Act::MemberMuted, "cy", later(3)).because("shouting"),
            by("bo", world.audit(Act::MemberMuted, "cy", later(4))),
        ])
        .await;
    let all = ["bo member.muted cy", "ana member.muted cy", "bo message.deleted m2", "ana message.deleted m1"]
        .map(str::to_owned);
    let pick = |places: &[usize]| places.iter().map(|at| all[*at].clone()).collect::<Vec<_>>();
    let none = AuditFilter::default();
    let ana = || Some(UserId::trusted("ana"));
    let (cy, muted) = (|| Some("cy".to_owned()), || Some("member.muted".to_owned()));
    for (filter, expected) in [
        (none.clone(), pick(&[0, 1, 2, 3])),
        (AuditFilter { actor_id: ana(), ..none.clone() }, pick(&[1, 3])),
        (AuditFilter { action: muted(), ..none.clone() }, pick(&[0, 1])),
        (AuditFilter { target_id: cy(), ..none.clone() }, pick(&[0, 1])),
        (AuditFilter { actor_id: ana(), action: muted(), ..none.clone() }, pick(&[1])),
        (AuditFilter { actor_id: ana(), target_id: cy(), ..none.clone() }, pick(&[1])),
        (AuditFilter { action: muted(), target_id: Some("m1".to_owned()), ..none.clone() }, pick(&[])),
        (AuditFilter { since: Some(later(2)), until: Some(later(3)), ..none.clone() }, pick(&[1, 2])),
        (AuditFilter { actor_id: ana(), since: Some(later(2)), ..none.clone() }, pick(&[1])),
        (AuditFilter { until: Some(later(1)), ..none.clone() }, pick(&[3])),
    ] {
        assert_eq!(world.found(&filter).await, expected, "{filter:?}");
    }
    let first = world.store.list_audits(&world.tenant, &none, None, 3).await.expect("the list is read");
    assert_eq!((first[1].reason.as_deref(), first[1].created_at), (Some("shouting"), later(3)));
    assert_eq!((first[1].target_type.as_str(), first[1].metadata["of"].as_str()), ("user", Some("a test")));
    let rest = world.store.list_audits(&world.tenant, &none, Some(&first[2].id), 3).await.expect("the list is read");
    assert_eq!(rest.iter().map(|entry| entry.target_id.as_str()).collect::<Vec<_>>(), ["m1"]);
}

pub(super) async fn an_entry_is_written_once(world: World) {
    let audit = world.audit(Act::MessageDeleted, "m1", NOW);
    let forged = Audit { actor_id: user("bo"), ..audit.clone() };
    world.log(vec![audit.clone(), audit, forged]).await;
    assert_eq!(world.found(&AuditFilter::default()).await, ["ana message.deleted m1"]);
}

/// Milliseconds of the database's own clock.
async fn clock(world: &World) -> Timestamp {
    let rows = world.sql(Statement::unnamed("SELECT unixepoch() * 1000 AS now", [])).await;
    Timestamp::from_millis(rows[0]["now"].as_i64().expect("the column is a number"))
}

/// [I7] The triggers refuse updates, replacements and early deletions.
pub(super) async fn an_entry_is_neither_changed_nor_replaced_nor_deleted_before_its_time(world: World) {
    const DAY_MS: i64 = 86_400_000;
    let today = clock(&world).await;
    let ago = |days: i64| today.plus_millis(-days * DAY_MS);
    let entries = [29, 31, 364, 366].map(|days| world.audit(Act::MemberMuted, &format!("{days} days"), ago(days)));
    world.log(entries.to_vec()).await;
    let refused = [
        "UPDATE admin_audits SET reason = 'another' WHERE tenant_id = ?1",
        "DELETE FROM admin_audits WHERE tenant_id = ?1",
        "UPDATE OR REPLACE admin_audits SET tenant_id = 'x' WHERE tenant_id = ?1",
    ];
    for sql in refused {
        let outcome = world.db.query(Statement::unnamed(sql, [(&world.tenant).into()])).await;
        assert_eq!(outcome, Err(StorageError::Constraint), "{sql}");
    }
    let replace = "INSERT OR REPLACE INTO admin_audits
        (id, tenant_id, actor_id, action, target_type, target_id, created_at) VALUES (?1, ?2, 'x', 'x', 'x', 'x', 0)";
    world.sql(Statement::unnamed(replace, [(&entries[0].id).into(), (&world.tenant).into()])).await;
    assert_eq!(world.found(&AuditFilter::default()).await.len(), 4);
    assert!(world.found(&AuditFilter::default()).await.iter().all(|entry| entry.starts_with("ana member.muted")));

    let purge = "DELETE FROM admin_audits WHERE id = ?1";
    let settle = |days: i64| {
        let settings = format!("{{\"retention\":{{\"audit_days\":{days}}}}}");
        let params: [Value; 2] = [(&world.tenant).into(), settings.into()];
        world.sql(Statement::unnamed("UPDATE apps SET settings = ?2 WHERE tenant_id = ?1", params))
    };
    let outcome = |at: usize| world.db.query(Statement::unnamed(purge, [(&entries[at].id).into()]));
    assert!(outcome(3).await.is_ok(), "the default retention of a year has ended");
    assert_eq!(outcome(2).await, Err(StorageError::Constraint));
    settle(1).await;
    assert!(outcome(1).await.is_ok(), "the app's retention is shorter, but the minimum is 30 days");
    assert_eq!(outcome(0).await, Err(StorageError::Constraint));
}

pub(super) async fn another_tenants_entries_are_not_seen(world: World) {
    world.log(vec![world.audit(Act::MessageDeleted, "m1", NOW)]).await;
    let theirs = world.store.list_audits(&world.stranger, &AuditFilter::default(), None, 100).await;
    assert_eq!(theirs, Ok(vec![]));
}
