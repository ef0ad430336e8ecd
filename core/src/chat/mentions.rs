//! Mentions in a message's text: `@[id]`, `@name`, `@here` and `@room`.
//!
//! The text stays as it was sent. Which member a name means depends on the members, so the caller looks up what
//! [`Wanted::in_text`] finds, and [`find`] decides with the result. Text in backticks mentions nobody.

use crate::chat::wire::{Mention, MentionType};
use crate::shared::fold::{MAX_WORD_CHARS, fold};
use crate::shared::ids::{MAX_EXTERNAL_ID_CHARS, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// Most places of a text that are read as mentions; further ones stay plain text.
pub const MAX_PLACES: usize = 20;
/// Most words of a name.
const MAX_NAME_WORDS: usize = 4;

/// Ids and names in a text that may be those of members.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// User ids.
    pub ids: BTreeSet<String>,
    /// Folded names, or beginnings of names.
    pub names: BTreeSet<String>,
}

/// What the record knows about [`Wanted`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// Ids that are those of members.
    pub members: BTreeSet<UserId>,
    /// Members by wanted name: those with this name, and those whose name, from one of its words on, begins with these words.
    pub named: BTreeMap<String, Named>,
}

/// Members with a wanted name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Named {
    /// The name is all of theirs.
    pub whole: BTreeSet<UserId>,
    /// The name is part of theirs, or all of it.
    pub any: BTreeSet<UserId>,
}

/// A place in a text that may be a mention.
enum Place {
    All(MentionType),
    Id(String),
    /// The words after the sign, folded: the longest name first.
    Name(Vec<String>),
}

impl Wanted {
    /// What is to be looked up for the mentions in a text.
    pub fn in_text(text: &str) -> Self {
        let mut wanted = Self::default();
        for place in places(text) {
            match place {
                Place::All(_) => {}
                Place::Id(id) => {
                    wanted.ids.insert(id);
                }
                Place::Name(names) => wanted.names.extend(names),
            }
        }
        wanted
    }

    /// Whether there is nothing to look up.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.names.is_empty()
    }
}

/// The mentions in a text, each once, in the order of the text. A name is a mention if exactly one member is meant;
/// `may_mention_all` is whether the sender may mention all members.
pub fn find(text: &str, known: &Known, may_mention_all: bool) -> Vec<Mention> {
    let mut mentions = Vec::new();
    for place in places(text) {
        let mention = match place {
            Place::All(mention_type) => may_mention_all.then_some(Mention { mention_type, user_id: None }),
            Place::Id(id) => known.members.get(&UserId::trusted(id)).map(of_user),
            Place::Name(names) => {
                names.iter().find_map(|name| known.named.get(name)).and_then(Named::only).map(of_user)
            }
        };
        mentions.extend(mention.filter(|mention| !mentions.contains(mention)));
    }
    mentions
}

impl Named {
    /// The one member who is meant: who has the whole name, or else who has it in their name.
    fn only(&self) -> Option<&UserId> {
        let found = if self.whole.is_empty() { &self.any } else { &self.whole };
        found.first().filter(|_| found.len() == 1)
    }
}

fn of_user(user: &UserId) -> Mention {
    Mention { mention_type: MentionType::User, user_id: Some(user.clone()) }
}

fn places(text: &str) -> Vec<Place> {
    let mut found = Vec::new();
    if !text.contains('@') {
        return found;
    }
    let text = without_code(text);
    for (at, _) in text.match_indices('@') {
        let (before, after) = text.split_at(at);
        let is_inside_word = before.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '@');
        if !is_inside_word {
            found.extend(after.strip_prefix('@').and_then(place));
        }
        if found.len() >= MAX_PLACES {
            break;
        }
    }
    found
}

/// The text after the sign as a mention.
fn place(after: &str) -> Option<Place> {
    if let Some(bracketed) = after.strip_prefix('[') {
        let (id, _) = bracketed.split_once(']')?;
        let is_id = (1..=MAX_EXTERNAL_ID_CHARS).contains(&id.chars().count());
        return is_id.then(|| Place::Id(id.to_owned()));
    }
    let mut names = Vec::new();
    let mut name = String::new();
    for (nth, word) in after.split(char::is_whitespace).take(MAX_NAME_WORDS).enumerate() {
        let trimmed = word.trim_end_matches(|c: char| !c.is_alphanumeric());
        if trimmed.is_empty() || !trimmed.starts_with(char::is_alphanumeric) {
            break;
        }
        if nth == 0 {
            match trimmed {
                "here" => return Some(Place::All(MentionType::Here)),
                "room" => return Some(Place::All(MentionType::Room)),
                _ => {}
            }
        } else {
            name.push(' ');
        }
        name.push_str(trimmed);
        let folded = fold(&name);
        if folded.chars().count() > MAX_WORD_CHARS {
            break;
        }
        names.push(folded);
        if trimmed.len() < word.len() {
            break;
        }
    }
    names.reverse();
    (!names.is_empty()).then_some(Place::Name(names))
}

