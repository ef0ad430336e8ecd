//! Scans of files: what the app's scanner is to decide about, and what it has decided.

use crate::Store;
use crate::database::{Statement, StorageError};
use crate::decode::{decode_column, millis};
use campana_core::files::FileStatus;
use campana_core::files::scan::{Decision, Verdict};
use campana_core::shared::ids::{ConversationId, FileId, MessageId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::{file_scans, files};
use serde::Deserialize;

/// A scan that is due.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DueScan {
    /// Tenant.
    #[serde(rename = "tenant_id")]
    pub tenant: TenantId,
    /// The file.
    #[serde(rename = "file_id")]
    pub file: FileId,
}

/// A scan, and its file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FileScan {
    /// The file.
    pub id: FileId,
    /// Who uploaded it.
    #[serde(rename = "uploader_id")]
    pub uploader: UserId,
    /// Its name.
    pub name: String,
    /// Its media type.
    #[serde(rename = "type")]
    pub content_type: String,
    /// Bytes.
    pub size: i64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Its status.
    pub status: FileStatus,
    /// When it was last sent, or else uploaded.
    #[serde(deserialize_with = "millis")]
    pub claimed_at: Timestamp,
    /// The conversation to which it was last sent; the record may lack the message.
    pub claimed_in: Option<ConversationId>,
    /// Requests to the scanner or, after the verdict, attempts to tell the conversations.
    pub tries: u32,
    /// The verdict, if there is one.
    pub verdict: Option<Verdict>,
    /// What the scanner said about it.
    pub reason: Option<String>,
}

impl Store {
    /// Takes scans of all tenants that are due, longest due first. They are due again at `until`, unless they are postponed or ended.
    pub async fn take_scans(&self, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<DueScan>, StorageError> {
        self.rows(file_scans::TAKE, [now.into(), until.into(), limit.into()]).await
    }

    /// The scan of a file; `None` if there is none, or if the file is being removed.
    pub async fn scan_of(&self, tenant: &TenantId, file: &FileId) -> Result<Option<FileScan>, StorageError> {
        self.row(file_scans::GET, [tenant.into(), file.into()]).await
    }

    /// Notes when a scan is due again.
    pub async fn postpone_scan(&self, tenant: &TenantId, file: &FileId, at: Timestamp) -> Result<(), StorageError> {
        self.run(file_scans::POSTPONE, [tenant.into(), file.into(), at.into()]).await
    }

    /// Notes the verdict about a file, unless there is one. Returns whether it is the first, and the file's status after it; `None` if
    /// there is no such file. The schedule sends the events about it from `tell_at` on, unless the caller does so sooner.
    pub async fn decide_scan(
        &self,
        tenant: &TenantId,
        file: &FileId,
        decision: &Decision,
        tell_at: Timestamp,
    ) -> Result<(bool, Option<FileStatus>), StorageError> {
        let Decision { verdict, reason } = decision;
        let decide = [tenant.into(), file.into(), verdict.as_str().into(), reason.as_deref().into(), tell_at.into()];
        let statements = vec![
            Statement::new(file_scans::DECIDE, decide),
            Statement::new(files::DECIDE, [tenant.into(), file.into(), verdict.status().as_str().into()]),
            Statement::new(files::STATUS, [tenant.into(), file.into()]),
        ];
        let mut results = self.db.batch(statements).await?.into_iter();
        let is_first = results.next().is_some_and(|rows| !rows.is_empty());
        let status = decode_column(results.nth(1).unwrap_or_default())?.into_iter().next();
        Ok((is_first, status))
    }

    /// Conversations with messages that still show a file as `scanning`, at most `limit`.
    pub async fn conversations_of_scan(
        &self,
        tenant: &TenantId,
        file: &FileId,
        limit: u32,
    ) -> Result<Vec<ConversationId>, StorageError> {
        self.column(file_scans::CONVERSATIONS, [tenant.into(), file.into(), limit.into()]).await
    }

    /// Messages of a conversation that still show a file as `scanning`, at most `limit`.
    pub async fn messages_of_scan(
        &self,
        tenant: &TenantId,
        conversation: &ConversationId,
        file: &FileId,
        limit: u32,
    ) -> Result<Vec<MessageId>, StorageError> {
        self.column(file_scans::MESSAGES, [tenant.into(), conversation.into(), file.into(), limit.into()]).await
    }

    /// Deletes a scan that is decided, once all events about it are sent.
    pub async fn end_scan(&self, tenant: &TenantId, file: &FileId) -> Result<(), StorageError> {
        self.run(file_scans::END, [tenant.into(), file.into()]).await
    }
}
