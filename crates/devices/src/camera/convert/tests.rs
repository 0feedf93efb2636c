use carillon_media::colour::{RawLayout, write_pixels};
use proptest::prelude::*;

use super::*;

const SIZE: VideoSize = VideoSize::new(64, 32);

/// Red and green above, blue and white below: 64 x 32 pixels out of a browser's encoder, in JFIF with a colour profile,
/// with Huffman tables of its own and a quarter of the colours.
const FOUR_COLOURS: &[u8] = include_bytes!("four_colours.jpg");

/// Full red in luma and differences of blue and red, of full range as in JPEG.
const RED: [i32; 3] = [76, 85, 255];
const BLUE: [i32; 3] = [29, 255, 107];

fn converter(pixels: PixelFormat) -> Converter {
    let stride = match pixels {
        PixelFormat::Raw(layout) => layout.row_octets(SIZE.width),
        PixelFormat::Jpeg => 0,
    };
    Converter::new(Format { pixels, size: SIZE, stride })
}

/// The colour of a pixel.
fn colour(picture: &Picture, x: usize, y: usize) -> [u8; 3] {
    let mut pixels = Vec::new();
    write_pixels(picture, ColourLayout::Rgb, &mut pixels).unwrap();
    let at = (y * picture.size().width as usize + x) * 3;
    pixels[at..at + 3].try_into().unwrap()
}

fn assert_like(seen: [u8; 3], wanted: [u8; 3]) {
    assert!(seen.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) < 12), "{seen:?} for {wanted:?}");
}

/// A JPEG as webcams make them: half the colours, the usual Huffman tables, which are not in it; red, blue in its right
/// half. Each block is flat, so it is its first coefficient and the word for "no more".
pub(in super::super) fn webcam_jpeg(size: VideoSize) -> Vec<u8> {
    let mut out = JPEG_START.to_vec();
    let mut segment = |marker: u8, body: &[u8]| {
        let octets = u16::try_from(body.len() + 2).unwrap();
        out.extend([0xff, marker]);
        out.extend(octets.to_be_bytes());
        out.extend(body);
    };
    segment(0xdb, &[&[0][..], &[1; 64]].concat());
    let [width, height] = [size.width, size.height].map(|side| u16::try_from(side).unwrap());
    let ([w1, w2], [h1, h2]) = (width.to_be_bytes(), height.to_be_bytes());
    segment(0xc0, &[8, h1, h2, w1, w2, 3, 1, 0x21, 0, 2, 0x11, 0, 3, 0x11, 0]);
    segment(0xda, &[3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0]);
    let mut bits = String::new();
    let mut before = [0; 3];
    for _ in 0..size.height / 8 {
        for unit in 0..size.width / 16 {
            let colour = if unit * 16 < size.width / 2 { RED } else { BLUE };
            for (component, blocks) in [(0, 2), (1, 1), (2, 1)] {
                for _ in 0..blocks {
                    let coefficient = (colour[component] - 128) * 8;
                    write_block(&mut bits, component, coefficient - before[component]);
                    before[component] = coefficient;
                }
            }
        }
    }
    while !bits.len().is_multiple_of(8) {
        bits.push('1');
    }
    for octet in bits.as_bytes().chunks(8) {
        let octet = u8::from_str_radix(std::str::from_utf8(octet).unwrap(), 2).unwrap();
        out.push(octet);
        if octet == 0xff {
            out.push(0);
        }
    }
    out.extend(JPEG_END);
    out
}

/// The Huffman codes of T.81 annex K.3, as far as they are needed.
fn write_block(bits: &mut String, component: usize, difference: i32) {
    let length = (32 - difference.unsigned_abs().leading_zeros()) as usize;
    let prefix = |ones: usize| format!("{}0", "1".repeat(ones));
    let (category, end) = match (component, length) {
        (0, 0) => ("00".to_owned(), "1010"),
        (0, 1..=5) => (format!("{:03b}", length + 1), "1010"),
        (0, _) => (prefix(length - 3), "1010"),
        (_, 0..=2) => (format!("{length:02b}"), "00"),
        (_, _) => (prefix(length - 1), "00"),
    };
    bits.push_str(&category);
    if length > 0 {
        let value = if difference < 0 { difference + (1 << length) - 1 } else { difference };
        bits.push_str(&format!("{value:0length$b}"));
    }
    bits.push_str(end);
}

