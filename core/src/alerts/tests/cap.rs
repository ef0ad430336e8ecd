//! CAP messages. Tests on the real engine validate them against the standard's schema.

use super::*;
use crate::alerts::cap::Message;
use crate::alerts::record::Sighting;
use crate::shared::ids::TenantId;

fn place(seconds: i64) -> Location {
    let (lat, lng) = (Degrees::from_parts(47_110_000), Degrees::from_parts(-740_721_000));
    Location { lat, lng, string: Some("Lobby".to_owned()), accuracy: Some(12), source: None, at: at(seconds) }
}

fn entry(number: u32, by: Option<Who>, what: What) -> Entry {
    Entry { number, at: at(number.into()), by, what }
}

fn triggered() -> Entry {
    entry(1, Some(owner()), What::Triggered { left_out: Vec::new() })
}

fn xml(alert: &Alert, entries: &[Entry], moved: Option<&Sighting>, language: Language) -> String {
    let (tenant, place) = (TenantId::trusted("demo"), place(0));
    let message = Message { tenant: &tenant, alert, entries, place: Some(&place), moved, language };
    message.to_xml().unwrap()
}

/// Text of the first element with this name.
fn text<'a>(xml: &'a str, name: &str) -> &'a str {
    let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap_or_default();
    rest.split_once(&format!("</{name}>")).map_or("", |(text, _)| text)
}

#[test]
fn a_message_has_everything_known_at_its_time() {
    let entries = [triggered(), entry(2, Some(ana()), What::Acknowledged)];
    let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
<identifier>4711.2</identifier>
<sender>demo@campana.dev</sender>
<sent>2026-01-31T09:05:02-00:00</sent>
<status>Actual</status>
<msgType>Update</msgType>
<scope>Restricted</scope>
<restriction>for those who attend to this alert and for whoever raised it</restriction>
<references>demo@campana.dev,4711.1,2026-01-31T09:05:01-00:00</references>
<incidents>4711</incidents>
<info>
<language>en</language>
<category>Security</category>
<event>Panic alert</event>
<urgency>Immediate</urgency>
<severity>Severe</severity>
<certainty>Likely</certainty>
<onset>2026-01-31T09:05:00-00:00</onset>
<headline>Panic alert, Olga, Tower B, 4th floor</headline>
<description>Ana has taken the alert.
help</description>
<parameter>
<valueName>status</valueName>
<value>acknowledged</value>
</parameter>
<parameter>
<valueName>what</valueName>
<value>acknowledged</value>
</parameter>
<parameter>
<valueName>alert_id</valueName>
<value>4711</value>
</parameter>
<area>
<areaDesc>Lobby</areaDesc>
<circle>4.711,-74.0721 0.012</circle>
</area>
</info>
</alert>
"#;
    assert_eq!(xml(&raised(), &entries, None, Language::En), expected);
}

#[track_caller]
fn check(what: What, kind: &str, status: &str, urgency: &str, response: &str) {
    let entries = [triggered(), entry(2, Some(ana()), What::Responding), entry(3, Some(ana()), what)];
    let xml = xml(&raised(), &entries, None, Language::En);
    assert_eq!((text(&xml, "msgType"), text(&xml, "value")), (kind, status), "{xml}");
    assert_eq!((text(&xml, "urgency"), text(&xml, "responseType")), (urgency, response), "{xml}");
}

#[test]
fn every_entry_has_its_message_type() {
    let page = Page::guards();
    check(What::PressedAgain { presses: 2 }, "Update", "responding", "Immediate", "");
    check(What::Acknowledged, "Update", "acknowledged", "Immediate", "");
    check(What::Lapsed, "Update", "triggered", "Immediate", "");
    check(What::Escalated { level: 1, page }, "Update", "responding", "Immediate", "");
    check(What::Exhausted, "Update", "responding", "Immediate", "");
    check(What::WrongPin, "Update", "responding", "Immediate", "");
    check(What::Duress { reason: None }, "Update", "responding", "Immediate", "");
    check(What::Resolved { reason: None, note: None }, "Update", "resolved", "Past", "AllClear");
    check(What::FalseAlarm { reason: "a cat".to_owned(), note: None }, "Cancel", "false_alarm", "Past", "AllClear");
    check(What::Cancelled { reason: None }, "Cancel", "cancelled", "Past", "AllClear");
    let first = xml(&raised(), &[triggered()], None, Language::En);
    assert_eq!((text(&first, "msgType"), text(&first, "references")), ("Alert", ""));
    let drill = Alert { drill: true, ..raised() };
    assert_eq!(text(&xml(&drill, &[triggered()], None, Language::En), "status"), "Exercise");
}

#[test]
fn a_later_place_is_a_separate_message() {
    let moved = Sighting { number: 7, location: Location { string: None, ..place(90) } };
    let said = xml(&raised(), &[triggered()], Some(&moved), Language::En);
    assert_eq!((text(&said, "identifier"), text(&said, "msgType")), ("4711.1.7", "Update"));
    assert_eq!(text(&said, "references"), "demo@campana.dev,4711.1,2026-01-31T09:05:01-00:00");
    assert_eq!((text(&said, "sent"), text(&said, "areaDesc")), ("2026-01-31T09:06:30-00:00", "Tower B, 4th floor"));
}

#[test]
fn text_from_users_is_escaped() {
    let mut alert = raised();
    alert.note = Some("</description>&amp;<x a=\"1\">\u{1}\u{ffff}\r😀]]>".to_owned());
    alert.apartment.address = Some("A & B".repeat(100));
    let xml = xml(&alert, &[triggered()], None, Language::Es);
    let escaped = "&lt;/description&gt;&amp;amp;&lt;x a=\"1\"&gt;\u{fffd}\u{fffd}&#13;😀]]&gt;";
    assert_eq!(text(&xml, "description"), format!("Olga pide ayuda.\n{escaped}"));
    let headline = text(&xml, "headline").replace("&amp;", "&");
    assert_eq!(headline.chars().count(), 160);
    assert_eq!(text(&xml, "language"), "es");
}

#[test]
fn a_sender_has_no_separators_of_references() {
    let (tenant, alert) = (TenantId::trusted("torre sur, #1 <ñ>"), raised());
    let message = Message {
        tenant: &tenant,
        alert: &alert,
        entries: &[triggered()],
        place: None,
        moved: None,
        language: Language::En,
    };
    let xml = message.to_xml().unwrap();
    assert_eq!(text(&xml, "sender"), "torre%20sur%2C%20%231%20%3C%C3%B1%3E@campana.dev");
    assert_eq!((text(&xml, "areaDesc"), text(&xml, "circle")), ("Tower B, 4th floor", ""));
    assert_eq!(Message { entries: &[], ..message }.to_xml(), None);
}
