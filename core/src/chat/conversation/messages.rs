//! Sends, edits and deletions of messages.

use super::draft::body_of;
use super::threads::type_with;
use super::{Actor, Annotated, Content, Conversation, Entry, MessageChange, Parent, References, Stamp};
use crate::accounts::audit::{Act, Audit};
use crate::chat::command::Draft;
use crate::chat::flush::{EarlierBody, FlushedMessage};
use crate::chat::link_previews::{
    LinkPreview, drop_stale_previews, links, previews_of, set_previews, without_previews,
};
use crate::chat::mentions::Known;
use crate::chat::policy::Action;
use crate::chat::wire::{EventName, Message, MessageType, first_version};
use crate::files::{Attachment, FileStatus};
use crate::shared::address::Reach;
use crate::shared::ids::{FileId, MessageId, UserId};
use crate::shared::json::set;
use crate::shared::problem::{Kind, Problem};
use crate::shared::timestamp::Timestamp;
use serde_json::{Value, json};

/// An earlier send by the same user with the same `client_msg_id`.
#[derive(Debug, Clone, PartialEq)]
pub struct Prior {
    /// The message as it was committed; `None` if only its key is still known.
    pub message: Option<Message>,
    /// Id of the message.
    pub id: MessageId,
    /// Position of the message.
    pub seq: i64,
    /// Commit time.
    pub created_at: Timestamp,
}

/// Result of a send.
#[derive(Debug, Clone, PartialEq)]
pub enum SendDecision {
    /// A new message to commit.
    Commit(Box<Entry>),
    /// A repeat: the answer is the original.
    Repeat(Box<Prior>),
}

impl Conversation {
    /// Decides on a send. Takes a rate token of the sender and one of the conversation unless it is a repeat.
    ///
    /// The lookup of `prior` is the most expensive part and rarely finds anything. A caller whose commit enforces
    /// unique keys may therefore pass `None` first. If the commit fails on a duplicate key, the caller calls
    /// [`Conversation::not_sent`] and decides again with the `prior` it finds. It also decides again with `prior`
    /// after a 429, since repeats are never limited.
    ///
    /// `references` are the messages that the draft names. `random` becomes part of the message's id. Errors: 403 or 404 by
    /// policy, 422 for an invalid draft, a draft that names a message which is not in `references`, or a `client_msg_id`
    /// reused for other content, 429 over the rate.
    pub fn send(
        &mut self,
        actor: Actor<'_>,
        draft: Draft,
        references: &References,
        prior: Option<Prior>,
        now: Timestamp,
        random: [u8; 10],
    ) -> Result<SendDecision, Problem> {
        self.authorize(actor, Action::Send, now)?;
        let content = Content::from_draft(draft, &self.limits)?;
        if let Some(prior) = prior {
            if prior.message.as_ref().is_some_and(|original| !is_same(original, &content)) {
                return Err(Problem::new(Kind::KeyReused, "this client_msg_id was used with another content"));
            }
            return Ok(SendDecision::Repeat(Box::new(prior)));
        }
        let parent = references.parent_of(&content)?;
        references.check_quote(&content)?;
        let files = references.attachments_of(&content)?;
        self.take_send_token(&actor.principal.user_id, now)?;
        Ok(SendDecision::Commit(Box::new(self.created(actor, content, files, (parent, references), now, random))))
    }

    /// The entry of a new message with these files, whose parent is one of the messages that it names.
    pub(super) fn created(
        &self,
        actor: Actor<'_>,
        content: Content,
        files: Vec<Attachment>,
        (parent, references): (Option<&Parent>, &References),
        now: Timestamp,
        random: [u8; 10],
    ) -> Entry {
        let mentions = self.mentions(actor, &content.body, &references.people);
        let message_type = type_with(&files, content.message_type);
        let message = self.message(actor, content, parent, now, random);
        let message = Message { message_type, mentions, attachments: files, ..message };
        let stamp = Stamp { now, origin_client_id: actor.origin_client_id };
        let mut entry = self.entry(EventName::MessageCreated, message.id.as_str(), &message, stamp);
        let ordinal = self.counts.sent.saturating_add(1);
        let uncounted = self.counts.uncounted.saturating_add(i64::from(!message.is_counted()));
        let row = FlushedMessage { ordinal, uncounted, updated_seq: entry.seq, replaced: None, message };
        entry.message = Some(MessageChange::Created { row: Box::new(row) });
        entry.next = parent.map(|parent| {
            let mut annotations = parent.root.view.annotations.clone();
            annotations.add_reply(now);
            Box::new(self.thread_updated(entry.seq.saturating_add(1), &parent.root, annotations, now))
        });
        entry
    }

    /// Returns the rate tokens of a send that was not committed to the sender and the conversation.
    pub fn not_sent(&mut self, sender: &UserId) {
        if let Some(bucket) = self.sends.get_mut(sender) {
            bucket.give_back(self.limits.send_burst);
        }
        if let Some(all) = &mut self.all_sends {
            all.give_back(self.limits.conversation_send_burst);
        }
    }

