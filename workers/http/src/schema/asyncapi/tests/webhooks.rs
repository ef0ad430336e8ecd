//! Requests that the webhooks' queues make.

use super::checking::Checker;
use campana_core::alerts::notification::Notification;
use campana_core::alerts::{Alert, AlertId, AlertSettings, Entry, Language, Page, Reported, What, Who};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::webhook_event::WebhookEvent;
use campana_core::shared::ids::{TenantId, UserId};
use campana_core::shared::socket_id::SocketId;
use campana_core::shared::timestamp::Timestamp;
use campana_core::webhooks::alerts::{AlertEndpoint, Event, Secret};
use campana_core::webhooks::channels::{AppKey, ChannelEndpoint, ChannelEvent, ChannelQueue, EventKind};
use campana_core::webhooks::{Delivery, Headers, Moment};
use std::collections::BTreeSet;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// The headers that a message requires.
#[track_caller]
fn check_headers(checker: &Checker, key: &str, sent: &Headers) {
    let headers = &checker.messages()[key]["bindings"]["http"]["headers"];
    let described: BTreeSet<&str> =
        headers["required"].as_array().expect("headers").iter().filter_map(|name| name.as_str()).collect();
    let sent: BTreeSet<&str> = sent.iter().map(|(name, _)| name.as_ref()).collect();
    assert_eq!(sent, described, "{key}");
}

#[test]
fn requests_about_channels_match() {
    let checker = Checker::new();
    let user_id = || UserId::trusted("7");
    let socket = || SocketId::new([1; 8]);
    let kinds = [
        EventKind::ChannelOccupied,
        EventKind::MemberAdded { user_id: user_id() },
        EventKind::client_event("client-x", r#"{"n":1}"#, socket(), None),
        EventKind::client_event("client-x", "1", socket(), Some(user_id())),
        EventKind::CacheMiss,
        EventKind::SubscriptionCount { subscription_count: 3 },
        EventKind::MemberRemoved { user_id: user_id() },
        EventKind::ChannelVacated,
    ];
    let channel = ChannelName::trusted("presence-x");
    let events = kinds.map(|what| ChannelEvent { at: NOW, channel: channel.clone(), gateway: None, what });
    let mut queue = ChannelQueue::default();
    let endpoint = ChannelEndpoint {
        url: "https://acme.example/hooks".to_owned(),
        events: WebhookEvent::ALL.to_vec(),
        ..ChannelEndpoint::default()
    };
    queue.set_endpoints([endpoint], AppKey { key: "k".to_owned(), secrets: vec!["s".to_owned()] });
    queue.accept(events, NOW);
    // Departures are held for a while.
    let later = NOW.plus_millis(10_000);
    queue.step(Moment { now: later, random: 1 });
    let delivery = queue.take_turn().deliveries.pop().expect("a delivery");
    assert_eq!(delivery.events, 8, "every kind is sent");
    checker.check_message("webhookChannelEvents", &delivery.body);
    let headers = queue.headers(&delivery, later).expect("headers");
    check_headers(&checker, "webhookChannelEvents", &headers);
}

#[test]
fn requests_about_alerts_match() {
    let checker = Checker::new();
    let new = Reported::default().accept(AlertId::trusted("4711"), 6, NOW).expect("an alert");
    let owner = Who { id: UserId::trusted("7"), name: "Ana".to_owned() };
    let (alert, _) = Alert::raise(new, owner, &AlertSettings::default(), NOW);
    let (reason, note) = (Some("cat".to_owned()), Some("on the roof".to_owned()));
    let page = Page { webhooks: true, people: vec![UserId::trusted("9")], ..Page::guards() };
    let everything = [
        What::Triggered { left_out: vec!["lat".to_owned()] },
        What::PressedAgain { presses: 2 },
        What::Reopened { presses: 3 },
        What::Acknowledged,
        What::Responding,
        What::Lapsed,
        What::Escalated { level: 1, page: page.clone() },
        What::Exhausted,
        What::Resolved { reason: reason.clone(), note: note.clone() },
        What::FalseAlarm { reason: "cat".to_owned(), note: None },
        What::Cancelled { reason: None },
        What::Duress { reason: None },
        What::WrongPin,
    ];
    let named: Vec<&str> = everything.iter().map(What::name).collect();
    assert_eq!(named, What::NAMES, "every kind is sent");
    for what in everything {
        let key = super::super::parts::camel_case(&["webhook", &Event::kind_of(what.name())]);
        for by in [None, Some(Who { id: UserId::trusted("9"), name: "Luis".to_owned() })] {
            let entry = Entry { number: 1, at: NOW, by, what: what.clone() };
            let (alert, page) = (Box::new(alert.clone()), Some(page.clone()));
            let notification = Notification { entry, alert, page, language: Language::En };
            let event = Event::of(&notification, &TenantId::trusted("demo")).expect("an event");
            checker.check_message(&key, &event.body);
        }
        let endpoint = AlertEndpoint::new("e".to_owned(), String::new(), Vec::new(), Secret::new([8; 32]), NOW);
        let (id, body) = ("m".to_owned(), "{}".to_owned());
        let delivery = Delivery { endpoint: String::new(), url: String::new(), id, body, events: 1, attempt: 1 };
        check_headers(&checker, &key, &endpoint.headers(&delivery, NOW));
    }
}
