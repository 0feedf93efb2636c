use std::sync::Arc;

use bytes::Bytes;
use carillon_frame::{Bitrate, EncodedVideo, FrameKind, MediaTime, Picture, VideoFrame, VideoSize};
use carillon_rtp::payload::h264::{AnnexBUnits, SequenceParameters};
use proptest::prelude::*;

use super::*;
use crate::pattern::{Hue, TestPattern, dominant_colour, read_counter};
use crate::scale::Scaler;

const SMALL: VideoSize = VideoSize::new(320, 180);

/// A pattern and an encoder that see 30 pictures a second.
struct Camera {
    pattern: TestPattern,
    encoder: H264Encoder,
    time: MediaTime,
    /// Whether pictures are as noisy as those of a camera in the dark.
    grain: bool,
}

impl Camera {
    fn new(size: VideoSize, kbps: u32) -> Self {
        Self::with(size, H264Config { bitrate: Bitrate::from_kbps(kbps), ..H264Config::default() })
    }

    fn with(size: VideoSize, config: H264Config) -> Self {
        let pattern = TestPattern::new(size, Hue::new(210)).unwrap();
        Self {
            pattern,
            encoder: H264Encoder::new(config).unwrap(),
            time: MediaTime(0),
            grain: false,
        }
    }

    fn next(&mut self) -> Option<EncodedVideo> {
        self.time = self.time.wrapping_add(3_000);
        let mut picture = self.pattern.draw();
        if self.grain {
            let mut noise = self.time.0;
            for luma in Arc::make_mut(&mut picture).planes_mut().y {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *luma = luma.wrapping_add((noise >> 29) as u8);
            }
        }
        let frame = VideoFrame { picture, timestamp: self.time };
        self.encoder.encode(&frame).unwrap()
    }

    fn take(&mut self, count: usize) -> Vec<EncodedVideo> {
        std::iter::repeat_with(|| self.next()).take(count).flatten().collect()
    }

    fn kbps(&mut self, seconds: usize) -> usize {
        let octets: usize =
            self.take(seconds * 30).iter().map(|picture| picture.payload.len()).sum();
        octets * 8 / 1_000 / seconds
    }
}

fn unit_types(picture: &Bytes) -> Vec<u8> {
    AnnexBUnits::new(picture).map(|unit| unit[0] & 0x1f).collect()
}

fn decoded(decoder: &mut H264Decoder, picture: &EncodedVideo) -> Arc<Picture> {
    decoder.decode(&picture.payload).unwrap().expect("a picture is handed out at once")
}

#[test]
fn what_is_encoded_is_seen() {
    let (mut camera, mut decoder) = (Camera::new(SMALL, 500), H264Decoder::new().unwrap());
    for n in 0..60 {
        let picture = decoded(&mut decoder, &camera.next().unwrap());
        assert_eq!(picture.size(), SMALL);
        assert_eq!(read_counter(&picture), Some(n));
        assert!(dominant_colour(&picture).unwrap().distance(Hue::new(210)) <= 5);
    }
}

#[test]
fn numbers_and_colours_survive_150_kbps_and_a_small_tile() {
    for (size, count) in [(VideoSize::new(640, 360), 90), (VideoSize::new(1_280, 720), 40)] {
        let (mut camera, mut decoder) = (Camera::new(size, 150), H264Decoder::new().unwrap());
        let mut scaler = Scaler::default();
        let (mut seen, mut last) = (0, None);
        for picture in camera.take(count) {
            let tile = decoded(&mut decoder, &picture);
            let tile = scaler.scale(&tile, VideoSize::new(160, 90)).unwrap();
            let counter = read_counter(&tile);
            assert!(counter.is_some() && counter > last, "{counter:?} after {last:?} at {size}");
            assert!(dominant_colour(&tile).unwrap().distance(Hue::new(210)) <= 8);
            (seen, last) = (seen + 1, counter);
        }
        assert!(seen > count / 4, "{seen} pictures at {size}");
    }
}

