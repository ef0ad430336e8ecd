//! Validation of reported alerts: what is used, ignored and named, or refused.

use super::*;

fn reported(value: &Value) -> Reported {
    Reported::read(value.as_object().unwrap().clone())
}

fn accepted(value: &Value) -> NewAlert {
    reported(value).accept(AlertId::trusted("fresh"), 6, START).unwrap()
}

fn spot(value: &Value) -> Spot {
    serde_json::from_value(value.clone()).unwrap()
}

/// Checks stored degrees with this many decimals.
#[track_caller]
fn check_kept(decimals: u32, lat: f64, lng: f64, kept: (i32, i32)) {
    let spot = Spot { lat: Some(lat), lng: Some(lng), ..Spot::default() };
    let location = spot.locate(decimals, START).unwrap();
    assert_eq!((location.lat.parts(), location.lng.parts()), kept, "{lat}, {lng} with {decimals} decimals");
}

#[test]
fn places_are_rounded_to_the_stored_decimals() {
    check_kept(7, 4.710_988_56, -74.072_092_04, (47_109_886, -740_720_920));
    check_kept(6, 4.710_988_56, -74.072_092_04, (47_109_890, -740_720_920));
    check_kept(3, 4.710_988_56, -74.072_592_04, (47_110_000, -740_730_000));
    check_kept(0, 4.5, -4.5, (50_000_000, -50_000_000));
    check_kept(0, 4.499_999_9, -4.499_999_9, (40_000_000, -40_000_000));
    check_kept(0, 90.0, -180.0, (900_000_000, -1_800_000_000));
    check_kept(99, 89.999_999_96, 0.000_000_04, (900_000_000, 0));
    check_kept(6, -0.0, 0.0, (0, 0));
}

#[track_caller]
fn check_refused(value: &Value, field: &str, detail: &str) {
    let problem = spot(value).locate(6, START).unwrap_err();
    assert_eq!(fields(&problem), [field], "{value}");
    assert_eq!(problem.errors[0].detail, detail, "{value}");
    assert_eq!(problem.kind.status(), 422);
}

#[test]
fn impossible_places_are_refused_without_repeating_a_value() {
    check_refused(&json!({}), "location.lat", "is missing");
    check_refused(&json!({"lat": 1}), "location.lng", "is missing");
    check_refused(&json!({"lat": null, "lng": 1}), "location.lat", "is missing");
    for lat in [90.000_000_1, -90.1, 1e300] {
        check_refused(&json!({"lat": lat, "lng": 0}), "location.lat", "is not between -90 and 90");
    }
    for lng in [180.000_000_1, -180.1, -1e300] {
        check_refused(&json!({"lat": 0, "lng": lng}), "location.lng", "is not between -180 and 180");
    }
    for accuracy in [-0.1, 20_037_508.1] {
        let value = json!({"lat": 0, "lng": 0, "accuracy": accuracy});
        check_refused(&value, "location.accuracy", "is not a number of metres");
    }
    let value = json!({"lat": 0, "lng": 0, "string": "x".repeat(501)});
    check_refused(&value, "location.string", "is longer than 500 characters");
    let value = json!({"lat": 0, "lng": 0, "source": "x".repeat(33)});
    check_refused(&value, "location.source", "is longer than 32 characters");
    for degrees in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(Degrees::new(degrees, 90.0), None);
    }
}

#[test]
fn a_place_is_stored_with_its_details() {
    let value = json!({
        "lat": 1, "lng": 2, "string": " Lobby\u{0} ", "accuracy": 12.01, "source": "", "at": "2026-01-31T04:04:59-05:00",
    });
    let location = spot(&value).locate(6, START).unwrap();
    assert_eq!((location.string.as_deref(), location.accuracy, location.source), (Some("Lobby"), Some(13), None));
    assert_eq!(location.at, at(-1));
    let later = spot(&json!({"lat": 1, "lng": 2, "at": "2099-01-01T00:00:00Z"})).locate(6, START).unwrap();
    assert_eq!(later.at, START, "a future time is replaced by now");
}

#[test]
fn unreadable_fields_are_ignored_and_named() {
    check_left_out(&json!({"user_id": 7}), &["user_id"]);
    check_left_out(&json!({"apartment": {"id": [], "tower": 1}}), &["apartment.id", "apartment.tower"]);
    check_left_out(&json!({"location": {"latitude": 1}}), &["location.latitude", "location.lat"]);
    let alert = check_left_out(&json!({"note": 7, "drill": "yes", "apartment": 7}), &["apartment", "note", "drill"]);
    assert!(!alert.drill, "an invalid `drill` is false");
    let near = json!({"location": {"lat": 1, "lng": "2.5", "accuracy": "near", "at": "now"}});
    let location = check_left_out(&near, &["location.accuracy", "location.at"]).location.unwrap();
    assert_eq!((location.lng.degrees(), location.at), (2.5, START), "a number may be a string");
    let nowhere = check_left_out(&json!({"location": {"lat": [], "lng": 2, "string": "Roof"}}), &["location.lat"]);
    assert_eq!((nowhere.location, nowhere.note.as_deref()), (None, Some("Roof")));
    assert_eq!(check_left_out(&json!({"location": "Roof"}), &["location.lat"]).note.as_deref(), Some("Roof"));
}

