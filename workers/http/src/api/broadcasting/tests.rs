//! Tests of signatures for clients.

use crate::testing::{Call, DEMO_SECRET, OTHER_SECRET, Token, World};
use base64ct::{Base64, Encoding};
use campana_core::alerts::command::DeskCommand;
use campana_core::pusher::channel::ChannelName;
use campana_core::pusher::encryption::{master_key, shared_secret};
use campana_core::pusher::frame::{listener, signed_in};
use campana_core::pusher::settings::PusherSettings;
use campana_core::pusher::signature::{Voucher, signin_text, subscription_text, verifies};
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::socket_id::SocketId;
use campana_storage::Fault;
use serde_json::{Value, json};

const AUTH: &str = "/broadcasting/auth";
const USER_AUTH: &str = "/broadcasting/user-auth";
const NOWHERE: &str = "0190a7c0-0000-7000-8000-000000000001";

fn form(world: &World, path: &str, text: &str) -> Call {
    world.call("POST", path).raw("application/x-www-form-urlencoded", text.as_bytes())
}

fn ask(world: &World, channel: &str) -> Call {
    world.post(AUTH, json!({"socket_id": "1.2", "channel_name": channel}))
}

/// Verifies the signature for this channel; returns the signed `channel_data`.
#[track_caller]
fn signed(answer: &Value, channel: &str) -> Value {
    let (auth, data) = (answer["auth"].as_str().expect("a signature"), answer["channel_data"].as_str());
    let Voucher { key, signature, channel_data: carried } = Voucher::parse(auth).expect("a parsable signature");
    let channel = ChannelName::trusted(channel);
    let text = subscription_text(&SocketId::parse("1.2").expect("the id is present"), &channel, data);
    assert!(key == "demo" && verifies([DEMO_SECRET], &text, signature), "{channel}: {answer}");
    assert_eq!(carried.as_deref(), data.filter(|_| !channel.is_presence()), "{channel}: channel_data in auth");
    let data = data.expect("channel_data is present");
    listener(data).expect("a gateway can parse it");
    serde_json::from_str(data).expect("valid JSON")
}

#[test]
fn a_signature_covers_the_subscriber_and_their_expiry() {
    let world = World::new();
    let token = Token::of("7").claim("avatar", json!("https://a.example/7.png"));
    for channel in ["private-user.7", "presence-chat", "private-chat.3.7"] {
        let data = signed(&ask(&world, channel).with(&token).status(200), channel);
        let info = json!({"id": "7", "name": "Person 7", "avatar": "https://a.example/7.png"});
        let expires_at = world.clock.millis() + 3_600_000;
        assert_eq!(
            data,
            json!({"user_id": "7", "user_info": info, "expires_at": expires_at, "issued_at": 0}),
            "{channel}"
        );
    }
    let own = Token::of("7").claim("permissions", json!(["subscribe:orders.*"]));
    signed(&ask(&world, "private-orders.9").with(&own).status(200), "private-orders.9");
}

#[test]
fn the_desk_confirms_the_guard_permission() {
    let world = World::new();
    let guard = Token::of("7").claim("permissions", json!(["view_panic_alerts"]));
    for channel in ["private-panic-alerts", "private-security-dashboard"] {
        signed(&ask(&world, channel).with(&guard).status(200), channel);
        for (kind, status, slug) in [(Kind::Forbidden, 403, "forbidden"), (Kind::Unavailable, 503, "unavailable")] {
            world.desks.will_answer(Err(Problem::new(kind, "withdrawn").into()));
            ask(&world, channel).with(&guard).refused(status, slug);
        }
    }
    let asked = world.desks.requests();
    assert!(asked.len() == 6 && asked.iter().all(|asked| asked.command == DeskCommand::MayWatch));
    ask(&world, "private-panic-alerts").by("7").refused(403, "forbidden");
    assert_eq!(world.desks.requests().len(), 6, "no desk request without the permission");
}

