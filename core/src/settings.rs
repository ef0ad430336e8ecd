//! An app's settings: taken leniently from its row, changed strictly.
//!
//! The row may hold what somebody wrote there by hand. A value that cannot be used is left out and named, and its
//! default stands: an app does not go down because of one field. What comes by the API must lie in its range.

use crate::limits::{Limits, Retention};
use crate::problem::{FieldError, Kind, Problem};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::ops::RangeInclusive;

/// A field and the range in which the API takes it; `null` takes it back to its default.
type Range = (&'static str, RangeInclusive<u32>);

/// The ranges of [`Limits`]. What all people of a place can ask for in a minute ends where the platform's own limiters
/// do (wrangler.toml).
pub const LIMIT_RANGES: &[Range] = &[
    ("body_chars", 1..=20_000),
    ("private_body_chars", 1..=20_000),
    ("sends_per_second", 1..=1_000),
    ("send_burst", 1..=10_000),
    ("conversation_sends_per_second", 1..=10_000),
    ("conversation_send_burst", 1..=100_000),
    ("typing_interval_ms", 100..=60_000),
    ("sockets_per_user", 1..=1_000),
    ("sockets_per_conversation", 1..=32_000),
    ("idle_timeout_ms", 5_000..=3_600_000),
    ("keep_alive_ms", 1_000..=1_800_000),
    ("max_connections", 1..=10_000_000),
    ("connections_per_user", 1..=10_000),
    ("requests_per_minute", 10..=6_000),
    ("app_requests_per_minute", 100..=600_000),
];

/// The ranges of [`Retention`]. The schema keeps audits for 30 days whatever the settings say.
pub const RETENTION_RANGES: &[Range] = &[("message_days", 1..=3_650), ("audit_days", 30..=3_650)];

const SECTIONS: [(&str, &[Range]); 2] = [("limits", LIMIT_RANGES), ("retention", RETENTION_RANGES)];
/// Wrong fields named in one refusal at most, and characters of a name that is repeated there.
const MAX_NAMED: usize = 20;
const MAX_NAME_CHARS: usize = 64;
const KEEP_ALIVE: &str = "keep_alive_ms";
const IDLE_TIMEOUT: &str = "idle_timeout_ms";

/// All values as they are in force.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Settings {
    /// What people may do, how much and how fast.
    pub limits: Limits,
    /// How long what is over is kept.
    pub retention: Retention,
}

impl Settings {
    /// What the row says, and the names of the fields that were left out because they cannot be used.
    pub fn read(stored: &str) -> (Self, Vec<String>) {
        let stored = serde_json::from_str(stored).unwrap_or(Value::Null);
        let mut faults = if stored.is_object() { Vec::new() } else { vec!["settings".to_owned()] };
        let [limits, retention] = SECTIONS.map(|(section, ranges)| usable(&stored, section, ranges, &mut faults));
        let settings = Self {
            limits: serde_json::from_value(limits).unwrap_or_default(),
            retention: serde_json::from_value(retention).unwrap_or_default(),
        };
        (settings, faults)
    }

    fn values(&self) -> Value {
        json!({"limits": self.limits, "retention": self.retention})
    }
}

/// The fields of a section that can be used: whole numbers above 0 that fit every one of the types.
fn usable(stored: &Value, section: &str, ranges: &[Range], faults: &mut Vec<String>) -> Value {
    let mut fields = Map::new();
    match stored.get(section) {
        None | Some(Value::Null) => {}
        Some(Value::Object(stored)) => {
            let set = ranges.iter().filter_map(|(name, _)| Some((*name, stored.get(*name)?)));
            for (name, value) in set.filter(|(_, value)| !value.is_null()) {
                if value.as_u64().is_some_and(|number| (1..=u64::from(u32::MAX)).contains(&number)) {
                    fields.insert(name.to_owned(), value.clone());
                } else {
                    faults.push(format!("{section}.{name}"));
                }
            }
        }
        Some(_) => faults.push(section.to_owned()),
    }
    Value::Object(fields)
}

/// A change whose every field exists and lies in its range.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    sections: [Map<String, Value>; 2],
}

/// What a change makes of an app's settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// All values, in force from now on.
    pub settings: Settings,
    /// What the row is to hold.
    pub stored: String,
    /// The fields whose value is another one now: `[old, new]` each.
    pub fields: Map<String, Value>,
}

