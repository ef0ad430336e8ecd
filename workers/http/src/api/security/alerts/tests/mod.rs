//! HTTP tests of alerts, over a fake desk with scripted answers and a real database.

mod actions;
mod cap;
mod documents;
mod owners;
mod pins;
mod raising;
mod reading;

use crate::testing::{OTHER_SECRET, START_MS, Token, World};
use campana_core::accounts::principal::VIEW_PANIC_ALERTS;
use campana_core::alerts::command::{DeskCommand, DeskReply};
use campana_core::alerts::record::{AlertChanges, Delivery, Milestone, Sighting, Via};
use campana_core::alerts::{
    Alert, AlertId, AlertSettings, Apartment, Degrees, Entry, Location, NewAlert, Status, What, Who,
};
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use pollster::block_on;
use serde_json::json;

const PATH: &str = "/api/security/alerts";

/// A guard of the demo tenant.
fn guard() -> Token {
    guard_called("g")
}

fn guard_called(user: &str) -> Token {
    Token::of(user).claim("permissions", json!([VIEW_PANIC_ALERTS]))
}

/// A guard of the other tenant.
fn other_guard() -> Token {
    guard().claim("tenant", json!("other")).secret(OTHER_SECRET)
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(START_MS + seconds * 1_000)
}

fn who(id: &str) -> Who {
    Who { id: UserId::trusted(id), name: format!("Person {id}") }
}

fn place(seconds: i64) -> Location {
    let (lat, lng) = (Degrees::from_parts(10_000_000), Degrees::from_parts(-20_000_000));
    Location { lat, lng, string: Some("Gate 3".to_owned()), accuracy: Some(5), source: None, at: at(seconds) }
}

/// An alert that user 7 raised at second 0.
fn raised(id: &str) -> Alert {
    raised_by(id, "7", 0)
}

fn raised_by(id: &str, user: &str, second: i64) -> Alert {
    let new = NewAlert {
        id: AlertId::trusted(id),
        apartment: Apartment { id: Some("12".to_owned()), address: Some("Block A".to_owned()) },
        location: Some(place(second)),
        note: Some("help".to_owned()),
        drill: false,
        left_out: Vec::new(),
    };
    Alert::raise(new, who(user), &AlertSettings::default(), at(second)).0
}

/// The alert, closed by a user.
fn ended(alert: Alert, status: Status, by: &str, second: i64) -> Alert {
    let mut alert =
        Alert { status, closed_at: Some(at(second)), updated_at: at(second), closed_by: Some(who(by)), ..alert };
    alert.escalation.due_at = None;
    alert
}

/// The alert, cancelled with the duress PIN.
fn under_duress(alert: Alert, second: i64) -> Alert {
    Alert { duress_at: Some(at(second)), updated_at: at(second), ..alert }
}

fn shown(alert: Alert, is_new: bool) -> DeskReply {
    DeskReply::Alert { alert: Box::new(alert), is_new }
}

impl World {
    /// Saves changes as a desk of the demo tenant does.
    fn desk_wrote(&self, changes: &AlertChanges) {
        let tenant = TenantId::trusted("demo");
        block_on(self.app.store().save_alerts(&tenant, changes)).expect("the changes are saved");
    }

    fn recorded(&self, alerts: &[Alert]) {
        let alerts = (1..).zip(alerts.iter().cloned()).collect();
        self.desk_wrote(&AlertChanges { alerts, ..AlertChanges::default() });
    }

    /// Records an alert of user 7 with rows of every kind: three entries, two locations, a delivery.
    fn recorded_whole(&self, id: &str) {
        let alert_id = || AlertId::trusted(id);
        let entry = |number: u32, by, what| (alert_id(), Entry { number, at: at(number.into()), by, what });
        let mut delivery = Delivery::new(alert_id(), UserId::trusted("g"), Via::Push);
        delivery.reach(Milestone::Sent, at(1));
        self.desk_wrote(&AlertChanges {
            alerts: vec![(1, raised(id))],
            entries: vec![
                entry(1, Some(who("7")), What::Triggered { left_out: Vec::new() }),
                entry(2, Some(who("g")), What::Acknowledged),
                entry(3, None, What::Lapsed),
            ],
            sightings: [1, 2].map(|number| (alert_id(), Sighting { number, location: place(number.into()) })).into(),
            deliveries: vec![(1, delivery)],
            ..AlertChanges::default()
        });
    }

    /// The desk's last command.
    fn asked(&self) -> DeskCommand {
        self.desks.requests().pop().expect("the desk got a request").command
    }
}
