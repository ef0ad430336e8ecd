//! Previews of links: the object reads the pages that messages link to, and adds what they say as an event.
//!
//! A flush notes the messages with links, in the turn in which it notes that the record has them, so a message whose flush is repeated is
//! noted again. Then pages are read in the background, and the alarm continues what a crash cut off. The event is committed in the turn
//! that forgets the note; a message that has its previews already gets no further event. What pages said is kept for a day.

use super::Object;
use super::queries::link_previews;
use crate::broadcast;
use crate::fan_out::Exclusion;
use crate::platform::log_failure;
use crate::sql::{Param, Sql, int, text};
use campana_core::chat::flush::{FlushBatch, FlushedMessage};
use campana_core::chat::link_previews::{LinkPreview, Page, links, previews_of, read_page};
use campana_core::chat::wire::MessageType;
use campana_core::pusher::link::Except;
use campana_core::shared::address::host_of;
use campana_core::shared::ids::MessageId;
use campana_core::shared::json::read_stored;
use campana_core::shared::problem::{Kind, Problem};
use campana_runtime::Hosted;
use campana_runtime::single_flight::SingleFlight;
use campana_runtime::sql::Tables;
use campana_schema::objects::LINK_PREVIEWS;
use std::rc::Rc;

/// Messages noted at most: the oldest are dropped.
const MAX_NOTED: i64 = 200;
/// Links kept at most.
const MAX_KEPT: i64 = 200;
/// How long what a page said is kept, and that a link has no preview, milliseconds.
const KEPT_MS: i64 = 24 * 60 * 60 * 1_000;
const NONE_KEPT_MS: i64 = 10 * 60 * 1_000;
/// Messages of one run; the alarm goes on.
const MAX_RUN: usize = 20;
/// Attempts at a message: the object may die each time.
const MAX_TRIES: u32 = 3;
/// When an attempt that did not end is made again, milliseconds. Longer than the time-out of a page.
const AGAIN_MS: i64 = 30_000;
/// Shortest delay of the alarm, milliseconds.
const SOONEST_MS: i64 = 1_000;

/// A link that was looked at.
struct Kept {
    preview: Option<LinkPreview>,
}

/// Links of this conversation's messages.
pub(super) struct LinkPreviews {
    sql: Sql,
    tables: Tables,
    flight: SingleFlight,
}

impl LinkPreviews {
    pub(super) fn new(sql: Sql) -> Self {
        Self { tables: Tables::new(sql.clone(), &LINK_PREVIEWS), sql, flight: SingleFlight::default() }
    }

    /// What a link was found to have; `None` if it was not looked at lately.
    fn kept(&self, url: &str, now: i64) -> Result<Option<Kept>, Problem> {
        let kept = self.sql.first(link_previews::CACHED, vec![text(url), int(now)])?;
        Ok(kept.map(|row| Kept { preview: row.text(0).and_then(|json| read_stored(json).ok()) }))
    }

    fn keep(&self, url: &str, preview: Option<&LinkPreview>, now: i64) -> Result<(), Problem> {
        let json = preview.and_then(|preview| serde_json::to_string(preview).ok());
        let until = now.saturating_add(if json.is_some() { KEPT_MS } else { NONE_KEPT_MS });
        let json = json.map_or(Param::Null, |json| Param::Text(json.into()));
        self.sql.run(link_previews::EXPIRE, vec![int(now)])?;
        self.sql.run(link_previews::KEEP, vec![text(url), json, int(until)])?;
        self.sql.run(link_previews::CROWD, vec![int(MAX_KEPT)])
    }
}

impl Object {
    /// Notes new and edited messages of a flush whose links are to be looked at.
    pub(super) fn note_links(&self, batch: &FlushBatch) -> Result<(), Problem> {
        if !self.with(|loaded| Ok(loaded.rules.limits().link_previews))? {
            return Ok(());
        }
        let is_due = |row: &&FlushedMessage| {
            let links = self.links_of(row);
            let previews = previews_of(&row.message);
            links.iter().any(|link| !previews.iter().any(|preview| preview.url == *link))
        };
        let due: Vec<&FlushedMessage> = batch.created.iter().chain(&batch.changed).filter(is_due).collect();
        if due.is_empty() {
            return Ok(());
        }
        let now = self.context.now();
        self.wake_at(now.plus_millis(AGAIN_MS));
        self.links.tables.make()?;
        for row in due {
            self.links.sql.run(link_previews::ADD, vec![text(row.message.id.as_str()), int(now.millis())])?;
        }
        self.links.sql.run(link_previews::CROWD_JOBS, vec![int(MAX_NOTED)])
    }