    fn message(
        &self,
        actor: Actor<'_>,
        content: Content,
        parent: Option<&Parent>,
        now: Timestamp,
        random: [u8; 10],
    ) -> Message {
        Message {
            id: MessageId::new(now, random),
            conversation_id: self.id.clone(),
            seq: self.head.saturating_add(1),
            sender_id: actor.principal.user_id.clone(),
            sender_name: actor.principal.name.clone(),
            message_type: content.message_type,
            body: Some(content.body),
            metadata: content.metadata,
            parent_id: content.parent_id,
            thread_id: parent.map(|parent| parent.root.row.message.id.clone()),
            also_in_channel: parent.is_some() && content.also_in_channel,
            quote_id: content.quote_id,
            mentions: Vec::new(),
            attachments: Vec::new(),
            client_msg_id: content.client_msg_id,
            version: first_version(),
            created_at: now,
            edited_at: None,
            deleted_at: None,
            updated_at: None,
        }
    }

    /// Decides on an edit of `current`, the message's present row, which must have one of the versions `if_match` if
    /// there are any. `people` are the members that the new text may mention.
    ///
    /// Errors: 403 or 404 by policy, 404 for a deleted message, 412 for another version, 422 for an invalid body, 429
    /// over the rate.
    pub fn edit(
        &mut self,
        actor: Actor<'_>,
        current: FlushedMessage,
        body: &str,
        people: &Known,
        if_match: Option<&[i64]>,
        now: Timestamp,
    ) -> Result<Entry, Problem> {
        let own = current.message.is_by(&actor.principal.user_id);
        self.authorize(actor, Action::EditMessage { own }, now)?;
        if current.message.deleted_at.is_some() {
            return Err(Problem::not_found());
        }
        if let Some(window) = self.limits.edit_window_s
            && now.since(current.message.created_at) > u64::from(window).saturating_mul(1_000)
        {
            return Err(Problem::new(Kind::Forbidden, format!("a message can be edited for {window} s")));
        }
        let mut row = current;
        let message = &mut row.message;
        if if_match.is_some_and(|versions| !versions.contains(&message.version)) {
            let detail = format!("the message has version {}", message.version);
            return Err(Problem::new(Kind::PreconditionFailed, detail));
        }
        let body = body_of(body, self.limits.body_chars, !message.attachments.is_empty())?;
        self.take_send_token(&actor.principal.user_id, now)?;
        let written_at = message.edited_at.unwrap_or(message.created_at);
        let version = message.version;
        row.replaced = message.body.replace(body).map(|body| Box::new(EarlierBody { version, body, written_at }));
        message.version = version.saturating_add(1);
        message.edited_at = Some(now);
        message.mentions = self.mentions(actor, message.body.as_deref().unwrap_or_default(), people);
        let mut partial = json!({
            "body": message.body, "mentions": message.mentions, "version": message.version, "edited_at": now,
            "updated_at": now,
        });
        if drop_stale_previews(message) {
            set(&mut partial, "metadata", json!(message.metadata));
        }
        Ok(self.change(EventName::MessageUpdated, row, partial, actor, now))
    }

    /// Decides on a deletion of `current`, a reply in the thread of `root` if that is given. A second deletion fails with
    /// 404. A moderator's deletion is audited; `random` becomes part of the audit entry's id.
    pub fn delete(
        &mut self,
        actor: Actor<'_>,
        current: FlushedMessage,
        root: Option<&Annotated>,
        now: Timestamp,
        random: [u8; 10],
    ) -> Result<Entry, Problem> {
        let own = current.message.is_by(&actor.principal.user_id);
        self.authorize(actor, Action::DeleteMessage { own }, now)?;
        if current.message.deleted_at.is_some() {
            return Err(Problem::not_found());
        }
        let partial = json!({
            "body": null, "metadata": null, "mentions": [], "attachments": [], "reactions": [], "pinned_at": null, "pinned_by": null, "deleted_at": now,
            "updated_at": now,
        });
        let mut row = FlushedMessage { replaced: None, ..current };
        let message = &mut row.message;
        message.body = None;
        message.metadata = None;
        message.mentions.clear();
        message.attachments.clear();
        message.deleted_at = Some(now);
        let audit = (!own).then(|| {
            let about = json!({"conversation_id": self.id, "sender_id": message.sender_id, "seq": message.seq});
            Audit::new(actor.principal, Act::MessageDeleted, message.id.as_str(), about, now, random)
        });
        let mut entry = self.change(EventName::MessageDeleted, row, partial, actor, now);
        entry.audit = audit.map(Box::new);
        entry.next = root.map(|root| {
            let mut annotations = root.view.annotations.clone();
            annotations.remove_reply();
            Box::new(self.thread_updated(entry.seq.saturating_add(1), root, annotations, now))
        });
        Ok(entry)
    }

