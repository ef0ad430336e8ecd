//! An app's settings: parsed leniently from its row, validated strictly when the API changes them.
//!
//! The row may have been edited by hand. An unusable value is reported and replaced by its default, so that one bad
//! field does not disable an app. Values from the API must be in range.

mod fields;
#[cfg(feature = "schema")]
mod schema;

pub use fields::{ALERT_FIELDS, AUTH_FIELDS, LIMIT_FIELDS, PUSHER_FIELDS, RETENTION_FIELDS, Rule, SECTION_COUNT};

use crate::accounts::auth::AuthSettings;
use crate::alerts::{AlertSettings, Policy};
use crate::pusher::settings::PusherSettings;
use crate::shared::limits::{Limits, Retention};
use crate::shared::problem::{FieldError, Kind, Problem};
use fields::{Field, SECTIONS};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Most invalid fields listed in one problem.
const MAX_NAMED: usize = 20;
/// Most characters of a field's name in a problem; longer names are cut.
const MAX_NAME_CHARS: usize = 64;
const KEEP_ALIVE: &str = "keep_alive_ms";
const IDLE_TIMEOUT: &str = "idle_timeout_ms";

/// All values in force.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Settings {
    /// Sizes, rates and connection limits.
    pub limits: Limits,
    /// Retention of old data.
    pub retention: Retention,
    /// Settings of the Pusher protocol.
    pub pusher: PusherSettings,
    /// Settings of panic alerts.
    pub alerts: AlertSettings,
    /// Requirements on tokens.
    pub auth: AuthSettings,
}

impl Settings {
    /// Parses the row. Also returns the names of fields with unusable values, which got their defaults.
    pub fn read(stored: &str) -> (Self, Vec<String>) {
        let stored = serde_json::from_str(stored).unwrap_or(Value::Null);
        let mut faults = if stored.is_object() { Vec::new() } else { vec!["settings".to_owned()] };
        let [limits, retention, pusher, alerts, auth] =
            SECTIONS.map(|(section, known)| usable(&stored, section, known, &mut faults));
        let settings = Self {
            limits: serde_json::from_value(limits).unwrap_or_default(),
            retention: serde_json::from_value(retention).unwrap_or_default(),
            pusher: serde_json::from_value(pusher).unwrap_or_default(),
            alerts: serde_json::from_value(alerts).unwrap_or_default(),
            auth: serde_json::from_value(auth).unwrap_or_default(),
        };
        (settings, faults)
    }

