//! Lines about what is in a conversation: members, messages and reactions.

use super::identity::{IMPORTED_ID, Identities, with_old_id};
use super::line::{Line, MemberLine, MessageLine, ReactionLine};
use super::plan::{
    EVERYTHING, KnownConversation, KnownMessage, MAX_SEQ, NewMember, NewMessage, NewReaction, Planner, References,
    name, user_id,
};
use crate::chat::emoji::Emoji;
use crate::chat::flush::FlushedMessage;
use crate::chat::wire::{Message, MessageType};
use crate::shared::ids::{ConversationId, MessageId, UserId};
use crate::shared::json::check_free;
use crate::shared::timestamp::Timestamp;
use serde_json::Map;

/// Longest text of an imported message, bytes.
const MAX_BODY_BYTES: usize = 64 * 1024;
const MAX_VERSIONS: usize = 1_000;
const MAX_MENTIONS: usize = 1_000;

/// What a line about a conversation's contents refers to.
pub(super) fn refer(found: &mut References, identities: Identities<'_>, line: &Line) {
    let place = |conversation: Option<&String>, room: Option<&String>| place(identities, conversation, room).ok();
    let message = |id: Option<&String>| identities.message(id?).ok().map(|(id, _)| id);
    match line {
        Line::Member(line) => {
            let conversation = place(line.conversation_id.as_ref(), line.room_id.as_ref());
            let user = UserId::parse(&line.user_id);
            found.messages.extend(message(line.last_read_message_id.as_ref()));
            found.members.extend(conversation.clone().zip(user.clone()));
            found.conversations.extend(conversation);
            found.users.extend(user);
        }
        Line::Message(line) => {
            found.conversations.extend(place(line.conversation_id.as_ref(), line.room_id.as_ref()));
            found.users.extend(UserId::parse(&line.sender_id));
            let thread = line.thread_id.as_ref().and_then(Option::as_ref);
            let ids = [Some(&line.id), line.parent_id.as_ref(), thread, line.quote_id.as_ref()];
            found.messages.extend(ids.into_iter().filter_map(message));
        }
        Line::Reaction(line) => {
            found.conversations.extend(place(line.conversation_id.as_ref(), line.room_id.as_ref()));
            let user = UserId::parse(&line.user_id);
            let id = message(Some(&line.message_id));
            if let (Some(id), Some(user)) = (&id, &user) {
                found.reactions.insert((id.clone(), user.clone(), line.emoji.clone()));
            }
            found.users.extend(user);
            found.messages.extend(id);
        }
        Line::User(_) | Line::Room(_) | Line::Conversation(_) | Line::ChatRoom(_) => {}
    }
}

fn place(
    identities: Identities<'_>,
    conversation: Option<&String>,
    room: Option<&String>,
) -> Result<ConversationId, String> {
    match (conversation, room) {
        (Some(id), None) => identities.conversation(id).map(|(id, _)| id),
        (None, Some(id)) => identities.conversation_of_room(id),
        _ => Err("pass either conversation_id or room_id".to_owned()),
    }
}

