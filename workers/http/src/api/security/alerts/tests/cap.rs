//! Tests of alerts as Common Alerting Protocol messages.

use super::{PATH, at, guard, place, raised_by, under_duress, who};
use crate::testing::{Call, Reply, Token, World};
use campana_core::alerts::record::{AlertChanges, Sighting};
use campana_core::alerts::{Alert, AlertId, Entry, Location, Pretence, What};
use serde_json::json;

const CAP: &str = "application/cap+xml";

fn ask(world: &World, query: &str) -> Call {
    world.get(&format!("{PATH}/a-1{query}")).header("accept", &format!("text/html, {CAP};q=0.9"))
}

/// Text of the first element with this name.
fn text<'a>(reply: &'a Reply, name: &str) -> &'a str {
    let (_, rest) = reply.text.split_once(&format!("<{name}>")).unwrap_or_default();
    rest.split_once(&format!("</{name}>")).map_or("", |(text, _)| text)
}

impl World {
    /// Records an alert of user 7 with these timeline entries, and a location for each of these seconds.
    fn alert_with_timeline(&self, alert: Alert, whats: Vec<What>, seconds: &[i64]) {
        let id = || AlertId::trusted("a-1");
        let entry =
            |(number, what): (u32, What)| (id(), Entry { number, at: at(number.into()), by: Some(who("7")), what });
        let entries: Vec<_> = (1..).zip(whats).map(entry).collect();
        let alert = Alert { entries: u32::try_from(entries.len()).expect("the count fits"), ..alert };
        let sightings = (1..).zip(seconds).map(|(number, second)| {
            (id(), Sighting { number, location: Location { accuracy: Some(number), ..place(*second) } })
        });
        let sightings = sightings.collect();
        self.desk_wrote(&AlertChanges { alerts: vec![(1, alert)], entries, sightings, ..AlertChanges::default() });
    }
}

fn triggered() -> What {
    What::Triggered { left_out: Vec::new() }
}

#[test]
fn the_newest_message_and_that_of_an_entry_are_returned() {
    let world = World::new();
    world.alert_with_timeline(
        raised_by("a-1", "7", 0),
        vec![triggered(), What::Acknowledged, What::Responding],
        &[0, 2, 9],
    );
    let newest = ask(&world, "").with(&guard()).send();
    assert_eq!((newest.status.as_u16(), newest.header("content-type").as_str()), (200, CAP));
    assert_eq!(newest.header("vary"), "accept, authorization");
    assert_eq!((text(&newest, "identifier"), text(&newest, "circle")), ("a-1.3.3", "1,-2 0.003"));
    assert_eq!(text(&newest, "references").split(' ').count(), 3);
    for (number, circle) in [(1, "1,-2 0.001"), (2, "1,-2 0.002"), (3, "1,-2 0.002")] {
        let one = ask(&world, &format!("?entry={number}")).with(&guard()).send();
        assert_eq!((text(&one, "identifier"), text(&one, "circle")), (format!("a-1.{number}").as_str(), circle));
    }
    for absent in ["0", "4", "4294967295"] {
        ask(&world, &format!("?entry={absent}")).with(&guard()).refused(404, "not-found");
    }
    ask(&world, "?entry=x").with(&guard()).refused(422, "invalid");
    ask(&world, "").by("8").refused(404, "not-found");
    let json = world.get(&format!("{PATH}/a-1?entry=1")).with(&guard()).refused(422, "invalid");
    assert_eq!(json["errors"][0]["field"], "entry");
}

#[test]
fn a_long_timeline_has_bounded_references() {
    let world = World::new();
    let whats = std::iter::once(triggered()).chain((2..=300).map(|presses| What::PressedAgain { presses }));
    world.alert_with_timeline(raised_by("a-1", "7", 0), whats.collect(), &[]);
    let newest = ask(&world, "").with(&guard()).send();
    let references: Vec<_> = text(&newest, "references").split(' ').collect();
    assert_eq!((text(&newest, "identifier"), references.len()), ("a-1.300", 201));
    assert!(references[0].contains(",a-1.1,") && references[1].contains(",a-1.100,"), "{references:?}");
}

#[test]
fn no_message_reveals_duress_to_the_owner() {
    let world = World::new();
    let whats = vec![
        triggered(),
        What::Duress { reason: None },
        What::PressedAgain { presses: 2 },
        What::Duress { reason: Some("slip".to_owned()) },
        What::Acknowledged,
    ];
    // The place when they gave the PIN, and one that guards got later.
    let place_of = |number, second| Some(Location { accuracy: Some(number), ..place(second) });
    let pretence = Pretence {
        reason: Some("slip".to_owned()),
        location: place_of(2, 3),
        level: 0,
        acknowledged_by: None,
        acknowledged_at: None,
        responding_at: None,
    };
    let alert = Alert { location: place_of(3, 9), pretence: Some(Box::new(pretence)), ..raised_by("a-1", "7", 0) };
    world.alert_with_timeline(under_duress(alert, 4), whats, &[0, 3, 9]);
    let own = |query: &str| ask(&world, query).with(&Token::of("7").claim("permissions", json!(["view_panic_alerts"])));
    let newest = own("").send();
    let seen = ["identifier", "msgType", "value", "urgency", "circle"].map(|name| text(&newest, name));
    assert_eq!(seen, ["a-1.4", "Cancel", "cancelled", "Past", "1,-2 0.002"]);
    assert!(text(&newest, "description").starts_with("Person 7 cancelled it.\nslip"), "{}", newest.text);
    assert!(!newest.text.contains("uress") && !newest.text.contains("a-1.2,"), "{}", newest.text);
    for hidden in ["?entry=2", "?entry=5", "?entry=6"] {
        own(hidden).refused(404, "not-found");
    }
    assert_eq!(text(&own("?entry=3").send(), "value"), "triggered");
    let reply = ask(&world, "?entry=4").with(&guard()).send();
    assert!(text(&reply, "description").contains("duress"), "{}", reply.text);
}
