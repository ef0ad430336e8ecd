//! Points in time: Unix milliseconds in memory, RFC 3339 in JSON.

use chrono::{DateTime, Datelike, FixedOffset, SecondsFormat, Timelike};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// 0000-01-01T00:00:00.000Z, Unix milliseconds: the earliest time that RFC 3339 can represent in UTC.
const EARLIEST_MS: i64 = -62_167_219_200_000;
/// 9999-12-31T23:59:59.999Z, Unix milliseconds: the latest time that RFC 3339 can represent in UTC.
const LATEST_MS: i64 = 253_402_300_799_999;

/// Unix time in milliseconds, UTC. In JSON it is an RFC 3339 text with milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From Unix milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Unix milliseconds.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This time moved by a number of milliseconds (negative: earlier).
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this time, 0 if `earlier` is later.
    pub fn since(self, earlier: Self) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }

    /// RFC 3339 in UTC with exactly three decimals, e.g. `2026-01-31T09:05:00.120Z`. A time outside the years 0 to
    /// 9999, which RFC 3339 cannot represent, is clamped to them.
    pub fn to_rfc3339(self) -> String {
        let inside = self.0.clamp(EARLIEST_MS, LATEST_MS);
        DateTime::from_timestamp_millis(inside).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// The date of an HTTP header (RFC 9110), to the second, e.g. `Sat, 31 Jan 2026 09:05:00 GMT`. Clamped as
    /// [`to_rfc3339`](Self::to_rfc3339) is.
    pub fn to_http_date(self) -> String {
        let inside = self.0.clamp(EARLIEST_MS, LATEST_MS);
        DateTime::from_timestamp_millis(inside).unwrap_or_default().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// Parses RFC 3339 with any offset, and `T` or a space between date and time. Truncates to milliseconds. A leap
    /// second becomes the last millisecond before it; it is valid only at the end of a month in UTC. `None` for a time
    /// that its offset moves outside the years 0 to 9999 in UTC.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        // chrono also accepts the Unicode minus sign; RFC 3339 has only the ASCII one.
        let at = DateTime::parse_from_rfc3339(text).ok().filter(|_| text.is_ascii())?;
        let millis = if is_leap_second(at) { before_leap_second(at)? } else { at.timestamp_millis() };
        (EARLIEST_MS..=LATEST_MS).contains(&millis).then_some(Self(millis))
    }
}

/// chrono represents second 60 as second 59 with 1,000,000,000 or more nanoseconds.
fn is_leap_second(at: DateTime<FixedOffset>) -> bool {
    at.nanosecond() >= 1_000_000_000
}

