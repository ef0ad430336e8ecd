//! Flush of the log to the record.
//!
//! Immediate when idle, coalesced under load, retried by the alarm. Batches are idempotent, so a crash between the
//! write to the record and the update of `flushed` is harmless. A slow or unavailable record never blocks the log.
//!
//! `flushed` is stored once the gateways have the events too: an object that wakes behind tells them its position, so no
//! event is lost without notice if the process ends.

use super::log::LogPage;
use super::{Object, refused};
use crate::{quota_reporter, subscriptions};
use campana_core::accounts::metrics::{DELIVERY, FEATURE_USES, FLUSH};
use campana_core::chat::flush::{FlushBatch, ReadMarker};
use campana_core::chat::notifications::NotificationCandidate;
use campana_core::chat::policy::Place;
use campana_core::chat::scheduled::is_sent_key;
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Hosted;
use campana_runtime::metrics;
use campana_runtime::notify::Notify;
use campana_runtime::retry::{Backoff, Retry};
use campana_runtime::single_flight::SingleFlight;
use campana_runtime::urgency;
use campana_storage::{Flushed, StorageError};
use futures_util::future::{Either, select};
use std::cell::Cell;
use std::collections::HashMap;
use std::pin::pin;
use std::rc::Rc;

/// Maximum number of log rows in one batch.
const BATCH_ROWS: i64 = 50;
/// Maximum number of read markers in one batch.
const BATCH_READS: i64 = 200;
/// Pause between two batches, in milliseconds, so that other work can run.
const BREATH_MS: u32 = 5;
/// Minimum time between two flushes, in milliseconds.
const MIN_INTERVAL_MS: u64 = 1_000;
/// Longest interval between two flushes, in milliseconds: under load, larger batches are cheaper. Readers see no delay,
/// since the object adds unflushed messages to pages from the record.
const MAX_INTERVAL_MS: u64 = 5_000;
/// Rows in the last flush that lengthen the interval by one second.
const ROWS_PER_SECOND_OF_INTERVAL: u64 = 10;
/// Shortest interval, in times the duration of the last flush: a database that many conversations load gets fewer, larger batches.
const DURATIONS_OF_INTERVAL: u64 = 5;
/// Alarm delay after a commit, in milliseconds, in case the object dies before the flush.
const SAFETY_MS: i64 = 5_000;
/// How long a caller waits for a flush, in milliseconds.
const PATIENCE_MS: u32 = 1_000;
/// Delay between two attempts while the record is unavailable.
const BACKOFF: Backoff = Backoff { first_ms: 1_000, longest_ms: 30_000 };

/// State of the flush, in memory.
pub(crate) struct FlushState {
    /// A caller waits for a flush, so the interval is skipped.
    is_awaited: Cell<bool>,
    /// Notifies the task that waits for the interval's end that it is skipped.
    awaited: Notify,
    /// Notifies callers that a batch was written, or failed.
    ended: Notify,
    /// The record refused a batch: flush single entries until the refused one is found.
    one_by_one: Cell<bool>,
    flight: SingleFlight,
    /// The task that stores how far the record has the log.
    storing: SingleFlight,
    last_at: Cell<Timestamp>,
    last_rows: Cell<u64>,
    /// Duration of the last flush, in milliseconds.
    last_ms: Cell<u64>,
    retry: Retry,
    dirty: Cell<bool>,
    behind_at_waking: Cell<bool>,
}

impl FlushState {
    /// Sets, at waking, whether the record lacks part of the log.
    pub(super) fn woke(&self, is_behind: bool) {
        self.behind_at_waking.set(is_behind);
    }

    /// Interval between two flushes, in milliseconds.
    fn interval_ms(&self) -> u64 {
        let longer = (self.last_rows.get() / ROWS_PER_SECOND_OF_INTERVAL).saturating_mul(1_000);
        let shortest = self.last_ms.get().saturating_mul(DURATIONS_OF_INTERVAL);
        MIN_INTERVAL_MS.saturating_add(longer).max(shortest).min(MAX_INTERVAL_MS)
    }
}

