//! Reactions, pins and numbers of replies in the object's SQLite.
//!
//! The object decides on the present state, so it needs the annotations of the message and the user's own reactions. Of a
//! message that was sent in the log as it stands, every change is here. Of an older one, the record is read once per
//! message and user: what the object has flushed to it, the record has. Rows leave with the events that made them, after
//! the flush. The ids of pinned messages stay, at most [`MAX_PINS`](campana_core::chat::annotations::MAX_PINS).
//!
//! Atomicity: an event and the rows that it changes are written in one statement or transaction.

use super::commands::By;
use super::log::readable_message;
use super::queries::{annotations, pins, reactions};
use super::{Object, refused};
use crate::sql::{Row, Sql, int, text};
use campana_core::chat::annotations::{AnnotatedRow, AnnotationView, Annotations, ReactionRow};
use campana_core::chat::command::{Membership, Reply, UnflushedAnnotations, parse_message_id};
use campana_core::chat::conversation::{Annotated, Entry, MessageChange};
use campana_core::chat::emoji::Emoji;
use campana_core::chat::flush::FlushedMessage;
use campana_core::chat::history::Anchor;
use campana_core::chat::policy::Action;
use campana_core::shared::ids::{MessageId, UserId};
use campana_core::shared::json::read_stored;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use std::rc::Rc;

/// Greater than every position: JavaScript's largest safe integer, less one.
const LATER_THAN_ALL: i64 = 9_007_199_254_740_990;
/// Key in `meta`: the ids of pinned messages were read from the record.
const PINS_READ: &str = "pins_read";

/// The first column of a message's row in the log, in [`annotations::VIEW`].
const LOGGED_COLUMN: usize = 3;

/// What the object has of a message.
#[derive(Default)]
struct Present {
    /// Its current state, if it is still in the log.
    row: Option<FlushedMessage>,
    /// Its annotations as a user sees them, as far as the object has them.
    view: AnnotationView,
    /// Whether the object has all of the annotations.
    is_whole: bool,
}

/// Access to the tables of annotations.
pub(crate) struct AnnotationTables {
    sql: Sql,
}

impl AnnotationTables {
    pub(crate) fn new(sql: Sql) -> Self {
        Self { sql }
    }

    /// The annotations of a message, if they are here.
    fn find(&self, message: &MessageId) -> Result<Option<Annotations>, Problem> {
        self.sql.find(annotations::FIND, [text(message.as_str())], |row| read_stored(row.text(0)?).ok())
    }

    /// The user's reactions to a message that are here, and whether each is there or was taken back.
    fn of_user(&self, message: &MessageId, user: &UserId) -> Result<Vec<(Emoji, bool)>, Problem> {
        let params = [text(message.as_str()), text(user.as_str())];
        self.sql.list(reactions::OF_USER, params, |row| Some((Emoji::trusted(row.string(0)?), row.int(1)? == 0)))
    }

    /// What the object has of a message and the user's own reactions. One statement, since many people react at once.
    fn view(&self, message: &MessageId, user: &UserId) -> Result<Present, Problem> {
        let params = [text(message.as_str()), text(user.as_str())];
        let Some(mut found) = self.sql.first(annotations::VIEW, params)? else { return Ok(Present::default()) };
        let logged = found.split_off(LOGGED_COLUMN);
        let annotations: Option<Annotations> = found.json(0);
        let rows: Vec<(String, i64)> = found.json(1).unwrap_or_default();
        let is_sent = found.int(2) == Some(1);
        let was_read = rows.iter().any(|(emoji, _)| emoji.is_empty());
        let is_there = |(emoji, is_removed): &(String, i64)| !emoji.is_empty() && *is_removed == 0;
        let own = rows.into_iter().filter(is_there).map(|(emoji, _)| Emoji::trusted(emoji)).collect();
        Ok(Present {
            is_whole: is_sent || (was_read && annotations.is_some()),
            view: AnnotationView { annotations: annotations.unwrap_or_default(), own },
            row: logged.int(0).and_then(|_| readable_message(&logged)).map(|logged| logged.row),
        })
    }

    /// The annotations of a message as a user sees them, if all of them are here.
    pub(super) fn present(&self, message: &MessageId, user: &UserId) -> Result<Option<AnnotationView>, Problem> {
        let Present { view, is_whole, .. } = self.view(message, user)?;
        Ok(is_whole.then_some(view))
    }

    /// Stores what the record has. Rows that are here are newer and stay.
    fn keep_read(&self, message: &MessageId, seq: i64, user: &UserId, view: &AnnotationView) -> Result<(), Problem> {
        let json = to_json(&view.annotations)?;
        self.sql.transaction(|| {
            self.sql.run(annotations::KEEP_READ, vec![text(message.as_str()), int(seq), text(&json)])?;
            let keep = |emoji: &str, is_removed: i64| {
                let params = vec![text(message.as_str()), text(user.as_str()), text(emoji), int(is_removed)];
                self.sql.run(reactions::KEEP_READ, params)
            };
            view.own.iter().try_for_each(|emoji| keep(emoji.as_str(), 0))?;
            keep("", 1)
        })
    }

