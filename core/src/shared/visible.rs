//! Names without characters that deceive readers: invisible ones, with which two different names look the same, and those
//! that change the direction of the text around a name.

/// First character of the flags whose regions are written in tag characters.
const BLACK_FLAG: char = '\u{1F3F4}';

/// The name without invisible and direction-changing characters, trimmed. Joiners stay: emoji and several scripts need them.
/// Variation selectors stay after symbols. Empty if nothing of the name can be seen.
pub fn visible(name: &str) -> String {
    let (mut is_in_flag, mut last) = (false, ' ');
    let keep = |c: &char| {
        is_in_flag = *c == BLACK_FLAG || (is_in_flag && is_tag(*c));
        let is_kept = is_in_flag
            || if is_selector(*c) { !last.is_alphabetic() && !last.is_whitespace() } else { !is_deceptive(*c) };
        last = if is_kept { *c } else { last };
        is_kept
    };
    let kept: String = name.chars().filter(keep).collect();
    let start = kept.trim_start_matches(|c: char| c.is_whitespace() || is_joiner(c) || is_selector(c));
    start.trim_end_matches(|c: char| c.is_whitespace() || is_joiner(c)).to_owned()
}

const fn is_tag(c: char) -> bool {
    matches!(c, '\u{E0020}'..='\u{E007F}')
}

/// Zero-width joiners, which cannot be seen by themselves.
const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

/// Variation selectors, which choose the glyph of the character before and cannot be seen by themselves.
const fn is_selector(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}')
}

/// Unicode's bidirectional controls, and characters that are rendered as nothing or as a blank.
const fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
        | '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2065}' | '\u{206A}'..='\u{206F}' | '\u{2800}'
        | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cases: &[(&str, &str)]) {
        for (name, expected) in cases {
            assert_eq!(visible(name), *expected, "{name:?}");
        }
    }

    #[test]
    fn invisible_characters_do_not_tell_names_apart() {
        check(&[
            ("Admin\u{200B}", "Admin"),
            ("\u{FEFF}Ad\u{2060}min", "Admin"),
            ("Ana\u{00AD} \u{3164}", "Ana"),
            ("Ana\u{200D}", "Ana"),
            ("A\u{E0041}na", "Ana"),
            ("An\u{FE0F}a\u{FE0F}", "Ana"),
        ]);
    }

    #[test]
    fn a_name_does_not_turn_the_text_around_it() {
        check(&[
            ("\u{202E}nimdA", "nimdA"),
            ("a\u{2066}b\u{2069}", "ab"),
            ("\u{200F}دانا", "دانا"),
            ("a\u{2028}b", "ab"),
        ]);
    }

    #[test]
    fn scripts_and_emoji_stay_as_they_are() {
        for name in [
            "Zé André",
            "אבג",
            "می\u{200C}خواهم",
            "👩\u{200D}🚒",
            "❤\u{FE0F}",
            "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
            "李 小龙",
        ] {
            assert_eq!(visible(name), name);
        }
    }

    #[test]
    fn a_name_of_which_nothing_can_be_seen_is_empty() {
        for name in ["", " ", "\u{200B}\u{200D}", "\u{2800}\u{3164}", "\u{FE0F} \u{200C}", "\u{202E}"] {
            assert_eq!(visible(name), "", "{name:?}");
        }
    }
}
