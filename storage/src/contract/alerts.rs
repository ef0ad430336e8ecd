//! Panic alerts: repeated and reordered writes of desks, and reads.

use super::world::{NOW, World, later, user};
use crate::alerts::{AlertFilter, AlertPlace, AlertState, DeliveryKey};
use crate::{Keeping, Retained};
use campana_core::alerts::record::{AlertChanges, Delivery, Milestone, Sighting, Via};
use campana_core::alerts::wire::Receipt;
use campana_core::alerts::{
    Alert, AlertId, AlertSettings, Apartment, Degrees, Entry, Location, NewAlert, Status, What, Who,
};
use campana_core::shared::ids::TenantId;
use campana_core::shared::timestamp::Timestamp;

pub(super) fn id(text: &str) -> AlertId {
    AlertId::trusted(text)
}

fn who(id: &str) -> Who {
    Who { id: user(id), name: format!("Person {id}") }
}

fn place(at: Timestamp) -> Location {
    let (lat, lng) = (Degrees::from_parts(-345_678_901), Degrees::from_parts(1_799_999_999));
    Location { lat, lng, string: Some("Gate \"3\"".to_owned()), accuracy: Some(12), source: None, at }
}

/// An open alert raised `second` seconds after [`NOW`].
pub(super) fn raised(name: &str, by: &str, second: i64) -> Alert {
    let new = NewAlert {
        id: id(name),
        apartment: Apartment { id: Some("12".to_owned()), address: None },
        location: Some(place(later(second))),
        note: Some("¡auxilio!".to_owned()),
        drill: false,
        left_out: Vec::new(),
    };
    Alert::raise(new, who(by), &AlertSettings::default(), later(second)).0
}

/// The alert after it was closed with this status.
pub(super) fn ended(alert: Alert, status: Status, at: Timestamp) -> Alert {
    let mut alert = Alert { status, closed_at: Some(at), updated_at: at, closed_by: Some(who("bo")), ..alert };
    alert.escalation.due_at = None;
    alert
}

pub(super) fn entry(number: u32, what: What) -> Entry {
    Entry { number, at: later(number.into()), by: (number > 1).then(|| who("bo")), what }
}

pub(super) fn sighting(number: u32) -> Sighting {
    Sighting { number, location: place(later(number.into())) }
}

impl World {
    pub(super) async fn desk_writes(&self, changes: &AlertChanges) {
        self.store.save_alerts(&self.tenant, changes).await.expect("the write succeeds");
    }

    pub(super) async fn wrote(&self, alerts: Vec<Alert>) {
        let alerts = (1..).zip(alerts).collect();
        self.desk_writes(&AlertChanges { alerts, ..AlertChanges::default() }).await;
    }

    async fn listed(&self, filter: &AlertFilter) -> Vec<String> {
        let page = self.store.list_alerts(&self.tenant, filter, None, 100).await.expect("the list is read");
        page.into_iter().map(|alert| alert.id.to_string()).collect()
    }

    pub(super) async fn alert(&self, name: &str) -> Option<Alert> {
        self.store.alert(&self.tenant, &id(name)).await.expect("the query runs")
    }

    pub(super) async fn timeline(&self, tenant: &TenantId, name: &str) -> Vec<Entry> {
        self.store.alert_entries(tenant, &id(name), 0, u32::MAX, 100).await.expect("the query runs")
    }

    pub(super) async fn trail(&self, name: &str) -> Vec<u32> {
        let trail = self.store.alert_sightings(&self.tenant, &id(name), 0, 100).await.expect("the query runs");
        trail.into_iter().map(|sighting| sighting.number).collect()
    }

    pub(super) fn kept(&self, found: Vec<Keeping>) -> Option<(i64, Option<Timestamp>)> {
        found.into_iter().find(|app| app.tenant == self.tenant).map(|app| (app.days, app.oldest_at))
    }
}

