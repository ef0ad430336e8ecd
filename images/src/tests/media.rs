use crate::media::{Container, Media, Source, Step, media, probe};
use proptest::prelude::*;

fn atom(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len() + 8).unwrap().to_be_bytes();
    [size.as_slice(), name, content].concat()
}

fn track(handler: &[u8; 4], size: (u32, u32), is_turned: bool) -> Vec<u8> {
    let one = if is_turned { [0, 0, 0, 0] } else { [0, 1, 0, 0] };
    let matrix = [one.as_slice(), &[0; 12], &one, &[0; 12], &[0x40, 0, 0, 0]].concat();
    let size = [(size.0 << 16).to_be_bytes(), (size.1 << 16).to_be_bytes()].concat();
    let header = atom(b"tkhd", &[&[0; 40], matrix.as_slice(), &size].concat());
    let handler = atom(b"hdlr", &[&[0; 8], handler.as_slice(), &[0; 12]].concat());
    atom(b"trak", &[header, atom(b"mdia", &handler)].concat())
}

/// A film of 2.5 s behind 100 KB of samples.
fn mp4(brand: &[u8; 4], tracks: &[Vec<u8>]) -> Vec<u8> {
    let times = [&[0_u8; 12][..], &1_000_u32.to_be_bytes(), &2_500_u32.to_be_bytes(), &[0; 80]].concat();
    let moov = atom(b"moov", &[atom(b"mvhd", &times), tracks.concat()].concat());
    [atom(b"ftyp", &[brand.as_slice(), b"\0\0\0\0isom"].concat()), atom(b"mdat", &[7; 100_000]), moov].concat()
}

fn element(id: &[u8], content: &[u8]) -> Vec<u8> {
    let size = [0x10 | u8::try_from(content.len() >> 24).unwrap(), 0, 0, 0];
    let mut size = size;
    size[1..].copy_from_slice(&u32::try_from(content.len()).unwrap().to_be_bytes()[1..]);
    [id, &size, content].concat()
}

fn webm(doc_type: &[u8], is_video: bool) -> Vec<u8> {
    let head = element(&[0x1a, 0x45, 0xdf, 0xa3], &element(&[0x42, 0x82], doc_type));
    let duration = element(&[0x44, 0x89], &3_200.4_f64.to_be_bytes());
    let info =
        element(&[0x15, 0x49, 0xa9, 0x66], &[element(&[0x2a, 0xd7, 0xb1], &[0x0f, 0x42, 0x40]), duration].concat());
    let size = [element(&[0xb0], &[5, 0]), element(&[0xba], &[2, 0xd0])].concat();
    let settings = if is_video { element(&[0xe0], &size) } else { Vec::new() };
    let track = element(&[0xae], &[element(&[0x83], &[if is_video { 1 } else { 2 }]), settings].concat());
    let tracks = element(&[0x16, 0x54, 0xae, 0x6b], &track);
    let cluster = element(&[0x1f, 0x43, 0xb6, 0x75], &[1; 50_000]);
    // Of unknown size, as live recorders write it.
    let segment =
        [&[0x18, 0x53, 0x80, 0x67, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff][..], &info, &tracks, &cluster];
    [head, segment.concat()].concat()
}

fn ogg(packet: &[u8], position: u64) -> Vec<u8> {
    let page = |position: u64, content: &[u8]| {
        let length = u8::try_from(content.len()).unwrap();
        [b"OggS\0\x02", position.to_le_bytes().as_slice(), &[9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, length], content]
            .concat()
    };
    let middle = (0..400).flat_map(|number| page(number, &[3; 200])).collect::<Vec<_>>();
    [page(0, packet), middle, page(position, &[5; 100])].concat()
}

/// 100 frames of 128 kbit/s at 44.1 kHz behind a tag.
fn mp3(has_count: bool) -> Vec<u8> {
    let mut frame = vec![0; 417];
    frame[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0]);
    let mut first = frame.clone();
    if has_count {
        first[36..48].copy_from_slice(b"Xing\0\0\0\x01\0\0\x03\xe8");
    }
    [b"ID3\x04\0\0\0\0\x02\0".as_slice(), &[0; 256], &first, &frame.repeat(99)].concat()
}

fn wav() -> Vec<u8> {
    let format = [1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0];
    let chunks = [b"LIST\x04\0\0\0abcdfmt \x10\0\0\0".as_slice(), &format, b"data\0\x7d\0\0", &[0; 32_000]].concat();
    [b"RIFF\xff\xff\0\0WAVE".as_slice(), &chunks].concat()
}

fn flac() -> Vec<u8> {
    let packed = [0x0a, 0xc4, 0x42, 0xf0, 0, 1, 0x02, 0x66];
    [b"fLaC\x80\0\0\x22".as_slice(), &[0; 10], &packed, &[0; 16]].concat()
}