    fn links_of(&self, row: &FlushedMessage) -> Vec<String> {
        let message = &row.message;
        if message.deleted_at.is_some() || message.message_type == MessageType::System {
            return Vec::new();
        }
        links(message.body.as_deref().unwrap_or_default(), self.context.reach())
    }

    /// Looks at the links of noted messages, in the background.
    pub(super) fn preview_links(self: &Rc<Self>) {
        if !self.links.tables.exist() {
            return;
        }
        let Some(flight) = self.links.flight.begin() else { return };
        self.spawn(async move |object| {
            if let Err(problem) = object.preview_noted().await {
                log_failure("conversation.links", None, &problem);
            }
            drop(flight);
            object.arm_for_links();
        });
    }

    /// Arms the alarm for the next message whose links are to be looked at. The alarm calls this first, in case that the object dies in
    /// what it begins.
    pub(super) fn arm_for_links(&self) {
        if !self.links.tables.exist() {
            return;
        }
        // The database logs its failure; the next flush arms again.
        if let Ok(Some(at)) = self.links.sql.find(link_previews::NEXT, [], |row| row.time(0)) {
            self.wake_at(at.max(self.context.now().plus_millis(SOONEST_MS)));
        }
    }

    async fn preview_noted(self: &Rc<Self>) -> Result<(), Problem> {
        for _ in 0..MAX_RUN {
            let now = self.context.now();
            let read = |row: &crate::sql::Row| Some((MessageId::trusted(row.text(0)?), row.number::<u32>(1)?));
            let Some((id, tries)) = self.links.sql.find(link_previews::DUE, [int(now.millis())], read)? else {
                return Ok(());
            };
            if self.is_deleted() || tries >= MAX_TRIES {
                self.links.sql.run(link_previews::END, vec![text(id.as_str())])?;
                continue;
            }
            let again = int(now.plus_millis(AGAIN_MS).millis());
            self.links.sql.run(link_previews::BEGIN, vec![text(id.as_str()), again])?;
            self.preview_message(&id).await?;
        }
        Ok(())
    }

    /// Reads the pages that a message links to, and adds their previews.
    async fn preview_message(self: &Rc<Self>, id: &MessageId) -> Result<(), Problem> {
        let end = || self.links.sql.run(link_previews::END, vec![text(id.as_str())]);
        let row = match self.message_row(id).await {
            Ok(row) => row,
            Err(problem) if problem.kind == Kind::NotFound => return end(),
            Err(problem) => return Err(problem),
        };
        let pages = self.links_of(&row).into_iter().map(async |link| self.preview_of(&link).await);
        let found = futures_util::future::join_all(pages).await;
        let found: Vec<LinkPreview> = found.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        // Nothing is awaited after this: the message may have been edited or deleted in the meantime.
        let (row, now, reach) = (self.log.current(id)?.unwrap_or(row), self.context.now(), self.context.reach());
        let entry = self.with(|loaded| {
            let rules = &loaded.rules;
            Ok(rules.limits().link_previews.then(|| rules.preview(row, &found, reach, now)).flatten())
        })?;
        let Some(entry) = entry.filter(|_| !self.is_deleted()) else { return end() };
        self.commit(&entry)?;
        end()?;
        broadcast::publish(self, &entry.text, Some(entry.seq), Exclusion::Nobody);
        self.tell_listeners(&entry.text, &Except::Nobody, None);
        self.flush_soon();
        Ok(())
    }

    /// The preview of a link, from what was kept or from its page.
    async fn preview_of(&self, link: &str) -> Result<Option<LinkPreview>, Problem> {
        if let Some(kept) = self.links.kept(link, self.context.now().millis())? {
            return Ok(kept.preview);
        }
        let preview = match self.context.page(link).await {
            Ok(read) => {
                let page = Page { address: &read.address, content_type: &read.content_type, body: &read.body };
                read_page(link, page, self.context.reach())
            }
            Err(failure) => {
                // The host alone: the rest of a link is part of the message.
                let (host, reason, status) = (host_of(link), failure.as_str(), failure.status());
                tracing::info!(at = "conversation.links", host, reason, status);
                None
            }
        };
        self.links.keep(link, preview.as_ref(), self.context.now().millis())?;
        Ok(preview)
    }
}
