//! What owners see instead of their alerts: written, listed for them only, and purged with the alert behind it.

use super::alerts::{ended, entry, id, raised, sighting};
use super::world::{World, later, user};
use crate::alerts::{AlertFilter, AlertPlace, AlertState};
use campana_core::alerts::record::{AlertChanges, OwnView};
use campana_core::alerts::{Alert, Status, What};

fn view(alert: Alert, forked: u32) -> OwnView {
    OwnView { alert, behind: id("one"), forked, sighted_at: None }
}

/// `one` of Ana, with the view that she has of it, and `two`, which only she sees.
fn written() -> AlertChanges {
    let apart = Alert { is_apart: true, ..raised("one", "ana", 0) };
    let seen = ended(raised("one", "ana", 0), Status::Cancelled, later(3));
    let triggered = || What::Triggered { left_out: Vec::new() };
    let cancelled = What::Cancelled { reason: None };
    AlertChanges {
        alerts: vec![(9, apart), (10, raised("three", "bo", 1))],
        entries: vec![
            (id("one"), entry(1, triggered())),
            (id("one"), entry(2, What::Duress { reason: None })),
            (id("one"), entry(3, What::Acknowledged)),
        ],
        sightings: (1..=3).map(|number| (id("one"), sighting(number))).collect(),
        views: vec![(7, view(seen, 1)), (8, view(raised("two", "ana", 5), 0))],
        view_entries: vec![(id("one"), entry(2, cancelled)), (id("two"), entry(1, triggered()))],
        ..AlertChanges::default()
    }
}

pub(super) async fn a_view_is_read_back_with_the_entries_it_shares_with_its_alert(world: World) {
    let changes = written();
    world.desk_writes(&changes).await;
    // Again, and an older state.
    world.desk_writes(&changes).await;
    let older = (6, view(raised("one", "ana", 0), 1));
    world.desk_writes(&AlertChanges { views: vec![older], ..AlertChanges::default() }).await;
    let (store, tenant) = (&world.store, &world.tenant);
    let seen = store.alert_view(tenant, &id("one")).await.expect("the query runs").expect("the view is there");
    assert_eq!(seen, changes.views[0].1);
    let names = |after, up_to, limit| {
        let entries = store.view_entries(tenant, &seen, after, up_to, limit);
        async move { entries.await.expect("the query runs").iter().map(|entry| entry.what.name()).collect::<Vec<_>>() }
    };
    assert_eq!(names(0, u32::MAX, 100).await, ["triggered", "cancelled"]);
    assert_eq!(names(1, u32::MAX, 100).await, ["cancelled"]);
    assert_eq!(names(0, 1, 100).await, ["triggered"]);
    assert_eq!(names(0, u32::MAX, 1).await, ["triggered"]);
    assert_eq!(store.alert_view(&world.stranger, &id("one")).await, Ok(None));
}

pub(super) async fn views_are_on_no_list_but_their_owners(world: World) {
    world.desk_writes(&written()).await;
    let (store, tenant) = (&world.store, &world.tenant);
    let listed = |state, of: &'static str, before: Option<AlertPlace>| async move {
        let filter = AlertFilter { state, user_id: Some(user(of)), ..AlertFilter::default() };
        let views = store.list_views(tenant, &filter, before.as_ref(), 100).await.expect("the list is read");
        views.iter().map(|view| view.alert.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(listed(None, "ana", None).await, ["two", "one"]);
    assert_eq!(listed(None, "ana", Some(AlertPlace { created_at: later(5), id: id("two") })).await, ["one"]);
    assert_eq!(listed(Some(AlertState::Open), "ana", None).await, ["two"]);
    assert_eq!(listed(Some(AlertState::Is(Status::Cancelled)), "ana", None).await, ["one"]);
    assert_eq!(listed(None, "bo", None).await, [] as [&str; 0]);
    let open = store.active_views(tenant).await.expect("the list is read");
    assert_eq!(open.iter().map(|view| view.alert.id.as_str()).collect::<Vec<_>>(), ["two"]);
    let of_guards = store.list_alerts(tenant, &AlertFilter::default(), None, 100).await.expect("the list is read");
    assert_eq!(of_guards.iter().map(|alert| alert.id.as_str()).collect::<Vec<_>>(), ["three", "one"]);
    assert_eq!(store.active_views(&world.stranger).await, Ok(vec![]));
}

pub(super) async fn views_are_purged_with_the_alert_behind_them(world: World) {
    world.desk_writes(&written()).await;
    let over = Alert { is_apart: true, ..ended(raised("one", "ana", 0), Status::Resolved, later(-200_000_000)) };
    world.desk_writes(&AlertChanges { alerts: vec![(20, over)], ..AlertChanges::default() }).await;
    let (store, tenant) = (&world.store, &world.tenant);
    let mut purged = 0;
    while let Some(rows) = store.purge_alert(tenant, later(-100_000_000), 1).await.expect("the purge runs") {
        purged += rows;
    }
    // 3 entries, 3 sightings, 2 views with an entry each, and the alert.
    assert_eq!(purged, 11);
    for name in ["one", "two"] {
        assert_eq!(store.alert_view(tenant, &id(name)).await, Ok(None));
    }
    assert_eq!(world.alert("one").await, None);
}
