//! PINs: format, verdicts and storage.

use super::pin::{NewPins, Verdict};
use super::*;

fn pins(cancel_pin: &str, duress_pin: Option<&str>) -> NewPins {
    NewPins { cancel_pin: cancel_pin.to_owned(), duress_pin: duress_pin.map(str::to_owned) }
}

#[track_caller]
fn check(cancel_pin: &str, duress_pin: Option<&str>, refusal: Option<(&str, &str)>) {
    let problem = pins(cancel_pin, duress_pin).check().err();
    let errors: Vec<_> = problem.iter().flat_map(|problem| &problem.errors).collect();
    let refused = errors.first().map(|error| (error.field.as_str(), error.detail.as_str()));
    assert_eq!((refused, errors.len()), (refusal, usize::from(refusal.is_some())));
}

#[test]
fn pins_are_four_to_twelve_digits_and_different() {
    const RULE: &str = "is not 4 to 12 digits";
    check("1234", None, None);
    check("123456789012", Some("0000"), None);
    for bad in ["", "123", "1234567890123", "12a4", " 1234", "12 34", "\u{661}\u{662}\u{663}\u{664}", "-123", "1.23"] {
        check(bad, None, Some(("cancel_pin", RULE)));
        check("1234", Some(bad), Some(("duress_pin", RULE)));
    }
    check("1234", Some("1234"), Some(("duress_pin", "is the same as cancel_pin")));
}

#[test]
fn each_pin_gets_its_verdict() {
    let both = pins("1234", Some("4321")).keep([7; 16]);
    assert_eq!(
        ["1234", "4321", "1243", "", "12340"].map(|pin| both.judge(pin)),
        [Verdict::Right, Verdict::Duress, Verdict::Wrong, Verdict::Wrong, Verdict::Wrong,]
    );
    let one = pins("1234", None).keep([7; 16]);
    assert_eq!(["1234", "4321"].map(|pin| one.judge(pin)), [Verdict::Right, Verdict::Wrong]);
}

/// Computed in Python: `hashlib.pbkdf2_hmac("sha256", pin, bytes(range(16)), 5000).hex()`.
#[test]
fn pins_are_stored_as_pbkdf2() {
    const SALT: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
    let kept = serde_json::to_value(pins("1234", Some("864213579012")).keep(SALT)).unwrap();
    let hex = |key: &Value| {
        let bytes: Vec<u64> = key.as_array().unwrap().iter().filter_map(Value::as_u64).collect();
        bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
    };
    assert_eq!(hex(&kept["cancel"]), "a667c4a446b267d5a1b78e99471462dcdbe8a22ef6e86c3e405b7b5a1b41522f");
    assert_eq!(hex(&kept["duress"]), "d4ed4cf6260f106ef34530726ae6f839a6cfe130034513635fc9e4ffc8014faa");
}

#[test]
fn stored_pins_are_read_back_and_depend_on_the_salt() {
    let kept = pins("1234", Some("4321")).keep([7; 16]);
    let again: pin::Pins = serde_json::from_str(&serde_json::to_string(&kept).unwrap()).unwrap();
    assert_eq!(again, kept);
    assert_eq!(again.judge("4321"), Verdict::Duress);
    assert_ne!(pins("1234", None).keep([8; 16]), pins("1234", None).keep([7; 16]));
}

#[test]
fn debug_output_and_problems_contain_no_pin() {
    assert_eq!(format!("{:?}", pins("1234", Some("4321"))), "NewPins { .. }");
    let problem = pins("123x", None).check().unwrap_err();
    assert!(!problem.to_document().to_string().contains("123x"));
}
