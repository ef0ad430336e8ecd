//! Property tests of every parser of outside input with texts of all kinds: parsed values can be parsed again.

use crate::accounts::settings::{Settings, SettingsChange};
use crate::alerts::push::{DeviceKeys, Outcome, Vapid};
use crate::alerts::wire::DeskFrame;
use crate::alerts::{AlertId, MAX_STEPS, Policy, Reported, id_json};
use crate::chat::command::{Connect, Envelope};
use crate::chat::conversation::validate_client_id;
use crate::chat::wire::ClientFrame;
use crate::pusher::channel::ChannelName;
use crate::pusher::family::Family;
use crate::pusher::frame::{self, listener, signed_in};
use crate::pusher::signature::{Voucher, request_text, sign, subscription_text, verifies};
use crate::shared::address::{Reach, check_url, host_of};
use crate::shared::ids::{ConversationId, MessageId, RoomId, TenantId, UserId};
use crate::shared::json::{check_free, read_input, read_input_bytes, read_stored};
use crate::shared::problem::Problem;
use crate::shared::socket_id::SocketId;
use crate::shared::timestamp::Timestamp;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// Numbers as JSON can represent them, and near misses.
const NUMBERS: [&str; 20] = [
    "0",
    "-0",
    "-0.0",
    "-1",
    "1e0",
    "0.5",
    "2147483648",
    "4294967295",
    "4294967296",
    "9007199254740991",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "1e308",
    "1e309",
    "-1e-400",
    "0x1",
];

/// Texts with a meaning to some parser, and near misses.
const WORDS: [&str; 34] = [
    "",
    "send",
    "edit",
    "typing",
    "read",
    "resume",
    "receipt",
    "seen",
    "pusher:subscribe",
    "pusher:signin",
    "pusher:unsubscribe",
    "client-typing",
    "private-chat.3.7",
    "private-chat..",
    "presence-room.0190a7c0-0000-7000-8000-000000000001",
    "private-encrypted-cache-x",
    "#server-to-user-7",
    "0190A7C0-0000-7000-8000-000000000001",
    "{0190a7c0-0000-7000-8000-000000000001}",
    "key:0f:eyJ1c2VyX2lkIjoxfQ",
    "key:\u{e9}\u{e9}",
    "1234.5678",
    "0.99999999999999999999999999999999999999",
    "9999-12-31T23:59:60-23:59",
    "0000-01-01T00:00:00+23:59",
    "https://\u{e9}.example:65536/",
    "https://[::ffff:10.0.0.1]/%zz",
    "whsec_=",
    "\u{0}",
    "\u{1f}1\u{1f}",
    "\u{fffd}\u{10ffff}",
    "nan",
    "-inf",
    "1e999",
];

/// Fields with a meaning to some parser.
const FIELDS: [&str; 40] = [
    "type",
    "client_msg_id",
    "body",
    "message_type",
    "metadata",
    "id",
    "on",
    "seq",
    "epoch",
    "event",
    "channel",
    "data",
    "auth",
    "channel_data",
    "user_data",
    "user_id",
    "user_info",
    "expires_at",
    "watchlist",
    "ids",
    "state",
    "apartment",
    "address",
    "location",
    "lat",
    "lng",
    "accuracy",
    "at",
    "note",
    "drill",
    "limits",
    "send_burst",
    "pusher",
    "payload_bytes",
    "alerts",
    "escalation",
    "steps",
    "languages",
    "oidc_issuer",
    "$serde_json::private::RawValue",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![prop::sample::select(&WORDS[..]).prop_map(str::to_owned), any::<String>()]
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// JSON texts, sometimes with a flaw: a duplicate field, an invalid number, a missing part.
fn json_text() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        prop::sample::select(&NUMBERS[..]).prop_map(str::to_owned),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| number.to_string()),
    ];
    let text = word().prop_map(|text| quoted(&text));
    let leaf = prop_oneof![
        2 => number,
        4 => text,
        1 => prop::sample::select(&["null", "true", "false", "", "\"\\ud800\"", "\"\\u0000\""][..]).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(6, 48, 8, |inner| {
        let name = prop_oneof![8 => prop::sample::select(&FIELDS[..]).prop_map(str::to_owned), 1 => word()];
        let field = (name, inner.clone()).prop_map(|(name, value)| format!("{}:{value}", quoted(&name)));
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            4 => prop::collection::vec(field, 0..8).prop_map(|fields| format!("{{{}}}", fields.join(","))),
            // JSON in a string, as in the Pusher protocol.
            1 => inner.prop_map(|inner| quoted(&inner)),
        ]
    })
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![3 => json_text(), 1 => word(), 1 => any::<Vec<u8>>().prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())]
}

