//! Exact payloads of events and answers.

use super::*;

#[track_caller]
fn check(alert: &Alert, viewer: Viewer, seconds: i64, expected: &Value) {
    let payload = alert.payload(viewer, Language::En, at(seconds));
    assert_eq!(serde_json::to_string_pretty(&payload).unwrap(), serde_json::to_string_pretty(expected).unwrap());
}

/// `base` with some fields replaced.
fn with(mut base: Value, different: &Value) -> Value {
    let different = different.as_object().unwrap().clone();
    base.as_object_mut().unwrap().extend(different);
    base
}

fn as_raised() -> Value {
    json!({
        "alert_id": 4711,
        "id": "4711",
        "user": {"id": 7, "name": "Olga"},
        "apartment": {"id": 12, "address": "Tower B, 4th floor"},
        "location": {
            "lat": 4.711,
            "lng": -74.0721,
            "string": "Lobby",
            "accuracy": 13,
            "source": "gps",
            "at": "2026-01-31T09:05:00.000Z",
        },
        "status": "triggered",
        "timestamp": "2026-01-31T09:05:00.000Z",
        "time_ago": "just now",
        "note": "help",
        "drill": false,
        "presses": 1,
        "escalation_level": 0,
        "acknowledged_by": null,
        "acknowledged_at": null,
        "responding_at": null,
        "resolved_at": null,
        "closed_by": null,
        "closed_at": null,
        "reason": null,
        "created_at": "2026-01-31T09:05:00.000Z",
        "updated_at": "2026-01-31T09:05:00.000Z",
    })
}

fn to_guards() -> Value {
    json!({"duress": false, "wrong_pins": 0})
}

#[test]
fn an_alert_as_it_is_raised() {
    check(&raised(), Viewer::Owner, 0, &as_raised());
    check(&raised(), Viewer::Guard, 0, &with(as_raised(), &to_guards()));
}

#[test]
fn an_alert_without_details() {
    let bare = Reported::default().accept(AlertId::trusted("a-1"), 6, START).unwrap();
    let user = who("0190a7c0-0000-7000-8000-000000000001", "Olga");
    let (alert, _) = Alert::raise(NewAlert { drill: true, ..bare }, user, &AlertSettings::default(), START);
    let expected = json!({
        "alert_id": "a-1",
        "id": "a-1",
        "user": {"id": "0190a7c0-0000-7000-8000-000000000001", "name": "Olga"},
        "apartment": {"id": null, "address": null},
        "location": {"lat": null, "lng": null, "string": null, "accuracy": null, "source": null, "at": null},
        "note": null,
        "drill": true,
    });
    check(&alert, Viewer::Owner, 0, &with(as_raised(), &expected));
}

#[test]
fn a_resolved_alert() {
    let mut alert = raised();
    alert.tick(at(30));
    alert.act(Act::Acknowledge, ana(), at(40)).unwrap();
    alert.act(Act::Respond, ana(), at(50)).unwrap();
    alert.act(cancel(Verdict::Wrong), owner(), at(55)).unwrap();
    alert.act(Act::Resolve(because("attended")), ben(), at(60)).unwrap();
    let expected = json!({
        "status": "resolved",
        "time_ago": "2 minutes ago",
        "escalation_level": 1,
        "acknowledged_by": {"id": 20, "name": "Ana"},
        "acknowledged_at": "2026-01-31T09:05:40.000Z",
        "responding_at": "2026-01-31T09:05:50.000Z",
        "resolved_at": "2026-01-31T09:06:00.000Z",
        "closed_by": {"id": 21, "name": "Ben"},
        "closed_at": "2026-01-31T09:06:00.000Z",
        "reason": "attended",
        "updated_at": "2026-01-31T09:06:00.000Z",
    });
    check(&alert, Viewer::Owner, 130, &with(as_raised(), &expected));
    let seen = with(to_guards(), &json!({"wrong_pins": 1}));
    check(&alert, Viewer::Guard, 130, &with(with(as_raised(), &expected), &seen));
}

