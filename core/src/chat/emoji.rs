//! Emoji of reactions: those of Unicode in their fully qualified form, and names of an app's own.

use crate::shared::problem::Problem;
use serde::{Deserialize, Serialize};

/// Every fully qualified emoji, sorted by its text without variation selectors.
static UNICODE: &[&str] = include!(concat!(env!("OUT_DIR"), "/emoji.rs"));

const VARIATION_SELECTOR: char = '\u{fe0f}';
/// Longest emoji of Unicode, bytes, with room for superfluous variation selectors.
const MAX_BYTES: usize = 64;

/// An emoji of a reaction.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Emoji(String);

impl Emoji {
    /// Reads an emoji of Unicode, with or without its variation selectors, or `:name:` if `custom` has the name. 422 for
    /// anything else.
    pub fn read(text: &str, custom: &[String]) -> Result<Self, Problem> {
        let unknown = || Problem::field("emoji", "is not an emoji that this app knows");
        if text.len() > MAX_BYTES {
            return Err(unknown());
        }
        if let Some(name) = text.strip_prefix(':').and_then(|rest| rest.strip_suffix(':')) {
            let is_known = custom.iter().any(|known| known == name);
            return if is_known { Ok(Self(text.to_owned())) } else { Err(unknown()) };
        }
        let place = UNICODE.binary_search_by(|known| bare(known).cmp(bare(text))).map_err(|_| unknown())?;
        UNICODE.get(place).map(|known| Self((*known).to_owned())).ok_or_else(unknown)
    }

    /// An emoji that was read before it was stored.
    pub fn trusted(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The characters of an emoji that distinguish it from others.
fn bare(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().filter(|char| *char != VARIATION_SELECTOR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<String> {
        Emoji::read(text, &["parrot".to_owned()]).ok().map(|emoji| emoji.as_str().to_owned())
    }

    #[test]
    fn emoji_are_stored_fully_qualified() {
        assert_eq!(read("\u{2764}").as_deref(), Some("\u{2764}\u{fe0f}"));
        assert_eq!(read("\u{2764}\u{fe0f}").as_deref(), Some("\u{2764}\u{fe0f}"));
        assert_eq!(read("👍").as_deref(), Some("👍"));
        assert_eq!(read("👍\u{fe0f}").as_deref(), Some("👍"));
        assert_eq!(read("👩\u{200d}❤\u{200d}👨"), read("👩\u{200d}❤\u{fe0f}\u{200d}👨"));
    }

    #[test]
    fn skin_tones_are_emoji_of_their_own() {
        let tones = ["👍", "👍🏻", "👍🏿", "🧑🏽\u{200d}🚀"];
        assert_eq!(tones.map(read), tones.map(|tone| Some(tone.to_owned())));
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "a",
            "1",
            "#",
            "👍👍",
            "👍 ",
            " 👍",
            "🏻\u{200d}",
            "\u{fe0f}",
            "\u{200d}",
            ":parrots:",
            ":",
            "::",
            "parrot",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert_eq!(read(&"👍\u{fe0f}".repeat(40)), None);
    }

    #[test]
    fn names_of_the_app_are_known() {
        assert_eq!(read(":parrot:").as_deref(), Some(":parrot:"));
    }

    #[test]
    fn every_emoji_of_the_table_is_read_as_itself() {
        assert!(UNICODE.len() > 3_500);
        for emoji in UNICODE {
            assert_eq!(read(emoji).as_deref(), Some(*emoji));
            assert_eq!(read(&emoji.replace(VARIATION_SELECTOR, "")).as_deref(), Some(*emoji));
        }
    }

    proptest! {
        #[test]
        fn reading_is_idempotent(text in any::<String>(), place in 0_usize..3_500) {
            for text in [text.as_str(), UNICODE[place]] {
                if let Some(once) = read(text) {
                    prop_assert_eq!(read(&once), Some(once));
                }
            }
        }
    }
}