/// Depth of a value, computed without recursion.
fn levels(value: &Value) -> usize {
    let (mut deepest, mut pending) = (0, vec![(value, 1)]);
    while let Some((value, level)) = pending.pop() {
        deepest = deepest.max(level);
        match value {
            Value::Array(items) => pending.extend(items.iter().map(|item| (item, level + 1))),
            Value::Object(fields) => pending.extend(fields.values().map(|item| (item, level + 1))),
            _ => {}
        }
    }
    deepest
}

/// Nested lists, `times` times as deep as the parser's limit: each part is in a string that the parser parses as JSON.
fn folded(times: usize, key: &str) -> String {
    (0..times)
        .fold("1".to_owned(), |inner, _| format!("{}{{{key}:{}}}{}", "[".repeat(120), quoted(&inner), "]".repeat(120)))
}

#[track_caller]
fn is_explained(problem: &Problem) {
    let (document, frame) = (problem.to_document(), problem.to_frame(Some("m")));
    assert_eq!(document.get("status"), Some(&json!(problem.kind.status())), "{problem:?}");
    assert_eq!(frame.get("client_msg_id"), Some(&json!("m")), "{problem:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn native_frames(text in texts()) {
        match ClientFrame::parse(&text) {
            Ok(ClientFrame::Send { metadata: Some(metadata), .. }) => {
                prop_assert!(levels(&Value::Object(metadata.clone())) <= 127);
                if let Err(problem) = check_free("metadata", &metadata) {
                    is_explained(&problem);
                }
            }
            Ok(_) => {}
            Err((problem, _)) => is_explained(&problem),
        }
        if let Ok(DeskFrame::Receipt { ids, .. }) = read_input::<DeskFrame>(&text) {
            prop_assert!(ids.iter().all(|id| id_json(id.as_str()) != Value::Null));
        }
    }

    #[test]
    fn pusher_frames(text in texts()) {
        if let Err(fault) = frame::ClientFrame::parse(&text) {
            prop_assert!(serde_json::from_str::<Value>(&fault.to_frame()).is_ok());
        }
        if let Ok(listener) = listener(&text) {
            prop_assert!(UserId::parse(listener.user.as_str()).is_some());
            prop_assert!(serde_json::from_str::<Value>(&listener.id_json()).is_ok());
        }
        if let Ok(known) = signed_in(&text) {
            prop_assert!(known.watchlist.len() <= frame::MAX_WATCHLIST);
        }
    }

    #[test]
    fn ids_and_names(text in word()) {
        let own = [
            RoomId::parse(&text).map(|id| id.created_at()),
            ConversationId::parse(&text).map(|id| id.created_at()),
            MessageId::parse(&text).map(|id| id.created_at()),
        ];
        prop_assert!(own.iter().all(|at| *at != Some(None)), "every valid id has a time");
        prop_assert_eq!(UserId::parse(&text).is_some(), TenantId::parse(&text).is_some());
        if let Some(id) = AlertId::parse(&text) {
            prop_assert_eq!(AlertId::parse(id.as_str()), Some(id));
        }
        if let Some(id) = SocketId::parse(&text) {
            prop_assert_eq!(id.as_str(), &text);
        }
        if validate_client_id("client_id", &text).is_ok() {
            prop_assert!(!text.is_empty());
        }
        if let Some(channel) = ChannelName::parse(&text) {
            prop_assert!(channel.as_str().ends_with(channel.stem()));
            if let Family::Direct(pair) = channel.family() {
                let user = UserId::trusted("3");
                prop_assert!(pair.other(&user) != Some(user) && pair.both().is_none_or(|(one, other)| one != other));
            }
        }
    }

    #[test]
    fn channels_of_any_parts(prefix in prop::sample::select(&["", "private-", "presence-", "private-encrypted-", "#server-to-user-"][..]),
                             stem in "[a-z.@;=-]{0,12}", one in "[0-9a.]{0,4}", other in "[0-9a.]{0,4}") {
        for name in [format!("{prefix}{stem}"), format!("{prefix}chat.{one}.{other}")] {
            let Some(channel) = ChannelName::parse(&name) else { continue };
            if let (Family::Direct(pair), Some(user)) = (channel.family(), UserId::parse(&one)) {
                prop_assert!(pair.other(&user) != Some(user));
            }
        }
    }

    #[test]
    fn times(text in word(), millis in any::<i64>()) {
        if let Some(at) = Timestamp::parse_rfc3339(&text) {
            prop_assert_eq!(Timestamp::parse_rfc3339(&at.to_rfc3339()), Some(at));
        }
        let at = Timestamp::from_millis(millis);
        let written = Timestamp::parse_rfc3339(&at.to_rfc3339());
        prop_assert!(written.is_some(), "{}", at.to_rfc3339());
        prop_assert!(RoomId::new(at, [7; 10]).created_at().is_some());
    }

    #[test]
    fn signatures(text in word(), secret in word(), signature in texts()) {
        let good = sign(&secret, &text);
        prop_assert_eq!(verifies([secret.as_str()], &text, &good), !secret.is_empty());
        prop_assert!(!verifies([secret.as_str()], &text, &signature) || signature.eq_ignore_ascii_case(&good));
        if let Some(voucher) = Voucher::parse(&signature) {
            let written = voucher.to_text();
            prop_assert_eq!(Voucher::parse(&written), Some(voucher));
        }
        let socket = SocketId::new([255; 8]);
        let channel = ChannelName::trusted("private-x");
        prop_assert!(subscription_text(&socket, &channel, Some(&text)).ends_with(&text));
        let signed = request_text("GET", &text, &[(text.clone(), secret)]);
        prop_assert!(signed.is_none_or(|signed| signed.starts_with("GET\n")));
    }

    #[test]
    fn settings(text in texts(), field in prop::sample::select(&FIELDS[..]), value in json_text()) {
        let (known, faults) = Settings::read(&text);
        prop_assert!(known.limits.keep_alive() >= crate::shared::limits::MIN_KEEP_ALIVE_MS);
        prop_assert!(faults.len() <= 100);
        let value = read_input::<Value>(&value).unwrap_or_default();
        let section: Map<String, Value> = [(field.to_owned(), value.clone())].into_iter().collect();
        match SettingsChange::validate([section.clone(), Map::new(), section.clone(), Map::new(), section.clone(), section.clone(), section.clone(), section]) {
            Ok(change) => if let Ok(changed) = change.on(&text) {
                prop_assert_eq!(Settings::read(&changed.stored).0, changed.settings);
            },
            Err(problem) => is_explained(&problem),
        }
        if let Ok(policy) = Policy::read(&value) {
            prop_assert!(value.is_object() && policy.steps.len() <= MAX_STEPS);
        }
    }

    #[test]
    fn alerts(text in texts(), decimals in any::<u32>()) {
        let Ok(body) = read_input::<Map<String, Value>>(&text) else { return Ok(()) };
        match Reported::read(body).accept(AlertId::new(NOW, [1; 10]), decimals, NOW) {
            Ok(alert) => prop_assert!(alert.location.is_none_or(|place| place.at <= NOW)),
            Err(problem) => is_explained(&problem),
        }
    }

    #[test]
    fn addresses_and_keys(text in word(), other in word()) {
        if check_url(&text, Reach::Internet).is_ok() {
            prop_assert!(check_url(&text, Reach::Anywhere).is_ok() && host_of(&text).is_some());
        }
        prop_assert!(DeviceKeys::read(&text, &other).is_err());
        if Vapid::read(&text, &other).is_some() {
            prop_assert!(Vapid::audience(&other).is_some());
        }
        if let Outcome::Later(Some(ms)) = Outcome::of(429, Some(&text)) {
            prop_assert!(ms >= 0);
        }
    }

    #[test]
    fn requests_between_objects(text in texts()) {
        let read = [read_stored::<Envelope>(&text).is_ok(), read_stored::<Connect>(&text).is_ok()];
        prop_assert!(!read.contains(&true) || serde_json::from_str::<Value>(&text).is_ok());
    }
}