pub(super) async fn what_a_desk_wrote_is_read_back_as_it_was(world: World) {
    let alert = raised("one", "ana", 0);
    let whats = [
        What::Triggered { left_out: vec!["location.lat".to_owned()] },
        What::Acknowledged,
        What::FalseAlarm { reason: "a cat".to_owned(), note: None },
    ];
    let entries: Vec<Entry> = (1..).zip(whats).map(|(number, what)| entry(number, what)).collect();
    let mut delivery = Delivery::new(id("one"), user("bo"), Via::Push);
    delivery.reach(Milestone::Sent, later(1));
    delivery.reach(Milestone::Receipt(Receipt::Seen), later(2));
    let changes = AlertChanges {
        alerts: vec![(7, alert.clone())],
        entries: entries.iter().map(|entry| (id("one"), entry.clone())).collect(),
        sightings: vec![(id("one"), sighting(1)), (id("one"), sighting(2))],
        deliveries: vec![(8, delivery.clone())],
        ..AlertChanges::default()
    };
    world.desk_writes(&changes).await;
    assert_eq!(world.alert("one").await, Some(alert));
    assert_eq!(world.timeline(&world.tenant, "one").await, entries);
    let trail = world.store.alert_sightings(&world.tenant, &id("one"), 0, 100).await.expect("the query runs");
    assert_eq!(trail, [sighting(1), sighting(2)]);
    let deliveries = world.store.alert_deliveries(&world.tenant, &id("one"), None, 100).await.expect("the query runs");
    assert_eq!(deliveries, [delivery]);
    assert_eq!(world.alert("another").await, None);
}

/// [I9] Repeated and reordered writes of alerts change nothing.
pub(super) async fn twice_and_in_another_order_is_the_same_as_once(world: World) {
    let first = raised("one", "ana", 0);
    let last = ended(first.clone(), Status::Resolved, later(9));
    let mut sent = Delivery::new(id("one"), user("bo"), Via::Socket);
    sent.reach(Milestone::Sent, later(1));
    let mut seen = sent.clone();
    seen.reach(Milestone::Receipt(Receipt::Seen), later(2));
    let early = AlertChanges {
        alerts: vec![(1, first)],
        entries: vec![(id("one"), entry(1, What::Triggered { left_out: Vec::new() }))],
        sightings: vec![(id("one"), sighting(1))],
        deliveries: vec![(2, sent)],
        ..AlertChanges::default()
    };
    let late = AlertChanges {
        alerts: vec![(5, last.clone())],
        entries: vec![(id("one"), entry(2, What::Acknowledged))],
        sightings: vec![(id("one"), sighting(2))],
        deliveries: vec![(4, seen.clone())],
        ..AlertChanges::default()
    };
    for changes in [&late, &early, &late, &AlertChanges::default(), &early] {
        world.desk_writes(changes).await;
        assert_eq!(world.alert("one").await.as_ref(), Some(&last));
    }
    let numbers: Vec<_> = world.timeline(&world.tenant, "one").await.iter().map(|entry| entry.number).collect();
    assert_eq!((numbers, world.trail("one").await), (vec![1, 2], vec![1, 2]));
    let deliveries = world.store.alert_deliveries(&world.tenant, &id("one"), None, 100).await.expect("the query runs");
    assert_eq!(deliveries, [seen]);
}

pub(super) async fn a_timeline_may_come_before_its_alert(world: World) {
    let changes = AlertChanges {
        entries: vec![(id("one"), entry(1, What::Acknowledged))],
        sightings: vec![(id("one"), sighting(1))],
        ..AlertChanges::default()
    };
    world.desk_writes(&changes).await;
    world.wrote(vec![ended(raised("one", "ana", 0), Status::Resolved, later(1))]).await;
    assert_eq!(world.timeline(&world.tenant, "one").await.len(), 1);
    let trails = world.store.apps_keeping(Retained::Trails, None, 1_000).await.expect("the list is read");
    assert_eq!(world.kept(trails), Some((30, Some(later(1)))), "its trail is found once the alert is closed");
}

