//! The row of an upload.

use crate::sql::Row;
use campana_core::files::resumable::{OfUpload, PART_BYTES, StoredUpload, UploadState, original_key};
use campana_core::files::settings::FileSettings;
use campana_core::shared::ids::{FileId, TenantId, UserId};
use campana_core::shared::timestamp::Timestamp;
use campana_runtime::files::PartsOf;

/// An upload as it is stored.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    pub(super) of: OfUpload,
    name: String,
    metadata: String,
    pub(super) length: u64,
    pub(super) settings: FileSettings,
    created_at: Timestamp,
    pub(super) expires_at: Timestamp,
    /// The store's id of the parts, once there is one.
    parts_id: Option<String>,
    /// Bytes that are stored.
    pub(super) stored: u64,
    /// How many of them are after the last part.
    pub(super) tail: u64,
    /// What all bytes are, once they are one file.
    pub(super) content: Option<StoredUpload>,
}

pub(super) fn upload(row: &Row) -> Option<Upload> {
    let content = row.string(15).map(|sha256| StoredUpload {
        content_type: row.string(12).unwrap_or_default(),
        dimensions: row.number(13).zip(row.number(14)),
        sha256,
    });
    Some(Upload {
        of: OfUpload {
            id: FileId::trusted(row.text(0)?),
            tenant: TenantId::trusted(row.text(1)?),
            user: UserId::trusted(row.text(2)?),
        },
        name: row.string(3)?,
        metadata: row.string(4)?,
        length: row.number(5)?,
        settings: row.json(6)?,
        created_at: row.time(7)?,
        expires_at: row.time(8)?,
        parts_id: row.string(9),
        stored: row.number(10)?,
        tail: row.number(11)?,
        content,
    })
}

impl Upload {
    /// Whether all bytes are stored.
    pub(super) const fn is_whole(&self) -> bool {
        self.stored == self.length
    }

    /// Key of the file.
    pub(super) fn key(&self) -> String {
        original_key(&self.of.tenant, &self.of.id)
    }

    /// The parts at the store, once there is one.
    pub(super) fn parts(&self) -> Option<PartsOf> {
        self.parts_id.clone().map(|id| PartsOf { key: self.key(), id })
    }

    /// Number of the part to which the next byte belongs.
    pub(super) fn next_part(&self) -> u32 {
        u32::try_from(self.stored.saturating_sub(self.tail) / PART_BYTES).unwrap_or(u32::MAX).saturating_add(1)
    }

    pub(super) fn state(&self) -> UploadState {
        UploadState {
            name: self.name.clone(),
            metadata: self.metadata.clone(),
            length: self.length,
            offset: self.stored,
            created_at: self.created_at,
            expires_at: self.expires_at,
            stored: self.content.clone(),
        }
    }
}