#[test]
fn a_cancelled_alert_has_no_resolved_at() {
    let mut alert = raised();
    alert.act(cancel(Verdict::NotNeeded), owner(), at(5)).unwrap();
    let expected = json!({
        "status": "cancelled",
        "closed_by": {"id": 7, "name": "Olga"},
        "closed_at": "2026-01-31T09:05:05.000Z",
        "reason": "by mistake",
        "updated_at": "2026-01-31T09:05:05.000Z",
    });
    check(&alert, Viewer::Owner, 9, &with(as_raised(), &expected));
    check(&alert, Viewer::Guard, 9, &with(with(as_raised(), &expected), &to_guards()));
}

#[test]
fn an_alert_under_duress() {
    let mut alert = raised();
    alert.act(cancel(Verdict::Duress), owner(), at(5)).unwrap();
    // A view of their own is shown to the owner instead; without one, a cancelled alert.
    let believed = json!({
        "status": "cancelled",
        "location": {"lat": null, "lng": null, "string": null, "accuracy": null, "source": null, "at": null},
        "closed_by": {"id": 7, "name": "Olga"},
        "closed_at": "2026-01-31T09:05:05.000Z",
        "updated_at": "2026-01-31T09:05:05.000Z",
    });
    check(&alert, Viewer::Owner, 9, &with(as_raised(), &believed));
    let known = json!({"duress": true, "wrong_pins": 0, "updated_at": "2026-01-31T09:05:05.000Z"});
    check(&alert, Viewer::Guard, 9, &with(as_raised(), &known));
}

#[test]
fn time_ago_is_in_the_language_of_the_app() {
    let payload = raised().payload(Viewer::Guard, Language::Es, at(130));
    assert_eq!(payload["time_ago"], "hace 2 minutos");
}

#[test]
fn a_stored_alert_is_read_back() {
    let mut alert = raised();
    alert.act(Act::Acknowledge, ana(), at(5)).unwrap();
    alert.act(cancel(Verdict::Duress), owner(), at(6)).unwrap();
    let kept = serde_json::to_string(&alert).unwrap();
    assert_eq!(serde_json::from_str::<Alert>(&kept).unwrap(), alert);
}

#[test]
fn every_status_name_is_read_back() {
    for status in Status::ALL {
        assert_eq!(Status::parse(status.as_str()), Some(status));
        assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
    }
    assert_eq!(Status::parse("Triggered"), None);
}

#[test]
fn every_entry_has_its_name_and_its_data_in_json() {
    let reason = || Some("why".to_owned());
    for (what, name, data) in [
        (What::Triggered { left_out: vec!["note".to_owned()] }, "triggered", json!({"left_out": ["note"]})),
        (What::PressedAgain { presses: 2 }, "pressed_again", json!({"presses": 2})),
        (What::Reopened { presses: 2 }, "reopened", json!({"presses": 2})),
        (What::Acknowledged, "acknowledged", json!({})),
        (What::Responding, "responding", json!({})),
        (What::Lapsed, "lapsed", json!({})),
        (
            What::Escalated { level: 1, page: Page::guards() },
            "escalated",
            json!({"level": 1, "page": {"groups": ["guards"]}}),
        ),
        (What::Exhausted, "exhausted", json!({})),
        (What::Resolved { reason: reason(), note: None }, "resolved", json!({"reason": "why", "note": null})),
        (
            What::FalseAlarm { reason: "why".to_owned(), note: None },
            "false_alarm",
            json!({"reason": "why", "note": null}),
        ),
        (What::Cancelled { reason: reason() }, "cancelled", json!({"reason": "why"})),
        (What::Duress { reason: None }, "duress", json!({"reason": null})),
        (What::WrongPin, "wrong_pin", json!({})),
    ] {
        let entry = Entry { number: 3, at: at(0), by: None, what };
        let json = serde_json::to_value(&entry).unwrap();
        assert_eq!((entry.what.name(), Value::Object(entry.what.data())), (name, data));
        assert_eq!(json["what"], name);
        assert_eq!(serde_json::from_value::<Entry>(json).unwrap(), entry);
    }
}
