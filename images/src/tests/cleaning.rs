use super::samples::*;
use crate::{Cleaning, Error, inspect, without_metadata};
use proptest::prelude::*;
use std::borrow::Cow;

fn clean(bytes: &[u8]) -> Vec<u8> {
    let cleaned = without_metadata(bytes).unwrap().into_owned();
    assert!(matches!(without_metadata(&cleaned).unwrap(), Cow::Borrowed(_)), "nothing is left to remove");
    cleaned
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn files_without_metadata_stay_as_they_are() {
    let files = [
        jpeg(40, 30, Jpeg::Baseline),
        jpeg(40, 30, Jpeg::Progressive),
        jpeg(40, 30, Jpeg::Gray),
        jpeg(40, 30, Jpeg::Cmyk),
        png(40, 30, png::ColorType::Indexed, png::BitDepth::Eight),
        apng(40, 30),
        webp(40, 30, true),
        lossy_webp(true),
        animated_webp(),
        gif(40, 30, 3),
        b"no picture".to_vec(),
        Vec::new(),
    ];
    for file in &files {
        assert!(matches!(without_metadata(file).unwrap(), Cow::Borrowed(same) if same == file));
    }
}

#[test]
fn jpeg_loses_everything_but_orientation_and_profile() {
    let plain = jpeg(40, 30, Jpeg::Baseline);
    let profile = segment(0xe2, b"ICC_PROFILE\0\x01\x01colours");
    let camera = segment(0xe1, &[b"Exif\0\0".as_slice(), &exif(6)].concat());
    let xmp = segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0SECRET");
    let photoshop = segment(0xed, b"Photoshop 3.0\0SECRET");
    let comment = segment(0xfe, b"SECRET");
    let second_picture = segment(0xe2, b"MPF\0SECRET");
    let file = insert(&plain, 2, &[camera, profile.clone(), xmp, photoshop, comment, second_picture].concat());
    let file = [file, b"SECRET behind the end".to_vec()].concat();

    let cleaned = clean(&file);
    assert!(!contains(&cleaned, "SECRET") && !contains(&cleaned, "Cam"));
    let orientation = segment(0xe1, &[b"Exif\0\0".as_slice(), &crate::exif::minimal(6)].concat());
    assert_eq!(cleaned, insert(&plain, 2, &[orientation, profile].concat()));
    assert_eq!(inspect(&cleaned, 10_000).unwrap().unwrap().orientation, 6);
}

#[test]
fn jpeg_that_is_upright_keeps_no_exif() {
    let plain = jpeg(40, 30, Jpeg::Baseline);
    let file = insert(&plain, 2, &segment(0xe1, &[b"Exif\0\0".as_slice(), &exif(1)].concat()));
    assert_eq!(clean(&file), plain);
}

#[test]
fn jpeg_loses_comments_between_scans_and_thumbnails() {
    let plain = jpeg(40, 30, Jpeg::Progressive);
    let second_scan = plain.windows(2).enumerate().filter(|(_, two)| two == b"\xff\xda").nth(1).unwrap().0;
    let file = insert(&plain, second_scan, &segment(0xfe, b"SECRET"));
    assert_eq!(clean(&file), plain);

    let header = [b"JFIF\0\x01\x01\0\0\x01\0\x01\x02\x01".as_slice(), b"SECRET"].concat();
    let rest = &plain[2 + 18..];
    let file = [&plain[..2], &segment(0xe0, &header), rest].concat();
    let cleaned = clean(&file);
    assert!(!contains(&cleaned, "SECRET"));
    assert_eq!(cleaned.len(), plain.len());
}

#[test]
fn jpeg_that_is_cut_off_in_a_scan_is_cleaned() {
    let plain = jpeg(200, 200, Jpeg::Baseline);
    let cut = &plain[..plain.len() / 2];
    assert_eq!(clean(&insert(cut, 2, &segment(0xfe, b"SECRET"))), cut);
}

#[test]
fn png_loses_texts_times_and_unknown_chunks() {
    let plain = png(40, 30, png::ColorType::Rgba, png::BitDepth::Eight);
    let header_end = 8 + 25;
    let chunks = [
        chunk(b"tEXt", b"Comment\0SECRET"),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0SECRET"),
        chunk(b"tIME", &[7, 0xea, 1, 1, 1, 1, 1]),
        chunk(b"prVt", b"SECRET"),
        chunk(b"eXIf", &exif(8)),
    ];
    let file = [insert(&plain, header_end, &chunks.concat()), b"SECRET".to_vec()].concat();
    let cleaned = clean(&file);
    assert_eq!(cleaned, insert(&plain, header_end, &chunk(b"eXIf", &crate::exif::minimal(8))));
    assert_eq!(inspect(&cleaned, 10_000).unwrap().unwrap().orientation, 8);
}

#[test]
fn webp_loses_exif_and_xmp() {
    let cleaned = clean(&[extended_webp(40, 30, &exif(3)), b"SECRET".to_vec()].concat());
    assert!(!contains(&cleaned, "SECRET") && contains(&cleaned, "profile!"));
    assert_eq!(inspect(&cleaned, 10_000).unwrap().unwrap().orientation, 3);
    assert!(image_webp::WebPDecoder::new(std::io::Cursor::new(&cleaned)).is_ok());

    let cleaned = clean(&extended_webp(40, 30, &exif(1)));
    assert!(!contains(&cleaned, "EXIF") && !contains(&cleaned, "XMP "));
    assert_eq!(cleaned[20] & 0x0c, 0, "the header announces neither");
}

#[test]
fn gif_loses_comments_and_other_applications() {
    let plain = gif(40, 30, 2);
    let screen_end = 13 + 12;
    let extensions = b"\x21\xfe\x06SECRET\0\x21\xff\x0bXMP DataXMP\x06SECRET\0\x21\x01\x06SECRET\0";
    let file = [insert(&plain, screen_end, extensions), b"SECRET".to_vec()].concat();
    assert_eq!(clean(&file), plain);
    assert!(contains(&plain, "NETSCAPE2.0"));
}

#[test]
fn corrupt_files_are_refused() {
    let files = [
        b"\xff\xd8\xff".to_vec(),
        jpeg(40, 30, Jpeg::Baseline)[..40].to_vec(),
        png(40, 30, png::ColorType::Rgb, png::BitDepth::Eight)[..60].to_vec(),
        webp(40, 30, false)[..60].to_vec(),
        gif(40, 30, 1)[..40].to_vec(),
        insert(&png(4, 3, png::ColorType::Rgb, png::BitDepth::Eight), 33, &chunk(b"CgBI", b"")),
    ];
    for file in files {
        assert_eq!(without_metadata(&file), Err(Error::Corrupt));
    }
}

#[test]
fn file_of_nothing_but_blocks_is_refused_with_bounded_memory() {
    let plain = gif(40, 30, 1);
    let pair = b"\x21\xfe\x01a\0\x21\xf9\x04\0\0\0\0\0";
    assert_eq!(without_metadata(&insert(&plain, 25, &pair.repeat(100_000))), Err(Error::Corrupt));
}

fn samples() -> Vec<Vec<u8>> {
    let tagged =
        insert(&jpeg(64, 48, Jpeg::Progressive), 2, &segment(0xe1, &[b"Exif\0\0".as_slice(), &exif(6)].concat()));
    let texts = insert(&apng(20, 20), 33, &[chunk(b"tEXt", b"a\0b"), chunk(b"eXIf", &exif(5))].concat());
    vec![tagged, texts, extended_webp(20, 20, &exif(2)), webp(9, 9, true), gif(30, 30, 3)]
}

proptest! {
    #[test]
    fn any_bytes_are_cleaned_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300), head in 0_usize..5) {
        let heads: [&[u8]; 5] = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\xff\0\0\0WEBPVP8X", b""];
        let bytes = [heads[head], &bytes].concat();
        let _facts = inspect(&bytes, 1_000_000);
        if let Ok(cleaned) = without_metadata(&bytes) {
            prop_assert!(matches!(without_metadata(&cleaned), Ok(Cow::Borrowed(_))));
        }
    }

    #[test]
    fn changed_files_are_cleaned_or_refused(
        sample in 0_usize..5,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        end in any::<prop::sample::Index>(),
    ) {
        let mut bytes = samples()[sample].clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(end.index(bytes.len() * 2));
        let _facts = inspect(&bytes, 1_000_000);
        if let Ok(cleaned) = without_metadata(&bytes) {
            prop_assert!(matches!(without_metadata(&cleaned), Ok(Cow::Borrowed(_))));
        }
    }

    #[test]
    fn chunks_of_any_length_are_cleaned_as_the_whole(sample in 0_usize..5, sizes in proptest::collection::vec(1_usize..200, 1..20)) {
        let bytes = samples()[sample].clone();
        let cleaning = Cleaning::of(&bytes).unwrap().unwrap();
        let (mut applied, mut stored, mut rest) = (cleaning.start(), Vec::new(), bytes.as_slice());
        for size in sizes.iter().cycle() {
            let (chunk, after) = rest.split_at(*size.min(&rest.len()));
            stored.extend(applied.push(chunk));
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(stored.len() as u64, cleaning.size());
        prop_assert_eq!(stored, without_metadata(&bytes).unwrap().into_owned());
    }
}
