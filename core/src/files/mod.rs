//! Files that people upload: their types by content, their names, and how they are read.

pub mod content;
pub mod link;
pub mod name;
pub mod range;
pub mod settings;

use crate::named;
use crate::shared::ids::FileId;
use crate::shared::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

/// Most files of one message.
pub const MAX_ATTACHMENTS: usize = 10;
/// How long a file is kept that no message has, since it was uploaded or last sent, milliseconds: a day.
pub const UNUSED_KEPT_MS: i64 = 24 * 60 * 60 * 1_000;
/// Span of time in which the bytes that a person uploads are counted, milliseconds: a day.
pub const QUOTA_SPAN_MS: i64 = 24 * 60 * 60 * 1_000;

named! {
    /// State of a file.
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
    pub enum FileStatus {
        /// It can be sent, and read by those who may.
        Ready = "ready",
        /// It is being checked: only its uploader sees it.
        Scanning = "scanning",
        /// The check refused it.
        Refused = "refused",
    }
}

/// A smaller form of a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "FileVariant"))]
pub struct Variant {
    /// Its name in the query of the address: `thumb` or `preview`.
    pub name: String,
    /// Path of its address.
    pub url: String,
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
}

/// A file as messages and answers show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attachment {
    /// `UUIDv7`.
    pub id: FileId,
    /// Path of its address, which asks for the identity of the reader.
    pub url: String,
    /// Its name, without folders and control characters.
    pub name: String,
    /// Its media type, found by its content.
    #[serde(rename = "type")]
    pub content_type: String,
    /// Size, bytes.
    pub size: i64,
    /// SHA-256 of the stored bytes, in hexadecimal.
    pub sha256: String,
    /// Width of a picture or a video, pixels, if known.
    pub width: Option<u32>,
    /// Height of a picture or a video, pixels, if known.
    pub height: Option<u32>,
    /// Duration of audio or video, milliseconds, if known.
    pub duration_ms: Option<i64>,
    /// A blurred form of a picture (`ThumbHash`, base64), if there is one.
    pub thumbhash: Option<String>,
    /// Smaller forms of a picture.
    pub variants: Vec<Variant>,
    /// Its state.
    pub status: FileStatus,
    /// When it was uploaded.
    pub created_at: Timestamp,
}

impl Attachment {
    /// Whether it is a picture.
    pub fn is_picture(&self) -> bool {
        content::is_picture(&self.content_type)
    }
}

/// Path of a file's address.
pub fn url_of(id: &FileId) -> String {
    format!("/api/chat/files/{id}")
}
