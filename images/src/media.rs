//! Type, duration and dimensions of audio and video, from the headers of their containers.
//!
//! Reads no file: [`probe`] names the bytes that it needs next, and is called again with them, so that a file of any size
//! costs a few short reads. Written here: the crates that read these containers are either not allowed by their licence
//! (`symphonia`, `mp4parse`), read no video (`lofty`), or are not maintained (`mp4`).

mod iso;
mod matroska;
mod mp3;
mod ogg;
mod source;
mod uncompressed;

use serde::{Deserialize, Serialize};
pub use source::Source;
use source::{Halt, Window};
use std::ops::Range;

/// Container of a media file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Container {
    /// MP4 and M4A.
    Mp4,
    /// MOV.
    QuickTime,
    /// `WebM`.
    Webm,
    /// Matroska.
    Matroska,
    /// MP3.
    Mp3,
    /// Ogg: Opus, Vorbis, FLAC, Speex, Theora.
    Ogg,
    /// WAV.
    Wav,
    /// FLAC.
    Flac,
}

/// What the headers of a media file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// The container.
    pub container: Container,
    /// Whether it has pictures; otherwise it is audio.
    pub is_video: bool,
    /// Duration, if the headers say it.
    pub duration_ms: Option<u64>,
    /// Width and height in pixels as seen.
    pub dimensions: Option<(u32, u32)>,
}

/// What [`probe`] found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// These bytes of the file are needed: give them to the source, and call again.
    Read(Range<u64>),
    /// The file's facts.
    Found(Media),
    /// The file is no media file of these containers, is corrupt, or needs too many reads.
    Unknown,
}

impl Media {
    /// The media type.
    pub fn media_type(&self) -> &'static str {
        match (self.container, self.is_video) {
            (Container::Mp4, true) => "video/mp4",
            (Container::Mp4, false) => "audio/mp4",
            (Container::QuickTime, _) => "video/quicktime",
            (Container::Webm, true) => "video/webm",
            (Container::Webm, false) => "audio/webm",
            (Container::Matroska, true) => "video/x-matroska",
            (Container::Matroska, false) => "audio/x-matroska",
            (Container::Mp3, _) => "audio/mpeg",
            (Container::Ogg, true) => "video/ogg",
            (Container::Ogg, false) => "audio/ogg",
            (Container::Wav, _) => "audio/wav",
            (Container::Flac, _) => "audio/flac",
        }
    }
}

/// Reads a media file's headers, or says which bytes are needed for it.
pub fn probe(source: &Source) -> Step {
    match read(&source.window()) {
        Ok(media) => Step::Found(media),
        Err(Halt::Needs(range)) if source.takes_more() => Step::Read(range),
        Err(Halt::Needs(_) | Halt::Unknown) => Step::Unknown,
    }
}

/// Reads the headers of a whole file in memory.
pub fn media(bytes: &[u8]) -> Option<Media> {
    read(&Window::whole(bytes)).ok()
}

fn read(file: &Window<'_>) -> Result<Media, Halt> {
    let head = file.bytes(0, 12)?;
    match head {
        [_, _, _, _, b'f', b't', b'y', b'p', ..] | [_, _, _, _, b'm', b'o', b'o', b'v', ..] => iso::read(file),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => matroska::read(file),
        [b'O', b'g', b'g', b'S', ..] => ogg::read(file),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E'] => uncompressed::wav(file),
        [b'f', b'L', b'a', b'C', ..] => uncompressed::flac(file),
        [b'I', b'D', b'3', ..] => mp3::read(file),
        [0xff, second, ..] if second & 0xe0 == 0xe0 => mp3::read(file),
        _ => Err(Halt::Unknown),
    }
}

/// Milliseconds of some units, of which a second has `rate`.
fn milliseconds(units: u64, rate: u64) -> Option<u64> {
    let milliseconds = u128::from(units).saturating_mul(1_000).checked_div(rate.into())?;
    u64::try_from(milliseconds).ok().filter(|duration| *duration > 0)
}
