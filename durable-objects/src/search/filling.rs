//! What the index reads from the record: conversations that could not feed it, and all of them when it is rebuilt.
//!
//! A conversation is read in pages, in the order of its messages; the position is stored in the transaction that puts a page. Feeds
//! continue, and messages that they put or removed are not overwritten. A rebuild lists the tenant's conversations
//! page by page, each when the conversations of the one before are read, so the list of what waits stays short.

use super::queries::{conversations, fills, marks, messages, people, removed_messages, texts};
use super::{Object, TENANT};
use crate::platform::log_failure;
use crate::record::read_app;
use crate::sql::{Row, int, json, text};
use campana_core::chat::search::{IndexState, IndexedMessage, OneConversation, Rebuild};
use campana_core::shared::ids::{ConversationId, TenantId};
use campana_core::shared::problem::Problem;
use campana_runtime::Hosted;
use campana_storage::{ListedPlace, StorageError};
use std::rc::Rc;

/// Messages of a page, and conversations of a page.
const MESSAGES_PAGE: u32 = 200;
const CONVERSATIONS_PAGE: u32 = 200;
/// Pages of one run; the alarm goes on.
const MAX_PAGES: u32 = 100;
/// Pause between two pages, in milliseconds, so that searches can run.
const BREATH_MS: u32 = 5;
/// Key in `meta`: the place of the last conversation that was listed for a rebuild. Absent, or no place, if none is listed.
const LISTED: &str = "listed_up_to";
/// Key in `meta`: when old messages and scopes were last removed, milliseconds.
const MAINTAINED_AT: &str = "maintained_at";
/// Interval of that removal, milliseconds.
const MAINTENANCE_MS: i64 = DAY_MS;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// How long a deletion is remembered, milliseconds: longer than any page of the record takes to arrive.
const REMOVED_KEPT_MS: i64 = 60 * 60 * 1_000;
/// How long memberships of somebody who does not search are stored, milliseconds.
const PEOPLE_KEPT_MS: i64 = 7 * DAY_MS;
/// People whose memberships are removed per run.
const PEOPLE_REMOVED: i64 = 200;
/// Delay of the alarm while there is work, milliseconds.
const SOON_MS: i64 = 1_000;

/// A conversation to read.
struct Waiting {
    number: i64,
    conversation: ConversationId,
    after: i64,
}

impl Object {
    /// Notes a conversation, and reads it in the background.
    pub(super) fn take_fill(self: &Rc<Self>, one: &OneConversation) -> Result<(), Problem> {
        self.begin(&one.tenant)?;
        self.sql.run(fills::ADD, [text(one.conversation.as_str())])?;
        self.arm();
        self.work();
        Ok(())
    }

    /// Drops the index and reads it again, or continues what was cut off. Returns how far the index is.
    pub(super) fn rebuild(self: &Rc<Self>, rebuild: &Rebuild) -> Result<IndexState, Problem> {
        self.begin(&rebuild.tenant)?;
        if rebuild.restart {
            self.sql.transaction(|| {
                let all = [texts::REMOVE_ALL, messages::REMOVE_ALL, marks::REMOVE_ALL, fills::REMOVE_ALL];
                all.into_iter().try_for_each(|statement| self.sql.script(statement))?;
                self.sql.keep_json(LISTED, &ListedPlace::default())
            })?;
        }
        self.arm();
        self.work();
        Ok(IndexState {
            messages: self.count(messages::COUNT)?,
            conversations: self.count(conversations::COUNT)?,
            waiting: self.count(fills::COUNT)?,
            is_listing: self.listed()?.is_some(),
        })
    }

    fn count(&self, statement: &'static str) -> Result<i64, Problem> {
        Ok(self.sql.find(statement, [], |row| row.int(0))?.unwrap_or_default())
    }

    /// Reads what waits, and does the daily maintenance, in the background.
    pub(super) fn work(self: &Rc<Self>) {
        let Some(flight) = self.flight.begin() else { return };
        self.spawn(async move |object| {
            match object.work_through().await {
                Ok(()) => object.retry.succeeded(),
                Err(problem) => {
                    object.retry.failed(object.context.now());
                    log_failure("search.fill", None, &problem);
                }
            }
            drop(flight);
            object.arm();
        });
    }

    async fn work_through(self: &Rc<Self>) -> Result<(), Problem> {
        let Some(tenant) = self.sql.recall(TENANT)?.map(TenantId::trusted) else { return Ok(()) };
        self.maintain(&tenant).await?;
        for _ in 0..MAX_PAGES {
            if let Some(waiting) = self.sql.find(fills::NEXT, [], waiting)? {
                self.fill_page(&tenant, &waiting).await?;
            } else if let Some(after) = self.listed()? {
                self.list_page(&tenant, after).await?;
            } else {
                return Ok(());
            }
            self.context.sleep(BREATH_MS).await;
        }
        Ok(())
    }

