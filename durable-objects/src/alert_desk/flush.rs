//! Flush of alerts to D1, in order of `seq`, page by page. Writing a page is idempotent. An outage of D1 blocks no
//! alert.

use super::Object;
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::Hosted;
use campana_runtime::retry::{Backoff, Retry};
use campana_runtime::single_flight::SingleFlight;
use futures_util::future::{Either, select};
use futures_util::lock::Mutex;
use std::pin::pin;
use std::rc::Rc;

/// Positions in one page.
const PAGE: i64 = 50;
/// Delay of a flush, milliseconds. One flush writes all changes of that time, and it does not compete with the fan-out of
/// the change that planned it. A reader of alerts in D1 has the desk flush first ([`Object::settle`]).
const DELAY_MS: u32 = 250;
/// How long a reader of D1 waits for the flush, milliseconds.
const PATIENCE_MS: u32 = 2_000;
/// Back-off while D1 fails.
const BACKOFF: Backoff = Backoff { first_ms: 1_000, longest_ms: 30_000 };

/// State of the flush, in memory.
pub(super) struct Flush {
    /// Serialises flushes; readers of D1 wait for it.
    running: Mutex<()>,
    planned: SingleFlight,
    retry: Retry,
}

impl Default for Flush {
    fn default() -> Self {
        Self { running: Mutex::default(), planned: SingleFlight::default(), retry: Retry::new(BACKOFF) }
    }
}

impl Flush {
    /// When the next attempt is due, if the last one failed.
    pub(super) fn retry_at(&self) -> Option<Timestamp> {
        self.retry.at()
    }
}

impl Object {
    /// Flushes in the background after [`DELAY_MS`] and the fan-out to native sockets.
    pub(super) fn flush_soon(self: &Rc<Self>) {
        if self.flush.retry.is_failing() {
            return;
        }
        let Some(planned) = self.flush.planned.begin() else { return };
        self.spawn(async move |object| {
            object.context.sleep(DELAY_MS).await;
            object.wait_for_native_sockets().await;
            drop(planned);
            object.flush_all().await;
        });
    }

    /// Flushes before a read of D1, for at most [`PATIENCE_MS`].
    pub(super) async fn settle(self: &Rc<Self>) {
        self.write_deliveries(usize::MAX);
        if self.is_behind() {
            let flushed = self.flush_all();
            if let Either::Right(_) = select(pin!(flushed), pin!(self.context.sleep(PATIENCE_MS))).await {
                self.flush_soon();
            }
        }
    }

    /// Whether D1 lacks changes.
    pub(super) fn is_behind(&self) -> bool {
        self.rows.are_made() && matches!((self.rows.head(), self.rows.flushed()), (Ok(head), Ok(up_to)) if head > up_to)
    }

    /// Writes all changes that D1 lacks. On failure the alarm retries.
    pub(super) async fn flush_all(self: &Rc<Self>) {
        let _one_at_a_time = self.flush.running.lock().await;
        if !self.is_behind() {
            return self.flush.retry.succeeded();
        }
        match self.flush_pages().await {
            Ok(()) => {
                self.flush.retry.succeeded();
                self.arm_for_what_is_due();
            }
            Err(detail) => {
                tracing::error!(at = "alert_desk.record", detail);
                self.wake_at(self.flush.retry.failed(self.context.now()));
            }
        }
    }

    async fn flush_pages(&self) -> Result<(), String> {
        let unknown = || "the desk does not know whose it is, or has no record".to_owned();
        let (tenant, record) = self.tenant().zip(self.context.record().ok()).ok_or_else(unknown)?;
        let failed = |problem: campana_core::shared::problem::Problem| problem.detail;
        loop {
            let (after, head) = (self.rows.flushed().map_err(failed)?, self.rows.head().map_err(failed)?);
            if after >= head {
                return Ok(());
            }
            let up_to = head.min(after.saturating_add(PAGE));
            let changes = self.rows.changes(after, up_to).map_err(failed)?;
            if !changes.is_empty() {
                record.save_alerts(&tenant, &changes).await.map_err(|error| error.to_string())?;
            }
            self.rows.set_flushed(up_to).map_err(failed)?;
        }
    }
}
