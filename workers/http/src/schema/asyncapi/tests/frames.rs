//! Frames that the code of the Pusher protocol writes and reads.

use super::checking::Checker;
use campana_core::alerts::{Alert, AlertId, AlertSettings, Language, Reported, Viewer, Who};
use campana_core::chat::notifications::NotificationEvent;
use campana_core::chat::wire::{Event, EventName};
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::code::{Code, error_frame};
use campana_core::pusher::frame::{
    ClientEvent, ClientFrame, PING, PONG, cache_miss, client_event_frame, connection_established, event_frame,
    listener, signed_in, signin_success, subscription_error, subscription_succeeded, watchlist_events,
};
use campana_core::pusher::link::{GatewayName, Refusal};
use campana_core::pusher::naming::{notification_renditions, renditions};
use campana_core::pusher::roster::Roster;
use campana_core::pusher::settings::EventNames;
use campana_core::shared::ids::UserId;
use campana_core::shared::problem::Problem;
use campana_core::shared::socket_id::SocketId;
use campana_core::shared::timestamp::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn channel(name: &str) -> ChannelName {
    ChannelName::parse(name).expect("a channel")
}

#[test]
fn frames_that_the_server_builds_match() {
    let checker = Checker::new();
    let room = channel("presence-room.1");
    checker.check_message("serverPusherConnectionEstablished", &connection_established(&SocketId::new([1; 8]), 30));
    checker.check_message("serverPusherPing", PING);
    checker.check_message("serverPusherPong", PONG);
    for code in Code::ALL {
        checker.check_message("serverPusherError", &error_frame(Some(code), None, code.message()));
    }
    checker.check_message("serverPusherError", &error_frame(None, Some(&room), "no"));
    checker.check_message("serverPusherInternalSubscriptionSucceeded", &subscription_succeeded(&room, "{}"));
    for problem in
        [Problem::not_found(), Problem::internal("x"), Problem::unavailable("x"), Problem::rate_limited("x", 1)]
    {
        let Refusal { kind, message, status } = problem.into();
        checker.check_message("serverPusherSubscriptionError", &subscription_error(&room, &kind, &message, status));
    }
    checker.check_message("serverPusherCacheMiss", &cache_miss(&channel("cache-news")));
    checker.check_message("serverPusherSigninSuccess", &signin_success(r#"{"id":7,"user_info":{"name":"Ana"}}"#));
    for name in ["online", "offline"] {
        let frame = watchlist_events(name, &[&UserId::trusted("7")]);
        checker.check_message("serverPusherInternalWatchlistEvents", &frame);
    }
}

#[test]
fn members_of_a_presence_channel_match() {
    let checker = Checker::new();
    let room = channel("presence-room.1");
    let mut roster = Roster::default();
    for data in [r#"{"user_id":7,"user_info":{"id":7,"name":"Ana"}}"#, r#"{"user_id":"ben"}"#] {
        let member = listener(data).expect("a listener");
        let gateway = GatewayName::new("es", 1);
        roster.subscribe(&gateway, &room, Some(&member), 100).expect("there is room");
        let members = roster.presence_json(&room, &member.user, 100);
        let frame = subscription_succeeded(&room, &members);
        checker.check_message("serverPusherInternalSubscriptionSucceeded", &frame);
        let event = ClientEvent { event: "client-draw".to_owned(), channel: room.clone(), data: "[1]".to_owned() };
        for from in [None, Some(&member)] {
            checker.check_message("channelClientEvent", &client_event_frame(&event, from));
        }
    }
}

/// Events of the kinds that have a class name, on every kind of channel: what is sent is described.
#[test]
fn renditions_of_every_event_match_a_message() {
    let checker = Checker::new();
    let channels = [
        "chat",
        "presence-chat",
        "private-conversation.0190a7c0-0000-7000-8000-000000000001",
        "presence-room.0190a7c0-0000-7000-8000-000000000003",
        "private-chat.0190a7c0-0000-7000-8000-000000000003",
        "private-chat.7.8",
        "private-user.7",
        "private-user.invites.7",
    ]
    .map(channel);
    let mut sent = BTreeSet::new();
    for (key, message) in checker.messages() {
        let native = &message["examples"][0]["payload"];
        if key.starts_with("ownNotification") {
            let event: NotificationEvent = serde_json::from_value(native.clone()).expect("an event");
            let own = channel("private-user.7");
            for rendition in notification_renditions(&event, &native.to_string(), EventNames::Laravel) {
                let frame = event_frame(&rendition.event, &own, &rendition.data);
                let frame: Value = serde_json::from_str(&frame).expect("valid JSON");
                assert!(matches_a_message(&checker, &rendition.event, &frame), "{key} is described: {frame}");
                sent.insert(rendition.event);
            }
            continue;
        }
        let Ok(event) = serde_json::from_value::<Event>(native.clone()) else { continue };
        if EventName::parse(event.event.as_str()).is_none() || native.get("data").is_some() {
            continue;
        }
        // On the conversation's own channels and the user's, as the example is for one or the other.
        let is_own = key.starts_with("own");
        for channel in channels.iter().filter(|channel| channel.as_str().starts_with("private-user.") == is_own) {
            for rendition in renditions(&event, &native.to_string(), channel, EventNames::Laravel) {
                if !is_own && rendition.event.starts_with("invite.") {
                    continue;
                }
                let frame = event_frame(&rendition.event, channel, &rendition.data);
                let frame: Value = serde_json::from_str(&frame).expect("valid JSON");
                assert!(
                    matches_a_message(&checker, &rendition.event, &frame),
                    "{key} on {channel} is described: {frame}"
                );
                sent.insert(rendition.event);
            }
        }
    }
    for name in checker.names_in("pusher").iter().filter(|name| name.starts_with(r"App\Events\")) {
        assert!(sent.contains(name) || name.ends_with("OrderShipped"), "{name} is sent");
    }
}

fn matches_a_message(checker: &Checker, name: &str, frame: &Value) -> bool {
    let named =
        checker.messages().iter().filter(|(key, message)| key.starts_with("channel") && message["name"] == name);
    named.map(|(_, message)| Checker::schema_of(message)).any(|schema| checker.problems(&schema, frame).is_empty())
}

#[test]
fn alerts_on_channels_match() {
    let checker = Checker::new();
    let new = Reported::default().accept(AlertId::trusted("4711"), 6, NOW).expect("an alert");
    let owner = Who { id: UserId::trusted("7"), name: "Ana".to_owned() };
    let (alert, _) = Alert::raise(new, owner, &AlertSettings::default(), NOW);
    for viewer in [Viewer::Guard, Viewer::Owner] {
        let data = alert.payload(viewer, Language::En, NOW).to_string();
        let desk = channel("private-panic-alerts");
        for (key, name) in [
            ("channelPanicAlertTriggered", "panic-alert.triggered"),
            ("channelPanicAlertUpdated", "panic-alert.updated"),
        ] {
            checker.check_message(key, &event_frame(name, &desk, &data));
        }
    }
}

/// The message of a client frame. A new kind of frame does not compile until it is described.
fn key_of(frame: &ClientFrame) -> &'static str {
    match frame {
        ClientFrame::Subscribe(_) => "clientPusherSubscribe",
        ClientFrame::Unsubscribe(_) => "clientPusherUnsubscribe",
        ClientFrame::Ping => "clientPusherPing",
        ClientFrame::Pong => "clientPusherPong",
        ClientFrame::SignIn { .. } => "clientPusherSignin",
        ClientFrame::Event(_) => "clientClientEvent",
    }
}

#[test]
fn frames_that_the_server_reads_match() {
    let checker = Checker::new();
    let person = json!({"user_id": 7, "user_info": {"name": "Ana"}}).to_string();
    for frame in [
        json!({"event": "pusher:subscribe", "data": {"channel": "chat", "auth": ""}}),
        json!({"event": "pusher:subscribe", "data": {"channel": "presence-chat", "auth": "k:s", "channel_data": person}}),
        json!({"event": "pusher:subscribe", "data": {"channel": "chat", "auth": "k:s", "channel_data": null}}),
        json!({"event": "pusher:subscribe", "data": r#"{"channel":"chat"}"#}),
        json!({"event": "pusher:unsubscribe", "data": {"channel": "chat"}}),
        json!({"event": "pusher:signin", "data": {"auth": "k:s", "user_data": r#"{"id":"7","watchlist":["8",9]}"#}}),
        json!({"event": "pusher:ping", "data": {}}),
        json!({"event": "pusher:pong"}),
        json!({"event": "client-draw", "channel": "private-x", "data": {"n": 1}}),
        json!({"event": "client-draw", "channel": "private-x"}),
    ] {
        let text = frame.to_string();
        let read = ClientFrame::parse(&text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
        checker.check_message(key_of(&read), &text);
    }
    for (schema, frame) in [
        ("PusherSubscribe", json!({"event": "pusher:subscribe"})),
        ("PusherSubscribe", json!({"event": "pusher:subscribe", "data": {}})),
        ("PusherSubscribe", json!({"event": "pusher:subscribe", "data": "{}"})),
        ("PusherSignin", json!({"event": "pusher:signin", "data": {"auth": "k:s"}})),
        ("PusherClientEvent", json!({"event": "draw", "channel": "private-x", "data": 1})),
        ("PusherClientEvent", json!({"event": "client-draw", "data": 1})),
    ] {
        assert!(ClientFrame::parse(&frame.to_string()).is_err(), "{frame}");
        assert!(!checker.problems(schema, &frame).is_empty(), "{frame}");
    }
    for (signed, is_good) in
        [(r#"{"id":"7"}"#, true), (r#"{"id":7,"watchlist":[8]}"#, true), (r#"{"user_id":"7"}"#, false)]
    {
        let value = serde_json::from_str(signed).expect("valid JSON");
        assert_eq!(signed_in(signed).is_ok(), is_good, "{signed}");
        let is_foreign = !checker.problems("PusherUserData", &value).is_empty();
        assert_eq!(is_foreign, !is_good, "{signed}");
    }
}
