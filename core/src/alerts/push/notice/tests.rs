//! Texts on locked screens.

use super::*;
use crate::alerts::push::MAX_PLAINTEXT;
use crate::alerts::samples::{alert, notification, somebody};
use crate::alerts::{Page, Status};

fn push_json(notification: &Notification) -> Value {
    serde_json::from_str(&Notice::of(notification).expect("a notice").text).expect("JSON")
}

#[test]
fn a_page_is_loud_and_links_to_the_alert() {
    let page = notification(What::Triggered { left_out: Vec::new() }, Some(Page::guards()));
    assert_eq!(Notice::of(&page).map(|notice| notice.tone), Some(Tone::Page));
    assert_eq!(
        push_json(&page),
        json!({
            "title": "Panic alert: Ana",
            "body": "Needs help now. Open to see where.",
            "lang": "en",
            "tag": "a-1",
            "renotify": true,
            "silent": false,
            "requireInteraction": true,
            "timestamp": 1_700_000_000_000_i64,
            "data": {
                "alert_id": "a-1",
                "event": "alert.triggered",
                "status": "triggered",
                "drill": false,
                "url": "/?alert=a-1",
            },
        })
    );
}

#[test]
fn a_numeric_id_is_a_number_in_the_data() {
    let mut page = notification(What::Lapsed, Some(Page::guards()));
    page.alert.id = AlertId::trusted("42");
    assert_eq!((&push_json(&page)["data"]["alert_id"], &push_json(&page)["tag"]), (&json!(42), &json!("42")));
}

#[track_caller]
fn check(what: What, english: &str, spanish: &str) {
    let mut notification = Notification { page: Some(Page::guards()), ..notification(what, None) };
    assert_eq!(push_json(&notification)["body"], english);
    notification.language = Language::Es;
    assert_eq!(push_json(&notification)["body"], spanish);
}

#[test]
fn every_entry_has_one_sentence() {
    let escalated = What::Escalated { level: 1, page: Page::guards() };
    check(escalated, "Nobody has answered. Call number 2.", "Nadie ha respondido. Aviso número 2.");
    check(What::Acknowledged, "Luis has taken it.", "La atiende Luis.");
    check(What::Responding, "Luis is on the way.", "Luis va en camino.");
    check(
        What::Lapsed,
        "Luis has gone silent. Somebody else is needed.",
        "Luis no da señales. Hace falta otra persona.",
    );
    let resolved = What::Resolved { reason: None, note: None };
    check(resolved, "Attended to by Luis.", "Atendida por Luis.");
    let duress = What::Duress { reason: None };
    check(
        duress,
        "UNDER DURESS: made to call it off. This is real.",
        "BAJO COACCIÓN: le obligaron a anularla. Es real.",
    );
}

#[test]
fn a_drill_says_so_first() {
    let mut page = notification(What::Triggered { left_out: Vec::new() }, Some(Page::guards()));
    page.alert.drill = true;
    assert_eq!(push_json(&page)["title"], "DRILL: Panic alert: Ana");
    page.language = Language::Es;
    assert_eq!(push_json(&page)["title"], "SIMULACRO: Alerta de pánico: Ana");
    assert_eq!(push_json(&page)["lang"], "es");
}

#[test]
fn only_an_acknowledgement_or_a_closing_is_quiet() {
    let cause = || (Some("why".to_owned()), None);
    let (reason, note) = cause();
    for (what, is_told) in [
        (What::Acknowledged, true),
        (What::Responding, true),
        (What::Resolved { reason: reason.clone(), note: note.clone() }, true),
        (What::FalseAlarm { reason: "cat".to_owned(), note }, true),
        (What::Cancelled { reason }, true),
        (What::PressedAgain { presses: 2 }, false),
        (What::Exhausted, false),
        (What::WrongPin, false),
    ] {
        let notice = Notice::of(&notification(what.clone(), None));
        assert_eq!(notice.as_ref().map(|notice| notice.tone), is_told.then_some(Tone::Quiet), "{what:?}");
        if let Some(notice) = notice {
            assert!(notice.text.contains(r#""silent":true"#), "{}", notice.text);
        }
    }
}

#[test]
fn a_message_omits_place_and_reason_and_fits() {
    let mut everything = notification(What::Resolved { reason: Some("private".to_owned()), note: None }, None);
    *everything.alert = alert(Status::Resolved);
    let name = "\u{1F6A8}".repeat(500);
    everything.alert.user.name.clone_from(&name);
    everything.entry.by = Some(somebody("9", &name));
    everything.alert.id = AlertId::trusted("x".repeat(64));
    let text = Notice::of(&everything).expect("a notice").text;
    for secret in ["Elm", "40.4", "-3.7", "by the door", "private", "apartment"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(text.len() < MAX_PLAINTEXT / 2, "{} bytes", text.len());
}

#[test]
fn a_topic_is_unique_to_an_alert_and_fits() {
    let topics = ["a", "b", &"x".repeat(64)].map(|id| topic(&AlertId::trusted(id)));
    for topic in &topics {
        assert_eq!(topic.len(), 32);
        assert!(topic.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')), "{topic}");
    }
    assert_ne!(topics[0], topics[1]);
    assert_eq!(topics[0], topic(&AlertId::trusted("a")));
}

#[test]
fn a_page_is_needed_until_acknowledged_or_under_duress_until_closed() {
    let state = |is_open, is_unanswered| AlertStateAnswer { is_unanswered, is_open };
    let needed = |what| Notice::of(&notification(what, Some(Page::guards()))).expect("a page").needed;
    let (raised, duress) = (needed(What::Triggered { left_out: Vec::new() }), needed(What::Duress { reason: None }));
    assert_eq!(needed(What::Lapsed), raised);
    for (stands, wants_raised, wants_duress) in [
        (state(true, true), true, true),
        (state(true, false), false, true),
        (state(false, false), false, false),
        (state(false, true), false, false),
    ] {
        assert_eq!((raised.still(stands), duress.still(stands)), (wants_raised, wants_duress));
    }
}
