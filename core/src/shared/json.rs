//! Parsing of JSON: input from outside is limited in depth, stored JSON is read up to a higher depth.
//!
//! The parser refuses JSON nested deeper than 128 levels. A value of 127 levels passes alone but not inside an event,
//! which adds one or two levels. So input is limited to far fewer levels, and JSON stored before that limit existed is
//! read with a higher limit.

use crate::shared::limits::{MAX_FREE_JSON_DEPTH, MAX_METADATA_BYTES};
use crate::shared::problem::Problem;
use serde::de::{DeserializeOwned, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt::Write as _;

/// Most levels of stored JSON. Bounded because each level takes stack space in the parser.
const MAX_STORED_DEPTH: usize = 512;

/// Checks a free-form JSON object of the application. 422 for `field` if it is nested deeper than
/// [`MAX_FREE_JSON_DEPTH`] levels (the object itself is the first) or longer than [`MAX_METADATA_BYTES`].
pub fn check_free(field: &str, object: &Map<String, Value>) -> Result<(), Problem> {
    if !object.values().all(|value| is_within(value, MAX_FREE_JSON_DEPTH.saturating_sub(1))) {
        return Err(Problem::field(field, format!("is nested deeper than {MAX_FREE_JSON_DEPTH} levels")));
    }
    let bytes = serde_json::to_string(object).map_or(usize::MAX, |text| text.len());
    if bytes > MAX_METADATA_BYTES {
        return Err(Problem::field(field, format!("is over {MAX_METADATA_BYTES} bytes")));
    }
    Ok(())
}

/// Whether a value has at most `levels` levels. Recurses no deeper than that.
fn is_within(value: &Value, levels: usize) -> bool {
    let below = levels.checked_sub(1);
    let is_below = |value: &Value| below.is_some_and(|levels| is_within(value, levels));
    match value {
        Value::Array(items) => below.is_some() && items.iter().all(is_below),
        Value::Object(fields) => below.is_some() && fields.values().all(is_below),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// The key whose string value the parser parses as JSON again, with a new depth limit. A body of 64 KiB could thus hold
/// 1,560 levels instead of 128, and recursive code could overflow the stack.
const UNFOLDED_KEY: &str = "$serde_json::private::RawValue";
const NO_SUCH_KEY: &str = "a key that no object may have";
/// Prefix of an escape by which any character of the key can be written.
const ASCII_ESCAPE: &str = r"\u00";

/// Parses JSON from outside. Refuses the parser's private key for raw JSON, so that no value exceeds its depth limit.
pub fn read_input<'de, T: Deserialize<'de>>(text: &'de str) -> serde_json::Result<T> {
    if text.contains(UNFOLDED_KEY) || text.contains(ASCII_ESCAPE) {
        serde_json::from_str::<Plain>(text)?;
    }
    serde_json::from_str(text)
}

/// Like [`read_input`], from bytes.
pub fn read_input_bytes<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> serde_json::Result<T> {
    read_input(std::str::from_utf8(bytes).map_err(serde_json::Error::custom)?)
}

/// Deserializes from any JSON that lacks [`UNFOLDED_KEY`]; keeps nothing.
struct Plain;

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Plain {
    type Value = Self;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while let Some(Self) = items.next_element()? {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self, A::Error> {
        while let Some(key) = fields.next_key::<Cow<'de, str>>()? {
            if key == UNFOLDED_KEY {
                return Err(A::Error::custom(NO_SUCH_KEY));
            }
            fields.next_value::<Self>()?;
        }
        Ok(self)
    }
}

/// Sets a field of an object. Does nothing if the value is not an object.
pub fn set(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Value::Object(fields) = object {
        fields.insert(name.to_owned(), value.into());
    }
}

/// Bytes of an escape of one UTF-16 code unit: `\uXXXX`.
const ESCAPE_BYTES: usize = 6;
/// Escapes may make a text longer by its length divided by this number.
const MAX_GROWTH_DIVISOR: usize = 8;

/// Replaces characters outside ASCII with escapes, unless the JSON would become more than an eighth longer, as a long text
/// in Greek would.
///
/// The engine keeps a string with an emoji as UTF-16, and encodes it as UTF-8 again for each socket, which halves the rate
/// of a fan-out. It only copies ASCII.
pub fn in_ascii(json: String) -> String {
    if json.is_ascii() {
        return json;
    }
    let escapes = |char: char| char.len_utf16().saturating_mul(ESCAPE_BYTES).saturating_sub(char.len_utf8());
    let added: usize = json.chars().filter(|char| !char.is_ascii()).map(escapes).sum();
    if added > json.len() / MAX_GROWTH_DIVISOR {
        return json;
    }
    let mut ascii = String::with_capacity(json.len().saturating_add(added));
    for char in json.chars() {
        if char.is_ascii() {
            ascii.push(char);
        } else {
            for unit in char.encode_utf16(&mut [0; 2]) {
                let _infallible = write!(ascii, r"\u{unit:04x}");
            }
        }
    }
    ascii
}

/// Parses JSON that Campana wrote: rows, attachments, and requests between objects and functions. It may contain
/// free-form JSON near the parser's depth limit.
pub fn read_stored<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    serde_json::from_str(text).or_else(|error| {
        if !is_too_deep(&error) || depth_of(text) > MAX_STORED_DEPTH {
            return Err(error);
        }
        let mut deserializer = serde_json::Deserializer::from_str(text);
        deserializer.disable_recursion_limit();
        let value = T::deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(value)
    })
}

/// Whether [`read_input`] failed because of the key that it refuses.
pub fn has_unfolded_key(error: &serde_json::Error) -> bool {
    error.is_data() && error.to_string().starts_with(NO_SUCH_KEY)
}

/// Whether the parser failed because of its depth limit.
pub fn is_too_deep(error: &serde_json::Error) -> bool {
    error.is_syntax() && error.to_string().starts_with("recursion limit exceeded")
}

/// Largest number of brackets open at a time, outside of strings.
fn depth_of(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An object with this number of levels.
    fn nested(levels: usize) -> String {
        format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels))
    }

    #[track_caller]
    fn checked(text: &str) -> Result<(), String> {
        let object = read_stored::<Map<String, Value>>(text).expect("an object");
        check_free("metadata", &object).map_err(|problem| problem.detail)
    }

    #[test]
    fn free_json_has_a_limited_depth() {
        assert_eq!(checked("{}"), Ok(()));
        assert_eq!(checked(&nested(16)), Ok(()));
        assert_eq!(checked(&format!("{{\"a\":{}}}", "[".repeat(15) + &"]".repeat(15))), Ok(()));
        for deep in [nested(17), nested(127), nested(400), format!("{{\"a\":{}}}", "[".repeat(16) + &"]".repeat(16))] {
            assert_eq!(checked(&deep), Err("metadata: is nested deeper than 16 levels".to_owned()));
        }
    }

    #[test]
    fn numbers_are_read_and_written_exactly() {
        let long = format!("2{}", "0".repeat(101));
        for number in ["1.2345678901234567", "0.1", "9007199254740993", "5e-324", "1.7976931348623157e308", &long] {
            let once: Value = read_input(number).expect("JSON");
            let written = once.to_string();
            let again: Value = read_input(&written).expect("JSON");
            assert_eq!((again.to_string(), again.as_f64()), (written, number.parse().ok()), "{number}");
        }
    }

    #[test]
    fn free_json_has_a_limited_size() {
        let of = |letters: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(letters));
        assert_eq!(checked(&of(MAX_METADATA_BYTES - 8)), Ok(()));
        assert_eq!(checked(&of(MAX_METADATA_BYTES - 7)), Err("metadata: is over 4096 bytes".to_owned()));
    }

    /// The parser parses the string under its private key as JSON, which must not add levels beyond the limit.
    #[test]
    fn levels_are_counted_after_the_parser_has_unfolded_them() {
        let inner = serde_json::to_string(&nested(20)).expect("a text");
        let wrapped = format!(r#"{{"a":{{"$serde_json::private::RawValue":{inner}}}}}"#);
        let object = serde_json::from_str::<Map<String, Value>>(&wrapped);
        assert!(object.is_err() || object.is_ok_and(|object| check_free("metadata", &object).is_err()));
    }

    #[test]
    fn few_characters_outside_ascii_are_escaped() {
        let padded = |text: &str| format!("{{\"a\":\"{text}\",\"b\":\"{}\"}}", "x".repeat(100));
        assert_eq!(in_ascii(padded("ñ👍")), padded(r"\u00f1\ud83d\udc4d"));
        let greek = format!("\"{}\"", "καλημέρα".repeat(10));
        assert_eq!(in_ascii(greek.clone()), greek, "escapes would treble it");
    }

    proptest::proptest! {
        #[test]
        fn json_in_ascii_has_the_same_value(texts: Vec<String>) {
            let json = serde_json::to_string(&texts).expect("JSON");
            let ascii = in_ascii(json.clone());
            proptest::prop_assert!(ascii.is_ascii() || ascii == json);
            proptest::prop_assert!(ascii.len() <= json.len() + json.len() / MAX_GROWTH_DIVISOR);
            proptest::prop_assert_eq!(serde_json::from_str::<Vec<String>>(&ascii).expect("JSON"), texts);
        }
    }

    #[test]
    fn stored_json_is_read_at_every_depth_that_was_ever_accepted() {
        for levels in [1, 16, 100, 126, 127, 128, 129, 200, 512] {
            let value = read_stored::<Value>(&nested(levels));
            assert!(
                value.is_ok_and(|value| serde_json::to_string(&value).is_ok_and(|text| text == nested(levels))),
                "{levels}"
            );
        }
        for text in [nested(513), "[".repeat(100_000), nested(200) + "x", "{".to_owned(), String::new()] {
            assert!(read_stored::<Value>(&text).is_err());
        }
        assert!(
            read_stored::<Value>(&format!("{:?}", "[".repeat(1_000))).is_ok(),
            "brackets in a string are not levels"
        );
    }
}
