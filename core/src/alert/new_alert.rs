//! An alert that somebody wants to raise.

use super::location::bounded;
use super::reading::Fields;
use super::{AlertId, Location, Spot, text_or_number};
use crate::problem::Problem;
use crate::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Longest address, and longest note, in characters.
const MAX_ADDRESS_CHARS: usize = 500;
const MAX_NOTE_CHARS: usize = 1_000;
/// Longest id of an apartment, in characters.
const MAX_APARTMENT_ID_CHARS: usize = 128;

/// Where somebody lives, in the application's words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apartment {
    /// The application's id for it: a number is kept as its digits.
    #[serde(default, deserialize_with = "text_or_number")]
    pub id: Option<String>,
    /// How one finds it.
    #[serde(default)]
    pub address: Option<String>,
}

/// An alert as it is reported from outside.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reported {
    /// The client's id for it; ours if it has none.
    pub id: Option<String>,
    /// Where the person lives.
    pub apartment: Option<Apartment>,
    /// Where they are.
    pub location: Option<Spot>,
    /// What they say of it.
    pub note: Option<String>,
    /// Practice.
    pub drill: bool,
    /// Fields that were there and could not be read, or that nobody knows.
    pub left_out: Vec<String>,
}

/// An alert whose every value can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAlert {
    /// Its id.
    pub id: AlertId,
    /// Where the person lives.
    pub apartment: Apartment,
    /// Where they are.
    pub location: Option<Location>,
    /// What they say of it.
    pub note: Option<String>,
    /// Practice.
    pub drill: bool,
    /// Values that were left out because they could not be used. A call for help is not refused for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

impl Reported {
    /// Reads what can be read. A field of another type than it should be is left out and named, as is one that nobody
    /// knows: a call for help is not refused for them.
    pub fn read(body: Map<String, Value>) -> Self {
        let mut fields = Fields::of(body);
        let reported = Self {
            id: fields.id("id"),
            apartment: fields
                .part("apartment", |fields| Apartment { id: fields.id("id"), address: fields.text("address") }),
            location: fields.part_or_text(
                "location",
                |fields| Spot {
                    lat: fields.number("lat"),
                    lng: fields.number("lng"),
                    string: fields.text("string"),
                    accuracy: fields.number("accuracy"),
                    source: fields.text("source"),
                    at: fields.time("at"),
                },
                |words| Spot { string: Some(words), ..Spot::default() },
            ),
            note: fields.text("note"),
            drill: fields.flag("drill"),
            left_out: Vec::new(),
        };
        Self { left_out: fields.left_out(), ..reported }
    }

    /// What can be used of it. Only an id that cannot be used is refused (422): without it a repeat could not be told from a
    /// second alert. Whatever else is wrong is left out and named: nobody's call for help fails because of a coordinate.
    pub fn accept(self, fresh: AlertId, decimals: u32, now: Timestamp) -> Result<NewAlert, Problem> {
        let id = match self.id {
            None => fresh,
            Some(text) => AlertId::parse(&text).ok_or_else(|| {
                Problem::field("id", "is not 1 to 64 letters, digits, hyphens and underscores, or a whole number")
            })?,
        };
        let mut left_out = self.left_out;
        let mut keep = |text: Result<Option<String>, Problem>| usable(text, &mut left_out).flatten();
        let apartment = self.apartment.unwrap_or_default();
        let apartment = Apartment {
            id: keep(bounded("apartment.id", apartment.id, MAX_APARTMENT_ID_CHARS)),
            address: keep(bounded("apartment.address", apartment.address, MAX_ADDRESS_CHARS)),
        };
        let note = keep(bounded("note", self.note, MAX_NOTE_CHARS));
        let words = self.location.as_ref().and_then(|spot| spot.string.clone());
        let location = self.location.and_then(|mut spot| {
            left_out.extend(spot.leave_out_details());
            usable(spot.locate(decimals, now), &mut left_out)
        });
        // A place without usable coordinates is still a place: its words are kept where people look.
        let is_wordless = location.as_ref().is_none_or(|place| place.string.is_none());
        let words = words.filter(|_| is_wordless && note.is_none());
        let note = note.or_else(|| bounded("note", words, MAX_NOTE_CHARS).ok().flatten());
        Ok(NewAlert { id, apartment, location, note, drill: self.drill, left_out })
    }
}

