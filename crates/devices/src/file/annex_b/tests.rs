use std::time::Duration;

use bytes::Bytes;
use carillon_frame::{Captured, EncodedVideo, EncodedVideoSource as _, FrameKind, MediaTime};
use proptest::prelude::*;

use super::*;
use crate::file::{FileError, FrameRate, Repeat, Writer as _};

const SPS: [u8; 3] = [0x67, 0x42, 9];
const PPS: [u8; 3] = [0x68, 0xce, 9];
const KEY: [u8; 3] = [0x65, 0x88, 1];

fn delta(n: u8) -> [u8; 3] {
    [0x41, 0x9a, n]
}

fn stream(units: &[[u8; 3]]) -> Vec<u8> {
    units.iter().flat_map(|unit| [&[0, 0, 0, 1], unit.as_slice()].concat()).collect()
}

/// Two key frames, of which the second lacks parameters, with a picture in front and some behind each.
fn file() -> Vec<u8> {
    stream(&[delta(0), SPS, PPS, KEY, delta(1), delta(2), KEY, delta(3)])
}

fn source(repeat: Repeat) -> AnnexBSource {
    AnnexBSource::new(file().into(), FrameRate::new(25, 1).unwrap(), repeat).unwrap()
}

fn at(source: &mut AnnexBSource, millis: u64) -> Option<(Bytes, u32, FrameKind)> {
    match source.next_picture(Duration::from_millis(millis)) {
        Captured::Frame(picture) => Some((picture.payload, picture.timestamp.0, picture.kind)),
        Captured::Nothing => None,
        Captured::Ended => Some((Bytes::new(), 0, FrameKind::Delta)),
    }
}

fn key(ticks: u32) -> Option<(Bytes, u32, FrameKind)> {
    Some((stream(&[SPS, PPS, KEY]).into(), ticks, FrameKind::Key))
}

fn other(n: u8, ticks: u32) -> Option<(Bytes, u32, FrameKind)> {
    Some((stream(&[delta(n)]).into(), ticks, FrameKind::Delta))
}

#[test]
fn pictures_come_at_their_pace_none_left_out_and_key_frames_with_parameters() {
    let mut source = source(Repeat::Once);
    assert_eq!(at(&mut source, 0), key(0));
    assert_eq!(at(&mut source, 39), None);
    // Late: what the others need still comes, one at a time.
    assert_eq!(at(&mut source, 130), other(1, 3_600));
    assert_eq!(at(&mut source, 130), other(2, 7_200));
    assert_eq!(at(&mut source, 130), key(10_800));
    assert_eq!(at(&mut source, 130), None);
    assert_eq!(at(&mut source, 160), other(3, 14_400));
    assert_eq!(at(&mut source, 200), Some((Bytes::new(), 0, FrameKind::Delta)));
}

#[test]
fn a_repeated_file_begins_again_with_its_key_frame() {
    let mut source = source(Repeat::Forever);
    for n in 0..5 {
        at(&mut source, n * 40);
    }
    assert_eq!(at(&mut source, 200), key(18_000));
    assert_eq!(at(&mut source, 240), other(1, 21_600));
}

#[test]
fn a_key_frame_comes_next_when_somebody_asks_for_one() {
    let mut source = source(Repeat::Forever);
    at(&mut source, 0);
    source.request_key_frame();
    assert_eq!(at(&mut source, 40), key(3_600));
    source.request_key_frame();
    assert_eq!(at(&mut source, 80), key(7_200));
    assert_eq!(at(&mut source, 120), other(1, 10_800));
}

#[test]
fn files_without_a_key_frame_are_refused() {
    let rate = FrameRate::new(25, 1).unwrap();
    for octets in [Vec::new(), vec![0; 100], stream(&[SPS, PPS, delta(1)])] {
        let refused = AnnexBSource::new(octets.into(), rate, Repeat::Forever).unwrap_err();
        assert!(matches!(refused, FileError::Other(_)));
    }
}

#[test]
fn what_is_written_begins_with_a_key_frame() {
    let mut file = Vec::new();
    let mut writer = AnnexBWriter::new(&mut file);
    let pictures =
        [(delta(0), FrameKind::Delta), (KEY, FrameKind::Key), (delta(1), FrameKind::Delta)];
    for (n, (unit, kind)) in pictures.into_iter().enumerate() {
        let timestamp = MediaTime(n as u32 * 3_000);
        writer.write(&EncodedVideo { payload: stream(&[unit]).into(), timestamp, kind }).unwrap();
    }
    writer.finish().unwrap();
    assert_eq!(file, stream(&[KEY, delta(1)]));
}

proptest! {
    #[test]
    fn no_bytes_do_harm(octets in prop::collection::vec(0_u8..0x70, 0..200)) {
        let stream = [octets, file()].concat();
        let rate = FrameRate::new(25, 1).unwrap();
        if let Ok(mut source) = AnnexBSource::new(stream.into(), rate, Repeat::Forever) {
            for n in 0..20 {
                let came = source.next_picture(Duration::from_millis(n * 40));
                prop_assert!(matches!(came, Captured::Frame(_)));
                if n % 7 == 0 {
                    source.request_key_frame();
                }
            }
        }
    }
}
