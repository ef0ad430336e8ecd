//! Scans of files: an app's scanner is asked about a file, its verdict is noted, and all who have the file are told.
//!
//! The record has each scan until its work is done, so what breaks off is continued by a schedule. Nothing but a verdict makes a file
//! readable: a scanner that fails is asked again, at growing intervals, for as long as there is the file.

use crate::App;
use crate::file_store::folder;
use crate::identity::good_secrets;
use crate::metrics;
use crate::ports::{Background, ScannerCall};
use campana_core::chat::notifications::NotificationEvent;
use campana_core::chat::own_channel::OwnNotification;
use campana_core::files::FileStatus;
use campana_core::files::link::Claims;
use campana_core::files::scan::{
    ANSWER_MS, ARRIVAL_MS, Decision, FIRST_RETRY_MS, FileDecided, LATER_MS, LEASE_MS, LONGEST_RETRY_MS,
    MAX_ANSWER_BYTES, READING_MS, ScanAnswer, ScanLink, ScanRequest, ScannedFile, url_of_scan,
};
use campana_core::shared::address::host_of;
use campana_core::shared::backoff::{doubled, shortened};
use campana_core::shared::ids::{ConversationId, FileId, TenantId};
use campana_core::shared::problem::Problem;
use campana_storage::{App as AppRecord, FileScan};

/// Most keys of one file: itself, and its smaller forms.
const MAX_KEYS: u32 = 20;
/// Conversations that are told at once, and rounds of one attempt.
const CONVERSATIONS: u32 = 20;
const MAX_ROUNDS: u32 = 5;
/// A message sent this short a time ago may not be committed yet, milliseconds.
const COMMIT_MS: u64 = 5_000;
/// How long it is given then, milliseconds.
const COMMIT_WAIT_MS: u32 = 1_000;

/// Scans a file in the background; without one, a schedule does it.
pub(crate) fn begin(app: &App, tenant: &TenantId, file: &FileId, background: Option<&Background>) {
    let Some(background) = background else { return };
    let (app, tenant, file) = (app.clone(), tenant.clone(), file.clone());
    background.spawn(Box::pin(async move {
        // The schedule continues what failed.
        let _is_done = work(&app, &tenant, &file).await;
    }));
}

/// Asks the scanner about a file, unless there is a verdict, and tells all who have the file. Returns whether there was a verdict.
pub(crate) async fn work(app: &App, tenant: &TenantId, file: &FileId) -> bool {
    match attempt(app, tenant, file).await {
        Ok(is_decided) => is_decided,
        Err(problem) => {
            tracing::warn!(
                at = "files.scan",
                file = file.as_str(),
                problem = problem.kind.slug(),
                detail = problem.detail
            );
            false
        }
    }
}

async fn attempt(app: &App, tenant: &TenantId, file: &FileId) -> Result<bool, Problem> {
    let Some(mut scan) = app.store().scan_of(tenant, file).await? else { return Ok(true) };
    if scan.verdict.is_none() {
        let Some(decision) = ask(app, tenant, &scan).await? else { return Ok(false) };
        decide(app, tenant, file, &decision).await?;
        match app.store().scan_of(tenant, file).await? {
            Some(decided) => scan = decided,
            None => return Ok(true),
        }
    }
    settle(app, tenant, &scan).await.map(|()| true)
}

/// The scanner's decision. `None` if there is none yet: then it is asked again later.
async fn ask(app: &App, tenant: &TenantId, scan: &FileScan) -> Result<Option<Decision>, Problem> {
    let record = app.store().app_by_tenant(tenant).await?.filter(|record| !record.disabled);
    let scanner = record.as_ref().and_then(|record| Some((record, record.files.scanner_url.as_deref()?)));
    let Some((record, url)) = scanner else {
        // Scans of an app that has no scanner any more wait for another one, or for its backend.
        postpone(app, tenant, scan, LONGEST_RETRY_MS).await?;
        return Ok(None);
    };
    let call = request(app, record, url, scan)?;
    let answer = app.scanners().ask(call).await;
    let status = answer.as_ref().ok().map(|answer| answer.status);
    let reason = match answer {
        Ok(answer) => match ScanAnswer::read(answer.status, &answer.body) {
            Some(ScanAnswer::Decided(decision)) => return Ok(Some(decision)),
            Some(ScanAnswer::Later) => {
                postpone(app, tenant, scan, LATER_MS).await?;
                return Ok(None);
            }
            None => "no_verdict",
        },
        Err(reason) => reason,
    };
    let (host, attempts) = (host_of(url), scan.tries);
    tracing::warn!(at = "files.scan", file = scan.id.as_str(), host, attempts, reason, status);
    metrics::scanner_failed(app, tenant).await;
    postpone(app, tenant, scan, retry_ms(app, scan.tries)?).await?;
    Ok(None)
}