/// The parser reads at most 128 levels, but again as many in a string that it parses as JSON: without the check, a
/// frame of 20 KiB held 1,440 levels.
#[test]
fn nothing_is_unfolded_past_the_limit_of_levels() {
    let keys = [
        r#""$serde_json::private::RawValue""#,
        r#""\u0024serde_json::private::RawValue""#,
        r#""$serde_json::private::RawValu\u0065""#,
        r#""$serde_json\u003a:private::RawValue""#,
    ];
    for (times, key) in [1, 2, 12].into_iter().flat_map(|times| keys.map(|key| (times, key))) {
        let deep = folded(times, key);
        let frame = format!(r#"{{"type":"send","client_msg_id":"m","body":"b","metadata":{{"a":{deep}}}}}"#);
        assert!(frame.len() <= crate::shared::limits::MAX_FRAME_BYTES);
        let (problem, _) = ClientFrame::parse(&frame).expect_err("must be refused");
        assert_eq!(problem.detail, "frame: has a key that no object may have", "{times} {key}");
        assert!(read_input::<Value>(&deep).is_err() && read_input_bytes::<Value>(deep.as_bytes()).is_err());
        assert!(listener(&format!(r#"{{"user_id":{deep}}}"#)).is_err());
    }
}

#[test]
fn texts_with_the_key_as_a_value_or_in_part_are_parsed() {
    for text in [
        r#"{"a":"$serde_json::private::RawValue"}"#,
        r#"{"a":"\u0024serde_json::private::RawValue","b":[1,-1,1.5,true,null,{"c":{}}]}"#,
        r#"{"$serde_json":"\u001b"}"#,
    ] {
        assert_eq!(read_input::<Value>(text).ok(), serde_json::from_str(text).ok(), "{text}");
    }
    assert!(read_input_bytes::<Value>(&[b'"', 0xff, b'"']).is_err());
}
