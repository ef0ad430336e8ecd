//! Reactions and pins.

use super::system::ReportedChange;
use super::{Actor, Conversation, Entry, MessageChange, Stamp};
use crate::chat::annotations::{AnnotatedRow, AnnotationView, MAX_KINDS, MAX_KINDS_OF_PERSON, MAX_PINS, ReactionRow};
use crate::chat::emoji::Emoji;
use crate::chat::flush::FlushedMessage;
use crate::chat::policy::Action;
use crate::chat::wire::EventName;
use crate::shared::problem::{Kind, Problem};
use crate::shared::timestamp::Timestamp;
use serde_json::{Value, json};

/// A message with its annotations as the actor sees them.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotated {
    /// The message.
    pub row: FlushedMessage,
    /// Its annotations.
    pub view: AnnotationView,
}

impl Conversation {
    /// Decides on a reaction, or on taking one back. `None` if it is as wanted already, which costs no token.
    ///
    /// Errors: 403 or 404 by policy, 404 for a deleted message, 409 for a system message and above the number of kinds of
    /// the message or of the person, 429 over the rate.
    pub fn react(
        &mut self,
        actor: Actor<'_>,
        target: &Annotated,
        emoji: &Emoji,
        on: bool,
        now: Timestamp,
    ) -> Result<Option<Entry>, Problem> {
        self.authorize(actor, Action::React, now)?;
        let (message, AnnotationView { annotations, own }) = (&target.row.message, &target.view);
        if message.deleted_at.is_some() {
            return Err(Problem::not_found());
        }
        if own.contains(emoji) == on {
            return Ok(None);
        }
        if message.is_system() {
            return Err(Problem::new(Kind::Conflict, "nobody reacts to a system message"));
        }
        if on && own.len() >= MAX_KINDS_OF_PERSON {
            let detail = format!("one person reacts with at most {MAX_KINDS_OF_PERSON} emoji");
            return Err(Problem::new(Kind::Conflict, detail));
        }
        if on && annotations.reactions.len() >= MAX_KINDS && annotations.count(emoji) == 0 {
            return Err(Problem::new(Kind::Conflict, format!("a message has at most {MAX_KINDS} kinds of reactions")));
        }
        let user_id = &actor.principal.user_id;
        self.take_send_token(user_id, now)?;
        let mut annotations = annotations.clone();
        let count = annotations.add(emoji, if on { 1 } else { -1 });
        let name = if on { EventName::ReactionAdded } else { EventName::ReactionRemoved };
        let partial = json!({"message_id": message.id, "emoji": emoji, "user_id": user_id, "count": count});
        let mut entry = self.annotation_entry(name, target, partial, actor, now);
        let reaction = ReactionRow {
            seq: message.seq,
            id: message.id.clone(),
            user_id: user_id.clone(),
            user_name: actor.principal.name.clone(),
            emoji: emoji.clone(),
            reacted_seq: entry.seq,
            reacted_at: now,
            is_removed: !on,
        };
        let row = AnnotatedRow { id: message.id.clone(), seq: message.seq, annotated_seq: entry.seq, annotations };
        entry.message = Some(MessageChange::Annotated { row: Box::new(row), reaction: Some(Box::new(reaction)) });
        Ok(Some(entry))
    }

    /// Decides on a pin, which a system message reports, or on its removal; `pinned` messages are pinned here now. `None`
    /// if it is as wanted already, which costs no token. `random` becomes part of the system message's id.
    ///
    /// Errors: 403 or 404 by policy, 404 for a deleted message, 409 for a system message and above the number of pinned
    /// messages, 429 over the rate.
    pub fn pin(
        &mut self,
        actor: Actor<'_>,
        target: &Annotated,
        pinned: usize,
        on: bool,
        now: Timestamp,
        random: [u8; 10],
    ) -> Result<Option<Entry>, Problem> {
        self.authorize(actor, Action::Pin, now)?;
        let message = &target.row.message;
        if message.deleted_at.is_some() {
            return Err(Problem::not_found());
        }
        let mut annotations = target.view.annotations.clone();
        if annotations.pinned_at.is_some() == on {
            return Ok(None);
        }
        if message.is_system() {
            return Err(Problem::new(Kind::Conflict, "a system message is not pinned"));
        }
        if on && pinned >= MAX_PINS {
            return Err(Problem::new(Kind::Conflict, format!("at most {MAX_PINS} messages are pinned here")));
        }
        self.take_send_token(&actor.principal.user_id, now)?;
        annotations.pinned_at = on.then_some(now);
        annotations.pinned_by = on.then(|| actor.principal.user_id.clone());
        let name = if on { EventName::MessagePinned } else { EventName::MessageUnpinned };
        let partial = json!({"pinned_at": annotations.pinned_at, "pinned_by": annotations.pinned_by});
        let mut entry = self.annotation_entry(name, target, partial, actor, now);
        let row = AnnotatedRow { id: message.id.clone(), seq: message.seq, annotated_seq: entry.seq, annotations };
        entry.message = Some(MessageChange::Annotated { row: Box::new(row), reaction: None });
        let reported = on.then(|| ReportedChange::Pinned { message_id: message.id.clone() });
        Ok(Some(self.reporting(entry, (&actor.person(), reported.into_iter().collect()), now, random)))
    }

    fn annotation_entry(
        &self,
        name: EventName,
        target: &Annotated,
        partial: Value,
        actor: Actor<'_>,
        now: Timestamp,
    ) -> Entry {
        let stamp = Stamp { now, origin_client_id: actor.origin_client_id };
        self.entry(name, target.row.message.id.as_str(), partial, stamp)
    }
}