#[test]
fn forms_are_accepted_with_unknown_fields() {
    let world = World::new();
    let answer = form(&world, AUTH, "socket_id=1.2&channel_name=private-user.7&_token=x&extra[]=1").by("7").status(200);
    signed(&answer, "private-user.7");
    let body = json!({"socket_id": "1.2", "channel_name": "private-user.7", "extra": {"a": 1}});
    signed(&world.post(AUTH, body).by("7").status(200), "private-user.7");
}

#[test]
fn forbidden_channels_get_no_signature() {
    let world = World::new();
    let (room, conversation) = world.room_of(&["7"]);
    let private = world.room(json!({"name": "Board", "visibility": "private"}));
    let text = |value: &Value| value.as_str().expect("the id is present").to_owned();
    let conversation = conversation.rsplit('/').next().expect("the id is present").to_owned();
    let room = room.rsplit('/').next().expect("the id is present").to_owned();
    for own in [
        format!("private-conversation.{conversation}"),
        format!("presence-room.{room}"),
        format!("private-chat.{room}"),
    ] {
        signed(&ask(&world, &own).by("7").status(200), &own);
        let foreign = Token::other_admin();
        ask(&world, &own).with(&foreign).refused(403, "forbidden");
    }
    for channel in [
        "private-user.8".to_owned(),
        "private-chat.3.8".to_owned(),
        "private-panic-alerts".to_owned(),
        "private-orders.9".to_owned(),
        format!("presence-room.{}", text(&private["id"])),
        format!("private-conversation.{}", text(&private["conversation_id"])),
        format!("presence-room.{NOWHERE}"),
        format!("private-conversation.{NOWHERE}"),
        "news".to_owned(),
        "#server-to-user-7".to_owned(),
    ] {
        let answer = ask(&world, &channel).by("7").refused(403, "forbidden");
        assert!(answer["auth"].is_null(), "{channel}");
    }
}

#[test]
fn a_silent_conversation_is_a_503() {
    let world = World::new();
    let (room, _) = world.room_of(&["7"]);
    let channel = format!("presence-room.{}", room.rsplit('/').next().expect("the id is present"));
    world.objects.set_down(true);
    ask(&world, &channel).by("7").refused(503, "unavailable");
}

#[test]
fn a_batch_has_a_result_per_channel() {
    let world = World::new();
    let wanted = ["private-user.7", "private-user.8", "presence-chat", "no name"];
    let listed = world.post(AUTH, json!({"socket_id": "1.2", "channel_name": wanted})).by("7").status(200);
    let indexed = "socket_id=1.2&channel_name[0]=private-user.7&channel_name[1]=private-user.8\
                   &channel_name[2]=presence-chat&channel_name[3]=no+name";
    let form = form(&world, AUTH, indexed).by("7").status(200);
    for answer in [listed, form] {
        for (channel, status) in wanted.into_iter().zip([200, 403, 200, 422]) {
            assert_eq!(answer[channel]["status"], status, "{channel}: {answer}");
            if status == 200 {
                signed(&answer[channel]["data"], channel);
            } else {
                assert!(answer[channel]["error"].is_string() && answer[channel]["data"].is_null());
            }
        }
    }
}

#[test]
fn missing_conversations_are_not_addressed() {
    let world = World::new();
    let (_, conversation) = world.room_of(&["7"]);
    let real = conversation.rsplit('/').next().expect("the id is present");
    let mut wanted: Vec<String> =
        (0..99).map(|n| format!("private-conversation.0190a7c0-0000-7000-8000-{n:012}")).collect();
    wanted.push(format!("private-conversation.{real}"));
    let before = world.objects.commands().len();
    let answer = world.post(AUTH, json!({"socket_id": "1.2", "channel_name": wanted})).by("7").status(200);
    let status = |at: usize| answer[&wanted[at]]["status"].as_u64();
    assert_eq!((status(0), status(98), status(99)), (Some(403), Some(403), Some(200)));
    ask(&world, &wanted[0]).by("7").refused(403, "forbidden");
    let asked = world.objects.commands().split_off(before);
    let asked: Vec<_> = asked.iter().map(|envelope| envelope.conversation_id.as_str()).collect();
    assert_eq!(asked, [real]);
    world.database.fail_at(campana_schema::conversations::KNOWN, Fault::BeforePersisting);
    ask(&world, &wanted[1]).by("7").refused(403, "forbidden");
    assert_eq!(world.objects.commands().len(), before + 2, "the object is asked while D1 is down");
    world.database.fail_at(campana_schema::conversations::KNOWN, Fault::BeforePersisting);
    world.post(AUTH, json!({"socket_id": "1.2", "channel_name": wanted})).by("7").status(200);
    assert_eq!(world.objects.commands().len(), before + 102, "one query looks up all conversations");
    assert_eq!(world.log.all().len(), 2);
}