#[test]
fn names_of_unknown_fields_are_limited() {
    let many: serde_json::Map<_, _> = (0..500).map(|number| (format!("{number:0200}"), json!(1))).collect();
    let left_out = reported(&Value::Object(many)).left_out;
    assert_eq!(left_out.len(), 20);
    assert!(left_out.iter().all(|name| name.len() == 64));
}

#[test]
fn an_empty_report_is_an_alert() {
    let alert = accepted(&json!({}));
    let expected = NewAlert {
        id: AlertId::trusted("fresh"),
        apartment: Apartment::default(),
        location: None,
        note: None,
        drill: false,
        left_out: Vec::new(),
    };
    assert_eq!(alert, expected);
}

#[test]
fn only_an_invalid_id_is_refused() {
    let long = "a".repeat(65);
    for id in [json!(""), json!("a b"), json!(long), json!(-1), json!(1.5), json!(true), json!([1]), json!({"id": 1})] {
        let refusal = reported(&json!({"id": id})).accept(AlertId::trusted("fresh"), 6, START).unwrap_err();
        assert_eq!(fields(&refusal), ["id"]);
    }
}

/// Checks the names of ignored fields.
#[track_caller]
fn check_left_out(value: &Value, left_out: &[&str]) -> NewAlert {
    let alert = accepted(value);
    assert_eq!(alert.left_out, left_out, "{value}");
    alert
}

#[test]
fn invalid_fields_are_ignored_and_named() {
    let (long, place) = ("x".repeat(1_001), json!({"lat": 1, "lng": 2}));
    let alert = check_left_out(&json!({"note": long, "location": place}), &["note"]);
    assert!(alert.note.is_none() && alert.location.is_some());
    let alert = check_left_out(
        &json!({"apartment": {"id": "x".repeat(129), "address": "x".repeat(501)}, "note": "fire"}),
        &["apartment.id", "apartment.address"],
    );
    assert_eq!((alert.apartment, alert.note.as_deref()), (Apartment::default(), Some("fire")));
    let alert = check_left_out(&json!({"location": {"lat": 91, "lng": 2}, "note": "fire"}), &["location.lat"]);
    assert_eq!((alert.location, alert.note.as_deref()), (None, Some("fire")));
    check_left_out(&json!({"location": {}}), &["location.lat"]);
    let all = json!({
        "apartment": {"address": long}, "note": long, "location": {"lat": 1, "accuracy": -1, "source": long},
    });
    check_left_out(&all, &["apartment.address", "note", "location.accuracy", "location.source", "location.lng"]);
}

#[test]
fn an_invalid_detail_does_not_discard_the_place() {
    for (name, value) in
        [("string", json!("x".repeat(501))), ("accuracy", json!(-5)), ("source", json!("x".repeat(33)))]
    {
        let location = json!({"lat": 1, "lng": 2, name: value});
        let alert = check_left_out(&json!({"location": location, "note": "fire"}), &[&format!("location.{name}")]);
        let place = alert.location.unwrap();
        assert_eq!((place.lat.degrees(), place.lng.degrees()), (1.0, 2.0));
        assert_eq!((place.string, place.accuracy, place.source), (None, None, None));
    }
}

#[test]
fn a_place_without_coordinates_goes_to_the_note() {
    let words = json!({"string": "behind the pool"});
    let alert = check_left_out(&json!({"location": words}), &["location.lat"]);
    assert_eq!((alert.location, alert.note.as_deref()), (None, Some("behind the pool")));
    let alert = check_left_out(&json!({"location": words, "note": "fire"}), &["location.lat"]);
    assert_eq!(alert.note.as_deref(), Some("fire"));
    let many = "x".repeat(600);
    let alert = check_left_out(&json!({"location": {"lat": 1, "lng": 2, "string": many}}), &["location.string"]);
    assert_eq!((alert.location.unwrap().string, alert.note), (None, Some(many)));
}

#[test]
fn empty_texts_are_absent_and_notes_keep_their_lines() {
    let alert = accepted(&json!({"note": "\u{0}\t ", "apartment": {"id": "", "address": "  "}}));
    assert_eq!((alert.note, alert.apartment), (None, Apartment::default()));
    let alert = accepted(&json!({"note": " two\nlines\tand\u{7}a bell "}));
    assert_eq!(alert.note.as_deref(), Some("two\nlines and a bell"));
}

#[test]
fn ignored_fields_are_named_in_the_timeline() {
    let alert = accepted(&json!({"location": {"lat": 91}}));
    let (_, decision) = Alert::raise(alert, owner(), &AlertSettings::default(), START);
    let Noted { entry, page } = &decision.noted[0];
    assert_eq!(entry.what, What::Triggered { left_out: vec!["location.lat".to_owned()] });
    assert_eq!((entry.number, entry.by.as_ref(), page.as_ref()), (1, Some(&owner()), Some(&Page::guards())));
    assert_eq!(decision.tell, Some(wire::AlertEvent::Triggered));
}
