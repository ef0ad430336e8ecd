//! Reading of a query. Every text is a query: what is not an operator is a word, and what exceeds a limit is ignored.

use super::words::{IndexedWord, Origin, indexed_words};
use super::{Feature, Sort};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::iter::Peekable;
use std::str::Chars;

/// Characters of a query that are read.
pub const MAX_QUERY_CHARS: usize = 1_000;
/// Most words and phrases of a query.
pub const MAX_TERMS: usize = 16;
/// Most words of a phrase.
const MAX_WORDS_OF_A_TERM: usize = 16;
/// Most people, and most places, that a query names.
pub const MAX_NAMES: usize = 5;
/// Shortest beginning of a word that finds longer words, characters. Shorter ones would read most of the index.
const MIN_PREFIX_CHARS: usize = 2;

/// A word or a phrase: words that follow each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// The words, in the alphabet of the index; at least one.
    pub(super) words: Vec<String>,
    /// Whether the last word may continue.
    pub(super) is_prefix: bool,
    /// Whether messages with it are left out.
    pub(super) is_negated: bool,
}

/// A query in the terms of its writer: people and places are named as they wrote them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParsedQuery {
    /// Words and phrases.
    pub terms: Vec<Term>,
    /// Who may have sent the message: ids or names, of which one has to fit.
    pub from: Vec<String>,
    /// Where: ids or names of rooms, of which one has to fit.
    pub places: Vec<String>,
    /// What the message has.
    pub has: Vec<Feature>,
    /// Sent before this time.
    pub before: Option<Timestamp>,
    /// Sent at this time or later.
    pub after: Option<Timestamp>,
    /// The order.
    pub sort: Option<Sort>,
}

impl ParsedQuery {
    /// Reads a query.
    pub fn parse(text: &str) -> Self {
        let text: String = text.chars().take(MAX_QUERY_CHARS).collect();
        let (mut query, mut chars) = (Self::default(), text.chars().peekable());
        while let Some(c) = chars.peek() {
            if c.is_whitespace() {
                chars.next();
            } else {
                query.read_piece(&mut chars);
            }
        }
        query
    }

    /// Whether it asks for anything.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
            && self.from.is_empty()
            && self.places.is_empty()
            && self.has.is_empty()
            && self.before.is_none()
            && self.after.is_none()
    }

    /// Also requires the sender to be one of those named.
    pub fn name_sender(&mut self, name: &str) {
        push_name(&mut self.from, name);
    }

    /// Also requires the place to be one of those named.
    pub fn name_place(&mut self, name: &str) {
        push_name(&mut self.places, name);
    }

    /// Narrows the time.
    pub fn limit_before(&mut self, at: Timestamp) {
        self.before = Some(self.before.map_or(at, |before| before.min(at)));
    }

    /// Narrows the time.
    pub fn limit_after(&mut self, at: Timestamp) {
        self.after = Some(self.after.map_or(at, |after| after.max(at)));
    }

    /// Also requires a feature.
    pub fn require(&mut self, feature: Feature) {
        if !self.has.contains(&feature) {
            self.has.push(feature);
        }
    }

    fn read_piece(&mut self, chars: &mut Peekable<Chars<'_>>) {
        let mut is_negated = false;
        while chars.next_if_eq(&'-').is_some() {
            is_negated = true;
        }
        if chars.next_if_eq(&'"').is_some() {
            let phrase = quoted(chars);
            let is_prefix = chars.next_if_eq(&'*').is_some();
            return self.push_term(&phrase, is_prefix, is_negated);
        }
        let mut word = String::new();
        while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
            if c == ':' && !is_negated && is_operator(&word) {
                let value = match chars.next_if_eq(&'"') {
                    Some(_) => quoted(chars),
                    None => std::iter::from_fn(|| chars.next_if(|c| !c.is_whitespace())).collect(),
                };
                if !self.apply(&word.to_ascii_lowercase(), &value) {
                    self.push_term(&format!("{word} {value}"), false, false);
                }
                return;
            }
            if c == '"' {
                // A quotation begins within a word: both are terms.
                self.push_term(&word, false, is_negated);
                let phrase = quoted(chars);
                return self.push_term(&phrase, false, is_negated);
            }
            word.push(c);
        }
        self.push_term(&word, word.ends_with('*'), is_negated);
    }

    /// Applies an operator. False if its value makes no sense.
    fn apply(&mut self, operator: &str, value: &str) -> bool {
        let value = value.trim();
        if value.is_empty() {
            return false;
        }
        let lower = value.to_lowercase();
        match operator {
            "from" => self.name_sender(value),
            "in" => self.name_place(value),
            "before" => return parse_time(value).map(|at| self.limit_before(at)).is_some(),
            "after" => return parse_time(value).map(|at| self.limit_after(at)).is_some(),
            "has" => return Feature::parse(&lower).map(|feature| self.require(feature)).is_some(),
            "sort" => return Sort::parse(&lower).map(|sort| self.sort = Some(sort)).is_some(),
            _ => return false,
        }
        true
    }

    fn push_term(&mut self, text: &str, is_prefix: bool, is_negated: bool) {
        if self.terms.len() < MAX_TERMS
            && let Some(term) = Term::of(text, is_prefix, is_negated)
            && !self.terms.contains(&term)
        {
            self.terms.push(term);
        }
    }
}

impl Term {
    /// The term of a text. `None` if it has no letter or digit.
    fn of(text: &str, is_prefix: bool, is_negated: bool) -> Option<Self> {
        let mut words = indexed_words(text);
        words.truncate(MAX_WORDS_OF_A_TERM);
        let last = words.last()?;
        let is_prefix = match last.origin {
            // The last character of a run continues in the middle of a longer one; alone, it is the beginning of a pair.
            Origin::Tail => {
                let before = words.len().checked_sub(2).and_then(|at| words.get(at));
                let follows = before.is_some_and(|before| before.origin == Origin::Pair);
                if follows {
                    words.pop();
                }
                !follows
            }
            Origin::Pair => false,
            Origin::Spaced => is_prefix && last.chars >= MIN_PREFIX_CHARS,
        };
        Some(Self { words: words.into_iter().map(|word| word.text).collect(), is_prefix, is_negated })
    }

    /// Places in a text where it occurs, as positions of the first and after the last word.
    pub(super) fn occurrences<'a>(
        &'a self,
        words: &'a [IndexedWord],
    ) -> impl Iterator<Item = &'a [IndexedWord]> + use<'a> {
        words.windows(self.words.len().max(1)).filter(|window| self.fits(window))
    }

    fn fits(&self, window: &[IndexedWord]) -> bool {
        let last = self.words.len().saturating_sub(1);
        self.words.iter().zip(window).enumerate().all(|(at, (sought, word))| {
            if at == last && self.is_prefix { word.text.starts_with(sought) } else { word.text == *sought }
        })
    }
}

/// A time in a query: a day, which begins at 00:00 UTC, or RFC 3339.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(text).or_else(|| Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")))
}

fn is_operator(word: &str) -> bool {
    ["from", "in", "before", "after", "has", "sort"].iter().any(|operator| word.eq_ignore_ascii_case(operator))
}

fn push_name(names: &mut Vec<String>, name: &str) {
    let name = name.trim();
    if names.len() < MAX_NAMES && !name.is_empty() && !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}

/// The text up to the closing quotation mark, or to the end.
fn quoted(chars: &mut Peekable<Chars<'_>>) -> String {
    chars.take_while(|c| *c != '"').collect()
}