impl Default for FlushState {
    fn default() -> Self {
        Self {
            is_awaited: Cell::default(),
            awaited: Notify::default(),
            ended: Notify::default(),
            one_by_one: Cell::default(),
            flight: SingleFlight::default(),
            storing: SingleFlight::default(),
            last_at: Cell::default(),
            last_rows: Cell::default(),
            last_ms: Cell::default(),
            retry: Retry::new(BACKOFF),
            dirty: Cell::default(),
            behind_at_waking: Cell::default(),
        }
    }
}

impl Object {
    /// Call before a commit: arms the alarm, so that the entry is flushed even if the object dies immediately.
    pub(super) fn arm_for_flush(&self) {
        if !self.flush.dirty.replace(true) {
            self.wake_at(self.context.now().plus_millis(SAFETY_MS));
        }
    }

    /// On the first event after waking: resumes the work of a lost instance (unflushed entries, unsent events, and
    /// changes with an unknown outcome).
    pub(super) fn catch_up(self: &Rc<Self>) {
        if self.began_before_waking.take() {
            self.recover_soon();
        }
        if self.flush.behind_at_waking.take() {
            self.send_position();
            self.flush_soon();
        }
    }

    /// Starts a flush in the background, unless one is running or the record is unavailable.
    pub(super) fn flush_soon(self: &Rc<Self>) {
        self.arm_for_flush();
        if self.flush.retry.is_failing() {
            return;
        }
        let Some(flight) = self.flush.flight.begin() else { return };
        self.spawn(async move |object| {
            let elapsed_ms = object.context.now().since(object.flush.last_at.get());
            let wait_ms = object.flush.interval_ms().saturating_sub(elapsed_ms);
            if wait_ms > 0 && !object.flush.is_awaited.get() {
                let interval = object.context.sleep(u32::try_from(wait_ms).unwrap_or(0));
                select(pin!(interval), object.flush.awaited.notified()).await;
            }
            urgency::give_way(object.context.host()).await;
            object.flush_all().await;
            drop(flight);
            if object.flush.dirty.get() && !object.flush.retry.is_failing() {
                object.flush_soon();
            }
        });
    }

    /// Flush from the alarm; arms the next attempt if the record is still unavailable.
    pub(super) async fn flush_from_alarm(self: &Rc<Self>) {
        let Some(_flight) = self.flush.flight.begin() else {
            return self.wake_at(self.context.now().plus_millis(SAFETY_MS));
        };
        self.flush_all().await;
    }

    /// Lets the next flush begin without waiting for the interval.
    pub(super) fn hasten_flush(&self) {
        self.flush.is_awaited.set(true);
        self.flush.awaited.notify_waiters();
    }

    /// Starts a flush immediately and waits until `has` is true, for at most [`PATIENCE_MS`].
    pub(super) async fn flush_until(self: &Rc<Self>, has: impl Fn(&Self) -> Result<bool, Problem>) {
        let mut patience = pin!(self.context.sleep(PATIENCE_MS));
        let is_over = || self.flush.retry.is_failing() || has(self).unwrap_or(true);
        while !is_over() {
            let ended = self.flush.ended.notified();
            self.hasten_flush();
            self.flush_soon();
            if let Either::Left(_) = select(patience.as_mut(), ended).await {
                return;
            }
            if !is_over() {
                // A flush that had nothing to write ends at once.
                self.context.sleep(BREATH_MS).await;
            }
        }
    }

    async fn flush_all(self: &Rc<Self>) {
        self.flush.dirty.set(false);
        self.flush.is_awaited.set(false);
        self.flush.last_rows.set(0);
        let began = self.context.now();
        loop {
            match self.flush_batch().await {
                Ok(true) => {
                    self.flush.ended.notify_waiters();
                    self.context.sleep(BREATH_MS).await;
                }
                Ok(false) => {
                    self.flush.one_by_one.set(false);
                    self.flush.retry.succeeded();
                    quota_reporter::report_soon(self);
                    break;
                }
                Err(problem) => {
                    let again = self.flush.retry.failed(self.context.now());
                    let (conversation_id, failures) = (self.own_id(), self.flush.retry.failures());
                    tracing::error!(at = "conversation.flush", conversation_id, failures, detail = problem.detail);
                    self.flush.dirty.set(true);
                    self.wake_at(again);
                    break;
                }
            }
        }
        let now = self.context.now();
        self.flush.last_ms.set(now.since(began));
        self.flush.last_at.set(now);
        self.flush.ended.notify_waiters();
    }

