//! Audio and video: what their containers say. A few short parts of the file are read.

use super::finish::{Facts, Place};
use crate::App;
use crate::file_store::FilePart;
use campana_core::files::content::{Content, is_media};
use campana_core::shared::problem::Problem;
use campana_images::media::{Media, Source, Step, media, probe};

/// What the beginning of a file shows; of audio and video also what the container says, if its headers are there: a recording
/// without pictures is audio.
pub(super) fn content_of(head: &[u8]) -> Content {
    let content = Content::of(head);
    if !is_media(content.content_type) {
        return content;
    }
    let content_type = media(head).map_or(content.content_type, |media| media.media_type());
    Content { content_type, ..content }
}

/// Facts of stored audio or video.
pub(super) async fn facts(app: &App, place: Place<'_>, facts: Facts) -> Result<Facts, Problem> {
    let Some(media) = probed(app, place, facts.stored.size).await? else { return Ok(facts) };
    Ok(Facts {
        content_type: media.media_type().to_owned(),
        dimensions: media.dimensions,
        duration_ms: media.duration_ms.and_then(|duration| i64::try_from(duration).ok()),
        ..facts
    })
}

async fn probed(app: &App, place: Place<'_>, size: u64) -> Result<Option<Media>, Problem> {
    let mut source = Source::new(size);
    loop {
        let part = match probe(&source) {
            Step::Found(media) => return Ok(Some(media)),
            Step::Unknown => return Ok(None),
            Step::Read(range) => FilePart { first: range.start, last: range.end.saturating_sub(1) },
        };
        let Some(bytes) = app.file_store()?.read(place.key, part).await? else { return Ok(None) };
        source.give(part.first, bytes);
    }
}
