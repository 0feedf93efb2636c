use bytes::Bytes;
use carillon_frame::{EncodedVideo, FrameKind, MediaTime};
use proptest::prelude::*;

use super::*;
use crate::file::{FileError, Writer as _};

/// 640x360 in baseline.
const SPS: [u8; 11] = [0x67, 0x42, 0xc0, 0x1f, 0x8c, 0x8d, 0x40, 0x50, 0x17, 0xfc, 0xb0];
const PPS: [u8; 4] = [0x68, 0xce, 0x3c, 0x80];

fn annex_b(units: &[&[u8]]) -> Bytes {
    units.iter().flat_map(|unit| [&[0, 0, 0, 1], *unit].concat()).collect()
}

fn key(n: u8, ticks: u32) -> EncodedVideo {
    let payload = annex_b(&[&[9, 0x10], &SPS, &PPS, &[6, 1, 2, 0x80], &[0x65, 0x88, n]]);
    EncodedVideo { payload, timestamp: MediaTime(ticks), kind: FrameKind::Key }
}

fn delta(n: u8, ticks: u32) -> EncodedVideo {
    let payload = annex_b(&[&[0x41, 0x9a, n]]);
    EncodedVideo { payload, timestamp: MediaTime(ticks), kind: FrameKind::Delta }
}

fn written(pictures: &[EncodedVideo]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = Mp4Writer::new(&mut file);
    for picture in pictures {
        writer.write(picture).unwrap();
    }
    writer.finish().unwrap();
    file
}

/// The boxes that follow each other, as a reader sees them.
fn boxes(mut octets: &[u8]) -> Vec<([u8; 4], &[u8])> {
    let mut found = Vec::new();
    while let Some((length, rest)) = octets.split_first_chunk::<4>() {
        let (kind, _) = rest.split_first_chunk::<4>().unwrap();
        let length = u32::from_be_bytes(*length) as usize;
        found.push((*kind, &octets[8..length]));
        octets = &octets[length..];
    }
    found
}

/// The box at a path, which must exist.
fn inside<'a>(octets: &'a [u8], path: &[&[u8; 4]]) -> &'a [u8] {
    path.iter().fold(octets, |octets, kind| {
        boxes(octets).into_iter().find(|(found, _)| found == *kind).expect("the box is there").1
    })
}

fn word(octets: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(octets[at..at + 4].try_into().unwrap())
}

/// A sample as a reader finds it: when it begins, how long it stays, whether it is a key frame, its octets.
type Sample = (u64, u32, bool, Vec<u8>);

/// The samples of each fragment.
fn fragments(file: &[u8]) -> Vec<Vec<Sample>> {
    let (mut fragments, mut at) = (Vec::new(), 0);
    for (kind, contents) in boxes(file) {
        if &kind == b"moof" {
            let run = inside(contents, &[b"traf", b"trun"]);
            let start = inside(contents, &[b"traf", b"tfdt"]);
            let mut time = u64::from_be_bytes(start[4..12].try_into().unwrap());
            let mut octets = &file[at + word(run, 8) as usize..];
            let samples = (0..word(run, 4) as usize).map(|n| {
                let field = |field: usize| word(run, 12 + n * 12 + field * 4);
                let (sample, rest) = octets.split_at(field(1) as usize);
                octets = rest;
                let begin = time;
                time += u64::from(field(0));
                (begin, field(0), field(2) & 0x1_0000 == 0, sample.to_vec())
            });
            fragments.push(samples.collect());
        }
        at += contents.len() + 8;
    }
    fragments
}

fn sample(units: &[&[u8]]) -> Vec<u8> {
    units.iter().flat_map(|unit| [&[0, 0, 0, unit.len() as u8], *unit].concat()).collect()
}

#[test]
fn the_header_tells_a_decoder_what_it_must_know() {
    let file = written(&[key(1, 0)]);
    assert_eq!(
        boxes(&file).iter().map(|(kind, _)| *kind).collect::<Vec<_>>(),
        [*b"ftyp", *b"moov", *b"moof", *b"mdat"]
    );
    let track = inside(&file, &[b"moov", b"trak"]);
    let size = inside(track, &[b"tkhd"]);
    assert_eq!(size.len(), 84);
    assert_eq!((word(size, 76) >> 16, word(size, 80) >> 16), (640, 360));
    assert_eq!(word(inside(track, &[b"mdia", b"mdhd"]), 12), 90_000);
    let formats = inside(track, &[b"mdia", b"minf", b"stbl", b"stsd"]);
    let entry = inside(&formats[8..], &[b"avc1"]);
    assert_eq!((word(entry, 24) >> 16, word(entry, 24) & 0xffff), (640, 360));
    let expected: [&[u8]; 6] =
        [&[1, 0x42, 0xc0, 0x1f, 0xff, 0xe1, 0, 11], &SPS, &[1, 0, 4], &PPS, &[], &[]];
    assert_eq!(inside(&entry[78..], &[b"avcC"]), expected.concat());
    assert_eq!(word(inside(&file, &[b"moov", b"mvex", b"trex"]), 4), 1);
    assert_eq!(inside(&file, &[b"moov", b"mvhd"]).len(), 100);
}