#[test]
fn colours_are_seen_in_each_layout() {
    for layout in [RawLayout::Yuyv, RawLayout::Nv12, RawLayout::I420] {
        let mut converter = converter(PixelFormat::Raw(layout));
        // Blue of video range.
        let octets = match layout {
            RawLayout::Yuyv => [41, 240, 41, 110].repeat(32 * 32),
            RawLayout::Nv12 => [vec![41; 64 * 32], [240, 110].repeat(32 * 16)].concat(),
            RawLayout::I420 => [vec![41; 64 * 32], vec![240; 512], vec![110; 512]].concat(),
        };
        let picture = converter.convert(&octets).unwrap();
        assert_like(colour(&picture, 5, 5), [0, 0, 255]);
        assert_like(colour(&picture, 63, 31), [0, 0, 255]);
    }
}

#[test]
fn a_webcams_jpeg_without_tables_is_decoded() {
    let mut converter = converter(PixelFormat::Jpeg);
    let mut jpeg = webcam_jpeg(SIZE);
    for _ in 0..2 {
        let picture = converter.convert(&jpeg).unwrap();
        assert_like(colour(&picture, 4, 4), [255, 0, 0]);
        assert_like(colour(&picture, 60, 28), [0, 0, 255]);
        // The rest of the buffer.
        jpeg.extend([0; 100]);
    }
}

#[test]
fn a_jpeg_with_tables_is_decoded() {
    let picture = converter(PixelFormat::Jpeg).convert(FOUR_COLOURS).unwrap();
    assert_like(colour(&picture, 8, 8), [255, 0, 0]);
    assert_like(colour(&picture, 56, 8), [0, 255, 0]);
    assert_like(colour(&picture, 8, 24), [0, 0, 255]);
    assert_like(colour(&picture, 56, 24), [255, 255, 255]);
}

#[test]
fn what_is_cut_off_or_of_another_size_is_left_out() {
    for layout in [RawLayout::Yuyv, RawLayout::Nv12, RawLayout::I420] {
        let whole = layout.octets_of(SIZE, layout.row_octets(SIZE.width));
        let mut converter = converter(PixelFormat::Raw(layout));
        assert!(converter.convert(&vec![0; whole - 1]).is_none());
        assert!(converter.convert(&vec![0; whole]).is_some());
    }
    let mut converter = converter(PixelFormat::Jpeg);
    let jpeg = webcam_jpeg(SIZE);
    assert!(converter.convert(&jpeg[..jpeg.len() - 3]).is_none());
    assert!(converter.convert(&jpeg[1..]).is_none());
    assert!(converter.convert(&webcam_jpeg(VideoSize::new(32, 32))).is_none());
    assert!(converter.convert(&webcam_jpeg(VideoSize::new(128, 32))).is_none());
    assert!(converter.convert(&[]).is_none());
    assert!(converter.convert(&jpeg).is_some());
}

proptest! {
    #[test]
    fn no_octets_do_harm(octets in prop::collection::vec(any::<u8>(), 0..2_000)) {
        converter(PixelFormat::Jpeg).convert(&octets);
        let framed = [&JPEG_START[..], &octets, &JPEG_END].concat();
        converter(PixelFormat::Jpeg).convert(&framed);
    }

    #[test]
    fn no_damage_does_harm(at in 0_usize..791, octet in any::<u8>()) {
        let mut jpeg = FOUR_COLOURS.to_vec();
        jpeg[at] = octet;
        converter(PixelFormat::Jpeg).convert(&jpeg);
    }
}
