//! WAV and FLAC, whose headers say how many samples follow.

use super::source::{Halt, Window, known};
use super::{Container, Media, milliseconds};

const MAX_CHUNKS: usize = 64;

fn audio(container: Container, duration_ms: Option<u64>) -> Media {
    Media { container, is_video: false, duration_ms, dimensions: None }
}

pub(super) fn wav(file: &Window<'_>) -> Result<Media, Halt> {
    let (mut at, mut bytes_per_second) = (12, None);
    for _ in 0..MAX_CHUNKS {
        let mut chunk = file.reader(at, 8)?;
        let (name, length) = (known(chunk.array())?, u64::from(known(chunk.u32_le())?));
        let start = at.saturating_add(8);
        match &name {
            b"fmt " => {
                let mut format = file.reader(start, 16)?;
                format.take(8);
                bytes_per_second = format.u32_le();
            }
            b"data" => {
                // A recorder that was cut off leaves a length of zero or more than there is.
                let there = file.size().saturating_sub(start);
                let length = if length == 0 { there } else { length.min(there) };
                let rate = u64::from(known(bytes_per_second)?);
                return Ok(audio(Container::Wav, milliseconds(length, rate)));
            }
            _ => {}
        }
        at = start.saturating_add(length).saturating_add(length % 2);
    }
    Err(Halt::Unknown)
}

pub(super) fn flac(file: &Window<'_>) -> Result<Media, Halt> {
    let mut header = file.reader(4, 38)?;
    if known(header.u8())? & 0x7f != 0 {
        return Err(Halt::Unknown);
    }
    header.take(13);
    let packed = known(header.u64_be())?;
    let (rate, samples) = (packed >> 44, packed & 0xf_ffff_ffff);
    Ok(audio(Container::Flac, milliseconds(samples, rate)))
}
