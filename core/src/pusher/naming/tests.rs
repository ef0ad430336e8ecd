use super::*;
use crate::shared::ids::ConversationId;
use crate::shared::timestamp::Timestamp;

const ID: &str = "0190a7c0-0000-7000-8000-000000000001";

fn event(name: EventName, id: &str, partial: Value) -> Event {
    let (conversation_id, at) = (ConversationId::trusted("c1"), Timestamp::from_millis(0));
    Event { event: name, conversation_id, seq: None, id: Some(id.to_owned()), partial, origin_client_id: None, at }
}

fn message_of(sender: &str) -> Event {
    let partial = json!({
        "id": "m1", "conversation_id": "c1", "seq": 4, "sender_id": sender, "sender_name": "Ana", "type": "text",
        "body": "hello", "metadata": null, "created_at": "2026-01-31T09:05:00.120Z",
    });
    event(EventName::MessageCreated, "m1", partial)
}

fn event_about(name: EventName, user: &str) -> Event {
    event(name, user, json!({"user_id": user, "name": "Ana"}))
}

/// Class names and whispers of an event on a channel, with their payloads.
fn laravel_events(event: &Event, channel: &str) -> Vec<(String, Value)> {
    let text = event.to_text();
    let all = renditions(event, &text, &ChannelName::trusted(channel), EventNames::Laravel);
    let (canonical, laravel) = all.split_first().expect("the dotted name is always present");
    assert_eq!(*canonical, Rendition { event: event.event.as_str().to_owned(), data: text.clone() });
    let only = renditions(event, &text, &ChannelName::trusted(channel), EventNames::Canonical);
    assert_eq!(only, all[..1], "without the preset only the dotted name is sent");
    let payload = |one: &Rendition| serde_json::from_str(&one.data).expect("JSON");
    laravel.iter().map(|one| (one.event.clone(), payload(one))).collect()
}

#[track_caller]
fn check_names(event: &Event, channel: &str, expected: &[&str]) {
    let names: Vec<String> =
        laravel_events(event, channel).into_iter().map(|(name, _)| name.replace(NAMESPACE, "")).collect();
    assert_eq!(names, expected, "{:?} on {channel}", event.event);
}

#[track_caller]
fn check_payload(event: &Event, channel: &str, expected: &Value) {
    assert_eq!(laravel_events(event, channel)[0].1, *expected, "{:?} on {channel}", event.event);
}

fn of_room(prefix: &str) -> String {
    format!("{prefix}.{ID}")
}

#[test]
fn the_dotted_name_is_the_same_on_all_transports() {
    let all = renditions(&message_of("7"), "text", &ChannelName::trusted("chat"), EventNames::Canonical);
    assert_eq!(all, [Rendition { event: "message.created".to_owned(), data: "text".to_owned() }]);
    let class = &renditions(&message_of("7"), "text", &ChannelName::trusted("chat"), EventNames::Laravel)[1];
    assert_eq!(class.event, r"App\Events\MessageSent");
}

#[test]
fn a_message_has_the_class_name_of_its_channel() {
    for channel in ["chat", "presence-chat", &of_room("private-chat")] {
        check_names(&message_of("7"), channel, &["MessageSent", "message.sent"]);
    }
    for channel in [of_room("private-conversation"), of_room("presence-room")] {
        check_names(&message_of("7"), &channel, &["MessageCreated", "message.sent"]);
    }
    for channel in ["private-chat.3.7", "private-private-chat.3.7"] {
        check_names(&message_of("7"), channel, &["PrivateMessageSent", "message.sent"]);
    }
}

#[test]
fn a_message_has_the_payload_that_laravel_clients_expect() {
    let message = json!({
        "id": "m1", "conversation_id": "c1", "seq": 4, "type": "text", "metadata": null,
        "message": "hello", "body": "hello", "user_id": 7, "user": {"id": 7, "name": "Ana"},
        "created_at": "2026-01-31T09:05:00.120Z",
    });
    check_payload(&message_of("7"), "chat", &json!({"message": message}));
    let [(_, of_class), (_, of_name)] = &laravel_events(&message_of("7"), "chat")[..] else { panic!("two names") };
    assert_eq!(of_class, of_name);
    let mut of_a_room = message.clone();
    of_a_room["room_id"] = ID.into();
    check_payload(&message_of("7"), &of_room("presence-room"), &json!({"message": of_a_room}));
    let mut direct = message;
    direct["recipient_id"] = 3.into();
    check_payload(&message_of("7"), "private-chat.3.7", &json!({"message": direct}));
}

