//! The way of the log into the record.
//!
//! At once when nothing is going on, coalesced under load, retried by the alarm. Every batch may be written
//! twice without harm, so a crash between writing and remembering costs nothing. The record being slow or
//! down stops nobody: the log goes on.

use super::log::LogPage;
use super::{Object, refused};
use crate::{platform, quota_reporter};
use campana_core::chat::command::FlushBatch;
use campana_core::shared::ids::{ConversationId, TenantId, UserId};
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::retry::{Backoff, Retry};
use campana_runtime::single_flight::SingleFlight;
use campana_storage::StorageError;
use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

/// Log rows in one batch at most.
const BATCH_ROWS: i64 = 50;
/// Markers in one batch at most.
const BATCH_READS: i64 = 200;
/// Time between two batches, for those who chat meanwhile, milliseconds.
const BREATH_MS: u32 = 5;
/// Time between two flushes while something goes on, milliseconds.
const MIN_INTERVAL_MS: u64 = 1_000;
/// The same under load: the busier a conversation is, the more one flush is worth waiting for. Nobody who reads
/// notices, since the object completes what the record gives.
const MAX_INTERVAL_MS: u64 = 5_000;
/// Rows in one flush that make the interval a second longer.
const ROWS_PER_SECOND_OF_INTERVAL: u64 = 10;
/// How soon the alarm looks after what was committed, should the object die before it was flushed.
const SAFETY_MS: i64 = 5_000;
/// How often it is looked whether somebody waits for the next flush, milliseconds.
const INTERVAL_STEP_MS: u64 = 50;
/// How often a caller looks whether the record has what it waits for, and how many times.
const PATIENCE_STEP_MS: u32 = 10;
const PATIENCE_STEPS: u32 = 100;
/// Between two tries while the record is down.
const BACKOFF: Backoff = Backoff { first_ms: 1_000, longest_ms: 30_000 };

/// Where flushing stands, in memory.
pub(crate) struct FlushState {
    /// Somebody waits for a flush: the interval is not waited for.
    is_awaited: Cell<bool>,
    /// The record refused a batch: entries go one by one until it is known which of them it refuses.
    one_by_one: Cell<bool>,
    flight: SingleFlight,
    last_at: Cell<Timestamp>,
    last_rows: Cell<u64>,
    retry: Retry,
    dirty: Cell<bool>,
    behind_at_waking: Cell<bool>,
}

impl FlushState {
    /// The object woke, and the record has all of the log or not.
    pub(super) fn woke(&self, is_behind: bool) {
        self.behind_at_waking.set(is_behind);
    }

    /// How long to wait between two flushes, milliseconds.
    fn interval_ms(&self) -> u64 {
        let longer = (self.last_rows.get() / ROWS_PER_SECOND_OF_INTERVAL).saturating_mul(1_000);
        MIN_INTERVAL_MS.saturating_add(longer).min(MAX_INTERVAL_MS)
    }
}

impl Default for FlushState {
    fn default() -> Self {
        Self {
            is_awaited: Cell::default(),
            one_by_one: Cell::default(),
            flight: SingleFlight::default(),
            last_at: Cell::default(),
            last_rows: Cell::default(),
            retry: Retry::new(BACKOFF),
            dirty: Cell::default(),
            behind_at_waking: Cell::default(),
        }
    }
}

impl Object {
    /// Before a commit: the alarm will look after it even if the object dies at once.
    pub(super) fn arm_for_flush(&self) {
        if !self.flush.dirty.replace(true) {
            self.arm(platform::now().plus_millis(SAFETY_MS));
        }
    }

    /// The first event after waking: the object may have died with something that the record does not have, and that not
    /// everybody was sent.
    pub(super) fn catch_up(self: &Rc<Self>) {
        if self.began_before_waking.take() {
            self.recover_soon();
        }
        if self.flush.behind_at_waking.take() {
            self.tell_position();
            self.flush_soon();
        }
    }

    /// After a commit: flush in the background, unless that already happens or the record is down.
    pub(super) fn flush_soon(self: &Rc<Self>) {
        self.arm_for_flush();
        if self.flush.retry.is_failing() {
            return;
        }
        let Some(flight) = self.flush.flight.begin() else { return };
        let object = Rc::clone(self);
        self.state.wait_until(async move {
            let mut left = object.flush.interval_ms().saturating_sub(platform::now().since(object.flush.last_at.get()));
            while left > 0 && !object.flush.is_awaited.get() {
                let step = left.min(INTERVAL_STEP_MS);
                platform::sleep(u32::try_from(step).unwrap_or(0)).await;
                left = left.saturating_sub(step);
            }
            object.flush_all().await;
            drop(flight);
            if object.flush.dirty.get() && !object.flush.retry.is_failing() {
                object.flush_soon();
            }
        });
    }

    /// From the alarm: flushes what is left, and arms the next try if the record is still down.
    pub(super) async fn flush_from_alarm(self: &Rc<Self>) {
        let Some(_flight) = self.flush.flight.begin() else {
            return self.arm(platform::now().plus_millis(SAFETY_MS));
        };
        self.flush_all().await;
    }

    /// Waits until the record has what the caller waits for, if it answers within a second. Flushes at once, in the
    /// background: others may write on meanwhile, which is not waited for.
    pub(super) async fn flush_until(self: &Rc<Self>, has: impl Fn(&Self) -> Result<bool, Problem>) {
        self.flush.is_awaited.set(true);
        self.flush_soon();
        for _ in 0..PATIENCE_STEPS {
            if self.flush.retry.is_failing() || has(self).unwrap_or(true) {
                return;
            }
            platform::sleep(PATIENCE_STEP_MS).await;
        }
    }

