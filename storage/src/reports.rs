//! Reports of messages.
//!
//! A resolution claims the report for its action, carries out the action, and then resolves the report together with the
//! audit entry. A claim that was left behind does not bar another action for longer than [`CLAIMED_MS`].

use crate::Store;
use crate::audits::audited;
use crate::database::{AFTER_ALL_IDS, Statement, StorageError};
use crate::decode::{decode, decode_all, decode_first, millis, millis_or_null};
use crate::notifications::{self, Notified};
use campana_core::accounts::audit::Audit;
use campana_core::chat::report::{Report, ReportAction, ReportStatus};
use campana_core::shared::ids::{ConversationId, MessageId, ReportId, RoomId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::{audits, reports};
use serde::Deserialize;

/// How long a claim bars other actions, milliseconds.
const CLAIMED_MS: i64 = 60_000;

/// A report's columns.
#[derive(Deserialize)]
#[serde(remote = "Report")]
struct ReportColumns {
    id: ReportId,
    conversation_id: ConversationId,
    room_id: Option<RoomId>,
    message_id: MessageId,
    sender_id: UserId,
    reported_by: UserId,
    reason: String,
    note: String,
    status: ReportStatus,
    action: Option<ReportAction>,
    resolved_by: Option<UserId>,
    resolution_note: Option<String>,
    #[serde(deserialize_with = "millis")]
    created_at: Timestamp,
    #[serde(deserialize_with = "millis_or_null")]
    resolved_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(transparent)]
struct ReportRow(#[serde(with = "ReportColumns")] Report);

/// A report to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReport {
    /// Its id.
    pub id: ReportId,
    /// The message.
    pub message_id: MessageId,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Who wrote it.
    pub sender_id: UserId,
    /// Who reports it.
    pub reported_by: UserId,
    /// Why.
    pub reason: String,
    /// More about it.
    pub note: String,
    /// Time of the report.
    pub now: Timestamp,
}

/// Result of [`Store::add_report`].
#[derive(Debug, Clone, PartialEq)]
pub struct AddedReport {
    /// The person's open report of the message.
    pub report: Report,
    /// Whether this call made it.
    pub is_new: bool,
    /// Moderators who are notified of it.
    pub notified: Vec<Notified>,
}

/// A resolution of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolution<'a> {
    /// The report.
    pub report: &'a ReportId,
    /// The action.
    pub action: ReportAction,
    /// Time of the claim, which names it.
    pub claimed_at: Timestamp,
}

impl Store {
    /// Reports a message, and notifies moderators of its room.
    pub async fn add_report(&self, tenant: &TenantId, new: &NewReport) -> Result<AddedReport, StorageError> {
        let add = [
            (&new.id).into(),
            tenant.into(),
            (&new.conversation_id).into(),
            (&new.message_id).into(),
            (&new.sender_id).into(),
            (&new.reported_by).into(),
            (&new.reason).into(),
            (&new.note).into(),
            new.now.into(),
        ];
        let get = [tenant.into(), (&new.message_id).into(), (&new.reported_by).into()];
        let statements = vec![
            Statement::new(reports::ADD, add),
            notifications::add_report(tenant, &new.id, &new.message_id, new.now),
            Statement::new(reports::GET_OPEN, get),
        ];
        let mut results = self.db.batch(statements).await?.into_iter();
        let is_new = results.next().is_some_and(|rows| !rows.is_empty());
        let notified = notifications::of_report(results.next().unwrap_or_default())?;
        let row = results.next().and_then(|rows| rows.into_iter().next()).ok_or_else(crate::decode::missing)?;
        Ok(AddedReport { report: decode::<ReportRow>(row)?.0, is_new, notified })
    }

    /// A report.
    pub async fn report(&self, tenant: &TenantId, report: &ReportId) -> Result<Option<Report>, StorageError> {
        let row = self.db.query(Statement::new(reports::GET, [tenant.into(), report.into()])).await?;
        Ok(decode_first(row)?.map(|ReportRow(report)| report))
    }

    /// Reports before a given one, newest first: all of the tenant, or those of the rooms that `moderator` moderates.
    pub async fn list_reports(
        &self,
        tenant: &TenantId,
        moderator: Option<&UserId>,
        status: Option<ReportStatus>,
        before: Option<&ReportId>,
        limit: u32,
    ) -> Result<Vec<Report>, StorageError> {
        let mut params = vec![tenant.into(), before.map_or(AFTER_ALL_IDS, ReportId::as_str).into(), limit.into()];
        let query = match (moderator, status) {
            (Some(moderator), status) => {
                params.extend([moderator.into(), status.map(ReportStatus::as_str).into()]);
                reports::LIST_MODERATED
            }
            (None, None) => reports::LIST,
            (None, Some(ReportStatus::Open)) => reports::LIST_OPEN,
            (None, Some(ReportStatus::Resolved)) => reports::LIST_RESOLVED,
        };
        let rows: Vec<ReportRow> = decode_all(self.db.query(Statement { query, params }).await?)?;
        Ok(rows.into_iter().map(|ReportRow(report)| report).collect())
    }

    /// Claims an open report for an action. False if it is resolved, or if another action has just claimed it.
    pub async fn claim_report(&self, tenant: &TenantId, claim: Resolution<'_>) -> Result<bool, StorageError> {
        let Resolution { report, action, claimed_at } = claim;
        let expired = claimed_at.plus_millis(-CLAIMED_MS);
        let params = [tenant.into(), report.into(), action.as_str().into(), claimed_at.into(), expired.into()];
        self.any(reports::CLAIM, params).await
    }

    /// Ends a claim whose action was not carried out.
    pub async fn release_report(&self, tenant: &TenantId, claim: Resolution<'_>) -> Result<(), StorageError> {
        let Resolution { report, action, claimed_at } = claim;
        let params = [tenant.into(), report.into(), action.as_str().into(), claimed_at.into()];
        self.run(reports::RELEASE, params).await
    }

    /// Resolves a claimed report by the audit entry's actor, with its reason as the note. False if it was resolved
    /// meanwhile, or is claimed for another action.
    pub async fn resolve_report(
        &self,
        tenant: &TenantId,
        claim: Resolution<'_>,
        audit: &Audit,
    ) -> Result<bool, StorageError> {
        let Resolution { report, action, .. } = claim;
        let resolve = [
            tenant.into(),
            report.into(),
            action.as_str().into(),
            audit.created_at.into(),
            (&audit.actor_id).into(),
            audit.reason.as_deref().unwrap_or_default().into(),
        ];
        let statements = vec![
            audited(audits::APPEND_ABOUT_REPORT, tenant, audit, [action.as_str().into()])?,
            Statement::new(reports::RESOLVE, resolve),
        ];
        self.batch_any(statements).await
    }
}
