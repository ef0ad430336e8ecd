use super::samples::*;
use crate::answer::{NoVariants, VariantName};
use crate::variants::{Limits, Variant, variants};
use crate::{Color, Kind, inspect, without_metadata};

fn made(bytes: &[u8]) -> [Variant; 2] {
    let made = variants(bytes, &Limits::default()).unwrap();
    assert!((5..=25).contains(&made.thumbhash.len()));
    let variants: [Variant; 2] = made.variants.try_into().unwrap();
    for variant in &variants {
        let facts = inspect(&variant.bytes, u64::MAX).unwrap().unwrap();
        assert_eq!((facts.kind, facts.width, facts.height), (variant.kind, variant.width, variant.height));
        assert_eq!(facts.orientation, 1);
        assert!(matches!(without_metadata(&variant.bytes).unwrap(), std::borrow::Cow::Borrowed(_)));
    }
    variants
}

#[track_caller]
fn check(bytes: &[u8], kind: Kind, thumb: (u32, u32), preview: (u32, u32)) {
    let [small, large] = made(bytes);
    assert_eq!((small.name, large.name), (VariantName::Thumb, VariantName::Preview));
    assert_eq!((small.kind, large.kind), (kind, kind));
    assert_eq!((small.width, small.height), thumb);
    assert_eq!((large.width, large.height), preview);
}

/// Red, green and blue of the variant's pixel at a place, from 0 to 1 of width and height.
fn color_at(variant: &Variant, x: f64, y: f64) -> [u8; 3] {
    let mut decoder = jpeg_decoder::Decoder::new(variant.bytes.as_slice());
    let pixels = decoder.decode().unwrap();
    let at = |place: f64, length: u32| (place * f64::from(length - 1)) as usize;
    let start = (at(y, variant.height) * variant.width as usize + at(x, variant.width)) * 3;
    pixels[start..start + 3].try_into().unwrap()
}

#[test]
fn large_jpeg_becomes_thumb_and_preview() {
    check(&jpeg(4_000, 3_000, Jpeg::Baseline), Kind::Jpeg, (320, 240), (1_600, 1_200));
    check(&jpeg(1_000, 3_333, Jpeg::Progressive), Kind::Jpeg, (96, 320), (480, 1_600));
}

#[test]
fn small_pictures_are_not_enlarged() {
    check(&jpeg(300, 200, Jpeg::Baseline), Kind::Jpeg, (300, 200), (300, 200));
    check(&jpeg(1, 1, Jpeg::Baseline), Kind::Jpeg, (1, 1), (1, 1));
    check(&jpeg(1_601, 1, Jpeg::Gray), Kind::Jpeg, (320, 1), (1_600, 1));
    check(&gif(3, 3, 1), Kind::Png, (3, 3), (3, 3));
}

#[test]
fn every_color_of_jpeg_is_decoded() {
    for kind in [Jpeg::Gray, Jpeg::Cmyk, Jpeg::Progressive, Jpeg::Baseline] {
        check(&jpeg(700, 350, kind), Kind::Jpeg, (320, 160), (700, 350));
    }
    let [_, preview] = made(&jpeg(700, 350, Jpeg::Baseline));
    let [red, green, blue] = color_at(&preview, 0.9, 0.1);
    assert!(red > 150 && green < 60 && (60..130).contains(&blue), "{red} {green} {blue}");
}

#[test]
fn inks_become_colors() {
    let mut bytes = Vec::new();
    let inks = [0_u8, 255, 255, 0].repeat(64 * 64);
    jpeg_encoder::Encoder::new(&mut bytes, 90).encode(&inks, 64, 64, jpeg_encoder::ColorType::Cmyk).unwrap();
    assert_eq!(inspect(&bytes, 10_000).unwrap().unwrap().color, Color::Cmyk);
    let [_, preview] = made(&bytes);
    let [red, green, blue] = color_at(&preview, 0.5, 0.5);
    assert!(red > 240 && green < 15 && blue < 15, "{red} {green} {blue}");
}

#[test]
fn every_color_of_png_is_decoded() {
    use png::{BitDepth, ColorType};
    for depth in [BitDepth::Eight, BitDepth::Sixteen] {
        check(&png(2_000, 500, ColorType::Rgb, depth), Kind::Jpeg, (320, 80), (1_600, 400));
        check(&png(2_000, 500, ColorType::Grayscale, depth), Kind::Jpeg, (320, 80), (1_600, 400));
        check(&png(2_000, 500, ColorType::Rgba, depth), Kind::Png, (320, 80), (1_600, 400));
        check(&png(2_000, 500, ColorType::GrayscaleAlpha, depth), Kind::Png, (320, 80), (1_600, 400));
    }
    check(&png(64, 64, ColorType::Indexed, BitDepth::Eight), Kind::Png, (64, 64), (64, 64));
    check(&apng(64, 64), Kind::Png, (64, 64), (64, 64));
}

#[test]
fn opaque_picture_with_an_alpha_channel_becomes_a_jpeg() {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 3_500, 10);
    encoder.set_color(png::ColorType::Rgba);
    let pixels = [200_u8, 10, 10, 255].repeat(35_000);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    check(&bytes, Kind::Jpeg, (320, 1), (1_600, 5));
}