    /// Stores annotations after a change other than a reaction. The caller holds the transaction.
    pub(super) fn save(&self, row: &AnnotatedRow) -> Result<(), Problem> {
        let (id, json) = (row.id.as_str(), to_json(&row.annotations)?);
        self.sql.run(annotations::SAVE, [text(id), int(row.seq), int(row.annotated_seq), text(&json)])?;
        let statement = if row.annotations.pinned_at.is_some() { pins::SAVE } else { pins::REMOVE };
        self.sql.run(statement, [text(id)])
    }

    /// Appends the event of a reaction to the log and stores what it changes, in one atomic statement.
    pub(super) fn append_reaction(
        &self,
        event: &str,
        row: &AnnotatedRow,
        reaction: &ReactionRow,
    ) -> Result<(), Problem> {
        let (json, change) = (to_json(&row.annotations)?, to_json(reaction)?);
        let params = [
            int(row.annotated_seq),
            text(event),
            text(row.id.as_str()),
            int(row.seq),
            text(&json),
            text(reaction.user_id.as_str()),
            text(reaction.emoji.as_str()),
            int(i64::from(reaction.is_removed)),
            text(&change),
        ];
        self.sql.run(reactions::APPEND, params)
    }

    /// Deletes the annotations of a message that the event at `seq` deleted, apart from its thread. The caller holds the
    /// transaction.
    pub(super) fn message_deleted(&self, message: &MessageId, seq: i64) -> Result<(), Problem> {
        let thread = self.find(message)?.map(|annotations| annotations.after_deletion());
        match thread.filter(|thread| *thread != Annotations::default()) {
            None => self.sql.run(annotations::REMOVE, vec![text(message.as_str())])?,
            Some(thread) => {
                let json = to_json(&thread)?;
                self.sql.run(annotations::KEEP_THREAD, vec![text(message.as_str()), int(seq), text(&json)])?;
            }
        }
        for statement in [reactions::REMOVE, pins::REMOVE] {
            self.sql.run(statement, vec![text(message.as_str())])?;
        }
        Ok(())
    }

    /// Rows that events after `after` up to `up_to` changed last, in the record's form.
    pub(super) fn changed(&self, after: i64, up_to: i64) -> Result<(Vec<AnnotatedRow>, Vec<ReactionRow>), Problem> {
        let range = || [int(after), int(up_to)];
        let reaction = |row: &Row| read_stored(row.text(0)?).ok();
        Ok((
            self.sql.list(annotations::CHANGED, range(), annotated_row)?,
            self.sql.list(reactions::CHANGED, range(), reaction)?,
        ))
    }

    /// Annotations of messages of a page that changed after `flushed`, with the user's own reactions.
    pub(super) fn unflushed(
        &self,
        flushed: i64,
        anchor: Anchor,
        limit: u32,
        user: &UserId,
    ) -> Result<Vec<UnflushedAnnotations>, Problem> {
        let rows = |statement, seq: i64| {
            let params = [int(flushed), int(seq.min(LATER_THAN_ALL)), int(limit.into())];
            self.sql.list(statement, params, annotated_row)
        };
        let before = |seq| rows(annotations::UNFLUSHED_BEFORE, seq);
        let after = |seq| rows(annotations::UNFLUSHED_AFTER, seq);
        let found = match anchor {
            Anchor::Newest => before(LATER_THAN_ALL)?,
            Anchor::Before(seq) => before(seq)?,
            Anchor::After(seq) => after(seq)?,
            Anchor::Around(seq) => before(seq.saturating_add(1))?.into_iter().chain(after(seq)?).collect(),
        };
        let with_own = |row: AnnotatedRow| Ok(UnflushedAnnotations { own: self.of_user(&row.id, user)?, row });
        found.into_iter().map(with_own).collect()
    }

    /// Deletes rows of events up to a position, which the record has.
    pub(super) fn let_go(&self, up_to: i64) -> Result<(), Problem> {
        self.sql.run(annotations::FORGET, vec![int(up_to)])?;
        self.sql.run(reactions::FORGET, vec![int(up_to)])
    }

    /// Deletes the pins of messages sent before `before`, which the record has purged.
    pub(super) fn forget_pins(&self, before: Timestamp) -> Result<(), Problem> {
        let first = MessageId::new(before, [0; 10]);
        self.sql.run(pins::FORGET_BEFORE, vec![text(first.as_str())])
    }

