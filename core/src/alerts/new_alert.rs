//! Reading and validation of an alert that a client raises.

use super::location::bounded;
use super::reading::Fields;
use super::{AlertId, Location, Spot, text_or_number};
use crate::shared::problem::Problem;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Longest address and longest note, in characters.
const MAX_ADDRESS_CHARS: usize = 500;
const MAX_NOTE_CHARS: usize = 1_000;
/// Longest apartment id, in characters.
const MAX_APARTMENT_ID_CHARS: usize = 128;

/// The owner's apartment, as the application names it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apartment {
    /// The application's id for it; a number is stored as its digits.
    #[serde(default, deserialize_with = "text_or_number")]
    pub id: Option<String>,
    /// Its address.
    #[serde(default)]
    pub address: Option<String>,
}

/// An alert as a client reports it, not validated.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reported {
    /// The client's id for it; `None` if the server creates one.
    pub id: Option<String>,
    /// The owner's apartment.
    pub apartment: Option<Apartment>,
    /// The owner's place.
    pub location: Option<Spot>,
    /// The owner's note.
    pub note: Option<String>,
    /// Whether it is a drill.
    pub drill: bool,
    /// Names of unreadable and unknown fields.
    pub left_out: Vec<String>,
}

/// A validated alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAlert {
    /// Alert id.
    pub id: AlertId,
    /// The owner's apartment.
    pub apartment: Apartment,
    /// The owner's place.
    pub location: Option<Location>,
    /// The owner's note.
    pub note: Option<String>,
    /// Whether it is a drill.
    pub drill: bool,
    /// Names of ignored fields. They never cause a refusal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

impl Reported {
    /// Reads all readable fields. A field of the wrong type or with an unknown name is ignored and named: a call for
    /// help is not refused because of it.
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

    /// Validates the fields. Only an invalid id is refused (422): without a valid id, a retry would look like a second
    /// alert. Any other invalid field is ignored and named: a wrong coordinate must not block a call for help.
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
            name_all(spot.leave_out_details(), &mut left_out);
            usable(spot.locate(decimals, now), &mut left_out)
        });
        // Without usable coordinates, the place's description goes to the note, where guards see it.
        let is_wordless = location.as_ref().is_none_or(|place| place.string.is_none());
        let words = words.filter(|_| is_wordless && note.is_none());
        let note = note.or_else(|| bounded("note", words, MAX_NOTE_CHARS).ok().flatten());
        Ok(NewAlert { id, apartment, location, note, drill: self.drill, left_out })
    }
}

fn usable<T>(value: Result<T, Problem>, left_out: &mut Vec<String>) -> Option<T> {
    value.map_err(|problem| name_all(problem.errors.into_iter().map(|error| error.field), left_out)).ok()
}

/// Adds names of ignored fields, each once.
fn name_all(fields: impl IntoIterator<Item = String>, left_out: &mut Vec<String>) {
    for field in fields {
        if !left_out.contains(&field) {
            left_out.push(field);
        }
    }
}