    fn values(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// The usable fields of a section. Numbers must be whole, above 0, and fit the type of every field.
fn usable(stored: &Value, section: &str, known: &[Field], faults: &mut Vec<String>) -> Value {
    let mut fields = Map::new();
    match stored.get(section) {
        None | Some(Value::Null) => {}
        Some(Value::Object(stored)) => {
            let set = known.iter().filter_map(|(name, rule)| Some((*name, rule, stored.get(*name)?)));
            for (name, rule, value) in set.filter(|(_, _, value)| !value.is_null()) {
                if rule.accepts_stored(value) {
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

/// A validated change: every field exists and is in range.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingsChange {
    sections: [Map<String, Value>; SECTION_COUNT],
}

/// Result of a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// All values after the change.
    pub settings: Settings,
    /// JSON to store in the row.
    pub stored: String,
    /// The fields whose value changed: `[old, new]` each.
    pub fields: Map<String, Value>,
}

impl SettingsChange {
    /// Validates the fields of the sections limits, retention, pusher, alerts and auth, in this order. The 422 names up to
    /// 20 invalid fields and never a submitted value.
    pub fn validate(sections: [Map<String, Value>; SECTION_COUNT]) -> Result<Self, Problem> {
        if sections.iter().all(Map::is_empty) {
            return Err(Problem::field(
                "limits",
                "nothing is to change: name a field of limits, retention, pusher, alerts or auth",
            ));
        }
        let mut errors = Vec::new();
        for ((section, known), fields) in SECTIONS.iter().zip(&sections) {
            for (name, value) in fields {
                let rule = known.iter().find(|(field, _)| field == name).map(|(_, rule)| rule);
                if let (Some(detail), true) = (fault(rule, value), errors.len() < MAX_NAMED) {
                    let name: String = name.chars().take(MAX_NAME_CHARS).collect();
                    errors.push(FieldError { field: format!("{section}.{name}"), detail });
                }
            }
        }
        refuse(errors)?;
        Ok(Self { sections })
    }

    /// Applies the change to a row. 422 if two values contradict each other and the change names one of them.
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

    /// The ping interval must be shorter than the idle time-out, so that clients that ping as requested stay connected.
    fn check_together(&self, limits: &Limits) -> Result<(), Problem> {
        let [changed, ..] = &self.sections;
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

fn fault(rule: Option<&Rule>, value: &Value) -> Option<String> {
    let Some(rule) = rule else { return Some("is not a setting".to_owned()) };
    if let (Rule::Escalation, false) = (rule, value.is_null()) {
        return Policy::read(value).err();
    }
    let fits = value.is_null() || rule.accepts(value);
    (!fits).then(|| format!("is not {}, or null for the default", rule.describe()))
}

fn refuse(errors: Vec<FieldError>) -> Result<(), Problem> {
    let Some(first) = errors.first() else { return Ok(()) };
    let problem = Problem::new(Kind::Invalid, format!("{}: {}", first.field, first.detail));
    Err(Problem { errors, ..problem })
}

/// Sets fields that have a value, removes those with `null`, and leaves the rest of the row unchanged.
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
    for (section, known) in SECTIONS {
        for (name, _) in known {
            let (old, new) = (setting(before, section, name), setting(after, section, name));
            if old != new {
                fields.insert(format!("{section}.{name}"), json!([old, new]));
            }
        }
    }
    fields
}

fn setting<'a>(settings: &'a Value, section: &str, name: &str) -> Option<&'a Value> {
    settings.get(section).and_then(|settings| settings.get(name))
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

    fn limits(value: Value) -> Result<SettingsChange, Problem> {
        in_section("limits", value)
    }

    fn in_section(section: &str, fields: Value) -> Result<SettingsChange, Problem> {
        let fields = object(fields);
        SettingsChange::validate(SECTIONS.map(|(name, _)| if name == section { fields.clone() } else { Map::new() }))
    }

    #[test]
    fn every_field_has_a_rule_that_accepts_its_default() {
        let defaults = Settings::default().values();
        for (section, known) in SECTIONS {
            let fields = defaults[section].as_object().expect("a section");
            assert_eq!(fields.len(), known.len(), "{section}");
            for (name, rule) in known {
                let default = fields.get(*name).unwrap_or_else(|| panic!("{name} is no field"));
                assert_eq!(fault(Some(rule), default), None, "{name}");
            }
        }
    }

    #[test]
    fn a_row_is_parsed_leniently() {
        let (settings, faults) = Settings::read(r#"{"limits":{"idle_timeout_ms":2000,"sends_per_second":1000000}}"#);
        assert_eq!((settings.limits.idle_timeout_ms, settings.limits.sends_per_second), (2_000, 1_000_000));
        assert_eq!(faults, Vec::<String>::new());
    }

    #[test]
    fn unusable_values_get_their_defaults_and_are_reported() {
        let stored = json!({
            "limits": {"body_chars": "many", "send_burst": 0, "idle_timeout_ms": -1, "sockets_per_user": 3,
                "typing_interval_ms": 1.5, "max_connections": null, "unheard_of": {}},
            "retention": 7, "pusher": {"client_events": "no", "event_names": "ruby", "gateways": 4},
        });
        let (settings, faults) = Settings::read(&stored.to_string());
        assert_eq!(settings.limits, Limits { sockets_per_user: 3, ..Limits::default() });
        assert_eq!(settings.retention, Retention::default());
        let named = ["limits.body_chars", "limits.send_burst", "limits.typing_interval_ms", "limits.idle_timeout_ms"];
        assert_eq!(settings.pusher, PusherSettings { gateways: 4, ..PusherSettings::default() });
        assert_eq!(faults, [&named[..], &["retention", "pusher.client_events", "pusher.event_names"]].concat());
        for nonsense in ["[]", "7", "null", "{"] {
            assert_eq!(Settings::read(nonsense), (Settings::default(), vec!["settings".to_owned()]), "{nonsense}");
        }
    }

    #[test]
    fn the_api_accepts_exactly_the_valid_values_of_each_field() {
        for (section, known) in SECTIONS {
            for (name, rule) in known {
                let (good, bad) = match rule {
                    Rule::Within(range) => {
                        let (first, last) = (u64::from(*range.start()), u64::from(*range.end()));
                        (
                            vec![json!(first), json!(last)],
                            vec![json!(first - 1), json!(last + 1), json!(-1), json!(1.5), json!(true)],
                        )
                    }
                    Rule::Flag => (vec![json!(true), json!(false)], vec![json!(0), json!("true")]),
                    Rule::Escalation => {
                        let step = json!({"after_s": 30, "page": {"groups": ["guards"]}});
                        (
                            vec![json!({"steps": []}), json!({"steps": [step], "repeat": 2, "stale_after_s": 60})],
                            vec![json!(1), json!({"steps": [{"after_s": 1, "page": {"webhooks": true}}]})],
                        )
                    }
                    Rule::Text(most) => (
                        vec![json!("x"), json!("é".repeat(*most))],
                        vec![json!(""), json!("x".repeat(most + 1)), json!("a\nb"), json!(1), json!(["x"])],
                    ),
                    Rule::OneOf(texts) => {
                        (texts.iter().map(|text| json!(text)).collect(), vec![json!("x"), json!(1), json!(true)])
                    }
                };
                let validate = |value: &Value| in_section(section, json!({*name: value}));
                for good in good.into_iter().chain([json!(null)]) {
                    assert!(validate(&good).is_ok(), "{name} {good}");
                }
                let text = (!matches!(rule, Rule::Text(_))).then(|| json!("9"));
                for bad in bad.into_iter().chain([json!([]), json!({})]).chain(text) {
                    let problem = validate(&bad).expect_err("must be refused");
                    assert_eq!(problem.kind, Kind::Invalid, "{name} {bad}");
                    assert_eq!(problem.errors[0].field, format!("{section}.{name}"));
                }
            }
        }
    }

    #[test]
    fn a_refusal_names_every_wrong_field_and_no_value() {
        let problem = limits(json!({"body_chars": "my secret", "surprise": 1})).expect_err("two invalid fields");
        let named: Vec<_> = problem.errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(named, ["limits.body_chars", "limits.surprise"]);
        assert!(!format!("{problem:?}").contains("secret"));
        assert!(limits(json!({})).is_err(), "an empty change is refused");
    }

    #[test]
    fn the_ping_interval_must_be_shorter_than_the_idle_timeout() {
        let refused =
            |change: Value, stored: &str| limits(change).expect("in range").on(stored).expect_err("values contradict");
        assert_eq!(refused(json!({"idle_timeout_ms": 5_000}), "{}").errors[0].field, "limits.idle_timeout_ms");
        let short = r#"{"limits":{"idle_timeout_ms":9000,"keep_alive_ms":3000}}"#;
        assert_eq!(refused(json!({"keep_alive_ms": 9_000}), short).errors[0].field, "limits.keep_alive_ms");
        let both = limits(json!({"idle_timeout_ms": 5_000, "keep_alive_ms": 2_000})).expect("in range");
        assert!(both.on("{}").is_ok());
        let by_hand = r#"{"limits":{"idle_timeout_ms":2000}}"#;
        assert!(
            limits(json!({"body_chars": 9})).expect("in range").on(by_hand).is_ok(),
            "the change names neither value"
        );
    }

    #[test]
    fn a_change_sets_or_resets_fields_and_keeps_the_rest_of_the_row() {
        let stored = r#"{"limits":{"body_chars":7,"send_burst":9},"retention":{"message_days":30},"preset":"x"}"#;
        let retention = object(json!({"message_days": null, "audit_days": 400}));
        let change = SettingsChange::validate([
            object(json!({"body_chars": null, "send_burst": 9})),
            retention,
            Map::new(),
            Map::new(),
            Map::new(),
        ]);
        let changed = change.expect("in range").on(stored).expect("values agree");
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