    async fn flush_all(self: &Rc<Self>) {
        self.flush.dirty.set(false);
        self.flush.is_awaited.set(false);
        self.flush.last_rows.set(0);
        loop {
            match self.flush_batch().await {
                Ok(true) => platform::sleep(BREATH_MS).await,
                Ok(false) => {
                    self.flush.one_by_one.set(false);
                    self.flush.retry.succeeded();
                    quota_reporter::report_soon(self);
                    break;
                }
                Err(problem) => {
                    let again = self.flush.retry.failed(platform::now());
                    let (conversation_id, failures) = (self.own_id(), self.flush.retry.failures());
                    tracing::error!(at = "conversation.flush", conversation_id, failures, detail = problem.detail);
                    self.flush.dirty.set(true);
                    self.arm(again);
                    break;
                }
            }
        }
        self.flush.last_at.set(platform::now());
    }

    /// Writes one batch. True if there may be more.
    async fn flush_batch(self: &Rc<Self>) -> Result<bool, Problem> {
        if self.is_deleted() {
            // The record has let go of the conversation; what it does not have goes with it.
            return Ok(false);
        }
        let (tenant, conversation, flushed) =
            self.with(|loaded| Ok((loaded.tenant.clone(), loaded.rules.id().clone(), loaded.flushed)))?;
        let rows = if self.flush.one_by_one.get() { 1 } else { BATCH_ROWS };
        let LogPage { messages, unreadable, last } = self.log.page_after(flushed, rows)?;
        let reads = self.members.pending_reads(BATCH_READS)?;
        if last == flushed && reads.is_empty() {
            return Ok(false);
        }
        let mut markers: HashMap<UserId, i64> = reads.into_iter().collect();
        let mut batch = FlushBatch { last_seq: last, quarantined: unreadable, ..FlushBatch::default() };
        for message in messages {
            if message.is_new {
                // Whoever writes has read up to there.
                markers.insert(message.row.message.sender_id.clone(), message.row.message.seq);
                batch.message_count = batch.message_count.max(message.row.ordinal);
                batch.last_message_at = Some(message.row.message.created_at);
                batch.created.push(message.row);
            } else {
                batch.changed.push(message.row);
                batch.audits.extend(message.audit);
            }
        }
        batch.read = markers.into_iter().collect();
        let written = self.store()?.flush(&tenant, &conversation, &batch, platform::now()).await;
        if let Err(error) = written {
            if !error.is_refusal() || last == flushed {
                return Err(refused(error));
            }
            if rows > 1 {
                self.flush.one_by_one.set(true);
                return Ok(true);
            }
            batch = self.quarantine(&tenant, &conversation, batch).await?;
        }
        for entry in &batch.quarantined {
            self.flush.one_by_one.set(false);
            let (conversation_id, reason) = (self.own_id(), entry.reason.as_str());
            let detail = "the record does not take an entry: it is in quarantine";
            tracing::error!(at = "conversation.quarantine", conversation_id, seq = entry.seq, reason, detail);
        }
        let rows = u64::try_from(batch.created.len().saturating_add(batch.changed.len())).unwrap_or(0);
        self.flush.last_rows.set(self.flush.last_rows.get().saturating_add(rows));
        self.flushed(last, &batch)?;
        let readers: Vec<UserId> = batch.read.into_iter().map(|(user, _)| user).collect();
        self.tell_inboxes(!batch.created.is_empty() || !batch.changed.is_empty(), readers);
        Ok(true)
    }

    /// The record refuses the one entry of a batch: keeps it apart, so that those behind it go on. What the audit log
    /// is to say of it is written all the same, unless that is what is refused.
    async fn quarantine(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        taken: FlushBatch,
    ) -> Result<FlushBatch, Problem> {
        let store = self.store()?;
        let quarantined = Vec::from_iter(self.log.refused(taken.last_seq)?);
        let mut batch =
            FlushBatch { last_seq: taken.last_seq, audits: taken.audits, quarantined, ..FlushBatch::default() };
        let mut kept = store.flush(tenant, conversation, &batch, platform::now()).await;
        if kept.as_ref().is_err_and(StorageError::is_refusal) {
            batch.audits.clear();
            kept = store.flush(tenant, conversation, &batch, platform::now()).await;
        }
        kept.map(|()| batch).map_err(refused)
    }

    /// This conversation's id, for the log.
    fn own_id(&self) -> Option<String> {
        self.names().map(|(_, conversation)| conversation.as_str().to_owned()).ok()
    }

    /// The record has it: remember how far, and let go of what is no longer needed.
    fn flushed(&self, last: i64, batch: &FlushBatch) -> Result<(), Problem> {
        let moved = self.with(|loaded| {
            let moved = last > loaded.flushed;
            loaded.flushed = loaded.flushed.max(last);
            Ok(moved)
        })?;
        if moved {
            self.log.set_meta("flushed", &last.to_string())?;
        }
        self.members.reads_flushed(&batch.read)?;
        self.with(|loaded| {
            let bounds = super::Bounds {
                floor: loaded.bounds_floor,
                head: loaded.rules.head(),
                message_count: loaded.rules.message_count(),
            };
            loaded.bounds_floor = self.log.trim(bounds, loaded.flushed)?;
            Ok(())
        })
    }
}