impl Planner<'_> {
    pub(super) fn member(&mut self, line: &MemberLine) -> Result<bool, String> {
        let id = place(self.identities, line.conversation_id.as_ref(), line.room_id.as_ref())?;
        let user = user_id("user_id", &line.user_id)?;
        self.known("user_id", &user)?;
        let known = self.there(&id)?;
        let is_member = self.record.members.contains(&(id.clone(), user.clone()));
        if known.progress.is_none() && is_member {
            return Ok(false);
        }
        self.writable(known)?;
        let is_stranger = |key: &str| {
            let people: Vec<UserId> = serde_json::from_str(key).unwrap_or_default();
            !people.contains(&user)
        };
        if known.pair.as_deref().is_some_and(is_stranger) {
            return Err("the conversation is one of two other people".to_owned());
        }
        let joined_at = line.joined_at.unwrap_or(known.created_at);
        let last_read_seq = match (line.last_read_seq, &line.last_read_message_id) {
            (Some(seq), None) if (0..=MAX_SEQ).contains(&seq) => seq,
            (None, None) => EVERYTHING,
            (None, Some(message)) => {
                let (message, _) = self.identities.message(message)?;
                let read = self.record.messages.get(&message).filter(|read| read.conversation_id == id);
                read.ok_or("last_read_message_id is not a message of the conversation: its line comes first")?.seq
            }
            _ => return Err("last_read_seq is not a position, or there is last_read_message_id too".to_owned()),
        };
        self.record.members.insert((id.clone(), user.clone()));
        self.writes.members.push(NewMember {
            conversation_id: id,
            user_id: user,
            role: line.role,
            joined_at,
            updated_at: line.updated_at,
            last_read_seq,
            last_read_at: line.last_read_at,
            notify: line.notify,
            notifications_muted_until: line.notifications_muted_until,
            favorite: line.favorite,
            archived_at: line.archived_at,
        });
        Ok(true)
    }

    pub(super) fn message(&mut self, line: MessageLine) -> Result<bool, String> {
        let conversation = place(self.identities, line.conversation_id.as_ref(), line.room_id.as_ref())?;
        let (id, old) = self.identities.message(&line.id)?;
        if let Some(known) = self.record.messages.get(&id) {
            return if known.conversation_id == conversation { Ok(false) } else { Err(other_message()) };
        }
        let sender = user_id("sender_id", &line.sender_id)?;
        let present_name = self.known("sender_id", &sender)?;
        let sender_name = match &line.sender_name {
            Some(given) => name("sender_name", given)?,
            None => present_name.to_owned(),
        };
        let known = self.there(&conversation)?;
        let mut progress = self.writable(known)?;
        let before = progress.last_seq;
        let seq = line.seq.unwrap_or_else(|| before.saturating_add(1));
        if seq <= before || seq > MAX_SEQ {
            return Err("seq is not after the message before it".to_owned());
        }
        let (parent_id, thread_id) = self.thread(&conversation, &line)?;
        let quote_id =
            line.quote_id.as_ref().map(|quote| self.related("quote_id", &conversation, quote)).transpose()?;
        let message = read_message((id, conversation.clone(), seq), (sender, sender_name), &line)?;
        let also_in_channel = message.also_in_channel && thread_id.is_some();
        let message = Message { parent_id, thread_id, also_in_channel, quote_id, ..message };
        let mut metadata = line.metadata;
        if message.deleted_at.is_some() {
            // Of what is deleted, only the old id stays.
            let old = metadata.as_mut().and_then(|metadata| metadata.remove_entry(IMPORTED_ID));
            metadata = old.map(|entry| Map::from_iter([entry]));
        }
        let message = Message { metadata: with_old_id(metadata, old), ..message };
        let is_kept = message.deleted_at.is_none();
        let pinned = match (line.pinned_at, &line.pinned_by) {
            (Some(at), Some(by)) if is_kept => Some((at, user_id("pinned_by", by)?)),
            _ => None,
        };
        progress.last_seq = seq;
        progress.message_count = progress.message_count.saturating_add(1);
        if message.is_counted() {
            progress.last_message_at = progress.last_message_at.max(Some(message.created_at.millis()));
        }
        if message.is_thread_only() || message.is_system() {
            progress.uncounted_count = progress.uncounted_count.saturating_add(1);
        }
        progress.oldest_message_at.get_or_insert(message.created_at.millis());
        self.record.messages.insert(
            message.id.clone(),
            KnownMessage {
                conversation_id: conversation.clone(),
                seq,
                thread_id: message.thread_id.clone(),
                is_deleted: !is_kept,
            },
        );
        let (ordinal, uncounted) = (progress.message_count, progress.uncounted_count);
        self.before.entry(conversation.clone()).or_insert(before);
        if let Some(known) = self.record.conversations.get_mut(&conversation) {
            known.progress = Some(progress);
        }
        let row = FlushedMessage { message, ordinal, uncounted, updated_seq: seq, replaced: None };
        let versions = if is_kept { line.versions } else { Vec::new() };
        self.writes.messages.push(NewMessage { row, pinned, versions });
        Ok(true)
    }

    pub(super) fn reaction(&mut self, line: &ReactionLine) -> Result<bool, String> {
        let conversation = place(self.identities, line.conversation_id.as_ref(), line.room_id.as_ref())?;
        let (id, _) = self.identities.message(&line.message_id)?;
        let user = user_id("user_id", &line.user_id)?;
        let present_name = self.known("user_id", &user)?;
        let user_name = match &line.user_name {
            Some(given) => name("user_name", given)?,
            None => present_name.to_owned(),
        };
        let emoji = Emoji::read(&line.emoji, self.custom_emoji).map_err(|problem| problem.detail)?;
        let message = self.record.messages.get(&id).filter(|message| message.conversation_id == conversation);
        let message = message.ok_or("message_id is not a message of the conversation: its line comes first")?;
        let key = (id.clone(), user.clone(), emoji.as_str().to_owned());
        let given = (id.clone(), user.clone(), line.emoji.clone());
        if self.record.reactions.contains(&key) || self.record.reactions.contains(&given) {
            return Ok(false);
        }
        if message.is_deleted {
            return Err("the message is deleted".to_owned());
        }
        let message_seq = message.seq;
        self.writable(self.there(&conversation)?)?;
        let seq = line.seq.unwrap_or(message_seq);
        if !(message_seq..=MAX_SEQ).contains(&seq) {
            return Err("seq is before that of the message".to_owned());
        }
        self.record.reactions.insert(key);
        self.writes.reactions.push(NewReaction {
            conversation_id: conversation,
            message_id: id,
            message_seq,
            user_id: user,
            user_name,
            emoji,
            seq,
            at: line.created_at,
        });
        Ok(true)
    }

    fn there(&self, id: &ConversationId) -> Result<&KnownConversation, String> {
        let known = self.record.conversations.get(id).filter(|known| known.is_there);
        known.ok_or_else(|| "there is no such conversation: its line comes first".to_owned())
    }

    fn writable(&self, known: &KnownConversation) -> Result<super::plan::Progress, String> {
        match &known.progress {
            Some(progress) if progress.import == self.import => Ok(progress.clone()),
            Some(_) => Err("another import writes the conversation".to_owned()),
            None => Err("the conversation is in use: an import fills only conversations that it creates".to_owned()),
        }
    }

    /// The answered message, and the first message of its thread.
    fn thread(
        &self,
        conversation: &ConversationId,
        line: &MessageLine,
    ) -> Result<(Option<MessageId>, Option<MessageId>), String> {
        let Some(parent) = &line.parent_id else {
            let is_in_thread = line.thread_id.as_ref().is_some_and(Option::is_some);
            return if is_in_thread { Err("thread_id without parent_id".to_owned()) } else { Ok((None, None)) };
        };
        let parent = self.related("parent_id", conversation, parent)?;
        let thread = match &line.thread_id {
            Some(None) => None,
            Some(Some(thread)) => Some(self.related("thread_id", conversation, thread)?),
            None => {
                let answered = self.record.messages.get(&parent);
                let answered = answered.ok_or("parent_id is not a message: its line comes first")?;
                Some(answered.thread_id.clone().unwrap_or_else(|| parent.clone()))
            }
        };
        let is_root = |id: &MessageId| self.record.messages.get(id).is_none_or(|root| root.thread_id.is_none());
        if !thread.as_ref().is_none_or(is_root) {
            return Err("thread_id is a reply".to_owned());
        }
        Ok((Some(parent), thread))
    }

    /// A message that another one refers to. It may be missing, because it was purged.
    fn related(&self, field: &str, conversation: &ConversationId, text: &str) -> Result<MessageId, String> {
        let (id, _) = self.identities.message(text)?;
        match self.record.messages.get(&id) {
            Some(known) if known.conversation_id != *conversation => {
                Err(format!("{field} is a message of another conversation"))
            }
            _ => Ok(id),
        }
    }
}

