//! An app's settings: the row, and a change by an administrator.

use super::parts;
use campana_core::accounts::settings::{Settings, SettingsChange};
use campana_core::shared::json::read_input;
use campana_core::shared::limits::MIN_KEEP_ALIVE_MS;
use serde_json::{Map, Value};

/// The input is a row and a change.
pub(crate) fn settings(data: &[u8]) {
    let Some([row, change]) = parts(data) else { return };
    let (known, faults) = Settings::read(row);
    assert!(known.limits.keep_alive() >= MIN_KEEP_ALIVE_MS && faults.len() <= 100);
    let written = serde_json::to_string(&known).expect("settings are JSON");
    assert_eq!(Settings::read(&written).0, known, "{written}");
    let Ok(Value::Object(mut change)) = read_input(change) else { return };
    let mut section = |name: &str| match change.remove(name) {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let sections = ["limits", "retention", "pusher", "alerts", "auth", "web", "chat", "files"].map(&mut section);
    match SettingsChange::validate(sections) {
        Ok(change) => {
            if let Ok(changed) = change.on(row) {
                let (read, faults_after) = Settings::read(&changed.stored);
                assert_eq!(read, changed.settings);
                assert!(faults_after.iter().all(|fault| faults.contains(fault)), "a change adds no fault");
                let again = change.on(&changed.stored).expect("the same change fits again");
                assert_eq!(
                    (&again.stored, again.fields.len()),
                    (&changed.stored, 0),
                    "the second time, nothing changes"
                );
            }
        }
        Err(problem) => assert!(problem.kind.status() == 422 && problem.errors.len() <= 20, "{problem:?}"),
    }
}
