//! Ids that applications choose.

use super::*;

#[track_caller]
fn check(text: &str, id: Option<&str>) {
    assert_eq!(AlertId::parse(text).as_ref().map(AlertId::as_str), id, "{text}");
}

#[test]
fn an_id_is_a_uuid_or_a_short_name() {
    let uuid = "0190a7c0-0000-7000-8000-00000000000a";
    for spelling in [
        uuid,
        "0190A7C0-0000-7000-8000-00000000000A",
        "0190a7c000007000800000000000000a",
        "{0190a7c0-0000-7000-8000-00000000000a}",
        "urn:uuid:0190a7c0-0000-7000-8000-00000000000a",
    ] {
        check(spelling, Some(uuid));
    }
    for word in ["0", "4711", "panic-1_B", &"a".repeat(64)] {
        check(word, Some(word));
    }
    for nonsense in ["", " ", "a b", "a/b", "a.b", "é", "a\n", &"a".repeat(65), "4711;"] {
        check(nonsense, None);
    }
}

#[test]
fn an_id_that_is_used_has_one_replacement_per_user() {
    let of = |user: &str, id: &str| AlertId::parse(id).unwrap().instead_for(&UserId::trusted(user));
    assert_eq!(of("7", "4711"), of("7", "4711"));
    assert_ne!(of("7", "4711"), of("8", "4711"));
    assert_ne!(of("7", "4711"), of("7", "4712"));
    check(of("7", "4711").as_str(), Some(of("7", "4711").as_str()));
}

#[test]
fn whole_numbers_are_numbers_in_json() {
    for (text, value) in [
        ("0", json!(0)),
        ("4711", json!(4711)),
        ("999999999999999", json!(999_999_999_999_999_u64)),
        ("1000000000000000", json!("1000000000000000")),
        ("007", json!("007")),
        ("-1", json!("-1")),
        ("1.5", json!("1.5")),
        ("1e3", json!("1e3")),
        ("", json!("")),
        ("\u{661}", json!("\u{661}")),
        ("7a", json!("7a")),
    ] {
        assert_eq!(id_json(text), value, "{text}");
    }
}

#[test]
fn ids_are_strings_or_whole_numbers() {
    let read = |id: Value| text_or_number(id);
    assert_eq!(read(json!("4711")).unwrap().as_deref(), Some("4711"));
    assert_eq!(read(json!(4711)).unwrap().as_deref(), Some("4711"));
    assert_eq!(read(json!(u64::MAX)).unwrap().as_deref(), Some("18446744073709551615"));
    assert_eq!(read(Value::Null).unwrap(), None);
    for nonsense in [json!(-1), json!(1.5), json!(true), json!([1]), json!({"id": 1})] {
        assert!(read(nonsense.clone()).is_err(), "{nonsense}");
    }
}
