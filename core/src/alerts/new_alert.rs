//! An alert that somebody wants to raise.

use super::location::bounded;
use super::reading::Fields;
use super::{AlertId, Location, Spot, text_or_number};
use crate::shared::problem::Problem;
use crate::shared::timestamp::Timestamp;
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
            name_all(spot.leave_out_details(), &mut left_out);
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
    value.map_err(|problem| name_all(problem.errors.into_iter().map(|error| error.field), left_out)).ok()
}

/// Names fields that were left out, each once.
fn name_all(fields: impl IntoIterator<Item = String>, left_out: &mut Vec<String>) {
    for field in fields {
        if !left_out.contains(&field) {
            left_out.push(field);
        }
    }
}