    /// Removes a user's name from reactions that the record may lack.
    pub(super) fn forget_name(&self, user: &UserId) -> Result<(), Problem> {
        self.sql.run(reactions::FORGET_NAME, vec![text(user.as_str())])
    }

    fn pin_count(&self) -> Result<usize, Problem> {
        let count = self.sql.find(pins::COUNT, [], |row| row.int(0))?;
        Ok(count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0))
    }
}

impl Object {
    /// A message with its annotations in their present state, if the caller may see the conversation, and the caller's
    /// membership. The caller must decide before it awaits anything else.
    pub(super) async fn annotated(&self, by: By<'_>, id: &str) -> Result<(Annotated, Option<Membership>), Problem> {
        let user = &by.principal.user_id;
        let id = parse_message_id(id)?;
        let membership = self.view_as(by).await?;
        if let Present { row: Some(row), view, is_whole: true } = self.annotations.view(&id, user)? {
            return Ok((Annotated { row, view }, membership));
        }
        let row = self.message_row(&id).await?;
        let (tenant, conversation) = self.names()?;
        let recorded = self.context.record()?.annotations(&tenant, &conversation, &id, user).await.map_err(refused)?;
        if let Some(recorded) = recorded {
            self.annotations.keep_read(&id, row.message.seq, user, &recorded)?;
        }
        let membership = self.view_as(by).await?;
        let Present { row: newer, view, .. } = self.annotations.view(&id, user)?;
        Ok((Annotated { row: newer.unwrap_or(row), view }, membership))
    }

    /// Adds the caller's reaction to a message, or removes it.
    pub(super) async fn react(self: &Rc<Self>, by: By<'_>, id: &str, emoji: &str, on: bool) -> Result<Reply, Problem> {
        let (target, membership) = self.annotated(by, id).await?;
        let entry = self.with(|loaded| {
            let emoji = Emoji::read(emoji, &loaded.rules.limits().custom_emoji)?;
            loaded.rules.react(by.actor(membership.as_ref()), &target, &emoji, on, self.context.now())
        })?;
        self.annotate(by, target, entry)
    }

    /// Pins a message, or unpins it.
    pub(super) async fn pin(self: &Rc<Self>, by: By<'_>, id: &str, on: bool) -> Result<Reply, Problem> {
        self.view_as(by).await?;
        self.read_pins().await?;
        let (target, membership) = self.annotated(by, id).await?;
        let (actor, pinned) = (by.actor(membership.as_ref()), self.annotations.pin_count()?);
        let (now, random) = (self.context.now(), self.context.random()?);
        let entry = self.with(|loaded| loaded.rules.pin(actor, &target, pinned, on, now, random))?;
        self.annotate(by, target, entry)
    }

    /// Reads the ids of pinned messages from the record, once.
    async fn read_pins(&self) -> Result<(), Problem> {
        if self.log.meta()?.is_some_and(|meta| super::log::value(&meta, PINS_READ).is_some()) {
            return Ok(());
        }
        let (tenant, conversation) = self.names()?;
        let recorded = self.context.record()?.pinned_ids(&tenant, &conversation).await.map_err(refused)?;
        let sql = &self.context.sql;
        sql.transaction(|| {
            // A pin that came in between is here already, and one that was removed in between is in no message's row.
            recorded.iter().try_for_each(|id| sql.run(pins::SAVE, vec![text(id.as_str())]))?;
            sql.keep(PINS_READ, "1")
        })
    }

    /// Commits and publishes a change of annotations, if there is one. Answers with the message as the caller sees it.
    fn annotate(self: &Rc<Self>, by: By<'_>, target: Annotated, entry: Option<Entry>) -> Result<Reply, Problem> {
        let Annotated { row, mut view } = target;
        if let Some(entry) = entry {
            self.commit(&entry)?;
            self.publish_committed(&entry, by);
            if let Some(MessageChange::Annotated { row, reaction }) = entry.message {
                view.apply(*row, reaction.as_deref());
            }
        }
        Ok(Reply::Changed { message: Box::new(row.message), view: Box::new(view) })
    }

    /// Checks that the caller may read here, and waits until the record has every change.
    pub(super) async fn flush_everything(self: &Rc<Self>, by: By<'_>) -> Result<(), Problem> {
        self.authorize(by, Action::ViewConversation).await?;
        let head = self.with(|loaded| Ok(loaded.rules.head()))?;
        self.flush_until(|object| object.with(|loaded| Ok(loaded.flushed >= head))).await;
        Ok(())
    }
}

fn annotated_row(row: &Row) -> Option<AnnotatedRow> {
    Some(AnnotatedRow {
        id: MessageId::trusted(row.text(0)?),
        seq: row.int(1)?,
        annotated_seq: row.int(2)?,
        annotations: read_stored(row.text(3)?).ok()?,
    })
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(|_| Problem::internal("annotations cannot be written"))
}
