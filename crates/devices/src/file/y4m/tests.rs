use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use carillon_frame::{Captured, MediaTime, Picture, VideoFrame, VideoSize, VideoSource as _};
use proptest::prelude::*;

use super::*;
use crate::file::{FileError, FrameRate, Repeat, Writer as _};

const RATE: u32 = 25;

fn picture(size: VideoSize, shade: u8) -> Arc<Picture> {
    let mut picture = Picture::black(size).unwrap();
    let planes = picture.planes_mut();
    planes.y.fill(shade);
    planes.u.fill(shade.wrapping_add(1));
    planes.v.fill(shade.wrapping_add(2));
    Arc::new(picture)
}

/// A file of pictures of these shades, at these ticks.
fn written(pictures: &[(u8, u32)]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = Y4mWriter::new(&mut file, FrameRate::new(RATE, 1).unwrap());
    for (shade, ticks) in pictures {
        let picture = picture(VideoSize::new(5, 3), *shade);
        writer.write(&VideoFrame { picture, timestamp: MediaTime(*ticks) }).unwrap();
    }
    writer.finish().unwrap();
    file
}

fn source(file: Vec<u8>, repeat: Repeat) -> Y4mSource<Cursor<Vec<u8>>> {
    Y4mSource::new(Cursor::new(file), repeat).unwrap()
}

/// What shade comes at so many milliseconds, and at what tick.
fn shade(source: &mut Y4mSource<Cursor<Vec<u8>>>, millis: u64) -> Option<(u8, u32)> {
    match source.next_frame(Duration::from_millis(millis)) {
        Captured::Frame(frame) => {
            let planes = frame.picture.planes();
            assert_eq!((planes.y.len(), planes.u.len(), planes.v.len()), (15, 6, 6));
            assert_eq!(planes.v[5], planes.y[14].wrapping_add(2));
            Some((planes.y[14], frame.timestamp.0))
        }
        Captured::Nothing => None,
        Captured::Ended => Some((0, 0)),
    }
}

#[test]
fn pictures_come_at_their_time_and_late_ones_are_skipped() {
    let file = written(&[(1, 0), (2, 3_600), (3, 7_200), (4, 10_800), (5, 14_400)]);
    let mut source = source(file, Repeat::Once);
    assert_eq!(source.size(), VideoSize::new(5, 3));
    assert_eq!(shade(&mut source, 0), Some((1, 0)));
    assert_eq!(shade(&mut source, 39), None);
    assert_eq!(shade(&mut source, 40), Some((2, 3_600)));
    assert_eq!(shade(&mut source, 165), Some((5, 14_400)));
    assert_eq!(shade(&mut source, 199), None);
    assert_eq!(shade(&mut source, 200), Some((0, 0)));
}

#[test]
fn a_repeated_file_goes_on_with_later_timestamps() {
    let mut source = source(written(&[(1, 0), (2, 3_600)]), Repeat::Forever);
    let shades: Vec<_> = (0..5).map(|n| shade(&mut source, n * 40)).collect();
    let expected = [(1, 0), (2, 3_600), (1, 7_200), (2, 10_800), (1, 14_400)];
    assert_eq!(shades, expected.map(Some));
}

#[test]
fn a_picture_lasts_until_the_next_and_of_two_in_one_time_the_first_is_kept() {
    // 120 ms without a picture, then three within 40 ms, then a stream that began anew.
    let file = written(&[
        (1, 90_000),
        (2, 100_800),
        (3, 101_000),
        (4, 104_399),
        (5, 104_400),
        (6, 3_000_000_000),
    ]);
    let mut source = source(file, Repeat::Once);
    let shades: Vec<u8> = (0..6).filter_map(|n| shade(&mut source, n * 40)).map(|s| s.0).collect();
    assert_eq!(shades, [1, 1, 1, 2, 5, 6]);
}

#[test]
fn another_size_needs_another_file() {
    let mut writer = Y4mWriter::new(Vec::new(), FrameRate::new(RATE, 1).unwrap());
    let frame = |width| VideoFrame {
        picture: picture(VideoSize::new(width, 4), 9),
        timestamp: MediaTime(0),
    };
    writer.write(&frame(4)).unwrap();
    assert!(matches!(writer.write(&frame(6)), Err(FileError::ParametersChanged)));
}

#[test]
fn other_files_are_refused_with_a_reason() {
    let error = |header: &[u8]| {
        Y4mSource::new(Cursor::new(header.to_vec()), Repeat::Once).map(drop).unwrap_err()
    };
    assert!(matches!(error(b""), FileError::Other(_)));
    assert!(matches!(error(b"RIFF WAVE\n"), FileError::Other(_)));
    assert!(matches!(error(b"YUV4MPEG2 W4 H4"), FileError::Damaged(..)));
    assert!(matches!(error(&[b'Y'; 5_000]), FileError::Damaged(..)));
    for words in ["W4 H4 C444", "W4 H4 C420p10", "W0 H4", "H4", "W4 H8193", "W4 H4 F0:0"] {
        let header = format!("YUV4MPEG2 {words}\n");
        assert!(matches!(error(header.as_bytes()), FileError::Unsupported(..)), "{words}");
    }
}

#[test]
fn a_file_without_a_picture_ends_even_if_it_repeats() {
    let mut source = source(b"YUV4MPEG2 W4 H4\n".to_vec(), Repeat::Forever);
    assert_eq!(source.next_frame(Duration::from_secs(9)), Captured::Ended);
}

proptest! {
    #[test]
    fn no_bytes_do_harm(
        at in 0_usize..150,
        octets in prop::collection::vec(any::<u8>(), 0..30),
        cut in 0_usize..60,
    ) {
        let mut file = written(&[(1, 0), (2, 3_600), (3, 7_200)]);
        file.truncate(file.len() - cut);
        let end = file.len();
        for (to, from) in file[at.min(end)..].iter_mut().zip(&octets) {
            *to = *from;
        }
        if let Ok(mut source) = Y4mSource::new(Cursor::new(file), Repeat::Forever) {
            for n in 0..20 {
                source.next_frame(Duration::from_millis(n * 100));
            }
        }
    }
}
