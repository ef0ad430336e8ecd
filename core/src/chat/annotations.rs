//! What members add to a message without changing it: reactions, the pin, and replies in its thread.

use crate::chat::emoji::Emoji;
use crate::shared::ids::{MessageId, UserId};
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// Most kinds of reactions on one message.
pub const MAX_KINDS: usize = 20;
/// Most reactions of one person on one message.
pub const MAX_KINDS_OF_PERSON: usize = 3;
/// Most pinned messages of a conversation.
pub const MAX_PINS: usize = 100;

/// Number of people who reacted with an emoji.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionCount {
    /// The emoji.
    pub emoji: Emoji,
    /// Number of people, at least 1.
    pub count: i64,
}

/// The reactions on a message, its pin and its thread. A deleted message has a thread only.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Annotations {
    /// Most used first, then by code points, so that clients can sort as the server does.
    #[serde(default)]
    pub reactions: Vec<ReactionCount>,
    /// When it was pinned.
    #[serde(default)]
    pub pinned_at: Option<Timestamp>,
    /// The user who pinned it.
    #[serde(default)]
    pub pinned_by: Option<UserId>,
    /// Number of replies in its thread that are not deleted.
    #[serde(default)]
    pub reply_count: i64,
    /// When the newest reply was sent; `None` without replies. A deletion of some replies does not change it.
    #[serde(default)]
    pub last_reply_at: Option<Timestamp>,
}

impl Annotations {
    /// Number of people who reacted with this emoji.
    pub fn count(&self, emoji: &Emoji) -> i64 {
        self.reactions.iter().find(|one| one.emoji == *emoji).map_or(0, |one| one.count)
    }

    /// What stays when the message is deleted: its thread.
    #[must_use]
    pub fn after_deletion(&self) -> Self {
        Self { reply_count: self.reply_count, last_reply_at: self.last_reply_at, ..Self::default() }
    }

    /// Counts a reply that was sent.
    pub fn add_reply(&mut self, at: Timestamp) {
        self.reply_count = self.reply_count.saturating_add(1);
        self.last_reply_at = self.last_reply_at.max(Some(at));
    }

    /// Counts a reply that was deleted.
    pub fn remove_reply(&mut self) {
        self.reply_count = self.reply_count.saturating_sub(1).max(0);
        if self.reply_count == 0 {
            self.last_reply_at = None;
        }
    }

    /// Counts one person more or less. Returns the new number.
    pub fn add(&mut self, emoji: &Emoji, change: i64) -> i64 {
        let place = self.reactions.iter().position(|one| one.emoji == *emoji).unwrap_or_else(|| {
            self.reactions.push(ReactionCount { emoji: emoji.clone(), count: 0 });
            self.reactions.len().saturating_sub(1)
        });
        let Some(one) = self.reactions.get_mut(place) else { return 0 };
        one.count = one.count.saturating_add(change).max(0);
        let count = one.count;
        self.reactions.retain(|one| one.count > 0);
        self.reactions.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.emoji.cmp(&other.emoji)));
        count
    }
}

/// A message's annotations as the record stores them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnotatedRow {
    /// The message.
    pub id: MessageId,
    /// Its position.
    pub seq: i64,
    /// Position of the last event that changed the annotations.
    pub annotated_seq: i64,
    /// The annotations after that event.
    pub annotations: Annotations,
}

/// One person's reaction as the record stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionRow {
    /// Position of the message.
    pub seq: i64,
    /// The message.
    pub id: MessageId,
    /// The person.
    pub user_id: UserId,
    /// Their display name when they reacted.
    pub user_name: String,
    /// The emoji.
    pub emoji: Emoji,
    /// Position of the last event that added or removed it.
    pub reacted_seq: i64,
    /// When that was.
    pub reacted_at: Timestamp,
    /// Whether it was taken back.
    pub is_removed: bool,
}

/// A message's annotations as one person sees them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AnnotationView {
    /// The annotations.
    pub annotations: Annotations,
    /// Emoji with which the person reacted.
    pub own: Vec<Emoji>,
}

impl AnnotationView {
    /// Applies a change that the person made.
    pub fn apply(&mut self, row: AnnotatedRow, reaction: Option<&ReactionRow>) {
        self.annotations = row.annotations;
        if let Some(reaction) = reaction {
            self.own.retain(|own| *own != reaction.emoji);
            self.own.extend((!reaction.is_removed).then(|| reaction.emoji.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emoji(text: &str) -> Emoji {
        Emoji::trusted(text)
    }

    #[test]
    fn reactions_are_sorted_by_use_and_then_by_code_points() {
        let mut annotations = Annotations::default();
        let mut change = |text: &str, by| annotations.add(&emoji(text), by);
        assert_eq!([change("d", 1), change("b", 1), change("c", 1), change("c", 1), change("a", 1)], [1, 1, 1, 2, 1]);
        assert_eq!(change("b", -1), 0);
        let sorted: Vec<_> = annotations.reactions.iter().map(|one| (one.emoji.as_str(), one.count)).collect();
        assert_eq!(sorted, [("c", 2), ("a", 1), ("d", 1)]);
        assert_eq!((annotations.count(&emoji("b")), annotations.count(&emoji("c"))), (0, 2));
    }

    #[test]
    fn a_count_never_falls_below_zero() {
        let mut annotations = Annotations::default();
        assert_eq!(annotations.add(&emoji("a"), -1), 0);
        assert_eq!(annotations, Annotations::default());
    }
}
