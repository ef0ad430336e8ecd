//! Tests of overdue and of closed alerts.

use super::{DAY_MS, days_ago, reported};
use crate::testing::{START_MS, World};
use campana_core::alerts::command::Swept;
use campana_core::alerts::record::{AlertChanges, Sighting};
use campana_core::alerts::{
    Alert, AlertId, AlertSettings, Apartment, Degrees, Entry, Location, NewAlert, Status, What, Who,
};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_schema::apps;
use campana_storage::Fault;
use pollster::block_on;
use serde_json::json;

const MINUTE_MS: i64 = 60_000;

fn raised(id: &str) -> Alert {
    let new = NewAlert {
        id: AlertId::trusted(id),
        apartment: Apartment::default(),
        location: None,
        note: None,
        drill: false,
        left_out: Vec::new(),
    };
    let who = Who { id: UserId::trusted("7"), name: "Ana".to_owned() };
    Alert::raise(new, who, &AlertSettings::default(), Timestamp::from_millis(START_MS)).0
}

/// An alert with a step that was due this long ago.
fn due(id: &str, millis_ago: i64) -> Alert {
    let mut alert = raised(id);
    alert.escalation.due_at = Some(Timestamp::from_millis(START_MS - millis_ago));
    alert
}

impl World {
    fn desk_of(&self, tenant: &str, changes: &AlertChanges) {
        let tenant = TenantId::trusted(tenant);
        block_on(self.app.store().save_alerts(&tenant, changes)).expect("the changes are saved");
    }

    fn has_alerts(&self, tenant: &str, alerts: Vec<Alert>) {
        let alerts = (1..).zip(alerts).collect();
        self.desk_of(tenant, &AlertChanges { alerts, ..AlertChanges::default() });
    }

    fn swept(&self) -> Vec<String> {
        self.desks.swept().into_iter().map(|sweep| sweep.app_config.tenant.to_string()).collect()
    }

    /// Records an alert closed this many days ago, with two entries and two locations.
    fn ended(&self, tenant: &str, id: &str, days: i64) {
        let at = Timestamp::from_millis(days_ago(days));
        let mut alert = Alert { status: Status::Resolved, closed_at: Some(at), ..raised(id) };
        alert.escalation.due_at = None;
        let alert_id = || AlertId::trusted(id);
        let location = || {
            let here = Degrees::from_parts(0);
            Location { lat: here, lng: here, string: None, accuracy: None, source: None, at }
        };
        let entry = |number| (alert_id(), Entry { number, at, by: None, what: What::Acknowledged });
        let sighting = |number| (alert_id(), Sighting { number, location: location() });
        self.desk_of(
            tenant,
            &AlertChanges {
                alerts: vec![(1, alert)],
                entries: [1, 2].map(entry).into(),
                sightings: [1, 2].map(sighting).into(),
                ..AlertChanges::default()
            },
        );
    }

    /// Ids in a query's rows, in order.
    fn left(&self, sql: &'static str) -> Vec<String> {
        let rows = self.rows(sql, []);
        rows.iter().map(|row| row["id"].as_str().expect("the id is present").to_owned()).collect()
    }
}

const ALERTS: &str = "SELECT id FROM alerts ORDER BY id";
const TIMELINES: &str = "SELECT DISTINCT alert_id AS id FROM alert_entries ORDER BY id";
const TRAILS: &str = "SELECT DISTINCT alert_id AS id FROM alert_sightings ORDER BY id";

#[test]
fn each_late_desk_is_asked_once_for_all_its_alerts() {
    let world = World::new();
    world.has_alerts("demo", vec![due("a", MINUTE_MS + 1), due("b", 2 * MINUTE_MS), due("c", -1)]);
    world.has_alerts("other", vec![due("a", 3 * MINUTE_MS)]);
    for overdue in [1, 2] {
        world.desks.will_sweep(Ok(Swept { overdue }));
    }
    world.run("UPDATE apps SET settings = '{\"alerts\":{\"language\":\"es\"}}' WHERE tenant_id = ?1", ["other".into()]);
    assert_eq!(reported(&world.schedule("presence"), "alerts"), (3, 1, 0, false));
    assert_eq!(world.swept(), ["other", "demo"], "longest overdue first");
    let language = world.desks.swept()[0].settings.language;
    assert_eq!(language, campana_core::alerts::Language::Es, "with the app's settings");
}