#[test]
fn transparent_pixels_do_not_darken_their_neighbours() {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 6_400, 64);
    encoder.set_color(png::ColorType::Rgba);
    // White, beside black that is transparent.
    let pixels = [255_u8, 255, 255, 255, 0, 0, 0, 0].repeat(3_200 * 64);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    let [_, preview] = made(&bytes);
    let mut reader = png::Decoder::new(std::io::Cursor::new(preview.bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    assert!(pixels.chunks(4).all(|pixel| pixel[0] > 250 && (120..136).contains(&pixel[3])));
}

#[test]
fn interlaced_png_is_decoded() {
    // Eight by eight gray pixels in seven passes; each row has its filter.
    let passes = [(1, 1), (1, 1), (2, 1), (2, 2), (4, 2), (4, 4), (8, 4)];
    let rows: Vec<u8> =
        passes.iter().flat_map(|(width, rows)| [vec![0], vec![120; *width]].concat().repeat(*rows)).collect();
    let length = u16::try_from(rows.len()).unwrap();
    let stored =
        [&[0x78, 1, 1], length.to_le_bytes().as_slice(), &(!length).to_le_bytes(), &rows, &adler(&rows)].concat();
    let header = [0, 0, 0, 8, 0, 0, 0, 8, 8, 0, 0, 0, 1];
    let chunks = [chunk(b"IHDR", &header), chunk(b"IDAT", &stored), chunk(b"IEND", b"")].concat();
    let [thumb, _] = made(&[b"\x89PNG\r\n\x1a\n".as_slice(), &chunks].concat());
    assert_eq!(color_at(&thumb, 0.5, 0.5), [120; 3]);
}

fn adler(bytes: &[u8]) -> [u8; 4] {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    (b << 16 | a).to_be_bytes()
}

#[test]
fn first_frame_of_gif_and_webp_is_decoded() {
    check(&gif(3_300, 30, 3), Kind::Png, (320, 3), (1_600, 15));
    check(&webp(2_000, 100, false), Kind::Jpeg, (320, 16), (1_600, 80));
    check(&webp(2_000, 100, true), Kind::Png, (320, 16), (1_600, 80));
}

#[test]
fn lossy_and_animated_webp_are_decoded() {
    check(&lossy_webp(false), Kind::Jpeg, (32, 24), (32, 24));
    check(&lossy_webp(true), Kind::Png, (32, 24), (32, 24));
    check(&animated_webp(), Kind::Jpeg, (32, 24), (32, 24));
    assert!(inspect(&animated_webp(), 10_000).unwrap().unwrap().is_animated);
    let [_, preview] = made(&animated_webp());
    let ([red, _, low], [dark, _, blue]) = (color_at(&preview, 0.05, 0.05), color_at(&preview, 0.95, 0.95));
    assert!(red > 180 && low < 80 && dark < 80 && blue > 180, "{red} {low} {dark} {blue}");
}

#[test]
fn orientation_is_applied() {
    let plain = jpeg(400, 200, Jpeg::Baseline);
    // Where the stored top right corner, which is red, is seen; and where the stored bottom left one, which is green.
    let corners = [(1.0, 0.0), (0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0), (0.0, 0.0)];
    for (orientation, (x, y)) in (1_u8..).zip(corners) {
        let file = insert(&plain, 2, &segment(0xe1, &[b"Exif\0\0".as_slice(), &exif(orientation)].concat()));
        let [_, preview] = made(&file);
        let size = if orientation > 4 { (200, 400) } else { (400, 200) };
        assert_eq!((preview.width, preview.height), size);
        let ([red, low, _], [dark, green, _]) = (color_at(&preview, x, y), color_at(&preview, 1.0 - x, 1.0 - y));
        assert!(red > 150 && low < 60 && green > 150 && dark < 60, "{orientation}: {red} {low} {dark} {green}");
    }
}

#[test]
fn picture_over_the_limits_has_no_variants() {
    let bytes = jpeg(400, 300, Jpeg::Progressive);
    let limits = Limits { max_pixels: 100_000, ..Limits::default() };
    assert_eq!(variants(&bytes, &limits).err(), Some(NoVariants::TooLarge));
    let limits = Limits { max_memory: 4 << 20, ..Limits::default() };
    assert_eq!(variants(&bytes, &limits).err(), Some(NoVariants::TooLarge));
    assert_eq!(variants(b"text", &Limits::default()).err(), Some(NoVariants::Unsupported));
}

#[test]
fn placeholder_is_that_of_the_reference() {
    let one_color = |pixel: &[u8], kind, size: u32| {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, size, size);
        encoder.set_color(kind);
        let pixels = pixel.repeat((size * size) as usize);
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
        variants(&bytes, &Limits::default()).unwrap().thumbhash
    };
    for color in [[255, 255, 255, 255], [0, 0, 0, 255], [10, 200, 40, 255], [90, 20, 200, 100]] {
        let ours = one_color(&color, png::ColorType::Rgba, 20);
        assert_eq!(ours[..3], reference(20, 20, &color.repeat(400))[..3], "{color:?}");
    }
    let (width, height) = (90, 60);
    let pixels = pixels(width, height, 4);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    let ours = variants(&bytes, &Limits::default()).unwrap().thumbhash;
    let theirs = reference(width as usize, height as usize, &pixels);
    assert_eq!((ours.len(), &ours[..6]), (theirs.len(), &theirs[..6]));
    // A sum in another order can round to the next step.
    let steps = |hash: &[u8]| hash[6..].iter().flat_map(|byte| [byte & 15, byte >> 4]).collect::<Vec<_>>();
    assert!(steps(&ours).iter().zip(steps(&theirs)).all(|(ours, theirs)| ours.abs_diff(theirs) <= 1));
}

fn reference(width: usize, height: usize, rgba: &[u8]) -> Vec<u8> {
    thumbhash::rgba_to_thumb_hash(width, height, rgba)
}