    async fn fill_page(&self, tenant: &TenantId, waiting: &Waiting) -> Result<(), Problem> {
        let Waiting { number, conversation, after } = waiting;
        let store = self.context.record()?;
        let rows = store.messages_to_index(tenant, conversation, *after, MESSAGES_PAGE).await.map_err(unread)?;
        let last = rows.last().map(|row| row.message.seq);
        let is_last = rows.len() < usize::try_from(MESSAGES_PAGE).unwrap_or(usize::MAX);
        self.sql.transaction(|| {
            // A rebuild that began again has another position.
            let is_current = match last.filter(|_| !is_last) {
                Some(last) => self.sql.writes(fills::ADVANCE, [int(*number), int(*after), int(last)])?,
                None => self.sql.writes(fills::END, [int(*number), int(*after)])?,
            };
            if !is_current {
                return Ok(());
            }
            let found = rows.iter().filter(|row| row.message.deleted_at.is_none());
            let messages: Vec<IndexedMessage> = found.filter_map(IndexedMessage::of).collect();
            self.put_all(conversation, &messages)
        })
    }

    async fn list_page(&self, tenant: &TenantId, after: ListedPlace) -> Result<(), Problem> {
        let store = self.context.record()?;
        let page = store.conversations_to_index(tenant, after, CONVERSATIONS_PAGE).await.map_err(unread)?;
        let ids: Vec<&ConversationId> = page.iter().map(|listed| &listed.id).collect();
        self.sql.transaction(|| {
            if self.listed()? != Some(after) {
                return Ok(());
            }
            self.sql.run(fills::ADD_ALL, [json(&ids)])?;
            match page.last() {
                Some(last) => self.sql.keep_json(LISTED, &last.place),
                None => self.sql.keep(LISTED, DONE),
            }
        })
    }

    /// The last conversation that was listed; `None` if nothing is being listed.
    fn listed(&self) -> Result<Option<ListedPlace>, Problem> {
        self.sql.recall_json(LISTED)
    }

    /// Once a day removes messages that the app no longer keeps, and what is known of people who do not search.
    async fn maintain(self: &Rc<Self>, tenant: &TenantId) -> Result<(), Problem> {
        let now = self.context.now();
        let last: i64 = self.sql.recall_json(MAINTAINED_AT)?.unwrap_or_default();
        if now.millis() < last.saturating_add(MAINTENANCE_MS) {
            return Ok(());
        }
        self.sql.run(removed_messages::PURGE, [int(now.plus_millis(-REMOVED_KEPT_MS).millis())])?;
        let unused = int(now.plus_millis(-PEOPLE_KEPT_MS).millis());
        let unused = self.sql.list(people::UNUSED, [unused, int(PEOPLE_REMOVED)], |row| row.int(0))?;
        self.sql.transaction(|| unused.iter().try_for_each(|person| self.forget_person(*person)))?;
        let app = read_app(&self.context.record()?, tenant, "search.record").await;
        if let Some(days) = app.and_then(|app| app.retention.message_days) {
            self.remove_older(now.plus_millis(i64::from(days).saturating_mul(-DAY_MS))).await?;
        }
        self.sql.script(texts::MERGE)?;
        self.sql.keep_json(MAINTAINED_AT, &now.millis())
    }

    /// Arms the alarm for what is due next.
    pub(super) fn arm(&self) {
        let now = self.context.now();
        // The database logs its failure; the alarm retries.
        let has_work = self.sql.first(fills::NEXT, []).map_or(true, |row| row.is_some())
            || self.listed().map_or(true, |listed| listed.is_some());
        let at = if has_work || self.retry.is_failing() {
            now.plus_millis(SOON_MS).max(self.retry.at().unwrap_or(now))
        } else {
            now.plus_millis(MAINTENANCE_MS)
        };
        self.context.wake_at(at);
    }
}

/// Value of [`LISTED`] when all conversations were listed: no place.
const DONE: &str = "done";

fn waiting(row: &Row) -> Option<Waiting> {
    let conversation = ConversationId::trusted(row.string(1)?);
    Some(Waiting { number: row.int(0)?, conversation, after: row.int(2)? })
}

/// Logs a record error and turns it into a problem.
pub(super) fn unread(error: StorageError) -> Problem {
    tracing::error!(at = "search.record", detail = %error);
    error.into()
}