    /// Writes one batch. True if there may be more.
    async fn flush_batch(self: &Rc<Self>) -> Result<bool, Problem> {
        if self.is_deleted() {
            // The record has deleted the conversation, so unflushed entries are dropped.
            return Ok(false);
        }
        let (tenant, conversation, flushed) =
            self.with(|loaded| Ok((loaded.tenant.clone(), loaded.rules.id().clone(), loaded.flushed)))?;
        let rows = if self.flush.one_by_one.get() { 1 } else { BATCH_ROWS };
        let LogPage { messages, unreadable, last } = self.log.page_after(flushed, rows)?;
        let reads = self.members.pending_reads(BATCH_READS, self.context.now())?;
        // The lock keeps other requests about scheduled messages from the record. If one holds it, a later flush settles. So does one
        // that looks for a refused entry: only that entry may be the reason of a refusal.
        let settling = if self.flush.one_by_one.get() { None } else { self.scheduled.try_lock() };
        let sent_scheduled = if settling.is_some() { self.scheduled.sent()? } else { Vec::new() };
        if last == flushed && reads.is_empty() && sent_scheduled.is_empty() {
            return Ok(false);
        }
        let mut markers: HashMap<UserId, ReadMarker> =
            reads.into_iter().map(|marker| (marker.user_id.clone(), marker)).collect();
        let (annotated, reactions) = self.annotations.changed(flushed, last)?;
        let is_direct = self.with(|loaded| Ok(loaded.rules.place() == Place::Direct))?;
        let mut batch = FlushBatch {
            last_seq: last,
            annotated,
            reactions,
            is_direct,
            sent_scheduled,
            quarantined: unreadable,
            ..FlushBatch::default()
        };
        for message in messages {
            batch.notifications.extend(NotificationCandidate::of_mentions(&message.row.message));
            if message.is_new {
                let sent = &message.row.message;
                // The author of a scheduled message may not have read what came before it.
                if !sent.is_thread_only()
                    && !sent.is_system()
                    && !is_sent_key(sent.client_msg_id.as_deref())
                    && let Some(marker) = self.members.marker_of_sender(&sent.sender_id, sent.seq, sent.created_at)?
                {
                    // Sending a message also marks the conversation as read up to it.
                    markers.insert(sent.sender_id.clone(), marker);
                }
                batch.message_count = batch.message_count.max(message.row.ordinal);
                batch.uncounted_count = batch.uncounted_count.max(message.row.uncounted);
                if sent.is_counted() {
                    batch.last_message_at = Some(sent.created_at);
                }
                batch.created.push(message.row);
            } else {
                batch.changed.push(message.row);
                batch.audits.extend(message.audit);
            }
        }
        batch.read = markers.into_values().collect();
        let is_news = batch.changed.iter().chain(&batch.created).any(|row| row.message.is_counted());
        // Of several batches in a row, the last one asks.
        let is_full =
            batch.changed.len().saturating_add(batch.created.len()) >= usize::try_from(rows).unwrap_or(usize::MAX);
        batch.asks_inboxes = !is_full && (is_news || !batch.read.is_empty());
        let began = self.context.now();
        let mut outcome = Flushed::default();
        match self.context.record()?.flush(&tenant, &conversation, &batch, began).await {
            Ok(written) => outcome = written,
            Err(error) if !error.is_refusal() || last == flushed => return Err(refused(error)),
            Err(_) if rows > 1 => {
                self.flush.one_by_one.set(true);
                return Ok(true);
            }
            Err(_) => batch = self.quarantine(&tenant, &conversation, batch).await?,
        }
        let written = batch.created.iter().filter(|row| !row.message.is_system()).count();
        self.count_flush(&tenant, self.context.now().since(began), written);
        for entry in &batch.quarantined {
            self.flush.one_by_one.set(false);
            let (conversation_id, reason) = (self.own_id(), entry.reason.as_str());
            let detail = "the record does not take an entry: it is in quarantine";
            tracing::error!(at = "conversation.quarantine", conversation_id, seq = entry.seq, reason, detail);
        }
        let rows = [batch.created.len(), batch.changed.len(), batch.reactions.len()].iter().sum::<usize>();
        let rows = u64::try_from(rows).unwrap_or(0);
        self.flush.last_rows.set(self.flush.last_rows.get().saturating_add(rows));
        self.note_links(&batch)?;
        self.flushed(last, &batch)?;
        self.settled(&batch.sent_scheduled, &outcome.authors_online)?;
        drop(settling);
        self.index_soon();
        self.preview_links();
        let unarchived = outcome.unarchived.iter().map(|member| member.user_id.clone()).collect();
        self.tell_unarchived(outcome.unarchived);
        self.tell_notified(outcome.notifications, &unarchived);
        let readers: Vec<UserId> = batch.read.into_iter().map(|marker| marker.user_id).collect();
        self.inboxes_flushed(is_news, readers, outcome.online);
        Ok(true)
    }