    /// The event that erases `current`, a message of a user who is being erased, or `None` if that is done. `root` as for
    /// [`Conversation::delete`]. A system message, which nobody wrote, loses the name only. The name becomes the id.
    pub fn erase(&self, current: FlushedMessage, root: Option<&Annotated>, now: Timestamp) -> Option<Entry> {
        let is_nameless = current.message.sender_name == current.message.sender_id.as_str();
        let is_gone = current.message.is_system() || current.message.deleted_at.is_some();
        if is_nameless && is_gone && current.message.client_msg_id.is_none() {
            return None;
        }
        let was_deleted = current.message.deleted_at.is_some();
        let mut row = FlushedMessage { replaced: None, ..current };
        let message = &mut row.message;
        message.sender_name = message.sender_id.as_str().to_owned();
        message.client_msg_id = None;
        let stamp = Stamp { now, origin_client_id: None };
        if message.is_system() && !was_deleted {
            let partial = json!({
                "body": message.body, "metadata": message.metadata, "mentions": message.mentions, "version": message.version,
                "sender_name": message.sender_name, "edited_at": message.edited_at, "updated_at": now,
            });
            return Some(self.changed(EventName::MessageUpdated, row, partial, stamp));
        }
        message.body = None;
        message.metadata = None;
        message.mentions.clear();
        message.attachments.clear();
        let deleted_at = *message.deleted_at.get_or_insert(now);
        let partial = json!({
            "body": null, "metadata": null, "mentions": [], "attachments": [], "reactions": [], "pinned_at": null, "pinned_by": null,
            "sender_name": message.sender_name, "deleted_at": deleted_at, "updated_at": now,
        });
        let mut entry = self.changed(EventName::MessageDeleted, row, partial, stamp);
        entry.next = root.filter(|_| !was_deleted).map(|root| {
            let mut annotations = root.view.annotations.clone();
            annotations.remove_reply();
            Box::new(self.thread_updated(entry.seq.saturating_add(1), root, annotations, now))
        });
        Some(entry)
    }

    /// The event that gives `current`, a message's present row, the previews of its links: those that were `found`, or that it has already.
    /// `None` if that changes nothing. It is no edit: the version and the time of the last edit stay.
    pub fn preview(
        &self,
        current: FlushedMessage,
        found: &[LinkPreview],
        reach: Reach,
        now: Timestamp,
    ) -> Option<Entry> {
        if current.message.deleted_at.is_some() {
            return None;
        }
        let mut row = FlushedMessage { replaced: None, ..current };
        let message = &mut row.message;
        let present = previews_of(message);
        let of = |link: &String| found.iter().chain(&present).find(|preview| preview.url == *link).cloned();
        let links = links(message.body.as_deref().unwrap_or_default(), reach);
        let previews: Vec<LinkPreview> = links.iter().filter_map(of).collect();
        if !set_previews(message, &previews) {
            return None;
        }
        let partial = json!({
            "body": message.body, "metadata": message.metadata, "mentions": message.mentions, "version": message.version,
            "edited_at": message.edited_at, "updated_at": now,
        });
        Some(self.changed(EventName::MessageUpdated, row, partial, Stamp { now, origin_client_id: None }))
    }

    /// The event that gives a file of `current`, a message's present row, the status that a scan has decided. `None` if that changes
    /// nothing. It is no edit either.
    pub fn file_decided(
        &self,
        current: FlushedMessage,
        file: &FileId,
        status: FileStatus,
        now: Timestamp,
    ) -> Option<Entry> {
        let mut row = FlushedMessage { replaced: None, ..current };
        let message = &mut row.message;
        if !message.attachments.iter_mut().any(|attachment| attachment.id == *file && attachment.decide(status)) {
            return None;
        }
        let partial = json!({
            "body": message.body, "attachments": message.attachments, "mentions": message.mentions,
            "version": message.version, "edited_at": message.edited_at, "updated_at": now,
        });
        Some(self.changed(EventName::MessageUpdated, row, partial, Stamp { now, origin_client_id: None }))
    }

    fn change(&self, name: EventName, row: FlushedMessage, partial: Value, actor: Actor<'_>, now: Timestamp) -> Entry {
        self.changed(name, row, partial, Stamp { now, origin_client_id: actor.origin_client_id })
    }

    fn changed(&self, name: EventName, mut row: FlushedMessage, partial: Value, stamp: Stamp<'_>) -> Entry {
        row.message.updated_at = Some(stamp.now);
        let mut entry = self.entry(name, row.message.id.as_str(), partial, stamp);
        row.updated_seq = entry.seq;
        entry.message = Some(MessageChange::Changed { row: Box::new(row) });
        entry
    }
}

/// Whether a draft matches the original send. An edited or deleted original has lost its first body, so only type,
/// parent and quote are compared.
fn is_same(original: &Message, content: &Content) -> bool {
    let untouched = original.edited_at.is_none() && original.deleted_at.is_none();
    let has_same_type = original.message_type == content.message_type
        || (content.message_type == MessageType::Text && !content.attachments.is_empty());
    let has_same_frame =
        has_same_type && original.parent_id == content.parent_id && original.quote_id == content.quote_id;
    if !untouched {
        return has_same_frame;
    }
    has_same_frame
        && original.attachments.iter().map(|file| &file.id).eq(&content.attachments)
        && original.body.as_deref().is_none_or(|body| body == content.body)
        && (original.body.is_none() || without_previews(original.metadata.clone()) == content.metadata)
}
