//! Settings of an app's chat.

use crate::named;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// Form of the name of an app's own emoji, as a regular expression.
pub const EMOJI_NAME_PATTERN: &str = "^[a-z0-9_+-]{1,32}$";
const MAX_NAME_BYTES: usize = 32;

/// The settings. Missing fields take the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ChatSettings {
    /// Names of the app's own emoji: a member can react with `:name:`.
    pub custom_emoji: Option<Vec<String>>,
    /// Who may mention all members with `@here` and `@room`.
    pub room_mentions: RoomMentions,
    /// Whether messages get previews of the pages that they link to.
    pub link_previews: bool,
    /// Whether private rooms and groups get system messages about members, names, visibility and pins.
    pub system_messages: bool,
}

impl Default for ChatSettings {
    fn default() -> Self {
        Self { custom_emoji: None, room_mentions: RoomMentions::default(), link_previews: false, system_messages: true }
    }
}

named! {
    /// Who may mention all members of a room or group.
    #[derive(Default)]
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub enum RoomMentions {
        /// Its moderators and owners, and administrators in rooms.
        #[default]
        Moderators = "moderators",
        /// Every member.
        All = "all",
    }
}

/// Whether a value is a list of 1 to `most` different names of emoji, which have the form of [`EMOJI_NAME_PATTERN`].
pub fn are_emoji_names(value: &Value, most: usize) -> bool {
    let Some(names) = value.as_array().filter(|names| (1..=most).contains(&names.len())) else { return false };
    let distinct: BTreeSet<&str> = names.iter().filter_map(Value::as_str).filter(|name| is_emoji_name(name)).collect();
    distinct.len() == names.len()
}

fn is_emoji_name(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_+-".contains(&byte);
    (1..=MAX_NAME_BYTES).contains(&name.len()) && name.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_short_plain_and_different() {
        assert!(are_emoji_names(&json!(["parrot", "+1", "party_parrot-2"]), 3));
        let long = "a".repeat(33);
        for bad in [
            json!("parrot"),
            json!([]),
            json!([""]),
            json!(["A"]),
            json!([long]),
            json!([":a:"]),
            json!(["a", "a"]),
            json!([7]),
        ] {
            assert!(!are_emoji_names(&bad, 3), "{bad}");
        }
        assert!(!are_emoji_names(&json!(["a", "b", "c", "d"]), 3));
    }
}
