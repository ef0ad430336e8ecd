use super::samples::*;
use crate::answer::{Answer, NoVariants};
use crate::variants::{Limits, answer};
use crate::without_metadata;

#[test]
fn answer_is_read_as_it_was_written() {
    let bytes = insert(&jpeg(400, 300, Jpeg::Baseline), 2, &segment(0xfe, b"a comment"));
    let (made, variants) = answer(&bytes, &Limits::default()).unwrap().unwrap();
    let written = made.write(variants.iter().map(|variant| variant.bytes.as_slice())).unwrap();
    let (read, parts) = Answer::read(&written).unwrap();
    assert_eq!(read, made);
    assert_eq!(parts, variants.iter().map(|variant| variant.bytes.as_slice()).collect::<Vec<_>>());
    assert_eq!(read.cleaning.apply(&bytes), without_metadata(&bytes).unwrap().into_owned());
    assert_eq!(read.thumbhash.map(|hash| hash.len() % 4), Some(0));
    for end in 0..written.len() {
        assert!(Answer::read(&written[..end]).is_none());
    }
}

#[test]
fn picture_that_is_not_decoded_is_answered_without_variants() {
    let whole = jpeg(400, 300, Jpeg::Baseline);
    let (made, variants) = answer(&whole[..whole.len() / 4], &Limits::default()).unwrap().unwrap();
    assert!(variants.is_empty() && made.variants.is_empty() && made.thumbhash.is_none());
    assert_eq!(made.no_variants, Some(NoVariants::Corrupt));
    assert_eq!((made.facts.width, made.facts.height), (400, 300));
    assert!(answer(b"text", &Limits::default()).unwrap().is_none());
}

#[test]
fn picture_over_the_limit_of_pixels_loses_its_metadata_only() {
    let bytes = insert(&jpeg(400, 300, Jpeg::Baseline), 2, &segment(0xe1, &exif(1)));
    let limits = Limits { max_pixels: 400 * 300 - 1, ..Limits::default() };
    let (made, variants) = answer(&bytes, &limits).unwrap().unwrap();
    assert!(variants.is_empty());
    assert_eq!((made.no_variants, made.facts.width), (Some(NoVariants::TooLarge), 400));
    assert_eq!(made.cleaning.apply(&bytes), without_metadata(&bytes).unwrap().into_owned());
    assert!(!made.cleaning.keeps_all(u64::try_from(bytes.len()).unwrap()));
}
