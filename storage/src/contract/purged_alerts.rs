//! Purge of closed alerts and retention of their timelines.

use super::alerts::{ended, entry, id, raised, sighting};
use super::world::{World, later, user};
use crate::database::{Statement, Value};
use crate::{Retained, StorageError};
use campana_core::alerts::record::{AlertChanges, Delivery, Via};
use campana_core::alerts::{Status, What};
use campana_core::shared::timestamp::Timestamp;

const DAY_MS: i64 = 86_400_000;

impl World {
    async fn refuses(&self, sql: &'static str) {
        let outcome = self.db.query(Statement::unnamed(sql, [(&self.tenant).into()])).await;
        assert_eq!(outcome, Err(StorageError::Constraint), "{sql}");
    }
}

/// Milliseconds of the database's own clock.
async fn clock(world: &World) -> Timestamp {
    let rows = world.sql(Statement::unnamed("SELECT unixepoch() * 1000 AS now", [])).await;
    Timestamp::from_millis(rows[0]["now"].as_i64().expect("the column is a number"))
}

pub(super) async fn a_timeline_is_neither_changed_nor_replaced_nor_deleted_before_its_alert_is_over(world: World) {
    let today = clock(&world).await;
    let ago = |days: i64| today.plus_millis(-days * DAY_MS);
    let names = [("29", 29), ("31", 31), ("1824", 1_824), ("1826", 1_826)];
    let closed = names.map(|(name, days)| ended(raised(name, "ana", 0), Status::Resolved, ago(days)));
    let open = raised("open", "ana", 0);
    let entries = names.map(|(name, _)| name).into_iter().chain(["open"]);
    let entries = entries.map(|name| (id(name), entry(1, What::Acknowledged))).collect();
    world.wrote(closed.into_iter().chain([open]).collect()).await;
    world.desk_writes(&AlertChanges { entries, ..AlertChanges::default() }).await;
    for sql in [
        "UPDATE alert_entries SET what = 'resolved' WHERE tenant_id = ?1",
        "UPDATE OR REPLACE alert_entries SET alert_id = 'x' WHERE tenant_id = ?1",
        "DELETE FROM alert_entries WHERE tenant_id = ?1",
        "DELETE FROM alerts WHERE tenant_id = ?1",
        "DELETE FROM alerts WHERE tenant_id = ?1 AND id = 'open'",
    ] {
        world.refuses(sql).await;
    }
    let forged = "INSERT OR REPLACE INTO alert_entries (tenant_id, alert_id, number, at, what, body)
        VALUES (?1, 'open', 1, 0, 'resolved', '{}')";
    world.sql(Statement::unnamed(forged, [(&world.tenant).into()])).await;
    assert_eq!(world.timeline(&world.tenant, "open").await, [entry(1, What::Acknowledged)]);

    let purge = |name: &str| {
        let sql = "DELETE FROM alert_entries WHERE tenant_id = ?1 AND alert_id = ?2";
        world.db.query(Statement::unnamed(sql, [(&world.tenant).into(), name.into()]))
    };
    assert!(purge("1826").await.is_ok(), "the default retention of five years has ended");
    assert_eq!(purge("1824").await, Err(StorageError::Constraint));
    let settle = |days: &'static str| {
        let settings = format!("{{\"alerts\":{{\"alert_days\":{days}}}}}");
        let params: [Value; 2] = [(&world.tenant).into(), settings.into()];
        world.sql(Statement::unnamed("UPDATE apps SET settings = ?2 WHERE tenant_id = ?1", params))
    };
    for nonsense in ["\"many\"", "0", "-5", "null"] {
        settle(nonsense).await;
        assert_eq!(purge("1824").await, Err(StorageError::Constraint), "{nonsense} is not a valid number of days");
    }
    settle("1").await;
    assert!(purge("31").await.is_ok(), "the app's retention is shorter, but the minimum is 30 days");
    assert_eq!(purge("29").await, Err(StorageError::Constraint));
}