/// The text with spaces for what is in backticks. A backtick without its second one is plain text.
pub(crate) fn without_code(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = rest.find('`').map(|at| rest.split_at(at)) {
        plain.push_str(before);
        let fence_len = from.len().saturating_sub(from.trim_start_matches('`').len());
        let (fence, after) = from.split_at(fence_len);
        if let Some((_, closed)) = after.find(fence).map(|end| after.split_at(end)) {
            plain.push(' ');
            rest = closed.strip_prefix(fence).unwrap_or_default();
        } else {
            plain.push_str(fence);
            rest = after;
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Members by id and name, as the record looks them up.
    fn known(people: &[(&str, &str)], text: &str) -> Known {
        let wanted = Wanted::in_text(text);
        let mut known = Known::default();
        for (id, name) in people {
            let user = UserId::trusted(*id);
            if wanted.ids.contains(*id) {
                known.members.insert(user.clone());
            }
            for wanted in &wanted.names {
                let has = |word: &String| *word == *wanted || word.starts_with(&format!("{wanted} "));
                if crate::shared::fold::words(name).iter().any(has) {
                    let named = known.named.entry(wanted.clone()).or_default();
                    named.any.insert(user.clone());
                    if fold(name) == *wanted {
                        named.whole.insert(user.clone());
                    }
                }
            }
        }
        known
    }

    fn found(text: &str, may_mention_all: bool) -> Vec<String> {
        let people = [
            ("7", "Ana"),
            ("8", "Ana Pérez"),
            ("9", "José Luis Gómez"),
            ("x y", "Bo"),
            ("10", "Bo"),
            ("11", "O'Brien"),
        ];
        let name = |mention: Mention| match mention.user_id {
            Some(user) => user.to_string(),
            None => mention.mention_type.as_str().to_owned(),
        };
        find(text, &known(&people, text), may_mention_all).into_iter().map(name).collect()
    }

    #[test]
    fn names_ids_and_all_are_found() {
        for (text, expected) in [
            ("@ana, come", vec!["7"]),
            ("@Ana Perez come", vec!["8"]),
            ("come @ANA PÉREZ!", vec!["8"]),
            ("@gomez @jose luis and @José", vec!["9"]),
            ("(@perez)", vec!["8"]),
            ("@o'brien's", vec![]),
            ("@O’Brien", vec!["11"]),
            ("@[8] and @[x y] and @[99] @[]", vec!["8", "x y"]),
            ("@bo", vec![]),
            ("ana@perez.example @@perez", vec![]),
            ("`@perez` ```\n@ana\n``` @[9]", vec!["9"]),
            ("`@perez", vec!["8"]),
            ("@ perez @", vec![]),
            ("@nobody perez", vec![]),
        ] {
            assert_eq!(found(text, false), expected, "{text}");
        }
    }

    #[test]
    fn all_members_are_mentioned_by_those_who_may() {
        assert_eq!(found("@here @room. @here, @rooms", true), ["here", "room"]);
        assert_eq!(found("@here @room", false), Vec::<String>::new());
    }

    #[test]
    fn the_number_of_places_is_limited() {
        let text: Vec<_> = (0..100).map(|id| format!("@[{id}]")).collect();
        let text = text.join(" ");
        assert_eq!(Wanted::in_text(&text).ids.len(), MAX_PLACES);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[@`\\[\\] a-cé\n]{0,60}") {
            let wanted = Wanted::in_text(&text);
            prop_assert!(wanted.names.len() <= MAX_PLACES * MAX_NAME_WORDS);
            prop_assert!(wanted.names.iter().all(|name| !name.is_empty() && fold(name) == *name));
            let mentions = find(&text, &known(&[("a", "a"), ("b", "b c")], &text), true);
            prop_assert!(mentions.len() <= MAX_PLACES);
        }
    }
}