#[test]
fn pictures_keep_their_times_from_the_first_key_frame_on() {
    let file = written(&[
        delta(0, 0),
        key(1, u32::MAX - 2_999),
        delta(2, 0),
        delta(3, 4_500),
        key(4, 9_000),
        delta(5, 10_000),
    ]);
    let (first, fourth): (Vec<u8>, Vec<u8>) = (
        sample(&[&[6, 1, 2, 0x80], &[0x65, 0x88, 1]]),
        sample(&[&[6, 1, 2, 0x80], &[0x65, 0x88, 4]]),
    );
    let expected = [
        vec![
            (0, 3_000, true, first),
            (3_000, 4_500, false, sample(&[&[0x41, 0x9a, 2]])),
            (7_500, 4_500, false, sample(&[&[0x41, 0x9a, 3]])),
        ],
        vec![
            (12_000, 1_000, true, fourth),
            // Nothing tells how long the last stays: as long as the one before.
            (13_000, 1_000, false, sample(&[&[0x41, 0x9a, 5]])),
        ],
    ];
    assert_eq!(fragments(&file), expected);
}

#[test]
fn a_stream_that_begins_anew_goes_on_without_a_gap() {
    let file = written(&[key(1, 0), delta(2, 3_000), key(3, 3_000_000_000), delta(4, 1_000_000)]);
    let times: Vec<u64> = fragments(&file).concat().into_iter().map(|sample| sample.0).collect();
    assert_eq!(times, [0, 3_000, 6_000, 9_000]);
}

#[test]
fn a_killed_writer_leaves_all_but_the_last_second() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("killed.mp4");
    let mut writer = Mp4Writer::create(&path).unwrap();
    writer.write(&key(0, 0)).unwrap();
    for n in 1..100 {
        writer.write(&delta(n, u32::from(n) * 3_000)).unwrap();
    }
    let file = std::fs::read(&path).unwrap();
    assert_eq!(fragments(&file).iter().map(Vec::len).collect::<Vec<_>>(), [30, 30, 30]);
    // A process that is killed runs no destructor.
    std::mem::forget(writer);
}

#[test]
fn other_parameters_need_another_file() {
    let mut writer = Mp4Writer::new(Vec::new());
    writer.write(&key(1, 0)).unwrap();
    let payload = annex_b(&[&SPS, &[0x68, 0xcf], &[0x65, 0x88, 2]]);
    let other = EncodedVideo { payload, timestamp: MediaTime(3_000), kind: FrameKind::Key };
    assert!(matches!(writer.write(&other), Err(FileError::ParametersChanged)));
}

#[test]
fn key_frames_without_parameters_are_no_beginning() {
    let payload = annex_b(&[&[0x65, 0x88, 2]]);
    let bare = EncodedVideo { payload, timestamp: MediaTime(0), kind: FrameKind::Key };
    assert!(written(&[bare, delta(1, 3_000)]).is_empty());
}

proptest! {
    #[test]
    fn whatever_is_written_is_boxes_to_the_end(
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..20),
        times in prop::collection::vec(any::<u32>(), 20),
    ) {
        let mut pictures = vec![key(1, 0)];
        for (octets, time) in payloads.into_iter().zip(times) {
            let kind = if time % 3 == 0 { FrameKind::Key } else { FrameKind::Delta };
            let payload = [vec![0, 0, 1, 0x41], octets].concat().into();
            pictures.push(EncodedVideo { payload, timestamp: MediaTime(time), kind });
        }
        let mut file = Vec::new();
        let mut writer = Mp4Writer::new(&mut file);
        for picture in &pictures {
            prop_assert!(!matches!(writer.write(picture), Err(FileError::Io(_))));
        }
        writer.finish().unwrap();
        prop_assert!(!fragments(&file).is_empty());
    }
}