pub(super) async fn a_large_batch_is_written_in_few_statements(world: World) {
    let entries = (1..=3_000).map(|number| {
        let note = Some("ñ".repeat(500));
        (id("one"), entry(number, What::Resolved { reason: None, note }))
    });
    let alerts = (1..).zip((0..300).map(|at| raised(&format!("a{at}"), "ana", at))).collect();
    world.desk_writes(&AlertChanges { alerts, entries: entries.collect(), ..AlertChanges::default() }).await;
    let last = world.store.alert_entries(&world.tenant, &id("one"), 2_999, u32::MAX, 10).await.expect("the query runs");
    assert_eq!(last.len(), 1);
    assert_eq!(
        world.listed(&AlertFilter { since: Some(later(298)), ..AlertFilter::default() }).await,
        ["a299", "a298"]
    );
}

pub(super) async fn alerts_are_found_by_state_person_drill_and_time(world: World) {
    let drill = |alert: Alert| Alert { drill: true, ..alert };
    let taken = Alert { status: Status::Acknowledged, ..raised("b-taken", "bo", 2) };
    world
        .wrote(vec![
            raised("a-open", "ana", 1),
            taken,
            ended(raised("c-resolved", "ana", 3), Status::Resolved, later(9)),
            drill(raised("d-drill", "cy", 4)),
            ended(drill(raised("e-false", "cy", 5)), Status::FalseAlarm, later(9)),
            ended(raised("f-cancelled", "bo", 6), Status::Cancelled, later(9)),
        ])
        .await;
    let none = AlertFilter::default;
    let of = |id: &str| Some(user(id));
    let state = |state| Some(state);
    let is = |status| Some(AlertState::Is(status));
    for (filter, expected) in [
        (none(), "fedcba"),
        (AlertFilter { state: state(AlertState::Open), ..none() }, "dba"),
        (AlertFilter { state: state(AlertState::Closed), ..none() }, "fec"),
        (AlertFilter { state: is(Status::Acknowledged), ..none() }, "b"),
        (AlertFilter { drill: Some(true), ..none() }, "ed"),
        (AlertFilter { drill: Some(false), ..none() }, "fcba"),
        (AlertFilter { state: state(AlertState::Open), drill: Some(true), ..none() }, "d"),
        (AlertFilter { state: state(AlertState::Closed), drill: Some(true), ..none() }, "e"),
        (AlertFilter { state: is(Status::FalseAlarm), drill: Some(true), ..none() }, "e"),
        (AlertFilter { state: is(Status::FalseAlarm), drill: Some(false), ..none() }, ""),
        (AlertFilter { user_id: of("ana"), ..none() }, "ca"),
        (AlertFilter { user_id: of("ana"), state: state(AlertState::Open), ..none() }, "a"),
        (AlertFilter { user_id: of("ana"), state: state(AlertState::Closed), ..none() }, "c"),
        (AlertFilter { user_id: of("bo"), state: is(Status::Cancelled), ..none() }, "f"),
        (AlertFilter { user_id: of("cy"), drill: Some(false), ..none() }, ""),
        (AlertFilter { since: Some(later(2)), until: Some(later(4)), ..none() }, "dcb"),
        (AlertFilter { state: state(AlertState::Open), since: Some(later(2)), ..none() }, "db"),
        (AlertFilter { user_id: of("ana"), until: Some(later(2)), ..none() }, "a"),
    ] {
        let found = world.listed(&filter).await;
        let letters: String = found.iter().filter_map(|id| id.chars().next()).collect();
        assert_eq!(letters, expected, "{filter:?}");
    }
    let active = world.store.active_alerts(&world.tenant).await.expect("the list is read");
    assert_eq!(active.iter().map(|alert| alert.id.as_str()).collect::<Vec<_>>(), ["d-drill", "b-taken", "a-open"]);
}

