//! Locations, stored in whole ten-millionths of a degree, so that the stored value equals the rounded one.

use crate::shared::problem::Problem;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Stored units per degree.
const PARTS: f64 = 1e7;
/// Decimals of a stored degree: about a centimetre.
const MAX_DECIMALS: u32 = 7;
/// Longest description and longest source, in characters.
const MAX_STRING_CHARS: usize = 500;
const MAX_SOURCE_CHARS: usize = 32;
/// Largest valid accuracy in metres: half of the earth's circumference.
const MAX_ACCURACY_M: f64 = 20_037_508.0;

/// Degrees of latitude or longitude.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Degrees(i32);

impl Degrees {
    /// From degrees; `None` if not finite or outside `-most..=most`.
    #[expect(clippy::cast_possible_truncation, reason = "at most 180 degrees, which fit")]
    pub fn new(degrees: f64, most: f64) -> Option<Self> {
        (degrees.is_finite() && degrees.abs() <= most).then(|| Self((degrees * PARTS).round() as i32))
    }

    /// From stored ten-millionths of a degree.
    pub const fn from_parts(parts: i32) -> Self {
        Self(parts)
    }

    /// Ten-millionths of a degree.
    pub const fn parts(self) -> i32 {
        self.0
    }

    /// In degrees.
    pub fn degrees(self) -> f64 {
        f64::from(self.0) / PARTS
    }

    /// Rounded to this many decimals.
    #[must_use]
    pub fn rounded(self, decimals: u32) -> Self {
        let unit = 10_i64.saturating_pow(MAX_DECIMALS.saturating_sub(decimals));
        let parts = i64::from(self.0);
        let half = parts.signum().saturating_mul(unit).saturating_div(2);
        let units = parts.saturating_add(half).checked_div(unit).unwrap_or_default();
        i32::try_from(units.saturating_mul(unit)).map_or(self, Self)
    }
}

impl Serialize for Degrees {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.degrees())
    }
}

impl<'de> Deserialize<'de> for Degrees {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(f64::deserialize(deserializer)?, 180.0).ok_or_else(|| de::Error::custom("not degrees"))
    }
}

/// A place, as a device reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Location {
    /// Latitude.
    #[cfg_attr(feature = "schema", schemars(with = "f64"))]
    pub lat: Degrees,
    /// Longitude.
    #[cfg_attr(feature = "schema", schemars(with = "f64"))]
    pub lng: Degrees,
    /// Description.
    pub string: Option<String>,
    /// Accuracy in metres.
    pub accuracy: Option<u32>,
    /// Where it comes from: `gps`, `network`, `manual`.
    pub source: Option<String>,
    /// When the device was there.
    pub at: Timestamp,
}

/// A place as it comes from outside.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("required" = ["lat", "lng"])))]
#[serde(deny_unknown_fields)]
pub struct Spot {
    /// Latitude in degrees.
    #[cfg_attr(feature = "schema", schemars(with = "f64"))]
    #[serde(default)]
    pub lat: Option<f64>,
    /// Longitude in degrees.
    #[cfg_attr(feature = "schema", schemars(with = "f64"))]
    #[serde(default)]
    pub lng: Option<f64>,
    /// Description, at most 500 characters.
    #[serde(default)]
    pub string: Option<String>,
    /// Accuracy in metres.
    #[serde(default)]
    pub accuracy: Option<f64>,
    /// Where it comes from: `gps`, `network`, `manual`; at most 32 characters.
    #[serde(default)]
    pub source: Option<String>,
    /// When the device was there: now if absent or in the future.
    #[serde(default)]
    pub at: Option<Timestamp>,
}

impl Spot {
    /// The location, rounded to this many decimals of a degree. 422 names the invalid field, never its value.
    pub fn locate(self, decimals: u32, now: Timestamp) -> Result<Location, Problem> {
        let degrees = |value: Option<f64>, name: &str, most: f64| {
            let value = value.ok_or_else(|| Problem::field(format!("location.{name}"), "is missing"))?;
            let outside = || Problem::field(format!("location.{name}"), format!("is not between -{most} and {most}"));
            Degrees::new(value, most).map(|degrees| degrees.rounded(decimals)).ok_or_else(outside)
        };
        let (lat, lng) = (degrees(self.lat, "lat", 90.0)?, degrees(self.lng, "lng", 180.0)?);
        Ok(Location {
            lat,
            lng,
            string: words(self.string)?,
            accuracy: whole_metres(self.accuracy)?,
            source: origin(self.source)?,
            at: self.at.map_or(now, |at| at.min(now)),
        })
    }

    /// Drops invalid details and returns their names: the coordinates matter more than the details.
    pub(super) fn leave_out_details(&mut self) -> Vec<String> {
        let mut left_out = Vec::new();
        let mut is_unusable = |problem: Option<Problem>| {
            left_out.extend(problem.iter().flat_map(|problem| &problem.errors).map(|error| error.field.clone()));
            problem.is_some()
        };
        self.string.take_if(|text| is_unusable(words(Some(text.clone())).err()));
        self.accuracy.take_if(|metres| is_unusable(whole_metres(Some(*metres)).err()));
        self.source.take_if(|text| is_unusable(origin(Some(text.clone())).err()));
        left_out
    }
}

fn words(text: Option<String>) -> Result<Option<String>, Problem> {
    bounded("location.string", text, MAX_STRING_CHARS)
}

fn origin(text: Option<String>) -> Result<Option<String>, Problem> {
    bounded("location.source", text, MAX_SOURCE_CHARS)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and half around the world")]
fn whole_metres(accuracy: Option<f64>) -> Result<Option<u32>, Problem> {
    match accuracy {
        None => Ok(None),
        Some(metres) if (0.0..=MAX_ACCURACY_M).contains(&metres) => Ok(Some(metres.ceil() as u32)),
        Some(_) => Err(Problem::field("location.accuracy", "is not a number of metres")),
    }
}

/// An optional text: empty becomes `None`, control characters become spaces. 422 if it is too long.
pub(super) fn bounded(field: &str, text: Option<String>, most: usize) -> Result<Option<String>, Problem> {
    let Some(text) = text else { return Ok(None) };
    if text.chars().count() > most {
        return Err(Problem::field(field, format!("is longer than {most} characters")));
    }
    let is_space = |c: char| c.is_control() && c != '\n';
    let text: String = text.chars().map(|c| if is_space(c) { ' ' } else { c }).collect();
    let text = text.trim();
    Ok((!text.is_empty()).then(|| text.to_owned()))
}
