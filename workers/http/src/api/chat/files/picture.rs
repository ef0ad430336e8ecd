//! Pictures: the original without its metadata, its smaller forms, and its blurred form.
//!
//! The images Worker decodes. Without it, or if it fails, this isolate removes the metadata, and the picture has no smaller forms:
//! a picture never fails its upload.

use super::finish::{Facts, Place};
use crate::App;
use crate::file_store::{ByteStream, FilePart, Stored, variant_key};
use crate::pictures::Looked;
use axum::body::Bytes;
use campana_core::files::{Variant, VariantName, url_of_variant};
use campana_core::shared::problem::Problem;
use campana_images::answer::{self, Answer, VariantFacts};
use campana_images::{Applied, Cleaning, inspect};
use futures_util::stream;

/// How often the images Worker is asked that handles other pictures; it lets each request wait for some seconds.
const TRIES: u32 = 6;
/// Pause before it is asked again, milliseconds.
const PAUSE_MS: u32 = 1_000;
/// Largest picture that this isolate takes into its memory, bytes.
const MAX_HERE_BYTES: u64 = 32 << 20;
/// Bytes that are read at once while a picture is stored without its metadata.
const PIECE_BYTES: u64 = 1 << 20;

/// Facts of a stored picture, which is stored again if it has metadata.
pub(super) async fn facts(app: &App, place: Place<'_>, facts: Facts, max_pixels: u32) -> Result<Facts, Problem> {
    match look(app, place.key, max_pixels).await {
        Looked::Seen(written) => match Answer::read(&written) {
            Some((answer, parts)) => {
                let dimensions = Some(answer.facts.upright());
                let stored = cleaned(app, place, facts.stored, &answer.cleaning).await?;
                let variants = store_variants(app, place, &answer.variants, &parts).await;
                let thumbhash = answer.thumbhash.filter(|_| !variants.is_empty());
                Ok(Facts { stored, dimensions, thumbhash, variants, ..facts })
            }
            None => here(app, place, facts).await,
        },
        Looked::Corrupt => Ok(facts),
        Looked::Busy | Looked::Failed => here(app, place, facts).await,
    }
}

async fn look(app: &App, key: &str, max_pixels: u32) -> Looked {
    let Some(pictures) = app.pictures() else { return Looked::Failed };
    for _ in 0..TRIES {
        match pictures.look(key, max_pixels).await {
            Looked::Busy => app.clock().sleep(PAUSE_MS).await,
            looked => return looked,
        }
    }
    Looked::Busy
}

/// The same without the images Worker: the metadata only.
async fn here(app: &App, place: Place<'_>, facts: Facts) -> Result<Facts, Problem> {
    let last = facts.stored.size.saturating_sub(1);
    if facts.stored.size > MAX_HERE_BYTES {
        return Ok(facts);
    }
    let turn = app.caches().pictures.take(app).await?;
    let bytes = app.file_store()?.read(place.key, FilePart { first: 0, last }).await?.ok_or_else(gone)?;
    let seen = (inspect(&bytes, u64::MAX), Cleaning::of(&bytes));
    drop((bytes, turn));
    let (Ok(Some(found)), Ok(Some(cleaning))) = seen else { return Ok(facts) };
    let stored = cleaned(app, place, facts.stored, &cleaning).await?;
    Ok(Facts { stored, dimensions: Some(found.upright()), ..facts })
}

fn gone() -> Problem {
    Problem::unavailable("the stored file is gone")
}

/// Stores the picture again without its metadata, if it has any. Nobody reads it before the record has its new hash.
async fn cleaned(app: &App, place: Place<'_>, stored: Stored, cleaning: &Cleaning) -> Result<Stored, Problem> {
    if cleaning.keeps_all(stored.size) {
        return Ok(stored);
    }
    let from =
        Original { app: app.clone(), key: place.key.to_owned(), at: 0, size: stored.size, applied: cleaning.start() };
    app.file_store()?.put(place.key, Some(cleaning.size()), from.pieces()).await
}

/// An original while it is read.
struct Original {
    app: App,
    key: String,
    at: u64,
    size: u64,
    applied: Applied,
}

impl Original {
    /// What is kept of it. The store replaces it when all of it is read.
    fn pieces(self) -> ByteStream {
        Box::pin(stream::try_unfold(self, |mut original| async move {
            while original.at < original.size {
                let last = original.at.saturating_add(PIECE_BYTES).min(original.size).saturating_sub(1);
                let part = FilePart { first: original.at, last };
                let piece = original.app.file_store()?.read(&original.key, part).await?.ok_or_else(gone)?;
                original.at = last.saturating_add(1);
                let kept = original.applied.push(&piece);
                if !kept.is_empty() {
                    return Ok(Some((Bytes::from(kept), original)));
                }
            }
            Ok(None)
        }))
    }
}

/// Stores the smaller forms. None if the store fails: the picture is shown without them.
async fn store_variants(app: &App, place: Place<'_>, made: &[VariantFacts], parts: &[&[u8]]) -> Vec<Variant> {
    let mut variants = Vec::new();
    for (made, bytes) in made.iter().zip(parts) {
        match store_variant(app, place, made, bytes).await {
            Ok(variant) => variants.push(variant),
            Err(problem) => {
                tracing::warn!(at = "chat.upload.variants", detail = problem.detail);
                return Vec::new();
            }
        }
    }
    variants
}

async fn store_variant(app: &App, place: Place<'_>, made: &VariantFacts, bytes: &[u8]) -> Result<Variant, Problem> {
    let name = match made.name {
        answer::VariantName::Thumb => VariantName::Thumb,
        answer::VariantName::Preview => VariantName::Preview,
    };
    let bytes = Bytes::copy_from_slice(bytes);
    let size = u64::from(made.size);
    let stream = Box::pin(stream::once(async move { Ok(bytes) }));
    app.file_store()?.put(&variant_key(place.tenant, place.id, name), Some(size), stream).await?;
    Ok(Variant {
        name,
        url: url_of_variant(place.id, name),
        content_type: made.kind.media_type().to_owned(),
        size: made.size.into(),
        width: made.width,
        height: made.height,
    })
}