#[test]
fn a_change_of_a_message_contains_its_ids_and_changed_fields() {
    let edited = event(EventName::MessageUpdated, "m1", json!({"body": "hi", "edited_at": "e", "updated_at": "e"}));
    let message = json!({
        "id": "m1", "conversation_id": "c1", "message": "hi", "body": "hi", "edited_at": "e", "updated_at": "e",
    });
    let reacted = json!({"message_id": "m1", "emoji": "👍", "user_id": "8", "count": 2});
    let removed = event(EventName::ReactionRemoved, "m1", reacted);
    check_names(&removed, "private-user.7", &[]);
    let deleted = event(EventName::MessageDeleted, "m1", json!({"body": null, "deleted_at": "d"}));
    let gone = json!({"id": "m1", "conversation_id": "c1", "message": null, "body": null, "deleted_at": "d"});
    for channel in ["chat", "private-chat.3.7", &of_room("private-conversation"), &of_room("presence-room")] {
        check_names(&edited, channel, &["MessageUpdated"]);
        check_payload(&edited, channel, &json!({"message": message}));
        let payload = json!({
            "message_id": "m1", "conversation_id": "c1", "emoji": "👍", "user_id": 8, "count": 2, "action": "removed",
        });
        check_names(&removed, channel, &["MessageReaction"]);
        check_payload(&removed, channel, &payload);
        check_names(&deleted, channel, &["MessageDeleted"]);
        check_payload(&deleted, channel, &json!({"message": gone}));
    }
}

#[test]
fn typing_is_also_whispered_where_clients_may_publish() {
    let (mut started, stopped) =
        (event_about(EventName::TypingStarted, "7"), event_about(EventName::TypingStopped, "7"));
    set(&mut started.partial, "expires_in_ms", 6_000);
    check_names(&started, "chat", &["UserTyping"]);
    for channel in ["presence-chat", "private-chat.3.7", &of_room("private-chat"), &of_room("presence-room")] {
        check_names(&started, channel, &["UserTyping", "client-typing"]);
    }
    let ana = json!({"id": 7, "name": "Ana"});
    check_payload(&started, "chat", &json!({"user": ana, "typing": true, "expires_in_ms": 6_000}));
    check_payload(&stopped, "chat", &json!({"user": ana, "typing": false}));
    let whisper = &laravel_events(&stopped, "presence-chat")[1].1;
    assert_eq!(*whisper, json!({"id": 7, "name": "Ana", "user": ana, "typing": false}));
}

#[test]
fn a_receipt_contains_the_reader_and_the_position() {
    let mut receipt = event_about(EventName::MessageRead, "7");
    receipt.partial["seq"] = 4.into();
    let message = json!({"conversation_id": "c1", "seq": 4});
    let read = json!({"conversation_id": "c1", "seq": 4, "user": {"id": 7, "name": "Ana"}, "message": message});
    for channel in ["private-chat.3.7", "private-user.3"] {
        check_names(&receipt, channel, &["MessageRead"]);
        check_payload(&receipt, channel, &read);
    }
}

#[test]
fn presence_is_announced_in_the_general_room() {
    for (name, class, dotted) in [
        (EventName::PresenceJoined, "UserJoined", "user.online"),
        (EventName::PresenceLeft, "UserLeft", "user.offline"),
    ] {
        let event = event_about(name, "7");
        check_names(&event, "presence-chat", &[class, dotted]);
        for channel in ["chat", "private-chat.3.7", &of_room("presence-room"), &of_room("private-conversation")] {
            check_names(&event, channel, &[dotted]);
        }
        for channel in ["presence-chat", "chat"] {
            for (_, payload) in laravel_events(&event, channel) {
                assert_eq!(payload, json!({"id": 7, "name": "Ana"}));
            }
        }
        check_names(&event, "private-user.7", &[]);
    }
}

#[track_caller]
fn check_membership(name: EventName, mut partial: Value, action: &str, role: Option<&str>) {
    partial["user_id"] = "7".into();
    let changed = laravel_events(&event(name, "7", partial), &of_room("presence-room")).remove(0);
    assert_eq!(changed.0, r"App\Events\RoomMembershipChanged");
    let payload = changed.1;
    assert_eq!(
        (&payload["room_id"], &payload["conversation_id"], &payload["user_id"]),
        (&json!(ID), &json!("c1"), &json!(7))
    );
    assert_eq!((&payload["action"], &payload["role"]), (&json!(action), &json!(role)));
}

