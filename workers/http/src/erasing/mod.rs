//! Erasure of users: a job in steps, each of which erases a bounded amount and stores how far the job is.
//!
//! The request runs the first steps, and a schedule the others. A step may be repeated: what is erased already is passed over. All stages
//! run twice, because an identity of before may still be admitted for some seconds after the request; the second pass begins after that.
//! What an object does not answer for is left out, and makes another pass necessary.

mod alerts;
mod conversations;
mod files;

use crate::App;
use campana_core::chat::erasure::{ErasureStage, Progress};
use campana_core::chat::search::Erase;
use campana_core::shared::problem::Problem;
use campana_core::shared::timestamp::Timestamp;
use campana_storage::{Erasure, StorageError};

/// Rows of each kind that a step erases.
const ROWS: u32 = 500;
/// When a pass is repeated in which something did not answer, milliseconds.
const AGAIN_MS: i64 = 10 * 60_000;
/// When alerts that are open are looked at again, milliseconds.
const ALERTS_MS: i64 = 4 * 60_000;

/// What follows a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The next step can run at once.
    Step,
    /// The next step is due then.
    At(Timestamp),
    /// Nothing is left.
    End,
}

/// Runs at most `steps` steps. Returns how many ran; the erasure is then as the record has it.
pub(crate) async fn run(app: &App, erasure: &mut Erasure, steps: u32) -> Result<u32, StorageError> {
    let mut ran = 0_u32;
    while ran < steps && erasure.ended_at.is_none() {
        ran = ran.saturating_add(1);
        let now = app.now();
        let next = step(app, erasure, now).await?;
        let next_at = match next {
            Next::Step => Some(now),
            Next::At(at) => Some(at),
            Next::End => None,
        };
        if !app.store().save_erasure(erasure, next_at, now).await? {
            // Another run has gone on with it.
            break;
        }
        erasure.rev = erasure.rev.saturating_add(1);
        erasure.ended_at = next_at.is_none().then_some(now);
        if next != Next::Step {
            break;
        }
    }
    Ok(ran)
}

/// Puts a step off that failed, so that other erasures go on.
pub(crate) async fn put_off(app: &App, erasure: &Erasure) -> Result<(), StorageError> {
    let now = app.now();
    app.store().save_erasure(erasure, Some(now.plus_millis(AGAIN_MS)), now).await.map(drop)
}

async fn step(app: &App, erasure: &mut Erasure, now: Timestamp) -> Result<Next, StorageError> {
    match erasure.progress.stage {
        ErasureStage::Person => person(app, erasure, now).await?,
        ErasureStage::Conversations => conversations::step(app, erasure, now).await?,
        ErasureStage::Reactions => reactions(app, erasure).await?,
        ErasureStage::Files => files::step(app, erasure).await?,
        ErasureStage::Rows => {
            if !app.store().erase_rows(erasure, ROWS).await? {
                erasure.progress.enter(ErasureStage::Alerts);
            }
        }
        ErasureStage::Alerts => return alerts::step(app, erasure, now).await,
    }
    Ok(Next::Step)
}

async fn person(app: &App, erasure: &mut Erasure, now: Timestamp) -> Result<(), StorageError> {
    app.store().erase_person(erasure, now).await?;
    app.caches().people.forget(&(erasure.tenant.clone(), erasure.user_id.clone()));
    // Only once: later, the index could have what the person wrote after they came back. Deletions reach it one by one.
    if erasure.progress.began_at <= erasure.requested_at {
        let erase = Erase { tenant: erasure.tenant.clone(), user: erasure.user_id.clone() };
        let erased = app.search().erase(erase).await;
        left_out_if_failed(&mut erasure.progress, "search", erased);
    }
    erasure.progress.enter(ErasureStage::Conversations);
    Ok(())
}

async fn reactions(app: &App, erasure: &mut Erasure) -> Result<(), StorageError> {
    let Progress { after, seq, .. } = &erasure.progress;
    let place = (after.as_str(), seq.unwrap_or(0));
    match app.store().erase_reactions(erasure, place, ROWS).await? {
        Some((conversation, seq)) => {
            erasure.progress.after = conversation.to_string();
            erasure.progress.seq = Some(seq);
        }
        None => erasure.progress.enter(ErasureStage::Files),
    }
    Ok(())
}

/// What follows the last stage.
fn end_of_pass(erasure: &mut Erasure, now: Timestamp) -> Next {
    let Erasure { progress, up_to, .. } = erasure;
    let was_last = progress.began_at >= *up_to;
    if was_last && !progress.is_incomplete {
        return Next::End;
    }
    let at = if was_last { now.plus_millis(AGAIN_MS) } else { now.max(*up_to) };
    progress.begin_pass(at);
    Next::At(at)
}

/// Notes that something did not answer, and logs it.
fn left_out_if_failed<T>(progress: &mut Progress, what: &'static str, outcome: Result<T, Problem>) -> Option<T> {
    outcome
        .inspect_err(|problem| {
            progress.is_incomplete = true;
            tracing::warn!(at = "erasing", job = what, detail = problem.detail);
        })
        .ok()
}