/// The status of each of several channels.
fn statuses(world: &World, user: &str, channels: &[String]) -> Vec<Value> {
    let answer = world.post(AUTH, json!({"socket_id": "1.2", "channel_name": channels})).by(user).status(200);
    channels.iter().map(|channel| answer[channel]["status"].clone()).collect()
}

fn with_strangers(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|number| format!("private-chat.7.invented-{number}")).collect()
}

/// [I10] The limit is 20 per minute and user.
#[test]
fn channels_of_unknown_users_are_rate_limited() {
    let world = World::new();
    world.meet(&["8"]);
    let mut wanted = with_strangers(0..99);
    wanted.insert(0, "private-chat.7.8".to_owned());
    let mut expected = vec![json!(200); 21];
    expected.extend(vec![json!(429); 79]);
    assert_eq!(statuses(&world, "7", &wanted), expected);
    let refusal = ask(&world, "private-chat.one-more.7").by("7").refused(429, "rate-limited");
    assert!(refusal["retry_after_ms"].as_u64().is_some_and(|wait| (1..=3_000).contains(&wait)), "{refusal}");
    for known in ["private-chat.7.8", "private-chat.8.7", "private-private-chat.7.8"] {
        signed(&ask(&world, known).by("7").status(200), known);
    }
    signed(&ask(&world, "private-chat.9.invented-0").by("9").status(200), "private-chat.9.invented-0");
    ask(&world, "private-chat.3.invented-0").by("7").refused(403, "forbidden");
    world.clock.pass(3_000);
    assert_eq!(statuses(&world, "7", &with_strangers(0..2)), [200, 429]);
    world.meet(&["invented-1"]);
    assert_eq!(statuses(&world, "7", &with_strangers(0..2)), [429, 200], "the user is known now");
    world.clock.pass(60_000);
    assert_eq!(statuses(&world, "7", &with_strangers(10..30)), vec![json!(200); 20]);
}

#[test]
fn a_duplicate_channel_counts_once() {
    let world = World::new();
    let twice: Vec<String> = with_strangers(0..20).into_iter().chain(with_strangers(0..20)).collect();
    assert_eq!(statuses(&world, "7", &twice), vec![json!(200); 40]);
}

#[test]
fn forbidden_channels_of_unknown_users_are_not_counted() {
    let world = World::new();
    let foreign: Vec<String> = (0..50).map(|number| format!("private-chat.8.invented-{number}")).collect();
    assert_eq!(statuses(&world, "7", &foreign), vec![json!(403); 50]);
    assert_eq!(statuses(&world, "7", &with_strangers(0..20)), vec![json!(200); 20]);
}

#[test]
fn a_user_of_another_tenant_is_unknown() {
    let world = World::new();
    let other = Token::of("9").claim("tenant", json!("other")).secret(OTHER_SECRET);
    world.get("/api/me").with(&other).status(200);
    assert_eq!(statuses(&world, "7", &with_strangers(0..20)), vec![json!(200); 20]);
    ask(&world, "private-chat.7.9").by("7").refused(429, "rate-limited");
}

