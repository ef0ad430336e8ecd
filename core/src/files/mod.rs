//! Files that people upload: their types by content, their names, and how they are read.

pub mod checksum;
pub mod content;
pub mod link;
pub mod name;
pub mod range;
pub mod resumable;
pub mod scan;
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

named! {
    /// Which of the smaller forms of a picture.
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "FileVariantName"))]
    pub enum VariantName {
        /// Longest side of at most 320 pixels, for lists.
        Thumb = "thumb",
        /// Longest side of at most 1,600 pixels, for a screen.
        Preview = "preview",
    }
}

/// A smaller form of a picture: upright, without metadata, never larger than the picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "FileVariant"))]
pub struct Variant {
    /// Which one; also its name in the query of the address.
    pub name: VariantName,
    /// Path of its address.
    pub url: String,
    /// Its media type: JPEG, or PNG for a picture with transparency.
    #[serde(rename = "type")]
    pub content_type: String,
    /// Size, bytes.
    pub size: i64,
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
    /// Width of a picture or a video as it is seen, pixels, if known.
    pub width: Option<u32>,
    /// Height of a picture or a video as it is seen, pixels, if known.
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

    /// A smaller form of it, if there is one.
    pub fn variant(&self, name: VariantName) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.name == name)
    }
}

/// Path of a file's address.
pub fn url_of(id: &FileId) -> String {
    format!("/api/chat/files/{id}")
}

/// Path of the address of a smaller form of a picture.
pub fn url_of_variant(id: &FileId, name: VariantName) -> String {
    format!("/api/chat/files/{id}?variant={}", name.as_str())
}