/// The message without what it refers to.
fn read_message(
    (id, conversation_id, seq): (MessageId, ConversationId, i64),
    (sender_id, sender_name): (UserId, String),
    line: &MessageLine,
) -> Result<Message, String> {
    let is_deleted = line.deleted_at.is_some();
    let body = line.body.clone().filter(|_| !is_deleted);
    if body.is_none() && !is_deleted && line.message_type != MessageType::System {
        return Err("body is missing".to_owned());
    }
    let texts = body.iter().chain(line.versions.iter().map(|version| &version.body));
    for text in texts {
        if text.len() > MAX_BODY_BYTES || text.contains('\0') {
            return Err(format!("body has more than {MAX_BODY_BYTES} bytes, or a NUL character"));
        }
    }
    if let Some(metadata) = &line.metadata {
        check_free("metadata", metadata).map_err(|problem| problem.detail)?;
    }
    if line.mentions.len() > MAX_MENTIONS || line.versions.len() > MAX_VERSIONS {
        return Err(format!("there are more than {MAX_MENTIONS} mentions or versions"));
    }
    let earlier = line.versions.iter().map(|version| version.version).max().unwrap_or(0);
    let version = line.version.unwrap_or_else(|| earlier.saturating_add(1));
    let numbers = line.versions.iter().map(|version| version.version);
    if !(1..=MAX_SEQ).contains(&version) || earlier >= version || !numbers.is_sorted_by(|one, next| one < next) {
        return Err("the numbers of versions do not ascend to version".to_owned());
    }
    if line.versions.first().is_some_and(|first| first.version < 1) {
        return Err("versions are numbered from 1".to_owned());
    }
    let later = |one: Option<Timestamp>, other: Option<Timestamp>| one.max(other);
    Ok(Message {
        id,
        conversation_id,
        seq,
        sender_id,
        sender_name,
        message_type: line.message_type,
        body,
        metadata: None,
        parent_id: None,
        thread_id: None,
        also_in_channel: line.also_in_channel,
        quote_id: None,
        mentions: if is_deleted { Vec::new() } else { line.mentions.clone() },
        attachments: Vec::new(),
        client_msg_id: None,
        version,
        created_at: line.created_at,
        edited_at: line.edited_at,
        deleted_at: line.deleted_at,
        updated_at: line.updated_at.or_else(|| later(line.edited_at, line.deleted_at)),
    })
}

fn other_message() -> String {
    "a message of another conversation has this id".to_owned()
}
