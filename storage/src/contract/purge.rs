//! Purges in bounded steps. They cover all tenants, so these cases use rows years older than those of other cases.

use super::world::{NOW, World, later, user};
use crate::audits::append;
use crate::database::Statement;
use crate::{Begun, Ended, LogSettlement, OWN_CHANNEL, Retained, StorageError};
use campana_core::accounts::audit::{Act, Audit};
use campana_core::chat::flush::{FlushBatch, QuarantineReason, QuarantinedEntry};
use campana_core::chat::policy::Visibility;
use campana_core::shared::ids::{AuditId, TenantId};
use campana_core::shared::limits::LOG_KEPT_MS;
use campana_core::shared::timestamp::Timestamp;
use serde_json::Map;

const DAY_S: i64 = 24 * 60 * 60;
/// A limit above every number of rows here.
const MANY: u32 = 1_000;

/// A time years before [`NOW`].
fn past(seconds: i64) -> Timestamp {
    later(seconds - 3_000 * DAY_S)
}

async fn count(world: &World, sql: &'static str, tenant: &TenantId) -> i64 {
    let rows = world.sql(Statement::unnamed(sql, [tenant.into()])).await;
    rows[0]["n"].as_i64().expect("the column is a number")
}

pub(super) async fn stale_presence_goes_and_is_remembered(world: World) {
    const ROWS: &str = "SELECT count(*) AS n FROM presence WHERE tenant_id = ?1 AND source <> 'me'";
    let here = async |tenant: &TenantId, id: &str, source: &str, since: Timestamp, until: Timestamp| {
        world.store.renew_presence(tenant, &[user(id)], source, since, until).await.expect("the lease is renewed");
    };
    here(&world.tenant, "ana", OWN_CHANNEL, past(1), past(2)).await;
    here(&world.tenant, "ana", "room 1", past(5), past(10)).await;
    here(&world.tenant, "ana", "room 2", past(7), past(11)).await;
    here(&world.tenant, "bo", "room 1", past(6), past(12)).await;
    here(&world.stranger, "bo", "room 1", NOW, later(60)).await;
    here(&world.tenant, "cy", "room 1", NOW, later(60)).await;

    assert_eq!(world.store.purge(Ended::Presence, past(9), MANY).await, Ok(0), "nothing has expired yet");
    assert_eq!(world.store.purge(Ended::Presence, past(20), 2).await, Ok(2));
    assert_eq!(world.store.purge(Ended::Presence, past(20), 2).await, Ok(1));
    assert_eq!(world.store.purge(Ended::Presence, past(20), 2).await, Ok(0));
    assert_eq!(count(&world, ROWS, &world.tenant).await, 1, "the row of an online user stays");
    assert_eq!(count(&world, ROWS, &world.stranger).await, 1);
    for (id, seen, online) in [("ana", past(7), false), ("bo", past(6), false), ("cy", NOW, true)] {
        let person =
            world.store.user(&world.tenant, &user(id), NOW).await.expect("the query runs").expect("the user exists");
        assert_eq!((person.last_seen_at, person.is_online), (Some(seen), online), "{id}");
    }
}

pub(super) async fn quarantined_entries_go_when_they_are_old(world: World) {
    let group = world.group(1, &["bo"]).await;
    for (seq, at) in [(1, past(1)), (2, past(5)), (3, NOW)] {
        let entry = QuarantinedEntry { seq, reason: QuarantineReason::Unreadable, entry: String::new() };
        let batch = FlushBatch { quarantined: vec![entry], last_seq: seq, ..FlushBatch::default() };
        world.store.flush(&world.tenant, &group.id, &batch, at).await.expect("the flush succeeds");
    }
    assert_eq!(world.store.purge(Ended::QuarantinedEntries, past(0), MANY).await, Ok(0));
    for expected in [1, 1, 0] {
        assert_eq!(world.store.purge(Ended::QuarantinedEntries, past(9), 1).await, Ok(expected));
    }
    assert_eq!(world.store.quarantined_entries(&world.tenant).await, Ok(1));
}