#[test]
fn a_change_of_membership_names_its_action() {
    let joined = json!({"name": "Ana", "role": "member", "joined_at": "j"});
    check_membership(EventName::MemberJoined, joined, "joined", Some("member"));
    check_membership(EventName::MemberLeft, json!({}), "left", None);
    check_membership(EventName::MemberRemoved, json!({}), "removed", None);
    check_membership(EventName::MemberRemoved, json!({"banned": true}), "banned", None);
    check_membership(EventName::MemberUpdated, json!({"role": "owner"}), "updated", Some("owner"));
    check_membership(EventName::MemberUpdated, json!({"muted_until": "u"}), "muted", None);
    check_membership(EventName::MemberUpdated, json!({"muted_until": null}), "unmuted", None);
    let mine = event(EventName::MemberRemoved, "7", json!({"user_id": "7", "room_id": "r1"}));
    check_names(&mine, "private-user.7", &["RoomMembershipChanged"]);
    assert_eq!(laravel_events(&mine, "private-user.7")[0].1["room_id"], "r1");
    check_names(&mine, "private-user.invites.7", &[]);
}

#[test]
fn an_invite_is_sent_on_the_channels_of_the_invited_user() {
    let card = json!({
        "id": "i1", "room": {"id": "r1", "name": "Lobby"}, "invited_by": {"user_id": "3", "name": "Ben"},
        "role": "member", "expires_at": null, "created_at": "c", "is_member": false,
    });
    let invited = event(EventName::InviteCreated, "i1", card);
    let invite = json!({
        "id": "i1", "room_id": "r1", "conversation_id": "c1", "user_id": 7, "role": "member", "expires_at": null,
        "created_at": "c", "created_by": 3,
    });
    let room = json!({"id": "r1", "name": "Lobby"});
    for channel in ["private-user.invites.7", "private-user.7"] {
        check_names(&invited, channel, &["RoomInviteCreated"]);
        let user = json!({"id": 3, "name": "Ben"});
        check_payload(&invited, channel, &json!({"invite": invite, "room": room, "user": user}));
    }
    for channel in ["private-financial.7", "#server-to-user-7", &of_room("presence-room")] {
        check_names(&invited, channel, &[]);
    }
}

#[test]
fn events_without_a_class_have_only_their_dotted_name() {
    for name in [EventName::InboxUpdated, EventName::InviteUpdated, EventName::InviteRevoked] {
        check_names(&event(name, "x", json!({})), "private-user.7", &[]);
    }
    check_names(&event(EventName::ConversationUpdated, "c1", json!({"name": "n"})), "chat", &[]);
    check_names(&message_of("7"), "private-user.7", &[]);
    check_names(&message_of("7"), "private-orders", &[]);
}

#[test]
fn ids_are_numbers_if_they_are_canonical_integers() {
    for (id, expected) in [
        ("0", json!(0)),
        ("7", json!(7)),
        ("9007199254740991", json!(9_007_199_254_740_991_u64)),
        ("9007199254740992", json!("9007199254740992")),
        ("007", json!("007")),
        ("+7", json!("+7")),
        ("-7", json!("-7")),
        ("7.0", json!("7.0")),
        ("ana", json!("ana")),
    ] {
        assert_eq!(number_or_text(&json!(id)), expected, "{id}");
    }
}

#[test]
fn notifications_have_class_names_and_ids_of_users_as_numbers() {
    let notification = json!({
        "id": "n1", "kind": "mention", "actor": {"user_id": "7", "name": "Ana"}, "conversation_id": "c1",
        "message": {"id": "m1", "seq": 4, "sender_id": "7", "sender_name": "Ana", "type": "text", "body": "hello", "parent_id": null},
    });
    let mut event = NotificationEvent {
        event: EventName::NotificationCreated,
        conversation_id: Some(ConversationId::trusted("c1")),
        id: None,
        partial: notification,
        at: Timestamp::from_millis(0),
    };
    let [canonical, class] = notification_renditions(&event, "text", EventNames::Laravel).try_into().expect("two");
    assert_eq!(canonical, Rendition { event: "notification.created".to_owned(), data: "text".to_owned() });
    assert_eq!(class.event, r"App\Events\NotificationCreated");
    let expected = json!({"notification": {
        "id": "n1", "kind": "mention", "actor": {"id": 7, "name": "Ana"}, "conversation_id": "c1",
        "message": {
            "id": "m1", "seq": 4, "user_id": 7, "user": {"id": 7, "name": "Ana"}, "type": "text", "message": "hello",
            "body": "hello", "parent_id": null,
        },
    }});
    assert_eq!(serde_json::from_str::<Value>(&class.data).expect("JSON"), expected);
    assert_eq!(notification_renditions(&event, "text", EventNames::Canonical), [canonical]);
    event.event = EventName::NotificationRead;
    event.partial = json!({"up_to_seq": 4});
    let class = &notification_renditions(&event, "text", EventNames::Laravel)[1];
    assert_eq!(class.event, r"App\Events\NotificationRead");
    let read = serde_json::from_str::<Value>(&class.data).expect("JSON");
    assert_eq!(read, json!({"conversation_id": "c1", "up_to_seq": 4}));
}
