//! Files: what was uploaded, who may read it, and which messages have it. The bytes are in the file store.

use crate::Store;
use crate::database::{Statement, StorageError};
use crate::decode::{json, millis, to_json};
use crate::pieces::{MAX_PARAMETER_BYTES, in_pieces};
use campana_core::chat::flush::FlushBatch;
use campana_core::files::{Attachment, FileStatus, QUOTA_SPAN_MS, Variant, url_of};
use campana_core::shared::ids::{ConversationId, FileId, MessageId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_schema::{file_scans, files};
use serde::{Deserialize, Deserializer, Serialize};

/// A file whose bytes are about to be stored.
#[derive(Debug, Clone, Copy)]
pub struct NewFile<'a> {
    /// Its id.
    pub id: &'a FileId,
    /// Tenant.
    pub tenant: &'a TenantId,
    /// Who uploads it.
    pub uploader: &'a UserId,
    /// Its name.
    pub name: &'a str,
    /// Most bytes that it can have.
    pub reserved: i64,
}

/// What is known of a file once its bytes are stored.
#[derive(Debug, Clone, Copy)]
pub struct StoredContent<'a> {
    /// Media type.
    pub content_type: &'a str,
    /// Bytes.
    pub size: i64,
    /// SHA-256 in hexadecimal.
    pub sha256: &'a str,
    /// Width and height of a picture or a video, pixels.
    pub dimensions: Option<(u32, u32)>,
    /// Duration of audio or video, milliseconds.
    pub duration_ms: Option<i64>,
    /// The blurred form of a picture.
    pub thumbhash: Option<&'a str>,
    /// Smaller forms of a picture, which are stored.
    pub variants: &'a [Variant],
    /// When a schedule takes the file's scan up, if it is to be scanned: until its verdict only its uploader reads it.
    pub scan_at: Option<Timestamp>,
}

/// A file that a user sees. Whether they can read its bytes depends on its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenFile {
    /// The file.
    pub file: Attachment,
    /// Who uploaded it.
    pub uploader: UserId,
}

/// Who sends files, and where.
#[derive(Debug, Clone, Copy)]
pub struct FileClaim<'a> {
    /// Tenant.
    pub tenant: &'a TenantId,
    /// The sender, who must have uploaded them.
    pub uploader: &'a UserId,
    /// The conversation.
    pub conversation: &'a ConversationId,
}

/// A file that no message has, which nobody can send any more.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UnusedFile {
    /// Tenant.
    #[serde(rename = "tenant_id")]
    pub tenant: TenantId,
    /// Its id.
    pub id: FileId,
}

#[derive(Deserialize)]
struct FileRow {
    id: FileId,
    name: String,
    #[serde(rename = "type")]
    content_type: String,
    size: i64,
    sha256: String,
    width: Option<u32>,
    height: Option<u32>,
    duration_ms: Option<i64>,
    thumbhash: Option<String>,
    #[serde(deserialize_with = "json")]
    variants: Vec<Variant>,
    status: FileStatus,
    #[serde(deserialize_with = "millis")]
    created_at: Timestamp,
}

#[derive(Deserialize)]
struct SeenRow {
    uploader_id: UserId,
    #[serde(flatten)]
    file: FileRow,
}

impl From<FileRow> for Attachment {
    fn from(row: FileRow) -> Self {
        Self {
            url: url_of(&row.id),
            id: row.id,
            name: row.name,
            content_type: row.content_type,
            size: row.size,
            sha256: row.sha256,
            width: row.width,
            height: row.height,
            duration_ms: row.duration_ms,
            thumbhash: row.thumbhash,
            variants: row.variants,
            status: row.status,
            created_at: row.created_at,
        }
    }
}

/// Reads files that a statement aggregates into a JSON array.
pub(crate) fn attachments<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Attachment>, D::Error> {
    let rows: Vec<FileRow> = json(deserializer)?;
    Ok(rows.into_iter().map(Attachment::from).collect())
}

/// A file of a message as `files/save_uses.sql` reads it.
#[derive(Serialize)]
struct SavedUse<'a> {
    seq: i64,
    id: &'a MessageId,
    file_id: &'a FileId,
}

/// Statements of a flush: they write which messages have which files, and remove those of deleted messages.
pub(crate) fn flush(
    tenant: &TenantId,
    conversation: &ConversationId,
    batch: &FlushBatch,
) -> Result<Vec<Statement>, StorageError> {
    let statement = |sql, rows: String| Statement::new(sql, [tenant.into(), conversation.into(), rows.into()]);
    let uses = batch.created.iter().flat_map(|row| {
        let message = &row.message;
        message.attachments.iter().map(|file| Ok(SavedUse { seq: message.seq, id: &message.id, file_id: &file.id }))
    });
    let saved = in_pieces(uses, MAX_PARAMETER_BYTES)?;
    let mut statements: Vec<_> = saved.into_iter().map(|rows| statement(files::SAVE_USES, rows)).collect();
    let deleted = batch.changed.iter().filter(|row| row.message.deleted_at.is_some());
    let deleted: Vec<i64> = deleted.map(|row| row.message.seq).collect();
    if !deleted.is_empty() {
        statements.push(statement(files::REMOVE_USES, to_json(&deleted)?));
    }
    Ok(statements)
}