/// The signed request about a file.
fn request(app: &App, record: &AppRecord, url: &str, scan: &FileScan) -> Result<ScannerCall, Problem> {
    let (now, unsigned) = (app.now(), || Problem::internal("a request to a scanner cannot be signed"));
    let expires_at = now.plus_millis(READING_MS);
    let (tenant, file) = (record.tenant_id.clone(), scan.id.clone());
    let link = ScanLink { tenant, file, expires_at_ms: expires_at.millis() };
    let signed = good_secrets(app, record).next().and_then(|secret| link.sign(secret)).ok_or_else(unsigned)?;
    let file = ScannedFile {
        id: &scan.id,
        name: &scan.name,
        content_type: &scan.content_type,
        size: scan.size,
        sha256: &scan.sha256,
    };
    let request = ScanRequest::new(&record.id, &file, &url_of_scan(&scan.id, &signed), expires_at, now);
    let headers = request.headers(good_secrets(app, record), now);
    let (timeout_ms, max_bytes) = (ANSWER_MS, MAX_ANSWER_BYTES);
    Ok(ScannerCall { url: url.to_owned(), headers, body: request.body, timeout_ms, max_bytes })
}

/// Notes a decision about a file. Returns whether it is the first, and the status of the file after it; `None` if there is no such file.
pub(crate) async fn decide(
    app: &App,
    tenant: &TenantId,
    file: &FileId,
    decision: &Decision,
) -> Result<(bool, Option<FileStatus>), Problem> {
    let tell_at = app.now().plus_millis(LEASE_MS);
    let (is_first, status) = app.store().decide_scan(tenant, file, decision, tell_at).await?;
    if is_first {
        tracing::info!(at = "files.scan", file = file.as_str(), verdict = decision.verdict.as_str());
        metrics::scanned(app, tenant, decision.verdict).await;
    }
    Ok((is_first, status))
}

/// Deletes the bytes of a refused file, and tells its uploader and the conversations that have it.
async fn settle(app: &App, tenant: &TenantId, scan: &FileScan) -> Result<(), Problem> {
    if let Err(problem) = tell(app, tenant, scan).await {
        postpone(app, tenant, scan, retry_ms(app, scan.tries)?).await?;
        return Err(problem);
    }
    let arrived_at = scan.claimed_at.plus_millis(ARRIVAL_MS);
    if scan.claimed_in.is_some() && app.now() < arrived_at {
        // The record may lack a message that was sent before the verdict.
        app.store().postpone_scan(tenant, &scan.id, arrived_at).await?;
    } else {
        app.store().end_scan(tenant, &scan.id).await?;
    }
    Ok(())
}

async fn tell(app: &App, tenant: &TenantId, scan: &FileScan) -> Result<(), Problem> {
    if scan.status == FileStatus::Refused {
        let store = app.file_store()?;
        let keys = store.list(&folder(tenant, &scan.id), MAX_KEYS).await?;
        if !keys.is_empty() {
            store.delete(&keys).await?;
        }
    }
    let event = NotificationEvent::file(&scan.id, scan.status, scan.reason.as_deref(), app.now());
    let own = OwnNotification { tenant: tenant.clone(), user: scan.uploader.clone(), event };
    app.objects().notify_of_notification(own).await?;
    if let Some(conversation) = &scan.claimed_in {
        show(app, tenant, scan, conversation.clone()).await?;
        if app.now().since(scan.claimed_at) < COMMIT_MS {
            app.clock().sleep(COMMIT_WAIT_MS).await;
            show(app, tenant, scan, conversation.clone()).await?;
        }
    }
    for _ in 0..MAX_ROUNDS {
        let conversations = app.store().conversations_of_scan(tenant, &scan.id, CONVERSATIONS).await?;
        if conversations.is_empty() {
            return Ok(());
        }
        for conversation in conversations {
            show(app, tenant, scan, conversation).await?;
        }
    }
    Err(Problem::unavailable("more conversations have the file"))
}

/// Has a conversation show the status of a file.
async fn show(app: &App, tenant: &TenantId, scan: &FileScan, conversation_id: ConversationId) -> Result<(), Problem> {
    let decided =
        FileDecided { tenant: tenant.clone(), conversation_id, file_id: scan.id.clone(), status: scan.status };
    app.objects().file_decided(decided).await
}

async fn postpone(app: &App, tenant: &TenantId, scan: &FileScan, wait_ms: i64) -> Result<(), Problem> {
    Ok(app.store().postpone_scan(tenant, &scan.id, app.now().plus_millis(wait_ms)).await?)
}

/// Pause after so many attempts, with jitter.
fn retry_ms(app: &App, tries: u32) -> Result<i64, Problem> {
    let pause = doubled(FIRST_RETRY_MS, LONGEST_RETRY_MS, tries.saturating_sub(1));
    Ok(shortened(pause, 5, u32::from_be_bytes(app.random()?)))
}
