//! Folding of text for search: case, accents and width do not matter.
//!
//! Text is decomposed (NFKD), loses its combining marks and invisible characters, and is brought to lower case; a small
//! table covers letters that Unicode does not decompose. Folding is done code point by code point, so that each folded
//! character knows where it came from: a match can be shown in the original.

use std::ops::Range;
use unicode_normalization::char::{canonical_combining_class, decompose_compatible};

/// Changes whenever the same text folds to something else: stored text of an older version is folded again.
pub const FOLD_VERSION: i64 = 1;
/// Most words of a name that can be found.
pub const MAX_WORDS: usize = 16;
/// Longest text that is stored from a word on, and longest word of a query, characters.
pub const MAX_WORD_CHARS: usize = 40;
/// Most words of a query; further ones are ignored.
pub const MAX_QUERY_WORDS: usize = 8;

/// A text for comparison: folded, trimmed, and with single spaces.
pub fn fold(text: &str) -> String {
    Folded::of(text).text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A folded text, and for each of its characters the code point that it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    /// The folded text. White space is as in the original.
    pub text: String,
    /// For each character of `text`, the number of its code point in the original.
    origins: Vec<usize>,
    /// Number of code points of the original.
    original_len: usize,
}

impl Folded {
    /// Folds a text.
    pub fn of(text: &str) -> Self {
        let mut folded = Self { text: String::with_capacity(text.len()), origins: Vec::new(), original_len: 0 };
        for (origin, c) in text.chars().enumerate() {
            folded.original_len = origin.saturating_add(1);
            fold_char(c, |c| {
                folded.text.push(c);
                folded.origins.push(origin);
            });
        }
        folded
    }

    /// The code points of the original that a range of folded characters came from, with the marks that follow them.
    /// Empty if the range is.
    pub fn original(&self, chars: Range<usize>) -> Range<usize> {
        let origin = |at: usize| self.origins.get(at).copied().unwrap_or(self.original_len);
        let start = origin(chars.start);
        let Some(last) = chars.end.checked_sub(1).filter(|last| *last >= chars.start) else { return start..start };
        // One code point may have become several characters: the range ends where another one begins.
        let ends_at = |from: usize| self.origins.iter().skip(from).find(|next| **next > origin(last)).copied();
        start..ends_at(last).unwrap_or(self.original_len)
    }
}

/// The folded characters of one code point.
pub(crate) fn fold_char(c: char, mut emit: impl FnMut(char)) {
    if c.is_ascii() {
        return emit(c.to_ascii_lowercase());
    }
    decompose_compatible(c, |part| {
        if canonical_combining_class(part) != 0 || is_invisible(part) {
            return;
        }
        for lower in part.to_lowercase() {
            match replacement(lower) {
                Some(letters) => letters.chars().for_each(&mut emit),
                None => emit(lower),
            }
        }
    });
}

/// Letters without a decomposition, and what people type instead.
const fn replacement(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ø' => "o",
        'đ' | 'ð' | 'ɖ' => "d",
        'ł' => "l",
        'ı' | 'ɨ' => "i",
        'ħ' => "h",
        'ŧ' => "t",
        'ŋ' => "n",
        'ĸ' => "k",
        'ƀ' => "b",
        'ǥ' => "g",
        'ȷ' => "j",
        'ƶ' => "z",
        'ς' => "σ",
        '‘' | '’' | 'ʼ' => "'",
        '“' | '”' => "\"",
        '‐' | '‑' | '–' | '—' => "-",
        _ => return None,
    })
}

/// Characters that are not seen: joiners, direction marks, variation selectors, the soft hyphen.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0100}'..='\u{e01ef}')
}