pub(super) async fn lists_go_on_where_they_ended_also_within_a_millisecond(world: World) {
    let alerts: Vec<Alert> = (0..25).map(|number| raised(&format!("a{number:02}"), "ana", number / 5)).collect();
    world.wrote(alerts.clone()).await;
    let mut seen = Vec::new();
    let mut before: Option<AlertPlace> = None;
    loop {
        let store = &world.store;
        let page = store.list_alerts(&world.tenant, &AlertFilter::default(), before.as_ref(), 4).await;
        let page = page.expect("the list is read");
        let Some(last) = page.last() else { break };
        before = Some(AlertPlace::of(last));
        seen.extend(page.iter().map(|alert| alert.id.clone()));
    }
    assert_eq!(seen, alerts.iter().rev().map(|alert| alert.id.clone()).collect::<Vec<_>>());
    let active = world.store.active_alerts(&world.tenant).await.expect("the list is read");
    assert_eq!(active.len(), 10, "only the newest 10 are returned");
    assert_eq!(active[0].id, id("a24"));
}

pub(super) async fn what_is_of_an_alert_is_paged(world: World) {
    let duress = |number| (id("one"), entry(number, What::Duress { reason: None }));
    let plain = |number| (id("one"), entry(number, What::Acknowledged));
    let deliveries = ["bo", "ana"]
        .into_iter()
        .flat_map(|who| Via::ALL.into_iter().map(move |via| (1, Delivery::new(id("one"), user(who), via))));
    let changes = AlertChanges {
        entries: vec![plain(1), duress(2), plain(3), duress(4), plain(5)],
        sightings: (1..=5).map(|number| (id("one"), sighting(number))).collect(),
        deliveries: deliveries.collect(),
        ..AlertChanges::default()
    };
    world.desk_writes(&changes).await;
    let (store, tenant, one) = (&world.store, &world.tenant, id("one"));
    let numbers = |entries: Vec<Entry>| entries.iter().map(|entry| entry.number).collect::<Vec<_>>();
    assert_eq!(numbers(store.alert_entries(tenant, &one, 1, u32::MAX, 2).await.expect("the query runs")), [2, 3]);
    assert_eq!(numbers(store.alert_entries(tenant, &one, 1, 2, 100).await.expect("the query runs")), [2]);
    assert_eq!(store.last_duress(tenant, &one).await, Ok(Some(4)));
    assert_eq!(store.last_duress(tenant, &id("another")).await, Ok(None));
    let trail = store.alert_sightings(tenant, &one, 3, 100).await.expect("the query runs");
    assert_eq!(trail.iter().map(|sighting| sighting.number).collect::<Vec<_>>(), [4, 5]);
    let at = |at| async move {
        store.sighting_at(tenant, &id("one"), at).await.expect("the query runs").map(|it| it.number)
    };
    assert_eq!((at(None).await, at(Some(later(3))).await, at(Some(later(0))).await), (Some(5), Some(3), None));
    let mut seen = Vec::new();
    let mut after: Option<DeliveryKey> = None;
    loop {
        let page = store.alert_deliveries(tenant, &one, after.as_ref(), 3).await.expect("the query runs");
        let Some(last) = page.last() else { break };
        after = Some(DeliveryKey { user_id: last.user_id.clone(), via: last.via });
        seen.extend(page.iter().map(|delivery| format!("{} {}", delivery.user_id, delivery.via.as_str())));
    }
    let all = ["ana", "bo"].map(|who| ["channel", "http", "push", "socket"].map(|via| format!("{who} {via}")));
    assert_eq!(seen, all.concat());
}

