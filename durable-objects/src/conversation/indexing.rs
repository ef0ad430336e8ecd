//! Feed of the tenant's index for search: what the record has of the log, in order.
//!
//! A feed follows each flush. `indexed`, the position up to which the index has the log, is stored after the index has
//! answered, so a crash repeats a page, which changes nothing there. An index that does not answer is tried again by the
//! alarm. What was trimmed from the log before it was fed, and what was there before the object, the index reads
//! from the record.
//!
//! A deletion is also handed over with its call: the record may have it later than the answer, if it is slow.

use super::{Object, log};
use campana_core::accounts::metrics::SEARCH_LAG;
use campana_core::chat::search::{FeedMessages, IndexedMessage, OneConversation, object_name};
use campana_core::chat::wire::Message;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Hosted;
use campana_runtime::metrics;
use campana_runtime::objects::CallError;
use campana_runtime::ports::Address;
use campana_runtime::retry::{Backoff, Retry};
use campana_runtime::single_flight::SingleFlight;
use serde::Serialize;
use std::cell::Cell;
use std::rc::Rc;

/// Events of one feed.
const FEED_ROWS: i64 = 200;
/// Time-out of a feed, and of a deletion, whose caller waits, in milliseconds.
const TIMEOUT_MS: u32 = 10_000;
const DELETION_TIMEOUT_MS: u32 = 2_000;
/// Delay between two attempts while the index does not answer.
const BACKOFF: Backoff = Backoff { first_ms: 1_000, longest_ms: 60_000 };
/// Key in `meta`.
const INDEXED: &str = "indexed";

/// State of the feed, in memory.
pub(super) struct IndexFeed {
    /// Position up to which the index has the log; `None` until it is read.
    indexed: Cell<Option<i64>>,
    flight: SingleFlight,
    retry: Retry,
    /// When what is not indexed was flushed.
    behind_since: Cell<Option<Timestamp>>,
}

impl Default for IndexFeed {
    fn default() -> Self {
        Self {
            indexed: Cell::default(),
            flight: SingleFlight::default(),
            retry: Retry::new(BACKOFF),
            behind_since: Cell::default(),
        }
    }
}

impl Object {
    /// Feeds the index in the background, unless it is known not to answer now.
    pub(super) fn index_soon(self: &Rc<Self>) {
        let now = self.context.now();
        if self.is_indexed().unwrap_or(true) {
            return;
        }
        if self.index_feed.behind_since.get().is_none() {
            self.index_feed.behind_since.set(Some(now));
        }
        if let Some(at) = self.index_feed.retry.at().filter(|at| *at > now) {
            return self.wake_at(at);
        }
        let Some(flight) = self.index_feed.flight.begin() else { return };
        self.spawn(async move |object| {
            let fed = object.feed_index().await;
            drop(flight);
            match fed {
                Ok(()) => {
                    object.index_feed.retry.succeeded();
                    object.count_lag();
                    // What was flushed while the last page was on its way.
                    object.index_soon();
                }
                Err(detail) => {
                    let again = object.index_feed.retry.failed(object.context.now());
                    let failures = object.index_feed.retry.failures();
                    tracing::warn!(at = "conversation.index", failures, detail);
                    object.wake_at(again);
                }
            }
        });
    }

    async fn feed_index(self: &Rc<Self>) -> Result<(), String> {
        let text = |problem: Problem| problem.detail;
        while !self.is_indexed().map_err(text)? {
            let (tenant, conversation, flushed, floor) = self
                .with(|loaded| {
                    let conversation = loaded.rules.id().clone();
                    Ok((loaded.tenant.clone(), conversation, loaded.flushed, loaded.bounds_floor))
                })
                .map_err(text)?;
            let indexed = self.indexed().map_err(text)?;
            if indexed < floor {
                let one = OneConversation { tenant, conversation };
                self.tell_index("fill", &one, TIMEOUT_MS).await.map_err(|error| error.to_string())?;
                self.set_indexed(floor.min(flushed)).map_err(text)?;
                continue;
            }
            let page = self.log.page_after(indexed, FEED_ROWS).map_err(text)?;
            let last = page.last.min(flushed);
            let rows = page.messages.iter().map(|message| &message.row).filter(|row| row.updated_seq <= flushed);
            let messages: Vec<IndexedMessage> = rows.filter_map(IndexedMessage::of).collect();
            if !messages.is_empty() {
                let feed = FeedMessages { tenant, conversation, messages };
                self.tell_index("feed", &feed, TIMEOUT_MS).await.map_err(|error| error.to_string())?;
            }
            // An empty page is one of positions without events.
            self.set_indexed(if last > indexed { last } else { flushed }).map_err(text)?;
        }
        Ok(())
    }

    /// Takes a deleted message out of the index. If the index does not answer, the feed does it.
    pub(super) async fn unindex(&self, message: &Message) {
        let Ok((tenant, conversation)) = self.names() else { return };
        let removed = IndexedMessage::removed(message.id.clone(), message.seq, i64::MAX >> 11, message.created_at);
        let feed = FeedMessages { tenant, conversation, messages: vec![removed] };
        if let Err(error) = self.tell_index("feed", &feed, DELETION_TIMEOUT_MS).await {
            tracing::warn!(at = "conversation.index", detail = %error);
        }
    }

    /// Takes the deleted conversation out of the index, in the background. What stays if that fails is never shown.
    pub(super) fn forget_index(self: &Rc<Self>) {
        let Ok((tenant, conversation)) = self.names() else { return };
        self.spawn(async move |object| {
            let one = OneConversation { tenant, conversation };
            if let Err(error) = object.tell_index("forget", &one, TIMEOUT_MS).await {
                tracing::warn!(at = "conversation.index", detail = %error);
            }
        });
    }

    async fn tell_index(&self, path: &str, what: &impl Serialize, timeout_ms: u32) -> Result<(), CallError> {
        let Ok((tenant, _)) = self.names() else { return Ok(()) };
        let to = Address { namespace: "SEARCH", name: object_name(&tenant) };
        self.context.hand_over(&to, path, what, timeout_ms).await
    }

    /// Whether the index has all that the record has of the log. True for a deleted conversation.
    fn is_indexed(&self) -> Result<bool, Problem> {
        if self.is_deleted() {
            return Ok(true);
        }
        let flushed = self.with(|loaded| Ok(loaded.flushed))?;
        Ok(self.indexed()? >= flushed)
    }

    /// Position up to which the index has the log; 0 for an object older than the index.
    fn indexed(&self) -> Result<i64, Problem> {
        if let Some(indexed) = self.index_feed.indexed.get() {
            return Ok(indexed);
        }
        let indexed = log::value(&self.log.meta()?.unwrap_or_default(), INDEXED).and_then(|text| text.parse().ok());
        let indexed = indexed.unwrap_or(0);
        self.index_feed.indexed.set(Some(indexed));
        Ok(indexed)
    }

    fn set_indexed(&self, indexed: i64) -> Result<(), Problem> {
        self.index_feed.indexed.set(Some(indexed));
        self.context.sql.keep_json(INDEXED, &indexed)
    }

    /// Counts how long after its flush a message could be found.
    fn count_lag(&self) {
        let Some(since) = self.index_feed.behind_since.take() else { return };
        let Ok((tenant, _)) = self.names() else { return };
        let ms = self.context.now().since(since);
        metrics::count(&tenant, |collector| collector.observe(&SEARCH_LAG, &[], ms));
        metrics::report_soon(&self.context, &tenant);
    }
}
