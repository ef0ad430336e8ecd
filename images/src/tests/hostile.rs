use super::samples::*;
use crate::answer::NoVariants;
use crate::variants::{Limits, variants};
use crate::{Error, inspect};
use proptest::prelude::*;

/// A JPEG's header that announces this size, without pixels.
fn announced(frame: u8, width: u16, height: u16) -> Vec<u8> {
    let mut bytes = jpeg(16, 16, if frame == 0xc2 { Jpeg::Progressive } else { Jpeg::Baseline });
    let start = bytes.windows(2).position(|two| two == [0xff, 0xc0] || two == [0xff, 0xc2]).unwrap();
    bytes[start + 1] = frame;
    bytes[start + 5..start + 7].copy_from_slice(&height.to_be_bytes());
    bytes[start + 7..start + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

fn png_bomb(side: u32) -> Vec<u8> {
    let mut header = [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];
    header[..4].copy_from_slice(&side.to_be_bytes());
    header[4..8].copy_from_slice(&side.to_be_bytes());
    let chunks = [chunk(b"IHDR", &header), chunk(b"IDAT", &[0x78, 1, 1, 0, 0, 0xff, 0xff]), chunk(b"IEND", b"")];
    [b"\x89PNG\r\n\x1a\n".as_slice(), &chunks.concat()].concat()
}

#[test]
fn bombs_are_refused_by_their_header() {
    let mut gif = gif(30, 30, 1);
    gif[6..10].copy_from_slice(&[0x30, 0x75, 0x30, 0x75]);
    for bytes in [announced(0xc0, 30_000, 30_000), announced(0xc2, 30_000, 30_000), png_bomb(30_000), gif] {
        assert!(bytes.len() < 2_000);
        assert!(matches!(inspect(&bytes, 50_000_000), Err(Error::TooLarge { width: 30_000, height: 30_000 })));
        assert_eq!(variants(&bytes, &Limits::default()).err(), Some(NoVariants::TooLarge));
    }
}

#[test]
fn announced_pixels_that_are_missing_cost_no_more_than_others() {
    assert_eq!(variants(&png_bomb(7_000), &Limits::default()).err(), Some(NoVariants::Corrupt));
    // The decoder of JPEG takes missing blocks as gray.
    assert!(variants(&announced(0xc0, 7_000, 7_000), &Limits::default()).is_ok());
    assert_eq!(variants(&announced(0xc2, 7_000, 7_000), &Limits::default()).err(), Some(NoVariants::TooLarge));
}

#[test]
fn codings_that_are_not_decoded_make_no_variants() {
    for frame in [0xc3, 0xc9] {
        assert_eq!(variants(&announced(frame, 16, 16), &Limits::default()).err(), Some(NoVariants::Unsupported));
    }
}

#[test]
fn progressive_jpeg_of_very_many_scans_makes_no_variants() {
    let bytes = jpeg(64, 64, Jpeg::Progressive);
    let scan = bytes.windows(2).position(|two| two == [0xff, 0xda]).unwrap();
    let repeated = bytes[scan..bytes.len() - 2].repeat(100);
    let bytes = insert(&bytes, scan, &repeated);
    assert_eq!(variants(&bytes, &Limits::default()).err(), Some(NoVariants::TooLarge));
}

#[test]
fn frame_that_is_larger_than_its_screen_is_refused() {
    let mut bytes = gif(30, 30, 1);
    let frame = bytes.iter().position(|byte| *byte == 0x2c).unwrap();
    bytes[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    assert!(variants(&bytes, &Limits::default()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn changed_pictures_have_variants_or_none(
        sample in 0_usize..11,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        end in any::<prop::sample::Index>(),
    ) {
        let mut bytes = match sample {
            0 => jpeg(64, 48, Jpeg::Baseline),
            1 => jpeg(64, 48, Jpeg::Progressive),
            2 => jpeg(33, 17, Jpeg::Cmyk),
            3 => png(33, 17, png::ColorType::Indexed, png::BitDepth::Eight),
            4 => apng(20, 20),
            5 => webp(40, 30, true),
            6 => extended_webp(20, 30, &exif(4)),
            8 => lossy_webp(true),
            9 => animated_webp(),
            7 => gif(30, 30, 2),
            _ => jpeg(200, 100, Jpeg::Gray),
        };
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(end.index(bytes.len() * 3).max(8));
        // Bounds the time of a test, not what may happen.
        let limits = Limits { max_pixels: 4_000_000, ..Limits::default() };
        if let Ok(made) = variants(&bytes, &limits) {
            prop_assert!(made.variants.iter().all(|variant| variant.width.max(variant.height) <= 1_600));
        }
    }
}
