//! Ids that clients choose: a UUID, or the number of a row in the application's own table.

use crate::shared::ids::{UserId, text_id, uuid_v7};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Longest id, in characters.
const MAX_CHARS: usize = 64;
/// Whole numbers up to this many digits are exact in every client: they fit a double.
const MAX_DIGITS: usize = 15;

text_id!(
    /// An alert. The client makes the id, so that trying again never raises a second one.
    AlertId
);

impl AlertId {
    /// Reads an id from a client: 1 to 64 letters, digits, `-` and `_`. A UUID is accepted in any notation.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(uuid) = uuid::Uuid::try_parse(text) {
            return Some(Self(uuid.hyphenated().to_string()));
        }
        let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        (!text.is_empty() && text.len() <= MAX_CHARS && text.chars().all(is_good)).then(|| Self(text.to_owned()))
    }

    /// The id of this user's alert if somebody else has used this id, which may be a number that can be guessed: a UUID,
    /// the same each time.
    #[must_use]
    pub fn instead_for(&self, user: &UserId) -> Self {
        let hash = Sha256::new().chain_update(user.as_str()).chain_update([0]).chain_update(&self.0).finalize();
        let bytes = std::array::from_fn(|at| hash.get(at).copied().unwrap_or_default());
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid().hyphenated().to_string())
    }

    /// A new `UUIDv7` from the time and 10 random bytes, for clients that send no id.
    pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
        Self(uuid_v7(now, random))
    }
}

/// An application's id as JSON: a number if it is a whole number of at most 15 digits without leading zeros, else a
/// string.
pub fn id_json(text: &str) -> Value {
    let is_number = text.len() <= MAX_DIGITS
        && !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    let number = is_number.then(|| text.parse::<u64>().ok()).flatten();
    number.map_or_else(|| Value::from(text), Value::from)
}

/// Reads an id that is a string or a whole number. For `#[serde(deserialize_with)]`.
pub fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Option::<Value>::deserialize(deserializer)? {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(Value::Number(number)) if number.is_u64() => Ok(Some(number.to_string())),
        Some(_) => Err(de::Error::custom("invalid type: expected a text or a whole number")),
    }
}