    /// Counts a flush, its messages, and the deliveries since the last one.
    fn count_flush(&self, tenant: &TenantId, ms: u64, messages: usize) {
        let durations = self.fan_out.borrow_mut().take_durations();
        let place = self.with(|loaded| Ok(loaded.rules.place()));
        let feature = place.ok().and_then(feature_of_messages);
        metrics::count(tenant, |collector| {
            collector.observe(&FLUSH, &["conversation"], ms);
            collector.add_all(&DELIVERY, &["conversation"], &durations);
            if let Some(feature) = feature.filter(|_| messages > 0) {
                collector.add(&FEATURE_USES, &[feature], u64::try_from(messages).unwrap_or_default());
            }
        });
    }

    /// Quarantines the single entry that the record refuses, so that later entries can be flushed. Its audit entry is
    /// still written, unless the record refuses that too.
    async fn quarantine(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        refused_batch: FlushBatch,
    ) -> Result<FlushBatch, Problem> {
        let store = self.context.record()?;
        let quarantined = Vec::from_iter(self.log.refused(refused_batch.last_seq)?);
        let mut batch = FlushBatch {
            last_seq: refused_batch.last_seq,
            audits: refused_batch.audits,
            quarantined,
            ..FlushBatch::default()
        };
        let mut written = store.flush(tenant, conversation, &batch, self.context.now()).await;
        if written.as_ref().is_err_and(StorageError::is_refusal) {
            batch.audits.clear();
            written = store.flush(tenant, conversation, &batch, self.context.now()).await;
        }
        written.map(|_| batch).map_err(refused)
    }

    /// This conversation's id, for the log.
    fn own_id(&self) -> Option<String> {
        self.names().map(|(_, conversation)| conversation.as_str().to_owned()).ok()
    }

    /// Notes how far the record has the log, and trims the log.
    fn flushed(self: &Rc<Self>, last: i64, batch: &FlushBatch) -> Result<(), Problem> {
        let moved = self.with(|loaded| {
            let moved = last > loaded.flushed;
            loaded.flushed = loaded.flushed.max(last);
            Ok(moved)
        })?;
        if moved {
            self.store_flushed();
        }
        self.members.reads_flushed(&batch.read)?;
        self.with(|loaded| {
            let bounds =
                super::Bounds { floor: loaded.bounds_floor, head: loaded.rules.head(), counts: loaded.rules.counts() };
            let floor = self.log.trim(bounds, loaded.flushed)?;
            if floor > loaded.bounds_floor {
                self.annotations.let_go(floor)?;
            }
            loaded.bounds_floor = floor;
            Ok(())
        })
    }

    /// Stores how far the record has the log, once the gateways have the events too.
    fn store_flushed(self: &Rc<Self>) {
        let Some(storing) = self.flush.storing.begin() else { return };
        self.spawn(async move |object| {
            let mut stored = None;
            while let Ok(flushed) = object.with(|loaded| Ok(loaded.flushed))
                && stored != Some(flushed)
            {
                subscriptions::settled(&object.subscriptions).await;
                if object.is_deleted() {
                    break;
                }
                // If this write fails, the next flush or the object that wakes writes the same page again.
                let _reported = object.context.sql.keep_json("flushed", &flushed);
                stored = Some(flushed);
            }
            drop(storing);
        });
    }
}

/// The feature that messages of this place are uses of.
pub(super) const fn feature_of_messages(place: Place) -> Option<&'static str> {
    match place {
        Place::App => None,
        Place::PublicRoom | Place::PrivateRoom => Some("room_messages"),
        Place::Direct => Some("direct_messages"),
        Place::Group => Some("group_messages"),
    }
}