/// Scripts without spaces: each character may begin a word.
pub(crate) const fn is_without_spaces(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// The folded name from each of its words on, for look-ups of the beginnings of words: at most [`MAX_WORDS`], each of
/// at most [`MAX_WORD_CHARS`] characters. A word begins after white space, and where letters follow punctuation.
pub fn words(name: &str) -> Vec<String> {
    let folded = fold(name);
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for (at, c) in folded.char_indices() {
        let begins = before == ' ' || is_without_spaces(c) || (c.is_alphanumeric() && !before.is_alphanumeric());
        before = c;
        if c == ' ' || !begins {
            continue;
        }
        let rest: String = folded.chars().skip(char_count(&folded, at)).take(MAX_WORD_CHARS).collect();
        if !words.contains(&rest) {
            words.push(rest);
        }
        if words.len() >= MAX_WORDS {
            break;
        }
    }
    words
}

/// The folded words of a query, longest first: each has to begin a word of what is found.
pub fn query_words(query: &str) -> Vec<String> {
    let mut words: Vec<String> = fold(query)
        .split(' ')
        .filter(|word| !word.is_empty())
        .take(MAX_QUERY_WORDS)
        .map(|word| word.chars().take(MAX_WORD_CHARS).collect())
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    words.dedup();
    words
}

fn char_count(text: &str, bytes: usize) -> usize {
    text.get(..bytes).map_or(0, |before| before.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(fold(text), expected, "{text:?}");
    }

    #[test]
    fn case_and_accents_fold_composed_or_not() {
        check("Zé André", "ze andre");
        check("Ze\u{301} Andre\u{301}", "ze andre");
        check(" ÁNGEL  ", "angel");
        check("Ωmega ΣΊΣΥΦΟΣ", "ωmega σισυφοσ");
        check("Ñandú", "nandu");
        check("Việt Nguyễn", "viet nguyen");
        check("Ёлка Й", "елка и");
    }

    #[test]
    fn letters_without_a_decomposition_fold() {
        check("Straße GROẞ", "strasse gross");
        check("Łódź Ørsted Đorđe Ħal Ŧŧ", "lodz orsted dorde hal tt");
        check("İstanbul ISPARTA ısparta", "istanbul isparta isparta");
        check("Æsir Œuvre Þór Ðað", "aesir oeuvre thor dad");
    }

    #[test]
    fn width_ligatures_and_invisible_characters_fold() {
        check("Ａｎａ ﬁn №", "ana fin no");
        check("A\u{200d}n\u{ad}a\u{200f} \u{202e}B", "ana b");
        check("O’Neil", "o'neil");
        check("a\u{a0}\tb", "a b");
    }

    #[test]
    fn words_begin_after_spaces_and_punctuation() {
        assert_eq!(words("Zé André"), ["ze andre", "andre"]);
        assert_eq!(words("Jean-Luc O'Neil"), ["jean-luc o'neil", "luc o'neil", "o'neil", "neil"]);
        assert_eq!(words("100% \"q\" 😀"), ["100% \"q\" 😀", "\"q\" 😀", "q\" 😀", "😀"]);
        assert_eq!(words("山田"), ["山田", "田"]);
        assert_eq!(words(" \u{200b} "), Vec::<String>::new());
        assert_eq!(query_words("  É andr é "), ["andr", "e"]);
        assert_eq!(words(&"a ".repeat(99)).len(), MAX_WORDS);
    }

    #[test]
    fn a_match_is_found_again_in_the_original() {
        let folded = Folded::of("Ze\u{301} Straße İ");
        assert_eq!(folded.text, "ze strasse i");
        assert_eq!(folded.original(0..2), 0..3, "with the mark that follows");
        assert_eq!(folded.original(3..10), 4..10);
        assert_eq!(folded.original(7..8), 8..9, "half of a letter is the letter");
        assert_eq!(folded.original(11..12), 11..12);
        assert_eq!(folded.original(4..4), 5..5);
        assert_eq!(folded.original(50..60), 12..12);
    }

    proptest! {
        #[test]
        fn folding_twice_is_the_same_as_once(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn each_folded_character_came_from_the_original_in_order(text in any::<String>(), from in 0..9_usize, len in 0..9_usize) {
            let folded = Folded::of(&text);
            prop_assert_eq!(folded.text.chars().count(), folded.origins.len());
            prop_assert!(folded.origins.is_sorted());
            let range = folded.original(from..from + len);
            prop_assert!(range.start <= range.end && range.end <= text.chars().count());
            let part: String = text.chars().skip(range.start).take(range.len()).collect();
            let sought: String = folded.text.chars().skip(from).take(len).collect();
            prop_assert!(Folded::of(&part).text.contains(&sought));
        }

        #[test]
        fn every_word_of_a_name_finds_it(name in "[\\PC ]{0,30}") {
            let stored = words(&name);
            for word in query_words(&name) {
                prop_assert!(stored.len() == MAX_WORDS || stored.iter().any(|from| from.starts_with(&word)), "{:?}", word);
            }
        }
    }
}
