//! An app's settings: parsed leniently from its row, validated strictly when the API changes them.
//!
//! The row may have been edited by hand. An unusable value is reported and replaced by its default, so that one bad
//! field does not disable an app. Values from the API must be in range.

mod fields;
#[cfg(feature = "schema")]
mod schema;

pub use fields::{
    ALERT_FIELDS, AUTH_FIELDS, CHAT_FIELDS, FILE_FIELDS, LIMIT_FIELDS, PUSHER_FIELDS, RETENTION_FIELDS, Rule,
    SECTION_COUNT, WEB_FIELDS,
};

use crate::accounts::auth::AuthSettings;
use crate::accounts::web::WebSettings;
use crate::alerts::{AlertSettings, Policy};
use crate::chat::settings::ChatSettings;
use crate::files::settings::FileSettings;
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
const OIDC_ISSUER: &str = "oidc_issuer";
const OIDC_CLIENT_ID: &str = "oidc_client_id";

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
    /// What the web app learns about its app.
    pub web: WebSettings,
    /// Settings of chat.
    pub chat: ChatSettings,
    /// Settings of files.
    pub files: FileSettings,
}

impl Settings {
    /// Parses the row. Also returns the names of fields with unusable values, which got their defaults.
    pub fn read(stored: &str) -> (Self, Vec<String>) {
        let stored = serde_json::from_str(stored).unwrap_or(Value::Null);
        let mut faults = if stored.is_object() { Vec::new() } else { vec!["settings".to_owned()] };
        let [limits, retention, pusher, alerts, auth, web, chat, files] =
            SECTIONS.map(|(section, known)| usable(&stored, section, known, &mut faults));
        let settings = Self {
            limits: serde_json::from_value(limits).unwrap_or_default(),
            retention: serde_json::from_value(retention).unwrap_or_default(),
            pusher: serde_json::from_value(pusher).unwrap_or_default(),
            alerts: serde_json::from_value(alerts).unwrap_or_default(),
            auth: serde_json::from_value(auth).unwrap_or_default(),
            web: serde_json::from_value(web).unwrap_or_default(),
            chat: serde_json::from_value(chat).unwrap_or_default(),
            files: serde_json::from_value(files).unwrap_or_default(),
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
    /// Validates the fields of the sections limits, retention, pusher, alerts, auth, web, chat and files, in this order. The 422 names up
    /// to 20 invalid fields and never a submitted value.
    pub fn validate(sections: [Map<String, Value>; SECTION_COUNT]) -> Result<Self, Problem> {
        if sections.iter().all(Map::is_empty) {
            return Err(Problem::field(
                "limits",
                "nothing is to change: name a field of limits, retention, pusher, alerts, auth, web, chat or files",
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
        self.check_together(&settings)?;
        let fields = differences(&before.values(), &settings.values());
        Ok(Changed { settings, stored, fields })
    }

    /// The ping interval must be shorter than the idle time-out, so that clients that ping as requested stay connected. Issuer
    /// and client id belong together, so that no web app offers a sign-in that cannot work.
    fn check_together(&self, settings: &Settings) -> Result<(), Problem> {
        let [limits, .., web, _chat, _files] = &self.sections;
        if i64::from(settings.limits.keep_alive_ms) >= settings.limits.idle_timeout_ms {
            let detail = format!("{KEEP_ALIVE} must be less than {IDLE_TIMEOUT}");
            refuse_changed("limits", limits, [KEEP_ALIVE, IDLE_TIMEOUT], detail)?;
        }
        if !settings.web.has_whole_oidc() {
            let detail = format!("{OIDC_ISSUER} and {OIDC_CLIENT_ID} are set and reset together");
            refuse_changed("web", web, [OIDC_ISSUER, OIDC_CLIENT_ID], detail)?;
        }
        Ok(())
    }
}

/// 422 for the first of the contradicting fields that the change names, if it names one.
fn refuse_changed(
    section: &str,
    changed: &Map<String, Value>,
    contradicting: [&str; 2],
    detail: String,
) -> Result<(), Problem> {
    let named = contradicting.into_iter().find(|name| changed.contains_key(*name));
    named.map_or(Ok(()), |name| Err(Problem::field(format!("{section}.{name}"), detail)))
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
mod tests;