#[test]
fn known_users_are_looked_up_once_and_an_outage_of_d1_refuses_nobody() {
    for (fault, waited) in [(Fault::BeforePersisting, 0), (Fault::Silence, 2_000)] {
        let world = World::new();
        world.meet(&["7"]);
        let then = world.clock.millis();
        world.database.fail_at(campana_schema::users::KNOWN, fault);
        assert_eq!(statuses(&world, "7", &with_strangers(0..100)), vec![json!(200); 100]);
        assert_eq!(world.clock.millis() - then, waited);
        let lines = world.log.all();
        assert!(lines.len() == 1 && lines[0]["at"] == "broadcasting.people", "{lines:?}");
        assert_eq!(statuses(&world, "7", &with_strangers(0..20)), vec![json!(200); 20], "no channel was counted");
    }
    let world = World::new();
    world.meet(&["7", "8"]);
    ask(&world, "private-chat.7.8").by("7").status(200);
    world.database.fail_at(campana_schema::users::KNOWN, Fault::BeforePersisting);
    ask(&world, "private-chat.7.8").by("7").status(200);
    assert_eq!(world.log.all(), Vec::<Value>::new());
}

#[test]
fn invalid_fields_are_refused() {
    let world = World::new();
    let good = json!({"socket_id": "1.2", "channel_name": "private-user.7"});
    for (name, value) in [
        ("socket_id", json!(null)),
        ("socket_id", json!("1")),
        ("socket_id", json!("1.2:private-user.8")),
        ("socket_id", json!(1.2)),
        ("socket_id", json!(["1.2"])),
        ("channel_name", json!(null)),
        ("channel_name", json!("")),
        ("channel_name", json!("private-ñ")),
        ("channel_name", json!("x".repeat(165))),
        ("channel_name", json!({})),
        ("channel_name", json!([1])),
        ("channel_name", json!([])),
        ("channel_name", json!(vec!["private-user.7"; 101])),
    ] {
        let mut body = good.clone();
        body[name] = value;
        let refusal = world.post(AUTH, body).by("7").refused(422, "invalid");
        assert_eq!(refusal["errors"][0]["field"], name);
    }
    for path in [AUTH, USER_AUTH] {
        world.call("POST", path).raw("application/json", b"{").by("7").refused(400, "malformed");
        world.call("POST", path).raw("text/plain", b"socket_id=1.2").by("7").refused(415, "unsupported-media-type");
        form(&world, path, &format!("socket_id=1.2&x={}", "x".repeat(64 * 1024))).by("7").refused(413, "too-large");
        form(&world, path, "socket_id=2").by("7").refused(422, "invalid");
        world.post(path, good.clone()).refused(401, "unauthenticated");
        world.post(path, good.clone()).with(&Token::of("7").secret("guess")).refused(401, "unauthenticated");
    }
}

#[test]
fn laravels_clients_get_numbers_where_ids_are_numbers() {
    let world = World::new();
    world.set_app(
        "demo",
        "UPDATE apps SET settings = ?2 WHERE tenant_id = ?1",
        r#"{"pusher":{"event_names":"laravel"}}"#,
    );
    for (user, id) in [
        ("7", json!(7)),
        ("9007199254740991", json!(9_007_199_254_740_991_u64)),
        ("9007199254740992", json!("9007199254740992")),
        ("07", json!("07")),
        ("-7", json!("-7")),
        ("ana", json!("ana")),
    ] {
        let data = signed(&ask(&world, "presence-chat").by(user).status(200), "presence-chat");
        assert_eq!((&data["user_id"], &data["user_info"]["id"]), (&id, &id));
    }
}

#[test]
fn an_oversized_avatar_is_left_out() {
    let world = World::new();
    let token = Token::of("7").claim("avatar", json!(format!("https://a.example/{}", "x".repeat(1_500))));
    let data = signed(&ask(&world, "presence-chat").with(&token).status(200), "presence-chat");
    assert_eq!(data["user_info"], json!({"id": "7", "name": "Person 7"}));
    assert!(data["user_info"].to_string().len() <= PusherSettings::default().user_info_bytes as usize);
}

#[test]
fn an_encrypted_channel_comes_with_its_key() {
    let world = World::new();
    let channel = "private-encrypted-orders";
    let token = |user: &str| Token::of(user).claim("permissions", json!(["subscribe:orders"]));
    let answers = ["7", "8"].map(|user| ask(&world, channel).with(&token(user)).status(200));
    let key = master_key(DEMO_SECRET).expect("a secret");
    let expected = Base64::encode_string(&shared_secret(&key, &ChannelName::trusted(channel)));
    for answer in &answers {
        signed(answer, channel);
        assert_eq!(answer["shared_secret"], json!(expected));
    }
    let plain = ask(&world, "private-orders").with(&token("7")).status(200);
    assert!(plain["shared_secret"].is_null());
}

