//! Trim of old events in the logs of conversations' objects, which store them for resume only. Each object with old
//! events is asked to trim its log.

use super::job::{DAY_MS, Failure, HOUR_MS, Job, Step};
use crate::App;
use crate::ports::BoxFuture;
use campana_core::chat::command::{TrimLog, Trimmed};
use campana_core::shared::limits::LOG_KEPT_MS;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::{DueLog, LogSettlement};
use futures_util::future::join_all;

/// Maximum number of objects per step.
const OBJECTS: u32 = 30;
/// Objects asked concurrently.
const AT_ONCE: usize = 6;
/// Delay before the next request to an object that did not answer, or that has old events not yet flushed,
/// milliseconds.
const AGAIN_MS: i64 = HOUR_MS / 2;
/// Minimum interval between trims of an object, milliseconds: in an active conversation some event becomes too old at
/// any time. The purge of messages overrides it.
const REST_MS: i64 = DAY_MS;

pub(super) struct OldLogs;

impl Job for OldLogs {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        Box::pin(async move {
            let now = app.now();
            let due = app.store().due_logs(now, OBJECTS).await?;
            let more = due.len() >= OBJECTS as usize;
            let (mut purged, mut silent) = (0, 0);
            let mut settlements = Vec::new();
            for wave in due.chunks(AT_ONCE) {
                let answers = join_all(wave.iter().map(|log| trim(app, log, now))).await;
                for (log, answer) in wave.iter().zip(answers) {
                    match &answer {
                        Ok(trimmed) => purged = u64::try_from(trimmed.events).unwrap_or(0).saturating_add(purged),
                        Err(_) => silent = 1_usize.saturating_add(silent),
                    }
                    settlements.push(settle(log, answer.as_ref().ok(), now));
                }
            }
            if silent > 0 {
                tracing::warn!(at = "scheduled", job = "logs", objects_without_answer = silent);
            }
            app.store().settle_logs(&settlements).await?;
            Ok(Step { purged, more })
        })
    }
}

/// Retention of events in the log: never longer than that of messages.
fn kept_for_ms(log: &DueLog) -> i64 {
    log.message_days.map_or(LOG_KEPT_MS, |days| days.saturating_mul(DAY_MS).min(LOG_KEPT_MS))
}

async fn trim(app: &App, log: &DueLog, now: Timestamp) -> Result<Trimmed, Problem> {
    let (tenant, conversation_id) = (log.tenant.clone(), log.conversation.clone());
    let before = now.plus_millis(kept_for_ms(log).saturating_neg());
    let erase_before = log.message_days.map(|days| now.plus_millis(days.saturating_mul(DAY_MS).saturating_neg()));
    app.objects().trim(TrimLog { tenant, conversation_id, before, erase_before }).await
}

fn settle(log: &DueLog, answer: Option<&Trimmed>, now: Timestamp) -> LogSettlement {
    let soon = now.plus_millis(AGAIN_MS);
    let next = |oldest_at: Timestamp| {
        let due_at = oldest_at.plus_millis(kept_for_ms(log));
        if due_at < now { soon } else { due_at.max(now.plus_millis(REST_MS)) }
    };
    let next_due_at = match answer {
        Some(Trimmed { oldest_at, .. }) => oldest_at.map(next),
        None => Some(soon),
    };
    LogSettlement { log: log.clone(), next_due_at, latest_due_at: now.plus_millis(LOG_KEPT_MS) }
}