impl Store {
    /// Reserves the bytes of an upload. False if the person's uploads of a day would then be over `per_day_bytes`.
    pub async fn begin_upload(
        &self,
        new: NewFile<'_>,
        per_day_bytes: u32,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let params = [
            new.tenant.into(),
            new.id.into(),
            new.uploader.into(),
            new.name.into(),
            new.reserved.into(),
            now.plus_millis(QUOTA_SPAN_MS.saturating_neg()).into(),
            per_day_bytes.into(),
            now.into(),
        ];
        self.any(files::BEGIN, params).await
    }

    /// Notes that the bytes of an upload are stored, and that they are to be scanned. False if it was not begun, or was abandoned.
    pub async fn finish_upload(
        &self,
        tenant: &TenantId,
        id: &FileId,
        content: StoredContent<'_>,
    ) -> Result<bool, StorageError> {
        let (width, height) = content.dimensions.unzip();
        let status = if content.scan_at.is_some() { FileStatus::Scanning } else { FileStatus::Ready };
        let finish = [
            tenant.into(),
            id.into(),
            content.content_type.into(),
            content.size.into(),
            content.sha256.into(),
            width.into(),
            height.into(),
            content.duration_ms.into(),
            content.thumbhash.into(),
            to_json(content.variants)?.into(),
            status.as_str().into(),
        ];
        let Some(scan_at) = content.scan_at else { return self.any(files::FINISH, finish).await };
        let add = [tenant.into(), id.into(), scan_at.into()];
        let statements = vec![Statement::new(files::FINISH, finish), Statement::new(file_scans::ADD, add)];
        Ok(self.db.batch(statements).await?.first().is_some_and(|rows| !rows.is_empty()))
    }

    /// Forgets an upload that failed, and gives its bytes back.
    pub async fn abandon_upload(&self, tenant: &TenantId, id: &FileId) -> Result<(), StorageError> {
        self.run(files::ABANDON, [tenant.into(), id.into()]).await
    }

    /// A file that the user may see now: they uploaded it, or are a member of a conversation with a message that has it.
    pub async fn file(&self, tenant: &TenantId, user: &UserId, id: &FileId) -> Result<Option<SeenFile>, StorageError> {
        let row = self.row::<SeenRow, _>(files::GET, [tenant.into(), id.into(), user.into()]).await?;
        Ok(row.map(|SeenRow { uploader_id, file }| SeenFile { file: file.into(), uploader: uploader_id }))
    }

    /// Whether a file was sent after `since` to a conversation of the user, so that its message may still be on its way to the
    /// record.
    pub async fn file_is_arriving(
        &self,
        tenant: &TenantId,
        user: &UserId,
        id: &FileId,
        since: Timestamp,
    ) -> Result<bool, StorageError> {
        self.any(files::IS_ARRIVING, [tenant.into(), id.into(), user.into(), since.into()]).await
    }

    /// Keeps files for a message that is about to be sent. Returns those that are the sender's and not refused, in no order.
    pub async fn claim_files(
        &self,
        claim: FileClaim<'_>,
        ids: &[FileId],
        now: Timestamp,
    ) -> Result<Vec<Attachment>, StorageError> {
        let params =
            [claim.tenant.into(), claim.uploader.into(), claim.conversation.into(), to_json(ids)?.into(), now.into()];
        let rows = self.rows::<FileRow, _>(files::CLAIM, params).await?;
        Ok(rows.into_iter().map(Attachment::from).collect())
    }

    /// Takes files of all tenants that no message has had since `before`, longest unused first: nobody can send them any more.
    /// Taken again until they are removed.
    pub async fn take_unused_files(&self, before: Timestamp, limit: u32) -> Result<Vec<UnusedFile>, StorageError> {
        self.rows(files::TAKE_UNUSED, [before.into(), limit.into()]).await
    }

    /// Removes files that were taken, once their bytes are deleted. Returns how many.
    pub async fn remove_files(&self, ids: &[FileId]) -> Result<u64, StorageError> {
        let removed = self.column::<i64, _>(files::REMOVE, [to_json(ids)?.into()]).await?;
        Ok(u64::try_from(removed.len()).unwrap_or(u64::MAX))
    }
}