#[test]
fn only_the_first_picture_and_those_asked_for_are_key_frames() {
    let mut camera = Camera::new(SMALL, 500);
    let mut kinds = Vec::new();
    for n in 0..400 {
        if n == 350 {
            camera.encoder.request_key_frame();
        }
        let Some(picture) = camera.next() else { continue };
        let expected = if picture.kind == FrameKind::Key { &[7, 8, 5][..] } else { &[1] };
        assert_eq!(unit_types(&picture.payload), expected, "picture {n}");
        if picture.kind == FrameKind::Key {
            kinds.push(n);
        }
    }
    assert_eq!(kinds, [0, 350]);
}

#[test]
fn the_stream_is_constrained_baseline_of_a_level_that_fits() {
    for (size, most) in
        [(SMALL, 31), (VideoSize::new(1_280, 720), 31), (VideoSize::new(1_920, 1_080), 40)]
    {
        let key = Camera::new(size, 1_000).next().unwrap();
        let unit = AnnexBUnits::new(&key.payload).next().unwrap();
        let parameters = SequenceParameters::parse(unit).unwrap();
        let [profile, constraints, level] = parameters.profile_level_id;
        assert_eq!((profile, constraints & 0x40), (66, 0x40), "{constraints:x}");
        assert!(level <= most, "level {level} for {size}");
        assert_eq!(parameters.size, size);
    }
}

#[test]
fn the_bitrate_is_kept_and_follows_changes() {
    let mut camera = Camera::new(SMALL, 300);
    camera.grain = true;
    camera.take(30);
    let first = camera.kbps(4);
    assert!((200..=330).contains(&first), "{first} kb/s for 300");
    camera.encoder.set_bitrate(Bitrate::from_kbps(900));
    camera.take(30);
    let more = camera.kbps(4);
    assert!((600..=990).contains(&more), "{more} kb/s for 900");
    camera.encoder.set_bitrate(Bitrate::from_kbps(200));
    camera.take(60);
    let less = camera.kbps(4);
    assert!((130..=220).contains(&less), "{less} kb/s for 200");
}

#[test]
fn another_frame_rate_is_no_key_frame() {
    let mut camera = Camera::new(SMALL, 500);
    camera.take(5);
    camera.encoder.set_framerate(15.0);
    assert!(camera.take(5).iter().all(|picture| picture.kind == FrameKind::Delta));
}

#[test]
fn another_size_begins_with_a_key_frame() {
    let (mut camera, mut decoder) = (Camera::new(SMALL, 500), H264Decoder::new().unwrap());
    for size in [SMALL, VideoSize::new(640, 360), VideoSize::new(160, 90), SMALL] {
        camera.pattern = TestPattern::new(size, Hue::new(90)).unwrap();
        for n in 0..5 {
            let picture = camera.next().unwrap();
            assert_eq!(picture.kind == FrameKind::Key, n == 0);
            let picture = decoded(&mut decoder, &picture);
            assert_eq!((picture.size(), read_counter(&picture)), (size, Some(n)));
        }
    }
}

#[test]
fn odd_sizes_lose_their_last_column_and_row() {
    let key = Camera::new(VideoSize::new(321, 181), 500).next().unwrap();
    let picture = decoded(&mut H264Decoder::new().unwrap(), &key);
    assert_eq!((picture.size(), read_counter(&picture)), (SMALL, Some(0)));
}

#[test]
fn sizes_beyond_the_codec_are_refused() {
    for size in [VideoSize::new(14, 100), VideoSize::new(3_842, 100), VideoSize::new(2_400, 2_400)]
    {
        let mut encoder = H264Encoder::new(H264Config::default()).unwrap();
        let picture = Arc::new(Picture::black(size).unwrap());
        let refused = encoder.encode(&VideoFrame { picture, timestamp: MediaTime(0) });
        assert!(matches!(refused, Err(H264Error::Size { .. })), "{size}");
    }
}

#[test]
fn a_screen_is_encoded_too() {
    let config = H264Config { content: VideoContent::Screen, ..H264Config::default() };
    let (mut camera, mut decoder) = (Camera::with(SMALL, config), H264Decoder::new().unwrap());
    for n in 0..30 {
        assert_eq!(read_counter(&decoded(&mut decoder, &camera.next().unwrap())), Some(n));
    }
}