pub(super) async fn another_tenants_alerts_are_not_there(world: World) {
    let changes = AlertChanges {
        alerts: vec![(5, raised("one", "ana", 0))],
        entries: vec![(id("one"), entry(1, What::Duress { reason: None }))],
        sightings: vec![(id("one"), sighting(1))],
        deliveries: vec![(1, Delivery::new(id("one"), user("bo"), Via::Http))],
        ..AlertChanges::default()
    };
    world.desk_writes(&changes).await;
    let (store, other, one) = (&world.store, &world.stranger, id("one"));
    assert_eq!(store.alert(other, &one).await, Ok(None));
    for state in [None, Some(AlertState::Open), Some(AlertState::Is(Status::Triggered))] {
        for (user_id, drill) in [(None, None), (Some(user("ana")), None), (None, Some(false))] {
            let filter = AlertFilter { state, user_id, drill, ..AlertFilter::default() };
            assert_eq!(store.list_alerts(other, &filter, None, 100).await, Ok(vec![]), "{filter:?}");
        }
    }
    assert_eq!(store.active_alerts(other).await, Ok(vec![]));
    assert_eq!(world.timeline(other, "one").await, []);
    assert_eq!(store.last_duress(other, &one).await, Ok(None));
    assert_eq!(store.alert_sightings(other, &one, 0, 100).await, Ok(vec![]));
    assert_eq!(store.alert_deliveries(other, &one, None, 100).await, Ok(vec![]));
    let theirs = AlertChanges { alerts: vec![(1, raised("one", "cy", 3))], ..AlertChanges::default() };
    store.save_alerts(other, &theirs).await.expect("another tenant may use the same id");
    assert_eq!(world.alert("one").await.map(|alert| alert.user.id), Some(user("ana")));
    assert_eq!(store.purge_alert(other, later(1_000_000), 100).await, Ok(None));
    assert_eq!(store.purge_trail(other, later(1_000_000), 100).await, Ok(None));
}

/// [I16] The schedule finds every overdue alert, whatever its tenant.
pub(super) async fn overdue_alerts_of_all_tenants_come_in_the_order_of_their_time(world: World) {
    // Earlier than the due times of all other cases, which share the database.
    let at = |second: i64| Timestamp::from_millis(second * 1_000);
    let due = |name: &str, second: i64| {
        let mut alert = raised(name, "ana", 0);
        alert.escalation.due_at = Some(at(second));
        alert
    };
    let mut idle = raised("idle", "ana", 0);
    idle.escalation.due_at = None;
    world.wrote(vec![due("third", 3), due("first", 1), idle, due("later", 50)]).await;
    let theirs = AlertChanges { alerts: vec![(1, due("second", 2))], ..AlertChanges::default() };
    world.store.save_alerts(&world.stranger, &theirs).await.expect("the write succeeds");
    let page = world.store.overdue_alerts(at(50), None, 2).await.expect("the list is read");
    let names = |page: &[crate::Overdue]| page.iter().map(|one| one.id.to_string()).collect::<Vec<_>>();
    assert_eq!(names(&page), ["first", "second"]);
    assert_eq!((&page[0].tenant, &page[1].tenant, page[0].due_at), (&world.tenant, &world.stranger, at(1)));
    let rest = world.store.overdue_alerts(at(50), page.last(), 100).await.expect("the list is read");
    assert_eq!(names(&rest), ["third"]);
    let over = AlertChanges {
        alerts: vec![
            (9, ended(due("third", 3), Status::Resolved, NOW)),
            (9, ended(due("first", 1), Status::Resolved, NOW)),
        ],
        ..AlertChanges::default()
    };
    world.desk_writes(&over).await;
    let left = world.store.overdue_alerts(at(50), None, 100).await.expect("the list is read");
    assert_eq!(names(&left), ["second"], "a closed alert is never due");
    let ended_there =
        AlertChanges { alerts: vec![(9, ended(due("second", 2), Status::Resolved, NOW))], ..AlertChanges::default() };
    world.store.save_alerts(&world.stranger, &ended_there).await.expect("the write succeeds");
}