impl Change {
    /// Checks fields and ranges. 422 names everything that is wrong, never a value that came.
    pub fn validate(limits: Map<String, Value>, retention: Map<String, Value>) -> Result<Self, Problem> {
        let sections = [limits, retention];
        if sections.iter().all(Map::is_empty) {
            return Err(Problem::field("limits", "nothing is to change: name a field of limits or retention"));
        }
        let mut errors = Vec::new();
        for ((section, ranges), fields) in SECTIONS.iter().zip(&sections) {
            for (name, value) in fields {
                let range = ranges.iter().find(|(known, _)| known == name).map(|(_, range)| range);
                if let (Some(detail), true) = (fault(range, value), errors.len() < MAX_NAMED) {
                    let name: String = name.chars().take(MAX_NAME_CHARS).collect();
                    errors.push(FieldError { field: format!("{section}.{name}"), detail });
                }
            }
        }
        refuse(errors)?;
        Ok(Self { sections })
    }

    /// The settings that come of it. 422 if two values do not fit each other and the change names one of them.
    pub fn on(&self, stored: &str) -> Result<Changed, Problem> {
        let (before, _) = Settings::read(stored);
        let mut row = match serde_json::from_str(stored) {
            Ok(Value::Object(row)) => row,
            _ => Map::new(),
        };
        for ((section, _), fields) in SECTIONS.iter().zip(&self.sections) {
            merge(&mut row, section, fields);
        }
        let stored = Value::Object(row).to_string();
        let (settings, _) = Settings::read(&stored);
        self.check_together(&settings.limits)?;
        let fields = differences(&before.values(), &settings.values());
        Ok(Changed { settings, stored, fields })
    }

    /// A client that pings as often as it is asked to must not count as silent.
    fn check_together(&self, limits: &Limits) -> Result<(), Problem> {
        let [changed, _] = &self.sections;
        let fits = i64::from(limits.keep_alive_ms) < limits.idle_timeout_ms;
        let named = [KEEP_ALIVE, IDLE_TIMEOUT].into_iter().find(|name| changed.contains_key(*name));
        match named {
            Some(name) if !fits => {
                let detail = format!("{KEEP_ALIVE} must be less than {IDLE_TIMEOUT}");
                Err(Problem::field(format!("limits.{name}"), detail))
            }
            _ => Ok(()),
        }
    }
}

fn fault(range: Option<&RangeInclusive<u32>>, value: &Value) -> Option<String> {
    let Some(range) = range else { return Some("is not a setting".to_owned()) };
    let fits = value.is_null()
        || value.as_u64().and_then(|number| u32::try_from(number).ok()).is_some_and(|number| range.contains(&number));
    (!fits).then(|| format!("is not a whole number from {} to {}, or null for the default", range.start(), range.end()))
}

fn refuse(errors: Vec<FieldError>) -> Result<(), Problem> {
    let Some(first) = errors.first() else { return Ok(()) };
    let problem = Problem::new(Kind::Invalid, format!("{}: {}", first.field, first.detail));
    Err(Problem { errors, ..problem })
}

/// Fields with a value are set, those with `null` are taken out; whatever else the row holds stays.
fn merge(row: &mut Map<String, Value>, section: &str, fields: &Map<String, Value>) {
    if fields.is_empty() {
        return;
    }
    let mut merged = match row.remove(section) {
        Some(Value::Object(there)) => there,
        _ => Map::new(),
    };
    for (name, value) in fields {
        if value.is_null() {
            merged.remove(name);
        } else {
            merged.insert(name.clone(), value.clone());
        }
    }
    row.insert(section.to_owned(), Value::Object(merged));
}