#[test]
fn codecs_may_move_to_a_thread_of_their_own() {
    fn moves<T: Send>(_: &T) {}
    moves(&H264Encoder::new(H264Config::default()).unwrap());
    moves(&H264Decoder::new().unwrap());
}

#[test]
fn decoding_begins_at_a_key_frame() {
    let (mut camera, mut decoder) = (Camera::new(SMALL, 500), H264Decoder::new().unwrap());
    let pictures = camera.take(3);
    assert!(matches!(decoder.decode(&pictures[1].payload), Err(H264Error::NeedsKeyFrame)));
    decoded(&mut decoder, &pictures[0]);
    decoded(&mut decoder, &pictures[1]);
}

#[test]
fn a_missing_reference_is_no_picture_until_the_next_key_frame() {
    let (mut camera, mut decoder) = (Camera::new(SMALL, 500), H264Decoder::new().unwrap());
    let pictures = camera.take(10);
    decoded(&mut decoder, &pictures[0]);
    decoded(&mut decoder, &pictures[1]);
    assert!(matches!(decoder.decode(&pictures[3].payload), Err(H264Error::Decode(_))));
    assert!(matches!(decoder.decode(&pictures[4].payload), Err(H264Error::NeedsKeyFrame)));
    camera.encoder.request_key_frame();
    for n in 10..13 {
        assert_eq!(read_counter(&decoded(&mut decoder, &camera.next().unwrap())), Some(n));
    }
}

#[test]
fn a_damaged_key_frame_does_no_harm_to_the_next() {
    let (mut camera, mut decoder) = (Camera::new(SMALL, 500), H264Decoder::new().unwrap());
    let mut damaged = camera.next().unwrap().payload.to_vec();
    damaged.truncate(damaged.len() / 2);
    drop(decoder.decode(&damaged));
    camera.encoder.request_key_frame();
    assert_eq!(read_counter(&decoded(&mut decoder, &camera.next().unwrap())), Some(1));
}

#[test]
fn parameters_that_ask_for_too_much_never_reach_the_codec() {
    let mut decoder = H264Decoder::new().unwrap();
    // 65,536 by 65,536 blocks.
    let unit = [
        0, 0, 0, 1, 0x67, 66, 0xc0, 52, 0xf6, 0x80, 0x00, 0x80, 0x00, 0x40, 0x00, 0x40, 0x03, 0x20,
    ];
    assert!(matches!(decoder.decode(&unit), Err(H264Error::Parameters(_))));
    let subset = [0, 0, 0, 1, 0x6f, 83, 0xc0, 31, 0xff];
    assert!(matches!(decoder.decode(&subset), Err(H264Error::Parameters(_))));
}

#[test]
fn parameters_alone_are_no_picture() {
    let (mut camera, mut decoder) = (Camera::new(SMALL, 500), H264Decoder::new().unwrap());
    let key = camera.next().unwrap().payload;
    let picture = key.windows(5).position(|window| window == [0, 0, 0, 1, 0x65]).unwrap();
    assert!(matches!(decoder.decode(&key[..picture]), Ok(None)));
    assert!(decoder.decode(&key[picture..]).unwrap().is_some());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_damage_is_survived(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
        victim in 0..4_usize,
    ) {
        let (mut camera, mut decoder) = (Camera::new(VideoSize::new(64, 64), 300), H264Decoder::new().unwrap());
        for (n, picture) in camera.take(4).iter().enumerate() {
            let mut payload = picture.payload.to_vec();
            if n == victim {
                for (at, octet) in &damage {
                    let at = at.index(payload.len());
                    payload[at] = *octet;
                }
                payload.truncate(cut.index(payload.len()) + 1);
            }
            if let Ok(Some(picture)) = decoder.decode(&payload) {
                prop_assert!(picture.size().is_valid());
            }
        }
        camera.encoder.request_key_frame();
        let key = camera.take(3).remove(0);
        prop_assert!(decoder.decode(&key.payload).unwrap().is_some());
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut decoder = H264Decoder::new().unwrap();
        let unit = [&[0, 0, 0, 1][..], &bytes].concat();
        drop(decoder.decode(&unit));
        drop(decoder.decode(&bytes));
    }
}