pub(super) async fn an_alert_goes_with_all_that_is_of_it_in_steps(world: World) {
    let today = clock(&world).await;
    let old =
        |name: &str, days: i64| ended(raised(name, "ana", 0), Status::Resolved, today.plus_millis(-days * DAY_MS));
    let mut changes = AlertChanges {
        alerts: vec![
            (1, old("old", 1_900)),
            (2, old("older", 2_000)),
            (3, old("young", 100)),
            (4, raised("open", "ana", 0)),
        ],
        ..AlertChanges::default()
    };
    for name in ["old", "older", "young", "open"] {
        changes.entries.extend((1..=3).map(|number| (id(name), entry(number, What::Acknowledged))));
        changes.sightings.extend((1..=5).map(|number| (id(name), sighting(number))));
        changes.deliveries.push((1, Delivery::new(id(name), user("bo"), Via::Http)));
    }
    world.desk_writes(&changes).await;
    let found = world.store.apps_keeping(Retained::Alerts, None, 1_000).await.expect("the list is read");
    assert_eq!(world.kept(found), Some((1_825, Some(today.plus_millis(-2_000 * DAY_MS)))));
    let before = today.plus_millis(-1_825 * DAY_MS);
    let purge = || world.store.purge_alert(&world.tenant, before, 2);
    assert_eq!(purge().await, Ok(Some(5)), "two rows of each kind, of the earliest-closed alert");
    assert!(world.alert("older").await.is_some());
    assert_eq!((purge().await, purge().await), (Ok(Some(3)), Ok(Some(2))));
    assert_eq!(world.alert("older").await, None);
    let rest = [purge().await, purge().await, purge().await, purge().await];
    assert_eq!(rest, [Ok(Some(5)), Ok(Some(3)), Ok(Some(2)), Ok(None)]);
    for gone in ["old", "older"] {
        assert_eq!((world.alert(gone).await, world.timeline(&world.tenant, gone).await.len()), (None, 0));
        assert_eq!(world.trail(gone).await, [] as [u32; 0]);
    }
    assert_eq!(world.timeline(&world.tenant, "young").await.len(), 3);
    let early = world.store.purge_alert(&world.tenant, today, 100).await;
    assert_eq!(early, Err(StorageError::Constraint), "triggers refuse early deletions");
    assert_eq!(world.trail("young").await.len(), 5, "nothing is deleted");
}

pub(super) async fn a_trail_goes_before_its_alert(world: World) {
    let closed = ended(raised("one", "ana", 0), Status::Resolved, later(10));
    let sightings = |numbers: std::ops::RangeInclusive<u32>| AlertChanges {
        sightings: numbers.map(|number| (id("one"), sighting(number))).collect(),
        ..AlertChanges::default()
    };
    world.wrote(vec![closed, raised("open", "ana", 0)]).await;
    world.desk_writes(&sightings(1..=3)).await;
    let trails = || async {
        world.kept(world.store.apps_keeping(Retained::Trails, None, 1_000).await.expect("the list is read"))
    };
    assert_eq!(trails().await, Some((30, Some(later(10)))));
    let settings = "UPDATE apps SET settings = '{\"alerts\":{\"location_days\":7}}' WHERE tenant_id = ?1";
    world.sql(Statement::unnamed(settings, [(&world.tenant).into()])).await;
    assert_eq!(trails().await, Some((7, Some(later(10)))));
    let purge = |before| world.store.purge_trail(&world.tenant, before, 2);
    assert_eq!(purge(later(10)).await, Ok(None));
    let steps = [purge(later(11)).await, purge(later(11)).await, purge(later(11)).await];
    assert_eq!(steps, [Ok(Some(2)), Ok(Some(1)), Ok(None)]);
    assert_eq!((trails().await, world.trail("one").await), (Some((7, None)), vec![]));
    assert!(world.alert("one").await.is_some());
    world.desk_writes(&sightings(4..=4)).await;
    assert_eq!(purge(later(11)).await, Ok(Some(1)), "a late sighting is purged too");
}
