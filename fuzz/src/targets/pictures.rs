//! Pictures and media files of any bytes.

use campana_images::media::{Source, Step, media, probe};
use campana_images::variants::{Limits, answer};
use campana_images::{Cleaning, inspect, without_metadata};

/// Bounds the time of an input, and what a decoder may allocate.
const LIMITS: Limits = Limits { max_pixels: 2_000_000, max_memory: 64 << 20, thumb: 32, preview: 160 };

/// The input is a file that says it is a picture.
pub(crate) fn pictures(data: &[u8]) {
    let facts = inspect(data, LIMITS.max_pixels);
    if let Ok(cleaned) = without_metadata(data) {
        assert_eq!(without_metadata(&cleaned).as_ref(), Ok(&cleaned), "nothing is left to remove");
        if let Ok(Some(cleaning)) = Cleaning::of(data) {
            assert_eq!(usize::try_from(cleaning.size()), Ok(cleaned.len()));
            let mut applied = cleaning.start();
            let in_chunks: Vec<u8> = data.chunks(7).flat_map(|chunk| applied.push(chunk)).collect();
            assert_eq!(in_chunks, *cleaned);
        }
        if let (Ok(Some(before)), Ok(Some(after))) = (&facts, inspect(&cleaned, LIMITS.max_pixels)) {
            assert_eq!((before.kind, before.width, before.height), (after.kind, after.width, after.height));
        }
    }
    if let Ok(Some((_, variants))) = answer(data, &LIMITS) {
        for variant in variants {
            assert!(variant.width.max(variant.height) <= LIMITS.preview && !variant.bytes.is_empty());
        }
    }
}

/// The input is a file that says it is audio or video, read whole and by ranges.
pub(crate) fn media_files(data: &[u8]) {
    let whole = media(data);
    let mut source = Source::new(u64::try_from(data.len()).unwrap_or(u64::MAX));
    for _ in 0..100 {
        match probe(&source) {
            Step::Read(range) => {
                let part = usize::try_from(range.start).ok().zip(usize::try_from(range.end).ok());
                let part = part.and_then(|(from, to)| data.get(from..to)).expect("bytes of the file");
                source.give(range.start, part.to_vec());
            }
            Step::Found(found) => {
                assert_eq!(Some(found), whole);
                return;
            }
            Step::Unknown => return,
        }
    }
    panic!("it asks for more without end");
}
