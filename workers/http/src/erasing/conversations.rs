//! Messages and memberships. The conversation's object erases them; those of a deleted conversation, which has none that would answer, are
//! blanked in the record.

use super::left_out_if_failed;
use crate::App;
use campana_core::chat::command::TrimLog;
use campana_core::chat::erasure::{EraseMessages, ErasureStage};
use campana_core::shared::ids::ConversationId;
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_storage::{Erasure, StorageError};

/// Calls that empty the log of a deleted conversation.
const TRIMS: u32 = 20;

/// Erases a page of messages.
pub(super) async fn step(app: &App, erasure: &mut Erasure, now: Timestamp) -> Result<(), StorageError> {
    let (tenant, user) = (erasure.tenant.clone(), erasure.user_id.clone());
    let conversation = match erasure.progress.seq {
        Some(_) => Some(ConversationId::trusted(erasure.progress.after.clone())),
        None => app.store().next_conversation_of(&tenant, &user, &erasure.progress.after).await?,
    };
    let Some(conversation) = conversation else {
        erasure.progress.enter(ErasureStage::Reactions);
        return Ok(());
    };
    let asked = EraseMessages {
        tenant: tenant.clone(),
        conversation_id: conversation.clone(),
        user_id: user.clone(),
        up_to: erasure.up_to,
        after: erasure.progress.seq.unwrap_or(0),
    };
    let (messages, next) = match app.objects().erase(asked.clone()).await {
        Ok(erased) => (erased.messages, erased.next),
        Err(problem) if problem.kind == Kind::NotFound => in_deleted(app, erasure, &asked, now).await?,
        Err(problem) => {
            left_out_if_failed::<()>(&mut erasure.progress, "conversation", Err(problem));
            (0, None)
        }
    };
    if next.is_none() {
        app.store().erase_quarantined(&tenant, &conversation, &user).await?;
    }
    let progress = &mut erasure.progress;
    progress.messages = progress.messages.saturating_add(messages);
    progress.after = conversation.to_string();
    progress.seq = next;
    Ok(())
}

/// Blanks a page in the record, and empties the log of the object once nothing is left.
async fn in_deleted(
    app: &App,
    erasure: &mut Erasure,
    asked: &EraseMessages,
    now: Timestamp,
) -> Result<(u64, Option<i64>), StorageError> {
    let standing = app.store().conversation_standing(&asked.tenant, &asked.conversation_id).await?;
    let Some(standing) = standing else { return Ok((0, None)) };
    if !standing.is_deleted || standing.is_imported {
        let detail = if standing.is_imported { "it is being imported" } else { "its object does not know it" };
        left_out_if_failed::<()>(&mut erasure.progress, "conversation", Err(Problem::unavailable(detail)));
        return Ok((0, None));
    }
    let (messages, next) = app.store().erase_in_deleted(asked, now).await?;
    if next.is_none() && messages > 0 {
        let emptied = empty_log(app, asked, now).await;
        left_out_if_failed(&mut erasure.progress, "log of a deleted conversation", emptied);
    }
    Ok((messages, next))
}

async fn empty_log(app: &App, asked: &EraseMessages, now: Timestamp) -> Result<(), Problem> {
    let trim = TrimLog {
        tenant: asked.tenant.clone(),
        conversation_id: asked.conversation_id.clone(),
        before: now,
        erase_before: None,
    };
    for _ in 0..TRIMS {
        if app.objects().trim(trim.clone()).await?.oldest_at.is_none() {
            return Ok(());
        }
    }
    Err(Problem::unavailable("the log is longer than expected"))
}