/// Unix milliseconds of the last millisecond before a leap second. `None` if no leap second is possible there.
fn before_leap_second(at: DateTime<FixedOffset>) -> Option<i64> {
    let next = DateTime::from_timestamp(at.timestamp().checked_add(1)?, 0)?;
    let ends_month = next.day() == 1 && next.num_seconds_from_midnight() == 0;
    ends_month.then(|| next.timestamp_millis().saturating_sub(1))
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_rfc3339())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_rfc3339(&text).ok_or_else(|| de::Error::custom("not an RFC 3339 time"))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date-time"})
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn a_time_is_unchanged_by_formatting_and_parsing() {
        for millis in [0, 1, 999, 1_700_000_000_123, 4_102_444_800_000] {
            let at = Timestamp::from_millis(millis);
            assert_eq!(Timestamp::parse_rfc3339(&at.to_rfc3339()), Some(at));
        }
    }

    #[test]
    fn every_part_has_its_fixed_number_of_digits() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (1_769_850_300_120, "2026-01-31T09:05:00.120Z"),
            (1_709_251_199_009, "2024-02-29T23:59:59.009Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (i64::MAX, "9999-12-31T23:59:59.999Z"),
            (i64::MIN, "0000-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(Timestamp::from_millis(millis).to_rfc3339(), text);
        }
    }

    #[test]
    fn offsets_are_turned_into_utc() {
        let at = Timestamp::parse_rfc3339("2026-01-31T04:05:00.120-05:00");
        assert_eq!(at.map(Timestamp::to_rfc3339).as_deref(), Some("2026-01-31T09:05:00.120Z"));
        assert_eq!(Timestamp::parse_rfc3339("yesterday"), None);
    }

    #[test]
    fn a_time_that_its_offset_moves_out_of_range_is_refused() {
        for text in [
            "9999-12-31T23:59:59-23:59",
            "9999-12-31T23:59:59.999999999-00:01",
            "0000-01-01T00:00:00+23:59",
            "0000-01-01T00:00:00.000+00:01",
        ] {
            assert_eq!(Timestamp::parse_rfc3339(text), None, "{text}");
        }
        for text in ["9999-12-31T23:59:59.999999Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59+23:59"] {
            assert!(Timestamp::parse_rfc3339(text).is_some(), "{text}");
        }
    }

    #[test]
    fn digits_below_a_millisecond_are_cut_before_1970_too() {
        let at = Timestamp::parse_rfc3339("1969-12-31T23:59:59.9995Z");
        assert_eq!(at.map(Timestamp::to_rfc3339).as_deref(), Some("1969-12-31T23:59:59.999Z"));
    }

    #[test]
    fn a_leap_second_is_the_end_of_the_second_before_it() {
        for (text, millis) in [
            ("2016-12-31T23:59:60Z", Some(1_483_228_799_999)),
            ("2016-12-31T23:59:60.5Z", Some(1_483_228_799_999)),
            ("2016-12-31T18:59:60-05:00", Some(1_483_228_799_999)),
            ("9999-12-31T23:59:60Z", Some(253_402_300_799_999)),
            ("2016-12-30T23:59:60Z", None),
            ("2016-12-31T22:59:60Z", None),
            ("2016-12-31T23:59:61Z", None),
        ] {
            assert_eq!(Timestamp::parse_rfc3339(text), millis.map(Timestamp::from_millis), "{text}");
        }
    }

    #[test]
    fn only_the_grammar_of_rfc_3339_is_read() {
        for text in ["2026-01-31T09:05:00Z", "2026-01-31t09:05:00z", "2026-01-31 09:05:00+00:00"] {
            assert!(Timestamp::parse_rfc3339(text).is_some(), "{text}");
        }
        for text in [
            "2026-01-31_09:05:00Z",
            "2026-01-31T09:05:00\u{2212}01:00",
            "2026-01-31T09:05:00 UTC",
            "2026-01-31T09:05:00+0100",
            "2026-01-31T09:05:00+01",
            "2026-01-31T09:05:00.Z",
            "2026-01-31T09:05Z",
            "2026-01-31T09:05:00",
            " 2026-01-31T09:05:00Z",
            "2026-01-31T09:05:00Z ",
            "02026-01-31T09:05:00Z",
        ] {
            assert_eq!(Timestamp::parse_rfc3339(text), None, "{text}");
        }
    }

    /// Every text of this shape is parsed or refused, and a parsed time is unchanged by formatting and parsing.
    #[test]
    fn no_combination_of_parts_panics() {
        let years = ["0000", "0001", "1969", "1970", "2024", "9999", "10000", "-001", "+2026"];
        let days = ["01-01", "02-29", "02-30", "12-31", "13-01", "00-00"];
        let times = ["00:00:00", "23:59:59", "23:59:60", "24:00:00", "12:00:00.000000001", "12:00:00.9999999999"];
        let offsets = ["Z", "z", "+00:00", "-00:00", "+23:59", "-23:59", "+24:00", "-99:99", ""];
        for (year, day) in years.iter().flat_map(|year| days.iter().map(move |day| (year, day))) {
            for (time, offset) in times.iter().flat_map(|time| offsets.iter().map(move |offset| (time, offset))) {
                let text = format!("{year}-{day}T{time}{offset}");
                if let Some(at) = Timestamp::parse_rfc3339(&text) {
                    assert_eq!(Timestamp::parse_rfc3339(&at.to_rfc3339()), Some(at), "{text}");
                }
            }
        }
    }
}
