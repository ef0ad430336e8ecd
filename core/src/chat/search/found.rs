//! A query with people and places resolved: the expression that the index is asked, whether a message fits, and what is
//! shown of it.

use super::index::{conversation_key, feature_key, sender_key};
use super::query::Term;
use super::words::{IndexedWord, indexed_words};
use super::{Feature, features_of, is_searchable, searched_text};
use crate::chat::wire::Message;
use crate::shared::ids::{ConversationId, UserId};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// Most places of a message that are highlighted.
pub const MAX_HIGHLIGHTS: usize = 50;
/// Length of an excerpt, and how much of it comes before the first highlight, code points.
const EXCERPT_CHARS: usize = 160;
const EXCERPT_LEAD: usize = 40;

/// What messages have to be found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MessageQuery {
    /// Words and phrases.
    pub terms: Vec<Term>,
    /// The conversations; `None` for all of the person's.
    pub conversations: Option<Vec<ConversationId>>,
    /// The senders; `None` for all.
    pub senders: Option<Vec<UserId>>,
    /// What the message has.
    pub has: Vec<Feature>,
    /// Sent before this time.
    pub before: Option<Timestamp>,
    /// Sent at this time or later.
    pub after: Option<Timestamp>,
}

/// A part of a message's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Excerpt {
    /// Where it begins in the text, in code points.
    pub start: usize,
    /// The text.
    pub text: String,
}

impl MessageQuery {
    /// The `MATCH` expression. `conversations` are numbers of the index; `None` if it is not narrowed to them.
    pub fn expression(&self, conversations: Option<&[i64]>) -> String {
        let mut parts: Vec<String> = Vec::new();
        let positive: Vec<String> = self.positive().map(expression_of).collect();
        if !positive.is_empty() {
            parts.push(format!("body : ({})", positive.join(" AND ")));
        }
        if let Some(numbers) = conversations {
            parts.push(keys(numbers.iter().map(|number| conversation_key(*number))));
        }
        if let Some(senders) = &self.senders {
            parts.push(keys(senders.iter().map(sender_key)));
        }
        parts.extend(self.has.iter().map(|feature| keys(std::iter::once(feature_key(*feature)))));
        if parts.is_empty() {
            parts.push(keys(std::iter::once(super::index::ANY_KEY.to_owned())));
        }
        let all = parts.join(" AND ");
        let negated: Vec<String> = self.terms.iter().filter(|term| term.is_negated).map(expression_of).collect();
        if negated.is_empty() { all } else { format!("({all}) NOT (body : ({}))", negated.join(" OR ")) }
    }

    /// The `MATCH` expression of its words next to each other, in order. `None` if there are not several.
    pub fn in_order(&self) -> Option<String> {
        let positive: Vec<&Term> = self.positive().collect();
        if positive.len() < 2 {
            return None;
        }
        let words = positive.iter().flat_map(|term| term.words.iter().cloned()).collect();
        let is_prefix = positive.last().is_some_and(|term| term.is_prefix);
        Some(format!("body : {}", expression_of(&Term { words, is_prefix, is_negated: false })))
    }

    /// Number of words: what the index does for one message grows with it.
    pub fn width(&self) -> usize {
        self.terms.iter().map(|term| term.words.len()).sum()
    }

    /// Whether a message as it is now fits, its conversation aside.
    pub fn accepts(&self, message: &Message) -> bool {
        let words = indexed_words(&searched_text(message));
        let features = features_of(message);
        is_searchable(message)
            && self.terms.iter().all(|term| term.occurrences(&words).next().is_some() != term.is_negated)
            && self.senders.as_ref().is_none_or(|senders| senders.contains(&message.sender_id))
            && self.has.iter().all(|feature| features.contains(feature))
            && self.before.is_none_or(|before| message.created_at < before)
            && self.after.is_none_or(|after| message.created_at >= after)
    }

    /// Where the words occur in a text: start and length in code points, in order, apart from each other.
    pub fn highlights(&self, body: &str) -> Vec<[usize; 2]> {
        let words = indexed_words(body);
        let span = |window: &[IndexedWord]| Some((window.first()?.span.start, window.last()?.span.end));
        let mut spans: Vec<(usize, usize)> =
            self.positive().flat_map(|term| term.occurrences(&words)).filter_map(span).collect();
        spans.sort_unstable();
        let mut joined: Vec<(usize, usize)> = Vec::new();
        for (start, end) in spans {
            match joined.last_mut() {
                Some((_, last)) if start < *last => *last = end.max(*last),
                _ => joined.push((start, end)),
            }
        }
        joined.into_iter().take(MAX_HIGHLIGHTS).map(|(start, end)| [start, end.saturating_sub(start)]).collect()
    }

    fn positive(&self) -> impl Iterator<Item = &Term> {
        self.terms.iter().filter(|term| !term.is_negated)
    }
}

impl Excerpt {
    /// The part of a text around its first highlight.
    pub fn around(body: &str, highlights: &[[usize; 2]]) -> Self {
        let [first, _] = highlights.first().copied().unwrap_or_default();
        let start = first.saturating_sub(EXCERPT_LEAD);
        Self { start, text: body.chars().skip(start).take(EXCERPT_CHARS).collect() }
    }
}

/// A term in quotation marks, which its words cannot contain.
fn expression_of(term: &Term) -> String {
    let star = if term.is_prefix { " *" } else { "" };
    format!("\"{}\"{star}", term.words.join(" "))
}

/// One of these keys. A list without any fits nothing.
fn keys(any_of: impl Iterator<Item = String>) -> String {
    let quoted: Vec<String> = any_of.map(|key| format!("\"{key}\"")).collect();
    if quoted.is_empty() { "keys : \"none\"".to_owned() } else { format!("keys : ({})", quoted.join(" OR ")) }
}
