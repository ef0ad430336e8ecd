//! Words of a text, as the index has them.
//!
//! A word is a run of letters and digits, folded as names are ([`crate::shared::fold`]). Scripts without spaces are cut into
//! pairs of neighbouring characters, and the last character of a run is a word of its own: every substring is then a
//! sequence of words, or the beginning of one.

use crate::shared::fold::{MAX_WORD_CHARS, fold_char, is_without_spaces};
use std::ops::Range;

const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
/// Digits of a character that is not a letter from a to z or a digit: 36^4 exceeds the number of code points.
const ESCAPED_DIGITS: u32 = 4;

/// Where a word comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A word between spaces or punctuation.
    Spaced,
    /// Two characters of a script without spaces.
    Pair,
    /// The last character of a run of such a script.
    Tail,
}

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexedWord {
    /// The word in the alphabet of the index: a to z, digits, and `_` before four digits for any other character.
    pub text: String,
    /// Its place in the original, in code points.
    pub span: Range<usize>,
    /// Number of folded characters.
    pub(super) chars: usize,
    pub(super) origin: Origin,
}

/// The words of a text, in order.
pub fn indexed_words(text: &str) -> Vec<IndexedWord> {
    let mut cutter = Cutter::default();
    let mut folded = Vec::new();
    for (at, c) in text.chars().enumerate() {
        folded.clear();
        fold_char(c, |part| folded.push(part));
        if folded.is_empty() {
            // A mark, or a character that is not seen: it belongs to what it follows.
            cutter.extend(at);
        }
        for part in &folded {
            cutter.take(*part, at);
        }
    }
    cutter.end_word();
    cutter.end_run();
    cutter.words
}

#[derive(Default)]
struct Cutter {
    words: Vec<IndexedWord>,
    word: Option<IndexedWord>,
    /// Characters of a script without spaces, with their places.
    run: Vec<(char, Range<usize>)>,
}

impl Cutter {
    fn take(&mut self, c: char, at: usize) {
        let end = at.saturating_add(1);
        if !c.is_alphanumeric() {
            self.end_word();
            self.end_run();
        } else if is_without_spaces(c) {
            self.end_word();
            self.run.push((c, at..end));
        } else {
            self.end_run();
            let word = self.word.get_or_insert_with(|| IndexedWord {
                text: String::new(),
                span: at..end,
                chars: 0,
                origin: Origin::Spaced,
            });
            word.span.end = end;
            if word.chars < MAX_WORD_CHARS {
                word.chars = word.chars.saturating_add(1);
                escape(c, &mut word.text);
            }
        }
    }

    fn extend(&mut self, at: usize) {
        let end = at.saturating_add(1);
        if let Some(word) = &mut self.word {
            word.span.end = end;
        } else if let Some((_, span)) = self.run.last_mut() {
            span.end = end;
        }
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn end_run(&mut self) {
        let run = std::mem::take(&mut self.run);
        for pair in run.windows(2) {
            if let [(first, from), (second, to)] = pair {
                self.push_run(&[*first, *second], from.start..to.end, Origin::Pair);
            }
        }
        if let Some((last, span)) = run.last() {
            self.push_run(&[*last], span.clone(), Origin::Tail);
        }
    }

    fn push_run(&mut self, chars: &[char], span: Range<usize>, origin: Origin) {
        let mut text = String::new();
        for c in chars {
            escape(*c, &mut text);
        }
        self.words.push(IndexedWord { text, span, chars: chars.len(), origin });
    }
}

/// Writes a character in the alphabet of the index.
fn escape(c: char, text: &mut String) {
    if c.is_ascii_alphanumeric() {
        return text.push(c);
    }
    text.push('_');
    let code = u32::from(c);
    for place in (0..ESCAPED_DIGITS).rev() {
        let digit = code.checked_div(36_u32.pow(place)).unwrap_or(0).checked_rem(36).unwrap_or(0);
        let digit = usize::try_from(digit).ok().and_then(|digit| DIGITS.get(digit));
        text.push(char::from(*digit.unwrap_or(&b'0')));
    }
}
