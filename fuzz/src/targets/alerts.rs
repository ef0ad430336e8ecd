//! Bodies that raise an alert, and its id.

use super::text;
use campana_core::alerts::{AlertId, NewAlert, Reported, id_json};
use campana_core::shared::json::read_input;
use campana_core::shared::timestamp::Timestamp;
use serde_json::{Map, Value};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

pub(crate) fn alerts(data: &[u8]) {
    let Some(text) = text(data) else { return };
    if let Some(id) = AlertId::parse(text) {
        assert_eq!(AlertId::parse(id.as_str()).as_ref(), Some(&id));
        assert!(
            id_json(id.as_str()).is_string()
                || id_json(id.as_str()).as_u64().map(|number| number.to_string()).as_deref() == Some(id.as_str())
        );
    }
    let Ok(body) = read_input::<Map<String, Value>>(text) else { return };
    let has_good_id = match body.get("id") {
        None | Some(Value::Null) => true,
        Some(Value::String(id)) => AlertId::parse(id).is_some(),
        // Other values are ignored or are numbers.
        Some(_) => false,
    };
    match Reported::read(body).accept(AlertId::new(NOW, [1; 10]), 5, NOW) {
        Ok(alert) => is_bounded(&alert),
        Err(problem) => {
            assert!(!has_good_id, "a call for help is refused only because of its id: {problem:?}");
            assert_eq!(problem.errors.first().map(|error| error.field.as_str()), Some("id"));
        }
    }
}

fn is_bounded(alert: &NewAlert) {
    let is_short = |text: &Option<String>, most: usize| text.as_ref().is_none_or(|text| text.chars().count() <= most);
    assert!(is_short(&alert.note, 1_000) && is_short(&alert.apartment.address, 500));
    assert!(is_short(&alert.apartment.id, 128));
    assert!(alert.location.as_ref().is_none_or(|place| place.at <= NOW));
    assert!(alert.left_out.iter().all(|name| name.chars().count() <= 64), "{:?}", alert.left_out);
    let written = serde_json::to_string(alert).expect("an alert is JSON");
    assert_eq!(serde_json::from_str::<NewAlert>(&written).ok().as_ref(), Some(alert), "{written}");
}
