//! Pagination of a conversation's history by position.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Place of a page in the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// The newest messages.
    Newest,
    /// The newest messages before this position.
    Before(i64),
    /// The oldest messages after this position.
    After(i64),
    /// Half up to and including this position, half after it; if one side has fewer, the other side fills the page.
    Around(i64),
}

impl Anchor {
    /// The page of at most `limit` items, newest first. If two have the same position, the later item replaces the
    /// earlier one.
    pub fn pick<T>(self, limit: usize, items: impl IntoIterator<Item = T>, seq_of: impl Fn(&T) -> i64) -> Vec<T> {
        let mut all: BTreeMap<i64, T> = items.into_iter().map(|item| (seq_of(&item), item)).collect();
        let (older, newer) = match self {
            Self::Newest => (limit, 0),
            Self::Before(seq) => {
                all.split_off(&seq);
                (limit, 0)
            }
            Self::After(seq) => {
                all = all.split_off(&seq.saturating_add(1));
                (0, limit)
            }
            Self::Around(seq) => {
                let older = all.range(..=seq).count();
                let newer = all.len().saturating_sub(older).min((limit / 2).max(limit.saturating_sub(older)));
                let skipped = older.saturating_sub(limit.saturating_sub(newer));
                return all.into_values().skip(skipped).take(limit).rev().collect();
            }
        };
        let skipped = if newer > 0 { 0 } else { all.len().saturating_sub(older) };
        all.into_values().skip(skipped).take(limit).rev().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::wire::{Message, MessageType};
    use crate::shared::ids::{ConversationId, MessageId, UserId};
    use crate::shared::timestamp::Timestamp;
    use proptest::prelude::*;

    fn message(seq: i64, body: &str) -> Message {
        let at = Timestamp::from_millis(seq);
        Message {
            id: MessageId::new(at, [0; 10]),
            conversation_id: ConversationId::trusted("0190a7c0-0000-7000-8000-000000000001"),
            seq,
            sender_id: UserId::trusted("ana"),
            sender_name: "Ana".to_owned(),
            message_type: MessageType::Text,
            body: Some(body.to_owned()),
            metadata: None,
            parent_id: None,
            thread_id: None,
            also_in_channel: false,
            quote_id: None,
            mentions: Vec::new(),
            attachments: Vec::new(),
            client_msg_id: None,
            version: 1,
            created_at: at,
            edited_at: None,
            deleted_at: None,
            updated_at: None,
        }
    }

    fn seq_of(message: &Message) -> i64 {
        message.seq
    }

    fn seqs(anchor: Anchor, limit: usize, of: impl IntoIterator<Item = i64>) -> Vec<i64> {
        anchor
            .pick(limit, of.into_iter().map(|seq| message(seq, "")), seq_of)
            .iter()
            .map(|message| message.seq)
            .collect()
    }

    #[test]
    fn pages_are_newest_first_from_every_anchor() {
        for (anchor, limit, expected) in [
            (Anchor::Newest, 2, vec![20, 12]),
            (Anchor::Newest, 50, vec![20, 12, 11, 7, 3, 2]),
            (Anchor::Before(12), 2, vec![11, 7]),
            (Anchor::Before(2), 2, vec![]),
            (Anchor::After(4), 3, vec![12, 11, 7]),
            (Anchor::After(20), 2, vec![]),
            (Anchor::After(i64::MAX), 2, vec![]),
            (Anchor::Around(7), 2, vec![11, 7]),
            (Anchor::Around(8), 4, vec![12, 11, 7, 3]),
            (Anchor::Around(99), 3, vec![20, 12, 11]),
            (Anchor::Around(0), 4, vec![11, 7, 3, 2]),
            (Anchor::Around(7), 1, vec![7]),
        ] {
            assert_eq!(seqs(anchor, limit, [2, 3, 7, 11, 12, 20]), expected, "{anchor:?} {limit}");
        }
    }

    #[test]
    fn the_later_copy_of_a_message_replaces_the_earlier() {
        let page = Anchor::Newest.pick(2, [message(1, "old"), message(2, "b"), message(1, "new")], seq_of);
        let bodies: Vec<_> = page.into_iter().map(|message| message.body.unwrap_or_default()).collect();
        assert_eq!(bodies, ["b", "new"]);
    }

    fn anchors() -> impl Strategy<Value = Anchor> {
        (0..4, -1_i64..42).prop_map(|(kind, seq)| match kind {
            0 => Anchor::Newest,
            1 => Anchor::Before(seq),
            2 => Anchor::After(seq),
            _ => Anchor::Around(seq),
        })
    }

    proptest! {
        /// Merging the record's page (up to a position) with the log's page (after it) gives the page of all messages,
        /// also when the log repeats older messages.
        #[test]
        fn a_page_of_two_merged_pages_equals_the_page_of_all(
            positions in proptest::collection::btree_set(0_i64..40, 0..30),
            flushed in 0_i64..40,
            changed in proptest::collection::vec(0_usize..30, 0..4),
            anchor in anchors(),
            limit in 1_usize..8,
        ) {
            let all: Vec<i64> = positions.into_iter().collect();
            let (stored, unflushed): (Vec<i64>, Vec<i64>) = all.iter().partition(|seq| **seq <= flushed);
            let messages = |of: &[i64]| of.iter().map(|seq| message(*seq, "")).collect::<Vec<_>>();
            let also = messages(&changed.iter().filter_map(|at| stored.get(*at).copied()).collect::<Vec<_>>());
            let stored = anchor.pick(limit, messages(&stored), seq_of);
            let unflushed = anchor.pick(limit, messages(&unflushed), seq_of);
            let both = anchor.pick(limit, stored.into_iter().chain(unflushed).chain(also), seq_of);
            prop_assert_eq!(both, anchor.pick(limit, messages(&all), seq_of));
        }
    }
}
