//! What is put into the index, and taken out of it.

use super::Object;
use super::queries::{conversations, marks, messages, removed_messages, texts};
use crate::sql::{int, text};
use campana_core::chat::search::{
    Erase, FeedMessages, IndexedContent, IndexedMessage, OneConversation, conversation_key, of_sender,
};
use campana_core::shared::ids::ConversationId;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use std::rc::Rc;

/// Numbers of a millisecond.
pub(super) const PER_MILLISECOND: i64 = 2_048;
/// Latest time that has a number below 2^53, milliseconds.
const LATEST_MS: i64 = (1 << 42) - 1;
/// Milliseconds that are searched for a free number.
const MAX_LATER_MS: i64 = 1_000;
/// End of the ids of messages whose numbers are marked: one in 4,096, since the ends of ids are random.
const MARKED: &str = "000";
/// Messages that are removed in one turn, and the pause until the next one, milliseconds.
const REMOVED_PER_TURN: i64 = 500;
const BREATH_MS: u32 = 5;
/// Turns of one call.
const MAX_TURNS: u32 = 1_000;

/// The first number of a time.
pub(super) fn first_number(at: Timestamp) -> i64 {
    at.millis().clamp(0, LATEST_MS).saturating_mul(PER_MILLISECOND)
}

impl Object {
    /// Takes messages of a conversation.
    pub(super) fn feed(self: &Rc<Self>, feed: &FeedMessages) -> Result<(), Problem> {
        self.begin(&feed.tenant)?;
        self.sql.transaction(|| self.put_all(&feed.conversation, &feed.messages))
    }

    /// Puts messages of a conversation. The caller holds the transaction.
    pub(super) fn put_all(&self, conversation: &ConversationId, list: &[IndexedMessage]) -> Result<(), Problem> {
        if list.is_empty() {
            return Ok(());
        }
        let conversation = self.number_of(conversation)?;
        list.iter().try_for_each(|message| self.put(conversation, message))
    }

    fn number_of(&self, conversation: &ConversationId) -> Result<i64, Problem> {
        let id = conversation.as_str();
        let find = || self.sql.find(conversations::NUMBER, [text(id)], |row| row.int(0));
        if let Some(number) = find()? {
            return Ok(number);
        }
        self.sql.run(conversations::ADD, [text(id)])?;
        find()?.ok_or_else(|| Problem::internal("a conversation without a number"))
    }

    fn put(&self, conversation: i64, message: &IndexedMessage) -> Result<(), Problem> {
        let id = message.id.as_str();
        let known = self.sql.find(messages::FIND, [text(id)], |row| row.int(0).zip(row.int(1)))?;
        let Some(content) = &message.content else {
            self.sql.run(removed_messages::ADD, vec![text(id), int(self.context.now().millis())])?;
            return known.map_or(Ok(()), |(number, _)| self.remove(number));
        };
        match known {
            Some((_, updated_seq)) if updated_seq >= message.updated_seq => Ok(()),
            Some((number, _)) => {
                let params = [int(number), int(message.updated_seq), int(length(content))];
                self.sql.run(messages::CHANGE, params)?;
                self.sql.run(texts::REMOVE, [int(number)])?;
                self.index(number, conversation, content)
            }
            None if self.sql.first(removed_messages::HAS, [text(id)])?.is_some() => Ok(()),
            None => {
                let number = self.free_number(message.created_at)?;
                let params = [int(number), text(id), int(conversation), int(message.updated_seq), int(length(content))];
                self.sql.run(messages::ADD, params)?;
                if id.ends_with(MARKED) {
                    self.sql.run(marks::ADD, [int(number)])?;
                }
                self.index(number, conversation, content)
            }
        }
    }

    fn index(&self, number: i64, conversation: i64, content: &IndexedContent) -> Result<(), Problem> {
        let keys = format!("{} {}", conversation_key(conversation), content.keys);
        self.sql.run(texts::ADD, vec![int(number), text(&content.words), text(&keys)])
    }

    /// A number that no message has, for a time of sending.
    fn free_number(&self, at: Timestamp) -> Result<i64, Problem> {
        let mut first = first_number(at);
        for _ in 0..MAX_LATER_MS {
            let end = first.saturating_add(PER_MILLISECOND);
            let last = self.sql.find(messages::LAST_BETWEEN, [int(first), int(end)], |row| row.int(0))?;
            let free = last.map_or(first, |last| last.saturating_add(1));
            if free < end {
                return Ok(free);
            }
            first = end;
        }
        Err(Problem::internal("too many messages at one time"))
    }

    fn remove(&self, number: i64) -> Result<(), Problem> {
        self.sql.run(texts::REMOVE, [int(number)])?;
        self.sql.run(messages::REMOVE, [int(number)])
    }

    /// Removes a conversation.
    pub(super) async fn forget(self: &Rc<Self>, one: &OneConversation) -> Result<(), Problem> {
        if !self.tables.exist() {
            return Ok(());
        }
        let number = self.number_of(&one.conversation)?;
        self.sql.run(super::queries::fills::REMOVE, [text(one.conversation.as_str())])?;
        self.remove_while(|| {
            self.sql.list(messages::OF_CONVERSATION, [int(number), int(REMOVED_PER_TURN)], |row| row.int(0))
        })
        .await
    }

    /// Removes what a user sent.
    pub(super) async fn erase(self: &Rc<Self>, erase: &Erase) -> Result<(), Problem> {
        if !self.tables.exist() {
            return Ok(());
        }
        let expression = of_sender(&erase.user);
        self.remove_while(|| {
            self.sql.list(texts::FITTING, vec![text(&expression), int(REMOVED_PER_TURN)], |row| row.int(0))
        })
        .await
    }

    /// Removes messages that were sent before a time.
    pub(super) async fn remove_older(&self, before: Timestamp) -> Result<(), Problem> {
        let end = first_number(before);
        self.sql.run(marks::REMOVE_BEFORE, [int(end)])?;
        self.remove_while(|| self.sql.list(messages::BEFORE, [int(end), int(REMOVED_PER_TURN)], |row| row.int(0))).await
    }

    /// Removes what `next` lists until it lists nothing; other work runs between the turns.
    async fn remove_while(&self, next: impl Fn() -> Result<Vec<i64>, Problem>) -> Result<(), Problem> {
        for _ in 0..MAX_TURNS {
            let numbers = next()?;
            if numbers.is_empty() {
                return Ok(());
            }
            self.sql.transaction(|| numbers.iter().try_for_each(|number| self.remove(*number)))?;
            self.context.sleep(BREATH_MS).await;
        }
        Err(Problem::unavailable("there is more to remove"))
    }
}

fn length(content: &IndexedContent) -> i64 {
    i64::try_from(content.length).unwrap_or(i64::MAX)
}