fn usable<T>(value: Result<T, Problem>, left_out: &mut Vec<String>) -> Option<T> {
    let mut name = |problem: Problem| {
        let fields = problem.errors.into_iter().map(|error| error.field);
        let news: Vec<String> = fields.filter(|field| !left_out.contains(field)).collect();
        left_out.extend(news);
    };
    value.map_err(&mut name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    #[expect(clippy::needless_pass_by_value, reason = "reads better where it is called")]
    fn accepted(body: Value) -> Result<NewAlert, Problem> {
        let body = body.as_object().expect("an object").clone();
        Reported::read(body).accept(AlertId::trusted("fresh"), 3, NOW)
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "reads better where it is called")]
    fn check(body: Value, expected: Value, left_out: &[&str]) {
        let alert = serde_json::to_value(accepted(body).expect("it is accepted")).expect("JSON");
        for (name, value) in expected.as_object().expect("an object") {
            assert_eq!(alert.pointer(name), Some(value), "{name} of {alert}");
        }
        let named = alert.get("left_out").cloned().unwrap_or_else(|| json!([]));
        assert_eq!(named, json!(left_out), "{alert}");
    }

    #[test]
    fn a_whole_report_is_taken_as_it_is() {
        let body = json!({
            "id": "a-1", "apartment": {"id": 12, "address": " Block\u{7}A "}, "note": "help", "drill": true,
            "location": {"lat": -34.60372, "lng": "-58.38159", "accuracy": 7.2, "source": "gps", "string": "Lobby",
                "at": "2023-11-14T22:13:19Z"},
        });
        let expected = json!({
            "/id": "a-1", "/apartment/id": "12", "/apartment/address": "Block A", "/note": "help", "/drill": true,
            "/location/lat": -34.604, "/location/lng": -58.382, "/location/accuracy": 8, "/location/source": "gps",
            "/location/string": "Lobby", "/location/at": "2023-11-14T22:13:19.000Z",
        });
        check(body, expected, &[]);
        check(json!({}), json!({"/id": "fresh", "/drill": false, "/location": null, "/note": null}), &[]);
        check(json!({"id": 7, "note": null}), json!({"/id": "7"}), &[]);
    }

    #[test]
    fn what_cannot_be_used_is_left_out_and_named() {
        let there = json!({"/location/lat": 1.0, "/location/lng": 2.0});
        let at = |more: Value| {
            let mut location = json!({"lat": 1, "lng": 2});
            location.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            json!({"location": location})
        };
        check(at(json!({"accuracy": -1})), there.clone(), &["location.accuracy"]);
        check(at(json!({"accuracy": "near"})), there.clone(), &["location.accuracy"]);
        check(at(json!({"string": "x".repeat(501)})), there.clone(), &["location.string"]);
        check(at(json!({"at": "now", "heading": 7})), there, &["location.at", "location.heading"]);
        let nowhere = json!({"/location": null, "/note": "Roof"});
        check(json!({"location": {"lat": 91, "lng": 2, "string": "Roof"}}), nowhere.clone(), &["location.lat"]);
        check(json!({"location": {"lng": 2, "string": "Roof"}}), nowhere.clone(), &["location.lat"]);
        check(json!({"location": {"lat": [], "lng": 2, "string": "Roof"}}), nowhere.clone(), &["location.lat"]);
        check(json!({"location": "Roof"}), nowhere, &["location.lat"]);
        check(json!({"note": "x".repeat(1_001)}), json!({"/note": null}), &["note"]);
        check(
            json!({"note": 7, "drill": "yes", "apartment": 7}),
            json!({"/drill": false}),
            &["apartment", "note", "drill"],
        );
        check(
            json!({"apartment": {"id": [], "floor": 2}}),
            json!({"/apartment/id": null}),
            &["apartment.id", "apartment.floor"],
        );
        check(json!({"surprise": 1}), json!({"/id": "fresh"}), &["surprise"]);
    }

    #[test]
    fn names_that_are_made_up_take_no_room() {
        let many = (0..500).map(|number| (format!("{number:0200}"), json!(1))).collect();
        let left_out = Reported::read(many).left_out;
        assert_eq!(left_out.len(), 20);
        assert!(left_out.iter().all(|name| name.len() == 64));
    }

    #[test]
    fn only_an_id_that_cannot_be_used_is_refused() {
        for id in [json!(""), json!("a b"), json!("x".repeat(65)), json!(-1), json!(1.5), json!([]), json!(true)] {
            let refused = accepted(json!({"id": id, "note": "help"})).expect_err("it is refused");
            assert_eq!(refused.errors[0].field, "id", "{id}");
        }
    }
}
