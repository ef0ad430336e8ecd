//! Resumable uploads: what functions ask of an upload's object, and the rules of tus 1.0 that need no state.

use super::UNUSED_KEPT_MS;
use super::checksum::Checksum;
use super::settings::FileSettings;
use crate::shared::ids::{FileId, TenantId, UserId};
use crate::shared::timestamp::Timestamp;
use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};

/// The version of the protocol.
pub const TUS_VERSION: &str = "1.0.0";
/// The extensions, as `Tus-Extension` lists them.
pub const TUS_EXTENSIONS: &str = "creation,expiration,checksum,termination";
/// Bytes of every part but the last: the least that the store takes.
pub const PART_BYTES: u64 = 5 * 1024 * 1024;
/// How long an upload can be resumed after it was begun, milliseconds. The record forgets its reservation then.
pub const RESUMABLE_MS: i64 = UNUSED_KEPT_MS;
/// Longest `Upload-Metadata`, bytes.
pub const MAX_METADATA_BYTES: usize = 4 * 1024;

/// Key of a file's bytes in the store. Ids of tenants contain no slash.
pub fn original_key(tenant: &TenantId, id: &FileId) -> String {
    format!("files/{tenant}/{id}/original")
}

/// Key of the bytes after the last whole part, which are shorter than a part, while the upload goes on.
pub fn tail_key(tenant: &TenantId, id: &FileId, number: u32) -> String {
    format!("files/{tenant}/{id}/tail-{number}")
}

/// An upload, and who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfUpload {
    /// Tenant.
    pub tenant: TenantId,
    /// The caller. Others than who began it find no upload.
    pub user: UserId,
    /// Id of the upload and of the file that it becomes.
    pub id: FileId,
}

impl OfUpload {
    /// Name of the object.
    pub fn object_name(&self) -> String {
        format!("{}/{}", self.tenant, self.id)
    }
}

/// A new upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeginUpload {
    /// Which, and whose.
    pub of: OfUpload,
    /// Name of the file.
    pub name: String,
    /// `Upload-Metadata` as it was sent.
    pub metadata: String,
    /// Bytes of the file.
    pub length: u64,
    /// The app's settings.
    pub settings: FileSettings,
    /// When it begins.
    pub created_at: Timestamp,
}

/// Bytes for an upload; the bytes themselves are the request's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteUpload {
    /// Which, and whose.
    pub of: OfUpload,
    /// Position of the first byte.
    pub offset: u64,
    /// Number of bytes, if it is known.
    pub size: Option<u64>,
    /// Checksum of the bytes.
    pub checksum: Option<Checksum>,
}

impl WriteUpload {
    /// Header of the request to the object, with this as percent-encoded JSON.
    pub const HEADER: &str = "x-campana-write";
}

/// What an upload is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadState {
    /// Name of the file.
    pub name: String,
    /// `Upload-Metadata` as it was sent.
    pub metadata: String,
    /// Bytes of the file.
    pub length: u64,
    /// Bytes that are stored.
    pub offset: u64,
    /// When it began.
    pub created_at: Timestamp,
    /// Until when it can be resumed.
    pub expires_at: Timestamp,
    /// What all bytes are, once they are stored.
    pub stored: Option<StoredUpload>,
}

/// All bytes of an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredUpload {
    /// Media type.
    pub content_type: String,
    /// Width and height of a picture, pixels.
    pub dimensions: Option<(u32, u32)>,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// The name of a file in `Upload-Metadata`: pairs of a key and a value in base64, separated by commas. Of the keys, `filename` or
/// `name` is read; the others are the client's. `None` if the header has another form.
pub fn name_in_metadata(header: &str) -> Option<String> {
    let mut name = String::new();
    if header.len() > MAX_METADATA_BYTES {
        return None;
    }
    for pair in header.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (key, encoded) = pair.split_once(' ').unwrap_or((pair, ""));
        let value = Base64::decode_vec(encoded.trim()).ok()?;
        if key == "filename" || (key == "name" && name.is_empty()) {
            name = String::from_utf8(value).ok()?;
        }
    }
    Some(name)
}

/// A number of bytes as headers state it: decimal digits only.
pub fn bytes_in(header: &str) -> Option<u64> {
    header.bytes().all(|byte| byte.is_ascii_digit()).then(|| header.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_read_from_the_metadata() {
        for (header, expected) in [
            ("", Some("")),
            ("filename d29ybGRfZG9taW5hdGlvbl9wbGFuLnBkZg==,is_confidential", Some("world_domination_plan.pdf")),
            ("filetype aW1hZ2UvcG5n, name YS5wbmc=", Some("a.png")),
            ("name YQ==,filename Yg==", Some("b")),
            ("filename !", None),
            ("filename /w==", None),
        ] {
            assert_eq!(name_in_metadata(header).as_deref(), expected, "{header}");
        }
        assert_eq!(name_in_metadata(&"a".repeat(MAX_METADATA_BYTES + 1)), None);
    }

    #[test]
    fn numbers_of_bytes_are_plain() {
        assert_eq!(bytes_in("100"), Some(100));
        for bad in ["", "-1", "+1", "1.0", "1e3", " 1", "99999999999999999999"] {
            assert_eq!(bytes_in(bad), None, "{bad}");
        }
    }
}