pub(super) async fn tickets_and_results_go_oldest_first_and_so_many_at_a_time(world: World) {
    let store = &world.store;
    let ana = world.principal(&world.tenant, "ana", "Ana");
    for number in 0..5 {
        let hash = format!("{} {number}", world.tenant);
        store.create_ticket(&hash, &ana, past(10 - number)).await.expect("the ticket is stored");
        let begun = store.begin_idempotent(&world.tenant, &user("ana"), &hash, "h", past(10 - number)).await;
        begun.expect("the query runs");
    }
    let last = format!("{} 0", world.tenant);
    let fresh = store.begin_idempotent(&world.stranger, &user("ana"), "fresh", "h", NOW).await;
    assert_eq!(fresh, Ok(Begun::New { since: NOW }));
    for (limit, expected) in [(3, 3), (3, 1), (3, 0)] {
        assert_eq!(store.purge(Ended::Tickets, past(9), limit).await, Ok(expected));
        assert_eq!(store.purge(Ended::IdempotencyKeys, past(9), limit).await, Ok(expected));
    }
    assert_eq!(store.take_ticket(&last, past(0)).await, Ok(Some(ana)), "the newest ticket has not expired");
    let running = store.begin_idempotent(&world.tenant, &user("ana"), &last, "h", past(11)).await;
    assert_eq!(running, Ok(Begun::Running));
    assert_eq!(store.purge(Ended::IdempotencyKeys, past(10), MANY).await, Ok(1));
    let running = store.begin_idempotent(&world.stranger, &user("ana"), "fresh", "h", later(1)).await;
    assert_eq!(running, Ok(Begun::Running), "the newest key stays");
}

pub(super) async fn invites_go_some_time_after_they_were_over(world: World) {
    const INVITE: &str = "INSERT INTO room_invites (id, tenant_id, room_id, token_hash, role, created_by, created_at, \
                          over_at) VALUES (?1, ?2, ?3, ?1, 'member', 'ana', 1, ?4)";
    const LEFT: &str = "SELECT count(*) AS n FROM room_invites WHERE tenant_id = ?1";
    let room = world.room(1, "Room", Visibility::Private).await;
    let over = [Some(past(1)), Some(past(2)), Some(past(3)), Some(past(4)), Some(later(9)), None];
    for (number, over_at) in over.into_iter().enumerate() {
        let id = format!("{} {number}", world.tenant);
        let params = [id.into(), (&world.tenant).into(), (&room.id).into(), over_at.into()];
        world.sql(Statement::unnamed(INVITE, params)).await;
    }
    for (before, limit, expected, left) in
        [(past(0), MANY, 0, 6), (past(3), 2, 2, 4), (past(3), 2, 1, 3), (past(3), 2, 0, 3), (past(9), MANY, 1, 2)]
    {
        assert_eq!(world.store.purge(Ended::Invites, before, limit).await, Ok(expected));
        assert_eq!(count(&world, LEFT, &world.tenant).await, left);
    }
}

pub(super) async fn sanctions_go_some_time_after_they_ended(world: World) {
    const SANCTION: &str = "INSERT INTO sanctions (conversation_id, kind, user_id, tenant_id, until, imposed_by, \
                            imposed_at) VALUES (?1, ?2, ?3, ?4, ?5, 'ana', 1)";
    const LEFT: &str = "SELECT count(*) AS n FROM sanctions WHERE tenant_id = ?1";
    let group = world.group(1, &["bo"]).await;
    for (kind, id, until) in [
        ("mute", "bo", Some(past(1))),
        ("ban", "bo", Some(past(2))),
        ("mute", "cy", Some(past(3))),
        ("ban", "cy", None),
        ("mute", "ana", Some(later(60))),
    ] {
        let params = [(&group.id).into(), kind.into(), id.into(), (&world.tenant).into(), until.into()];
        world.sql(Statement::unnamed(SANCTION, params)).await;
    }
    for (before, limit, expected, left) in
        [(past(0), MANY, 0, 5), (past(5), 2, 2, 3), (past(5), 2, 1, 2), (past(5), 2, 0, 2)]
    {
        assert_eq!(world.store.purge(Ended::Sanctions, before, limit).await, Ok(expected));
        assert_eq!(count(&world, LEFT, &world.tenant).await, left, "sanctions without end or still in force stay");
    }
}