#[test]
fn a_desk_within_the_grace_period_is_not_asked() {
    let world = World::new();
    world.has_alerts("demo", vec![due("a", MINUTE_MS), due("b", 0), due("c", -DAY_MS)]);
    world.ended("other", "d", 1);
    assert_eq!(reported(&world.schedule("presence"), "alerts"), (0, 1, 0, false));
    assert_eq!(world.swept(), [] as [&str; 0]);
}

#[test]
fn many_overdue_alerts_of_one_tenant_delay_no_other() {
    let world = World::new();
    world.has_alerts("demo", (0..600).map(|number| due(&format!("a{number:03}"), 9 * MINUTE_MS)).collect());
    world.has_alerts("other", vec![due("a", 2 * MINUTE_MS)]);
    assert_eq!(reported(&world.schedule("presence"), "alerts"), (0, 2, 0, false));
    assert_eq!(world.swept(), ["demo", "other"]);
}

#[test]
fn a_run_asks_a_bounded_number_of_desks() {
    const ADD: &str = "INSERT INTO apps (id, tenant_id, key, secret, created_at) VALUES (?1, ?1, ?1, 'secret', 0)";
    let world = World::new();
    for number in 0..70 {
        let tenant = format!("t{number:02}");
        world.run(ADD, [tenant.as_str().into()]);
        world.has_alerts(&tenant, vec![due("a", 2 * MINUTE_MS)]);
    }
    assert_eq!(reported(&world.schedule("presence"), "alerts"), (0, 3, 0, false), "30 desks per step");
    assert_eq!(world.swept().len(), 70);
}

#[test]
fn a_silent_desk_is_logged_and_delays_no_other() {
    let world = World::new();
    world.has_alerts("demo", vec![due("a", 3 * MINUTE_MS)]);
    world.has_alerts("other", vec![due("a", 2 * MINUTE_MS)]);
    world.desks.will_sweep(Err(Problem::unavailable("the desk did not answer")));
    let lines = world.schedule("presence");
    assert_eq!(world.swept(), ["demo", "other"]);
    assert_eq!((&lines[0]["level"], &lines[0]["desks_without_answer"]), (&json!("warning"), &json!(1)));
    world.database.fail_at(apps::BY_TENANT, Fault::BeforePersisting);
    assert_eq!(reported(&world.schedule("presence"), "alerts"), (0, 1, 1, true));
    assert_eq!(world.swept(), ["demo", "other", "other"], "a desk whose app could not be read waits for the next run");
}

#[test]
fn alerts_and_trails_are_purged_after_their_apps_retention() {
    let world = World::new();
    let keep = r#"{"alerts":{"alert_days":60,"location_days":7}}"#;
    world.run("UPDATE apps SET settings = ?2 WHERE tenant_id = ?1", ["other".into(), keep.into()]);
    for (tenant, id, days) in [
        ("demo", "1", 1_827),
        ("demo", "2", 1_824),
        ("demo", "3", 29),
        ("other", "4", 62),
        ("other", "5", 59),
        ("other", "6", 6),
    ] {
        world.ended(tenant, id, days);
    }
    world.has_alerts("demo", vec![raised("7")]);
    let lines = world.schedule("audits");
    assert_eq!(reported(&lines, "old_alerts").2, 0, "no row within its retention was touched");
    assert_eq!(world.left(ALERTS), ["2", "3", "5", "6", "7"]);
    assert_eq!(world.left(TIMELINES), ["2", "3", "5", "6"]);
    assert_eq!(world.left(TRAILS), ["3", "6"]);
    let again = world.schedule("audits");
    assert_eq!((reported(&again, "old_alerts"), reported(&again, "old_trails")), ((0, 1, 0, false), (0, 1, 0, false)));
}

#[test]
fn a_long_trail_is_purged_in_steps() {
    let world = World::new();
    world.ended("demo", "1", 40);
    let at = Timestamp::from_millis(days_ago(41));
    let here = Degrees::from_parts(0);
    let location = Location { lat: here, lng: here, string: None, accuracy: None, source: None, at };
    let sightings = (3..=1_200).map(|number| (AlertId::trusted("1"), Sighting { number, location: location.clone() }));
    world.desk_of("demo", &AlertChanges { sightings: sightings.collect(), ..AlertChanges::default() });
    let (purged, steps, ..) = reported(&world.schedule("audits"), "old_trails");
    assert_eq!((purged, steps), (1_200, 5), "three chunks, one look before and one after");
    assert_eq!(world.left(ALERTS), ["1"]);
}
