//! What the stored bytes of an upload become: a file of the record, which can be read and sent.
//!
//! Every way to upload ends here. Until the record has the file, nobody reads its bytes; if this breaks off, a schedule removes them.

use super::{media, picture};
use crate::App;
use crate::file_store::{Stored, key};
use crate::ports::Background;
use crate::scanning;
use campana_core::files::content::{is_media, is_picture};
use campana_core::files::scan::LEASE_MS;
use campana_core::files::settings::FileSettings;
use campana_core::files::{Attachment, FileStatus, Variant, url_of};
use campana_core::shared::ids::{FileId, TenantId};
use campana_core::shared::problem::{Kind, Problem};
use campana_core::shared::timestamp::Timestamp;
use campana_storage::StoredContent;

/// An upload whose bytes are stored.
#[derive(Debug)]
pub(in crate::api::chat) struct Arrived<'a> {
    /// Tenant.
    pub(in crate::api::chat) tenant: &'a TenantId,
    /// The file's id.
    pub(in crate::api::chat) id: FileId,
    /// Its name.
    pub(in crate::api::chat) name: String,
    /// When the upload began.
    pub(in crate::api::chat) created_at: Timestamp,
    /// Media type, by what its beginning shows.
    pub(in crate::api::chat) content_type: String,
    /// Width and height of a picture, pixels.
    pub(in crate::api::chat) dimensions: Option<(u32, u32)>,
    /// Its bytes.
    pub(in crate::api::chat) stored: Stored,
}

/// Where a stored file is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) tenant: &'a TenantId,
    pub(super) id: &'a FileId,
    pub(super) key: &'a str,
}

/// What is known of a stored file.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) content_type: String,
    pub(super) stored: Stored,
    pub(super) dimensions: Option<(u32, u32)>,
    pub(super) duration_ms: Option<i64>,
    pub(super) thumbhash: Option<String>,
    pub(super) variants: Vec<Variant>,
}

/// 415 for a type that the app does not take.
pub(super) fn refused_type(content_type: &str) -> Problem {
    Problem::new(Kind::UnsupportedMediaType, format!("this app takes no files of the type {content_type}"))
}

/// Finds out what the bytes are, removes a picture's metadata and makes its smaller forms, and notes the file in the record. If it
/// turns out to be of a type that the app does not take, its bytes are deleted. An app with a scanner has it asked in the background. `None` if the record has no such upload: it was given
/// up, or is a file already.
pub(in crate::api::chat) async fn finish(
    app: &App,
    settings: &FileSettings,
    arrived: Arrived<'_>,
    background: Option<&Background>,
) -> Result<Option<Attachment>, Problem> {
    let Arrived { tenant, id, name, created_at, content_type, dimensions, stored } = arrived;
    let key = key(tenant, &id);
    let place = Place { tenant, id: &id, key: &key };
    let facts = Facts { content_type, stored, dimensions, duration_ms: None, thumbhash: None, variants: Vec::new() };
    let facts = if is_picture(&facts.content_type) {
        picture::facts(app, place, facts, settings.image_pixels).await?
    } else if is_media(&facts.content_type) {
        media::facts(app, place, facts).await?
    } else {
        facts
    };
    if !settings.takes(&facts.content_type) {
        app.file_store()?.delete(&[key]).await?;
        app.store().abandon_upload(tenant, &id).await?;
        return Err(refused_type(&facts.content_type));
    }
    let size = i64::try_from(facts.stored.size).unwrap_or(i64::MAX);
    let described = StoredContent {
        content_type: &facts.content_type,
        size,
        sha256: &facts.stored.sha256,
        dimensions: facts.dimensions,
        duration_ms: facts.duration_ms,
        thumbhash: facts.thumbhash.as_deref(),
        variants: &facts.variants,
        scan_at: settings.scanner_url.is_some().then(|| app.now().plus_millis(LEASE_MS)),
    };
    let status = if described.scan_at.is_some() { FileStatus::Scanning } else { FileStatus::Ready };
    if !app.store().finish_upload(tenant, &id, described).await? {
        return Ok(None);
    }
    if status == FileStatus::Scanning {
        scanning::begin(app, tenant, &id, background);
    }
    let (width, height) = facts.dimensions.unzip();
    Ok(Some(Attachment {
        url: url_of(&id),
        id,
        name,
        content_type: facts.content_type,
        size,
        sha256: facts.stored.sha256,
        width,
        height,
        duration_ms: facts.duration_ms,
        thumbhash: facts.thumbhash,
        variants: facts.variants,
        status,
        created_at,
    }))
}