#[test]
fn a_sign_in_is_signed() {
    let world = World::new();
    world.meet(&["8", "9"]);
    for (body, watchlist) in
        [("socket_id=1.2", json!(null)), ("socket_id=1.2&watchlist[]=9&watchlist[]=8", json!(["9", "8"]))]
    {
        let answer = form(&world, USER_AUTH, body).by("7").status(200);
        let data = answer["user_data"].as_str().expect("user_data is present");
        let (key, signature) = answer["auth"].as_str().and_then(|auth| auth.split_once(':')).expect("a signature");
        let text = signin_text(&SocketId::parse("1.2").expect("the id is present"), data);
        assert!(key == "demo" && verifies([DEMO_SECRET], &text, signature));
        assert_eq!(signed_in(data).expect("a gateway can parse it").user.as_str(), "7");
        let data: Value = serde_json::from_str(data).expect("valid JSON");
        assert_eq!((&data["id"], &data["watchlist"]), (&json!("7"), &watchlist));
        assert_eq!(data["user_info"], json!({"id": "7", "name": "Person 7"}));
    }
    for watchlist in [json!("8"), json!([""]), json!(vec!["8"; 101]), json!([8])] {
        let body = json!({"socket_id": "1.2", "watchlist": watchlist});
        assert_eq!(world.post(USER_AUTH, body).by("7").refused(422, "invalid")["errors"][0]["field"], "watchlist");
    }
}

#[test]
fn a_watchlist_contains_only_known_users() {
    let world = World::new();
    world.meet(&["8"]);
    let other = Token::of("9").claim("tenant", json!("other")).secret(OTHER_SECRET);
    world.get("/api/me").with(&other).status(200);
    let many: Vec<String> =
        (0..98).map(|number| format!("invented-{number}")).chain(["8", "9"].map(str::to_owned)).collect();
    let watched = |watchlist: &Value| {
        let answer = world.post(USER_AUTH, json!({"socket_id": "1.2", "watchlist": watchlist})).by("7").status(200);
        let data: Value =
            serde_json::from_str(answer["user_data"].as_str().expect("user_data is present")).expect("valid JSON");
        data["watchlist"].clone()
    };
    assert_eq!(watched(&json!(many)), json!(["8"]), "user 9 belongs to another tenant");
    assert_eq!(watched(&json!(["nobody"])), json!([]));
    world.database.fail_at(campana_schema::users::KNOWN, Fault::BeforePersisting);
    let body = json!({"socket_id": "1.2", "watchlist": ["8"]});
    world.post(USER_AUTH, body).by("7").refused(503, "unavailable");
}

#[test]
fn an_app_without_a_secret_signs_nothing() {
    let world = World::new();
    world.keys.publish(Some(json!({"keys": [crate::testing::tokens::p256_jwk("k", 3)]})));
    world.set_app("demo", "UPDATE apps SET secret = '', jwks_url = ?2 WHERE tenant_id = ?1", "https://keys.example");
    let header = json!({"alg": "ES256", "kid": "k"});
    let token = Token::of("7").sign_as(world.clock.millis(), &header, crate::testing::tokens::es256(3));
    let bearer = format!("Bearer {token}");
    for path in [AUTH, USER_AUTH] {
        let body = json!({"socket_id": "1.2", "channel_name": "private-user.7"});
        world.post(path, body).header("authorization", &bearer).refused(403, "forbidden");
    }
}

#[test]
fn cors_allows_the_headers_of_laravels_clients() {
    let world = World::new();
    let preflight = world.call("OPTIONS", AUTH).header("origin", "https://app.example");
    let reply = preflight.header("access-control-request-method", "POST").send();
    let allowed = reply.header("access-control-allow-headers");
    for name in ["authorization", "content-type", "x-csrf-token", "x-xsrf-token", "x-requested-with", "accept"] {
        assert!(allowed.split(", ").any(|one| one == name), "{name}");
    }
}
