//! Scheduled messages that are overdue. Their conversation's object sends them by its alarm; if it has lost the alarm or
//! the message, it is asked to read what is due from D1 and to send it. Messages that slow mode holds back stay overdue.

use super::job::{Failure, Job, Step};
use crate::App;
use crate::ports::BoxFuture;
use campana_core::chat::scheduled::SendDue;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::StorageError;
use futures_util::{StreamExt, stream};

/// Messages per step.
const LIMIT: u32 = 100;
/// Objects called concurrently.
const AT_ONCE: usize = 6;
/// How long an object's alarm may take, milliseconds.
const PATIENCE_MS: i64 = 60_000;
/// Delay before an object is asked again for the same messages, milliseconds: shorter than the schedule's interval.
const AGAIN_MS: i64 = 4 * 60_000;

#[derive(Default)]
pub(super) struct OverdueMessages;

impl Job for OverdueMessages {
    fn step<'a>(&'a mut self, app: &'a App) -> BoxFuture<'a, Result<Step, Failure>> {
        Box::pin(async move {
            let now = app.now();
            let overdue = app.store().overdue_scheduled(now.plus_millis(-PATIENCE_MS), LIMIT).await?;
            let found = overdue.len();
            let asked = stream::iter(overdue).map(|(tenant, conversation_id)| async move {
                ask(app, SendDue { tenant, conversation_id }, now).await
            });
            let outcomes: Vec<Result<bool, StorageError>> = asked.buffer_unordered(AT_ONCE).collect().await;
            let (mut sent, mut silent) = (0_u64, 0_u64);
            for outcome in outcomes {
                let count = if outcome? { &mut sent } else { &mut silent };
                *count = count.saturating_add(1);
            }
            if silent > 0 {
                tracing::warn!(at = "scheduled", job = "scheduled_messages", objects_without_answer = silent);
            }
            // Every conversation found is not found again in this run.
            Ok(Step { purged: sent, more: found > 0 })
        })
    }
}

/// Asks an object. Returns whether it answered.
async fn ask(app: &App, due: SendDue, now: Timestamp) -> Result<bool, StorageError> {
    let (tenant, conversation) = (due.tenant.clone(), due.conversation_id.clone());
    let answer = app.objects().send_due(due).await;
    app.store().check_scheduled_later(&tenant, &conversation, now, now.plus_millis(AGAIN_MS)).await?;
    Ok(answer.is_ok())
}