/// Reads a file as the edge does; returns how many reads and bytes it took.
fn by_ranges(file: &[u8]) -> (Step, usize, usize) {
    let (mut source, mut reads, mut bytes) = (Source::new(file.len() as u64), 0, 0);
    loop {
        match probe(&source) {
            Step::Read(range) => {
                assert!(range.start < range.end && range.end <= file.len() as u64);
                let part = &file[range.start as usize..range.end as usize];
                reads += 1;
                bytes += part.len();
                source.give(range.start, part.to_vec());
            }
            step => return (step, reads, bytes),
        }
    }
}

#[track_caller]
fn check(file: &[u8], media_type: &str, duration_ms: Option<u64>, dimensions: Option<(u32, u32)>) {
    let found = media(file).unwrap();
    assert_eq!((found.media_type(), found.duration_ms, found.dimensions), (media_type, duration_ms, dimensions));
    let (step, reads, bytes) = by_ranges(file);
    assert_eq!(step, Step::Found(found));
    assert!(reads <= 6 && bytes <= 150_000, "{reads} reads, {bytes} bytes");
}

#[test]
fn mp4_has_duration_and_dimensions() {
    let (sound, pictures) = (track(b"soun", (0, 0), false), track(b"vide", (1_280, 720), false));
    check(&mp4(b"isom", &[sound.clone(), pictures.clone()]), "video/mp4", Some(2_500), Some((1_280, 720)));
    check(&mp4(b"qt  ", &[pictures]), "video/quicktime", Some(2_500), Some((1_280, 720)));
    check(&mp4(b"M4A ", &[sound]), "audio/mp4", Some(2_500), None);
    let turned = track(b"vide", (1_280, 720), true);
    check(&mp4(b"isom", &[turned]), "video/mp4", Some(2_500), Some((720, 1_280)));
}

#[test]
fn webm_has_duration_and_dimensions() {
    check(&webm(b"webm", true), "video/webm", Some(3_200), Some((1_280, 720)));
    check(&webm(b"webm", false), "audio/webm", Some(3_200), None);
    check(&webm(b"matroska", true), "video/x-matroska", Some(3_200), Some((1_280, 720)));
}

#[test]
fn ogg_has_the_duration_of_its_last_page() {
    let opus = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0";
    check(&ogg(opus, 96_312), "audio/ogg", Some(2_000), None);
    let vorbis = b"\x01vorbis\0\0\0\0\x02\x44\xac\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xb8\x01";
    check(&ogg(vorbis, 66_150), "audio/ogg", Some(1_500), None);
}

#[test]
fn mp3_has_a_duration_with_and_without_a_count() {
    check(&mp3(true), "audio/mpeg", Some(26_122), None);
    check(&mp3(false), "audio/mpeg", Some(2_606), None);
}

#[test]
fn wav_and_flac_have_durations() {
    check(&wav(), "audio/wav", Some(2_000), None);
    check(&flac(), "audio/flac", Some(1_500), None);
}

#[test]
fn other_files_are_unknown() {
    let picture = [atom(b"ftyp", b"heic\0\0\0\0mif1heic"), atom(b"meta", &[0; 100])].concat();
    for file in [b"".as_slice(), b"text", b"a longer text than 12 bytes", &picture, b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01"]
    {
        assert_eq!(media(file), None);
        assert_eq!(by_ranges(file).0, Step::Unknown);
    }
}

#[test]
fn file_that_needs_too_many_reads_is_unknown() {
    let boxes = atom(b"free", &[0; 20_000]).repeat(100);
    let (step, reads, bytes) = by_ranges(&[atom(b"ftyp", b"isom\0\0\0\0isom"), boxes].concat());
    assert_eq!(step, Step::Unknown);
    assert!(reads <= 24 && bytes <= 24 * 65_536);
}

fn samples() -> [Vec<u8>; 6] {
    let tracks = [track(b"vide", (64, 48), false)];
    [
        mp4(b"isom", &tracks),
        webm(b"webm", true),
        ogg(b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0", 1),
        mp3(true),
        wav(),
        flac(),
    ]
}

proptest! {
    #[test]
    fn changed_files_are_read_or_unknown(
        sample in 0_usize..6,
        changes in proptest::collection::vec((0_usize..400, any::<u8>()), 0..8),
        end in any::<prop::sample::Index>(),
    ) {
        let mut bytes = samples()[sample].clone();
        let length = bytes.len();
        for (at, value) in changes {
            // At both ends, where headers are.
            bytes[if value % 2 == 0 { at % length } else { length - 1 - at % length }] = value;
        }
        bytes.truncate(end.index(length * 2));
        let whole = media(&bytes);
        if let (Step::Found(found), ..) = by_ranges(&bytes) {
            prop_assert_eq!(Some(found), whole);
        }
    }
}

#[test]
fn names_of_media_types_are_those_of_their_containers() {
    let media = Media { container: Container::Mp4, is_video: false, duration_ms: None, dimensions: None };
    assert_eq!(media.media_type(), "audio/mp4");
}
