//! Tests that serialized frames, events and answers match the schema. They use a strict variant of the schema that
//! allows no additional fields.

use super::native;
use crate::testing::{Token, World};
use campana_core::accounts::principal::Principal;
use campana_core::alerts::{
    Act, Alert, AlertId, AlertSettings, Cause, Language, Reported, Viewer, Who,
    record::Via,
    wire::{AlertEvent, AlertNews, DeskFrame, DeskSays},
};
use campana_core::chat::annotations::{AnnotationView, Annotations};
use campana_core::chat::command::{Draft, Membership};
use campana_core::chat::conversation::{
    Actor, Annotated, Conversation, Entry, MemberChange, MemberChangeKind, MessageChange, MessageCounts, References,
    SendDecision, TypingSource,
};
use campana_core::chat::emoji::Emoji;
use campana_core::chat::mentions::Known;
use campana_core::chat::policy::{Place, Role};
use campana_core::chat::wire::{ClientFrame, Event, Person, ServerFrame, You};
use campana_core::shared::ids::{ConversationId, MessageId, TenantId, UserId};
use campana_core::shared::json::set;
use campana_core::shared::limits::Limits;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use serde_json::{Map, Value, json};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// Panics unless the value matches the named document without additional fields.
#[track_caller]
pub(crate) fn check(name: &str, value: &Value) {
    let problems = problems(name, value);
    assert!(problems.is_empty(), "{value} is no {name}: {problems:?}");
}