async fn audit(world: &World, tenant: &TenantId, number: u32, at: Timestamp) {
    let audit = Audit {
        id: AuditId::trusted(format!("{tenant} {number}")),
        actor_id: user("ana"),
        action: Act::MemberMuted,
        target_id: "bo".to_owned(),
        reason: None,
        metadata: Map::new(),
        created_at: at,
    };
    world.sql(append(tenant, &audit).expect("the statement is built")).await;
}

const AUDITS_LEFT: &str = "SELECT count(*) AS n FROM admin_audits WHERE tenant_id = ?1";

pub(super) async fn audits_go_by_their_tenants_own_time(world: World) {
    const SETTINGS: &str = "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1";
    let (store, tenant) = (&world.store, &world.tenant);
    for number in 0..5 {
        audit(&world, tenant, number, past(i64::from(number))).await;
    }
    audit(&world, &world.stranger, 0, past(0)).await;
    for (settings, days) in [
        ("{}", 365),
        (r#"{"retention":{"audit_days":90}}"#, 90),
        (r#"{"retention":{"audit_days":3}}"#, 30),
        (r#"{"retention":{"message_days":7}}"#, 365),
    ] {
        world.sql(Statement::unnamed(SETTINGS, [tenant.into(), settings.into()])).await;
        let before = TenantId::trusted(tenant.as_str().trim_end_matches("one"));
        let apps = store.apps_keeping(Retained::Audits, Some(&before), 2).await.expect("the list is read");
        let found: Vec<_> = apps.into_iter().map(|app| (app.tenant, app.days, app.oldest_at)).collect();
        let both = [(tenant.clone(), days, Some(past(0))), (world.stranger.clone(), 365, Some(past(0)))];
        assert_eq!(found, both, "{settings}");
    }
    for (before, limit, expected, left) in
        [(past(0), MANY, 0, 5), (past(4), 3, 3, 2), (past(4), 3, 1, 1), (past(4), 3, 0, 1), (past(9), MANY, 1, 0)]
    {
        assert_eq!(store.purge_audits(tenant, before, limit).await, Ok(expected));
        assert_eq!(count(&world, AUDITS_LEFT, tenant).await, left);
    }
    assert_eq!(count(&world, AUDITS_LEFT, &world.stranger).await, 1, "another tenant's entries stay");
}

pub(super) async fn the_schema_keeps_audits_that_are_not_due(world: World) {
    let forever = Timestamp::from_millis(4_000_000_000_000);
    audit(&world, &world.tenant, 1, past(0)).await;
    audit(&world, &world.tenant, 2, forever).await;
    let refused = world.store.purge_audits(&world.tenant, forever.plus_millis(1), MANY).await;
    assert_eq!(refused, Err(StorageError::Constraint));
    assert_eq!(count(&world, AUDITS_LEFT, &world.tenant).await, 2, "all or nothing");
}

async fn make_due(world: &World, number: u32, at: Timestamp) {
    const DUE: &str = "UPDATE conversations SET log_due_at = ?2 WHERE id = ?1";
    world.sql(Statement::unnamed(DUE, [(&world.conversation_id(number)).into(), at.into()])).await;
}

async fn due_at(world: &World, number: u32) -> Option<i64> {
    const DUE: &str = "SELECT log_due_at FROM conversations WHERE id = ?1";
    world.sql(Statement::unnamed(DUE, [(&world.conversation_id(number)).into()])).await[0]["log_due_at"].as_i64()
}

pub(super) async fn a_due_log_is_settled_unless_something_happened_meanwhile(world: World) {
    const KEEP: &str = "UPDATE apps SET settings = '{\"retention\":{\"message_days\":7}}' WHERE tenant_id = ?1";
    world.sql(Statement::unnamed(KEEP, [(&world.tenant).into()])).await;
    for number in 1..=6 {
        world.group(number, &[]).await;
        world.say(&world.conversation_id(number), &[1, 2]).await;
        make_due(&world, number, past(i64::from(number))).await;
    }
    assert_eq!(world.store.due_logs(past(0), 10).await, Ok(vec![]));
    let due = world.store.due_logs(past(5), 10).await.expect("the list is read");
    let ids: Vec<_> = due.iter().map(|log| (log.conversation.clone(), log.due_at)).collect();
    let expected: Vec<_> = (1..=5).map(|number| (world.conversation_id(number), past(i64::from(number)))).collect();
    assert_eq!(ids, expected, "longest due first");
    assert!(due.iter().all(|log| log.tenant == world.tenant && log.last_seq == 2 && log.message_days == Some(7)));
    assert_eq!(world.store.due_logs(past(5), 2).await.map(|some| some.len()), Ok(2));

    // Between listing and settling, one conversation got a message and another log was made due again.
    let mut more = world.batch(&world.conversation_id(3), &[1, 2, 3]);
    more.created.remove(0);
    world.flush(&world.conversation_id(3), &more).await;
    make_due(&world, 4, past(100)).await;
    let next = [Some(later(500)), None, None, None, Some(later(2_000))];
    let settle =
        |log: &crate::DueLog, next_due_at| LogSettlement { log: log.clone(), next_due_at, latest_due_at: later(1_000) };
    let settlements: Vec<_> = due.iter().zip(next).map(|(log, next)| settle(log, next)).collect();
    for _twice in 0..2 {
        world.store.settle_logs(&settlements).await.expect("the due times are written");
        let now_due = [due_at(&world, 1).await, due_at(&world, 2).await, due_at(&world, 3).await];
        assert_eq!(now_due, [Some(later(500).millis()), None, Some(later(1_000).millis())]);
        let others = [due_at(&world, 4).await, due_at(&world, 5).await, due_at(&world, 6).await];
        assert_eq!(others, [Some(past(100).millis()), Some(later(2_000).millis()), Some(past(6).millis())]);
    }
    let mut stranger = settle(&due[0], None);
    stranger.log.tenant = world.stranger.clone();
    stranger.log.due_at = later(500);
    world.store.settle_logs(&[stranger]).await.expect("the query runs");
    assert_eq!(due_at(&world, 1).await, Some(later(500).millis()), "another tenant has no effect");
    for number in 1..=6 {
        make_due(&world, number, later(0)).await;
    }
}

pub(super) async fn a_flush_makes_the_log_due(world: World) {
    let group = world.group(1, &[]).await;
    assert_eq!(due_at(&world, 1).await, None);
    let batch = world.say(&group.id, &[1, 2]).await;
    let due = NOW.plus_millis(LOG_KEPT_MS);
    assert_eq!(due_at(&world, 1).await, Some(due.millis()));
    let mut more = world.batch(&group.id, &[1, 2, 3]);
    more.created.drain(..2);
    world.store.flush(&world.tenant, &group.id, &more, later(60)).await.expect("the write succeeds");
    assert_eq!(due_at(&world, 1).await, Some(due.millis()), "the oldest event decides");
    make_due(&world, 1, past(1)).await;
    let mut more = world.batch(&group.id, &[1, 2, 3, 4]);
    more.created.drain(..3);
    world.flush(&group.id, &more).await;
    assert_eq!(due_at(&world, 1).await, Some(past(1).millis()), "an earlier due time stays");
    make_due(&world, 1, due).await;
    world.store.flush(&world.tenant, &group.id, &batch, past(1)).await.expect("the write succeeds");
    assert_eq!(due_at(&world, 1).await, Some(due.millis()), "a repeated flush does not change the due time");
}