fn differences(before: &Value, after: &Value) -> Map<String, Value> {
    let mut fields = Map::new();
    for (section, ranges) in SECTIONS {
        for (name, _) in ranges {
            let (old, new) = (&before[section][name], &after[section][name]);
            if old != new {
                fields.insert(format!("{section}.{name}"), json!([old, new]));
            }
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    fn limits(value: Value) -> Result<Change, Problem> {
        Change::validate(object(value), Map::new())
    }

    #[test]
    fn every_field_has_a_range_that_holds_its_default() {
        let defaults = Settings::default().values();
        for (section, ranges) in SECTIONS {
            let fields = defaults[section].as_object().expect("a section");
            assert_eq!(fields.len(), ranges.len(), "{section}");
            for (name, range) in ranges {
                let default = fields.get(*name).unwrap_or_else(|| panic!("{name} is no field"));
                assert_eq!(fault(Some(range), default), None, "{name}");
            }
        }
    }

    #[test]
    fn a_row_is_taken_leniently() {
        let (settings, faults) = Settings::read(r#"{"limits":{"idle_timeout_ms":2000,"sends_per_second":1000000}}"#);
        assert_eq!((settings.limits.idle_timeout_ms, settings.limits.sends_per_second), (2_000, 1_000_000));
        assert_eq!(faults, Vec::<String>::new());
    }

    #[test]
    fn what_cannot_be_used_is_left_out_and_named() {
        let stored = json!({
            "limits": {"body_chars": "many", "send_burst": 0, "idle_timeout_ms": -1, "sockets_per_user": 3,
                "typing_interval_ms": 1.5, "max_connections": null, "unheard_of": {}},
            "retention": 7,
        });
        let (settings, faults) = Settings::read(&stored.to_string());
        assert_eq!(settings.limits, Limits { sockets_per_user: 3, ..Limits::default() });
        assert_eq!(settings.retention, Retention::default());
        let named = ["limits.body_chars", "limits.send_burst", "limits.typing_interval_ms", "limits.idle_timeout_ms"];
        assert_eq!(faults, [&named[..], &["retention"]].concat());
        for nonsense in ["[]", "7", "null", "{"] {
            assert_eq!(Settings::read(nonsense), (Settings::default(), vec!["settings".to_owned()]), "{nonsense}");
        }
    }

    #[test]
    fn the_api_takes_every_value_from_the_first_to_the_last_of_its_range() {
        for (section, ranges) in SECTIONS {
            for (name, range) in ranges {
                let (first, last) = (u64::from(*range.start()), u64::from(*range.end()));
                let takes = |value: Value| {
                    let fields = object(json!({*name: value}));
                    let (limits, retention) =
                        if section == "limits" { (fields, Map::new()) } else { (Map::new(), fields) };
                    Change::validate(limits, retention)
                };
                for good in [json!(first), json!(last), json!(null)] {
                    assert!(takes(good.clone()).is_ok(), "{name} {good}");
                }
                for bad in
                    [json!(first - 1), json!(last + 1), json!(-1), json!(1.5), json!("9"), json!([]), json!(true)]
                {
                    let problem = takes(bad.clone()).expect_err("out of range");
                    assert_eq!(problem.kind, Kind::Invalid, "{name} {bad}");
                    assert_eq!(problem.errors[0].field, format!("{section}.{name}"));
                }
            }
        }
    }

    #[test]
    fn a_refusal_names_every_wrong_field_and_no_value() {
        let problem = limits(json!({"body_chars": "my secret", "surprise": 1})).expect_err("two are wrong");
        let named: Vec<_> = problem.errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(named, ["limits.body_chars", "limits.surprise"]);
        assert!(!format!("{problem:?}").contains("secret"));
        assert!(limits(json!({})).is_err(), "a change that changes nothing");
    }

    #[test]
    fn clients_ping_before_they_count_as_silent() {
        let refused =
            |change: Value, stored: &str| limits(change).expect("in range").on(stored).expect_err("they clash");
        assert_eq!(refused(json!({"idle_timeout_ms": 5_000}), "{}").errors[0].field, "limits.idle_timeout_ms");
        let short = r#"{"limits":{"idle_timeout_ms":9000,"keep_alive_ms":3000}}"#;
        assert_eq!(refused(json!({"keep_alive_ms": 9_000}), short).errors[0].field, "limits.keep_alive_ms");
        let both = limits(json!({"idle_timeout_ms": 5_000, "keep_alive_ms": 2_000})).expect("in range");
        assert!(both.on("{}").is_ok());
        let by_hand = r#"{"limits":{"idle_timeout_ms":2000}}"#;
        assert!(limits(json!({"body_chars": 9})).expect("in range").on(by_hand).is_ok(), "not of this change");
    }

    #[test]
    fn a_change_sets_resets_and_leaves_the_rest_of_the_row() {
        let stored = r#"{"limits":{"body_chars":7,"send_burst":9},"retention":{"message_days":30},"preset":"x"}"#;
        let retention = object(json!({"message_days": null, "audit_days": 400}));
        let change = Change::validate(object(json!({"body_chars": null, "send_burst": 9})), retention);
        let changed = change.expect("in range").on(stored).expect("they fit");
        assert_eq!(changed.settings.limits, Limits { send_burst: 9, ..Limits::default() });
        assert_eq!(changed.settings.retention, Retention { message_days: None, audit_days: 400 });
        let row: Value = serde_json::from_str(&changed.stored).expect("JSON");
        assert_eq!(row, json!({"limits": {"send_burst": 9}, "retention": {"audit_days": 400}, "preset": "x"}));
        let fields = json!({
            "limits.body_chars": [7, 4_000], "retention.message_days": [30, null], "retention.audit_days": [365, 400],
        });
        assert_eq!(Value::Object(changed.fields), fields);
    }
}