fn problems(name: &str, value: &Value) -> Vec<String> {
    let mut schema = native();
    assert!(schema["$defs"][name].is_object(), "{name} is defined");
    close(&mut schema["$defs"]);
    set(&mut schema, "$ref", format!("#/$defs/{name}"));
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// Forbids additional properties, recursively.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.values_mut().for_each(close);
            if fields.get("properties").is_some_and(Value::is_object) && fields.contains_key("type") {
                fields.insert("additionalProperties".to_owned(), false.into());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

#[track_caller]
fn check_text(name: &str, text: &str) {
    check(name, &serde_json::from_str(text).expect("valid JSON"));
}

fn person() -> Person {
    Person { user_id: UserId::trusted("7"), name: "Ana".to_owned() }
}

fn conversation_id() -> ConversationId {
    ConversationId::trusted("0190a7c0-0000-7000-8000-000000000001")
}

#[test]
fn an_invalid_document_is_detected() {
    let person = json!({"user_id": "7", "name": "Ana"});
    assert_eq!(problems("Person", &person), Vec::<String>::new());
    for wrong in
        [json!({"user_id": "7"}), json!({"user_id": 7, "name": "Ana"}), json!({"user_id": "7", "name": "", "x": 1})]
    {
        assert!(!problems("Person", &wrong).is_empty(), "{wrong}");
    }
    let head = json!({"type": "head", "epoch": "e", "head": 1});
    assert!(problems("ConversationFrame", &head).is_empty());
    assert!(!problems("ConversationFrame", &json!({"type": "tail", "epoch": "e", "head": 1})).is_empty());
}

#[test]
fn frames_of_the_server() {
    let you = You { user_id: UserId::trusted("7"), name: "Ana".to_owned(), role: Role::Owner, last_read_seq: 3 };
    let epoch = || "e1".to_owned();
    for frame in [
        ServerFrame::Welcome {
            epoch: epoch(),
            head: 3,
            you,
            online: vec![person()],
            online_count: 1,
            keep_alive_ms: 25_000,
        },
        ServerFrame::Ack { client_msg_id: "m".to_owned(), id: MessageId::new(NOW, [0; 10]), seq: 1, created_at: NOW },
        ServerFrame::Head { epoch: epoch(), head: 3 },
        ServerFrame::Reset { epoch: epoch(), head: 3 },
    ] {
        check_text("ServerFrame", &frame.to_text());
        check_text("ConversationFrame", &frame.to_text());
    }
    for problem in [
        Problem::field("body", "is empty"),
        Problem::rate_limited("slower", 100),
        Problem::muted(NOW),
        Problem::banned(None),
    ] {
        for client_msg_id in [None, Some("m")] {
            for frame in ["ErrorFrame", "ConversationFrame", "UserFrame", "DeskFrame"] {
                check(frame, &problem.to_frame(client_msg_id));
            }
        }
    }
}

#[test]
fn the_schema_allows_the_frames_that_the_server_reads() {
    for (text, is_good) in [
        (r#"{"type":"send","client_msg_id":"a","body":"hi"}"#, true),
        (
            r#"{"type":"send","client_msg_id":"a","body":"hi","message_type":"image","parent_id":null,"metadata":{"a":1}}"#,
            true,
        ),
        (r#"{"type":"send","body":"hi"}"#, false),
        (r#"{"type":"edit","id":"m","body":"hi"}"#, true),
        (r#"{"type":"delete","id":"m"}"#, true),
        (r#"{"type":"delete","id":"m","body":"hi"}"#, false),
        (r#"{"type":"edit","id":"m","body":"hi","version":2}"#, true),
        (r#"{"type":"react","id":"m","emoji":"x"}"#, true),
        (r#"{"type":"react","id":"m"}"#, false),
        (r#"{"type":"unreact","id":"m","emoji":"x"}"#, true),
        (r#"{"type":"pin","id":"m"}"#, true),
        (r#"{"type":"unpin","id":"m","on":true}"#, false),
        (r#"{"type":"typing","on":true}"#, true),
        (r#"{"type":"read","seq":3}"#, true),
        (r#"{"type":"read","seq":"3"}"#, false),
        (r#"{"type":"resume","epoch":"e","seq":3}"#, true),
        (r#"{"type":"pong"}"#, true),
        (r#"{"type":"dance"}"#, false),
    ] {
        let value = serde_json::from_str(text).expect("valid JSON");
        assert_eq!(ClientFrame::parse(text).is_ok(), is_good, "{text}");
        assert_eq!(problems("ClientFrame", &value).is_empty(), is_good, "{text}");
    }
    for (text, is_good) in [
        (r#"{"type":"receipt","ids":["a-1"],"state":"seen"}"#, true),
        (r#"{"type":"receipt","ids":["a-1"],"state":"read"}"#, false),
        (r#"{"type":"resume","epoch":"e","seq":3}"#, true),
        (r#"{"type":"pong"}"#, true),
    ] {
        let value = serde_json::from_str(text).expect("valid JSON");
        assert_eq!(serde_json::from_str::<DeskFrame>(text).is_ok(), is_good, "{text}");
        assert_eq!(problems("DashboardFrame", &value).is_empty(), is_good, "{text}");
    }
}

/// A conversation with one member, its owner.
struct Talk {
    rules: Conversation,
    principal: Principal,
    membership: Membership,
}

impl Talk {
    fn new() -> Self {
        let principal = Principal {
            tenant: TenantId::trusted("demo"),
            user_id: UserId::trusted("7"),
            name: "Ana".to_owned(),
            avatar: None,
            admin: false,
            permissions: Vec::new(),
            groups: Vec::new(),
            issued_at_ms: None,
            signed_with: campana_core::accounts::revocation::SigningKey::Unknown,
            expires_at_ms: i64::MAX,
        };
        let user_id = UserId::trusted("7");
        let membership =
            Membership { user_id, role: Role::Owner, joined_at: NOW, last_read_seq: 0, read_rev: 0, muted_until: None };
        let place = Place::PublicRoom;
        let counts = MessageCounts::default();
        let rules = Conversation::new(conversation_id(), place, "e1".to_owned(), 0, counts, Limits::default());
        Self { rules, principal, membership }
    }

    /// The rules, and the acting member.
    fn parts(&mut self) -> (&mut Conversation, Actor<'_>) {
        let Self { rules, principal, membership } = self;
        (rules, Actor { principal, membership: Some(membership), origin_client_id: Some("tab") })
    }

    fn send(&mut self, metadata: Option<Map<String, Value>>) -> Entry {
        let (rules, actor) = self.parts();
        let draft = Draft { metadata, ..Draft::text("m", "hello") };
        match rules.send(actor, draft, &References::default(), None, NOW, [0; 10]) {
            Ok(SendDecision::Commit(entry)) => {
                rules.committed(&entry);
                *entry
            }
            other => panic!("{other:?}"),
        }
    }

    fn member_changed(&mut self, kind: MemberChangeKind) -> Entry {
        let (rules, actor) = self.parts();
        let change = MemberChange { person: person(), kind, by: Some(person()) };
        rules.member_changed(actor, &change, NOW, [0; 10])
    }
}

#[test]
fn events_about_messages() {
    let mut talk = Talk::new();
    let sent = talk.send(json!({"a": 1}).as_object().cloned());
    check_text("MessageCreated", &sent.text);
    let Some(MessageChange::Created { row }) = sent.message else { panic!("a message") };
    let (rules, actor) = talk.parts();
    let edited = rules.edit(actor, (*row).clone(), "bye", &Known::default(), None, NOW).expect("an edit");
    check_text("MessageUpdated", &edited.text);
    let target = |view| Annotated { row: (*row).clone(), view };
    let thumb = Emoji::read("👍", &[]).expect("an emoji");
    let reacted = rules.react(actor, &target(AnnotationView::default()), &thumb, true, NOW);
    let view = AnnotationView { own: vec![thumb.clone()], ..AnnotationView::default() };
    let taken_back = rules.react(actor, &target(view), &thumb, false, NOW);
    for entry in [reacted, taken_back] {
        let entry = entry.expect("allowed").expect("a change");
        check_text("ReactionChanged", &entry.text);
        check_text("ConversationFrame", &entry.text);
    }
    let annotations = Annotations { pinned_at: Some(NOW), ..Annotations::default() };
    let pinned = AnnotationView { annotations, ..AnnotationView::default() };
    for (view, on) in [(AnnotationView::default(), true), (pinned, false)] {
        let entry = rules.pin(actor, &target(view), 0, on, NOW, [0; 10]).expect("allowed").expect("a change");
        check_text("PinChanged", &entry.text);
        check_text("ConversationFrame", &entry.text);
    }
    let root = target(AnnotationView::default());
    let deleted = rules.delete(actor, *row, Some(&root), NOW, [0; 10]).expect("a deletion");
    let thread = deleted.next.as_ref().expect("the thread");
    check_text("ThreadUpdated", &thread.text);
    check_text("ConversationFrame", &thread.text);
    check_text("MessageDeleted", &deleted.text);
    for entry in [edited, deleted] {
        check_text("ConversationFrame", &entry.text);
        let Some(MessageChange::Changed { row }) = entry.message else { panic!("a message") };
        check("Message", &json!(row.message));
    }
    check_text("ConversationUpdated", &rules.placeholder(2, NOW));
    for changed in [json!({"metadata": {"a": 1}}), json!({"name": "n", "description": "d", "visibility": "private"})] {
        let changed = changed.as_object().cloned().expect("an object");
        check_text("ConversationUpdated", &rules.conversation_updated(actor, changed, None, NOW, [0; 10]).text);
    }
}

#[test]
fn events_about_members() {
    let mut talk = Talk::new();
    for (kind, name, privately) in [
        (MemberChangeKind::Joined { role: Role::Member }, "MemberJoined", json!({})),
        (MemberChangeKind::Left, "MemberGone", json!({})),
        (MemberChangeKind::Removed, "MemberGone", json!({})),
        (MemberChangeKind::Banned, "MemberGone", json!({"until": null, "reason": "noise"})),
        (MemberChangeKind::Muted { until: Some(NOW) }, "MemberUpdated", json!({"reason": "noise"})),
        (MemberChangeKind::Muted { until: None }, "MemberUpdated", json!({})),
        (MemberChangeKind::Updated { role: Role::Owner }, "MemberUpdated", json!({})),
    ] {
        let text = talk.member_changed(kind).text;
        check_text(name, &text);
        check_text("ConversationFrame", &text);
        // The same conversion that the conversation's object makes for the user's own channel.
        let mut own: Event = serde_json::from_str(&text).expect("an event");
        own.seq = None;
        let partial = own.partial.as_object_mut().expect("an object");
        partial.insert("room_id".to_owned(), "0190a7c0-0000-7000-8000-000000000002".into());
        partial.extend(privately.as_object().cloned().unwrap_or_default());
        let mut own = json!(own);
        set(&mut own, "rev", 17);
        check("OwnMembershipEvent", &own);
        check("UserFrame", &own);
    }
}

#[test]
fn events_without_a_position() {
    let mut talk = Talk::new();
    let ana = person();
    let mut signals = vec![talk.rules.arrived(&ana, NOW), talk.rules.read_up_to(&ana, 3, NOW)];
    signals.extend(talk.rules.departed(&ana, NOW));
    for on in [true, false] {
        let (rules, actor) = talk.parts();
        signals.extend(rules.typing(actor, TypingSource::Request, on, NOW).expect("the owner may type"));
    }
    assert_eq!(signals.len(), 5);
    for signal in signals {
        check("Signal", &json!(signal));
        check("ConversationFrame", &json!(signal));
    }
}

fn alert() -> Alert {
    let new = Reported::default().accept(AlertId::trusted("4711"), 6, NOW).expect("an alert");
    let owner = Who { id: UserId::trusted("7"), name: "Ana".to_owned() };
    Alert::raise(new, owner, &AlertSettings::default(), NOW).0
}

#[test]
fn frames_and_events_about_alerts() {
    let mut taken = alert();
    let guard = Who { id: UserId::trusted("guard-1"), name: "Ben".to_owned() };
    taken.act(Act::Respond, guard.clone(), NOW).expect("acknowledged");
    let mut over = taken.clone();
    over.act(Act::Resolve(Cause::default()), guard, NOW).expect("resolved");
    let mut shown = Vec::new();
    for alert in [alert(), taken, over] {
        for viewer in [Viewer::Guard, Viewer::Owner] {
            let payload = alert.payload(viewer, Language::En, NOW);
            check("PanicAlert", &payload);
            for (seq, name) in [(Some(3), "DeskFrame"), (None, "UserFrame")] {
                let event = AlertEvent::Updated;
                let news = AlertNews { event, seq, id: &alert.id, partial: &payload, at: NOW };
                check_text(name, &news.to_text());
            }
            let mut numbered =
                json!(AlertNews { event: AlertEvent::Updated, seq: None, id: &alert.id, partial: &payload, at: NOW });
            set(&mut numbered, "rev", 17);
            check("UserFrame", &numbered);
            shown.push(payload);
        }
    }
    let epoch = || "e".to_owned();
    for frame in [
        DeskSays::Welcome { epoch: epoch(), head: 3, you: person(), keep_alive_ms: 25_000 },
        DeskSays::Alerts { alerts: shown, complete: true },
        DeskSays::Resumed { head: 3 },
        DeskSays::Reset { epoch: epoch(), head: 3 },
    ] {
        check_text("DeskFrame", &frame.to_text());
    }
    for via in Via::ALL {
        check("AlertVia", &json!(via));
    }
}

#[test]
fn answers_about_people_and_conversations() {
    let world = World::new();
    world.meet(&["7", "8"]);
    check("Me", &world.get("/api/me").by("7").status(200));
    check("Ticket", &world.post("/api/me/ticket", json!({})).by("7").status(201));
    check("UserPage", &world.get("/api/chat/users?q=").by("7").status(200));
    check("OnlineUserPage", &world.get("/api/chat/users/online").by("7").status(200));
    let direct = world.post("/api/chat/conversations", json!({"type": "dm", "user_id": "8"})).by("7").status(201);
    check("Conversation", &direct);
    let path = format!("/api/chat/conversations/{}", direct["id"].as_str().expect("the id is present"));
    check("MessageView", &world.post(&format!("{path}/messages"), json!({"body": "hi"})).by("7").status(201));
    world.objects.flush();
    for query in ["", "?before=9", "?after=0", "?around=1"] {
        check("MessagePage", &world.get(&format!("{path}/messages{query}")).by("7").status(200));
    }
    let inbox = world.get("/api/chat/conversations").by("8").status(200);
    assert!(inbox["data"][0]["last_message"].is_object(), "{inbox}");
    check("ConversationPage", &inbox);
}

#[test]
fn answers_about_rooms() {
    let world = World::new();
    world.meet(&["7", "8", "9"]);
    let (room, conversation) = world.room_of(&["7", "8"]);
    check("Room", &world.get(&room).by("7").status(200));
    check("Conversation", &world.get(&conversation).by("7").status(200));
    check("RoomPage", &world.get("/api/chat/rooms").by("7").status(200));
    world.post(&format!("{room}/members/8/ban"), json!({"reason": "noise"})).with(&Token::admin()).status(200);
    check("MemberPage", &world.get(&format!("{room}/members")).by("7").status(200));
    check("BanPage", &world.get(&format!("{room}/bans")).with(&Token::admin()).status(200));
    let invites = format!("{room}/invites");
    for body in [json!({}), json!({"user_id": "9", "expires_at": null, "role": "member"})] {
        check("InviteDraft", &body);
        check("MadeInvite", &world.post(&invites, body).with(&Token::admin()).status(201));
    }
    check("InvitePage", &world.get(&invites).with(&Token::admin()).status(200));
    let cards = world.get("/api/chat/invites").by("9").status(200);
    assert_eq!(cards["data"].as_array().map(Vec::len), Some(1));
    check("InviteCardPage", &cards);
}
