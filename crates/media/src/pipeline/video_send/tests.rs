use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use carillon_frame::{Bitrate, ClockRate, FrameKind, MediaTime, Picture};
use carillon_testkit::clock::VirtualClock;

use super::*;
use crate::h264::H264Decoder;
use crate::pattern::{Hue, TestPattern, read_counter};

/// A camera of 30 pictures a second in front of a sender.
struct Studio {
    clock: VirtualClock,
    pattern: TestPattern,
    send: VideoSend,
    frames: u32,
}

impl Studio {
    fn new(layers: &[LayerConfig]) -> Self {
        let mut send = VideoSend::new(VideoSendConfig {
            library: H264Library::built_in(),
            framerate: 30.0,
            content: VideoContent::Camera,
            threads: 1,
        });
        send.set_layers(layers);
        let pattern = TestPattern::new(VideoSize::new(640, 360), Hue::new(30)).unwrap();
        Self { clock: VirtualClock::start(), pattern, send, frames: 0 }
    }

    /// Captures one picture and returns what is sent of it.
    fn capture(&mut self) -> Vec<(usize, EncodedVideo)> {
        let now = self.clock.advance(Duration::from_nanos(33_333_333));
        self.frames += 1;
        let timestamp = MediaTime(self.frames * ClockRate::VIDEO.hz() / 30);
        let frame = VideoFrame { picture: self.pattern.draw(), timestamp };
        self.send.handle_frame(now, &frame);
        let mut sent = Vec::new();
        while let Some((layer, picture)) = self.send.poll_encoded().unwrap() {
            assert_eq!(picture.timestamp, timestamp);
            sent.push((layer.0, picture));
        }
        sent
    }

    fn kinds(&mut self) -> Vec<(usize, FrameKind)> {
        self.capture().iter().map(|(layer, picture)| (*layer, picture.kind)).collect()
    }
}

fn layer(divisor: u32, kbps: u32) -> LayerConfig {
    LayerConfig {
        size: LayerSize::Divided(NonZeroU32::new(divisor).unwrap()),
        bitrate: Bitrate::from_kbps(kbps),
        activity: LayerActivity::Active,
        max_framerate: None,
    }
}

fn paused(layer: LayerConfig) -> LayerConfig {
    LayerConfig { activity: LayerActivity::Paused, ..layer }
}

#[test]
fn three_layers_show_the_same_picture_in_three_sizes() {
    let mut studio = Studio::new(&[layer(4, 150), layer(2, 400), layer(1, 1_000)]);
    let mut decoders = [(); 3].map(|()| H264Decoder::new().unwrap());
    for n in 0..20 {
        let sent = studio.capture();
        assert_eq!(sent.len(), 3, "picture {n}");
        for (layer, encoded) in sent {
            let picture = decoders[layer].decode(&encoded.payload).unwrap().unwrap();
            let by = [4, 2, 1][layer];
            assert_eq!(picture.size(), VideoSize::new(640 / by, 360 / by));
            assert_eq!(read_counter(&picture), Some(n), "layer {layer}");
        }
    }
    assert_eq!(studio.send.layer_stats(LayerIndex(1)).unwrap().encoded, 20);
}

#[test]
fn a_key_frame_is_made_in_the_layer_that_asks() {
    let mut studio = Studio::new(&[layer(4, 300), layer(2, 800)]);
    assert!(studio.kinds().iter().all(|(_, kind)| *kind == FrameKind::Key));
    assert!(studio.kinds().iter().all(|(_, kind)| *kind == FrameKind::Delta));
    studio.send.request_key_frame(LayerIndex(0));
    studio.send.request_key_frame(LayerIndex(7));
    assert_eq!(studio.kinds(), [(1, FrameKind::Delta), (0, FrameKind::Key)]);
}

#[test]
fn a_paused_layer_is_silent_and_comes_back_with_a_key_frame() {
    let (low, high) = (layer(4, 300), layer(1, 1_000));
    let mut studio = Studio::new(&[low, high]);
    studio.capture();
    studio.send.set_layers(&[low, paused(high)]);
    assert_eq!(studio.kinds(), [(0, FrameKind::Delta)]);
    studio.send.set_layers(&[low, high]);
    assert_eq!(studio.kinds(), [(1, FrameKind::Key), (0, FrameKind::Delta)]);
    studio.send.set_layers(&[low]);
    assert_eq!(studio.kinds(), [(0, FrameKind::Delta)]);
    studio.send.set_layers(&[]);
    assert_eq!(studio.kinds(), []);
}

#[test]
fn a_layer_changes_its_bitrate_without_a_key_frame() {
    let mut studio = Studio::new(&[layer(2, 800)]);
    studio.capture();
    studio.send.set_layers(&[layer(2, 200)]);
    assert_eq!(studio.kinds(), [(0, FrameKind::Delta)]);
}

#[test]
fn fewer_pictures_are_sent_when_fewer_are_wanted() {
    let mut studio = Studio::new(&[layer(2, 800)]);
    studio.send.set_framerate(15.0);
    let sent = (0..60).filter(|_| !studio.capture().is_empty()).count();
    assert!((29..=31).contains(&sent), "{sent} of 60 sent");
    assert_eq!(studio.send.stats().captured, 60);
}

#[test]
fn a_layer_that_is_sent_less_often_keeps_its_own_pace() {
    let slow = LayerConfig { max_framerate: Some(5), ..layer(2, 300) };
    let mut studio = Studio::new(&[slow, layer(1, 1_000)]);
    let sent: Vec<usize> = (0..60).flat_map(|_| studio.capture()).map(|(layer, _)| layer).collect();
    assert_eq!(sent.iter().filter(|layer| **layer == 1).count(), 60);
    let slow = sent.iter().filter(|layer| **layer == 0).count();
    assert!((9..=11).contains(&slow), "{slow} in two seconds");
}

#[test]
fn a_content_layer_fits_its_bounds_and_small_ones_stay_as_they_are() {
    let within =
        |side| LayerConfig { size: LayerSize::Within(VideoSize::new(side, side)), ..layer(1, 500) };
    for (side, expected) in [(320, VideoSize::new(320, 180)), (1_920, VideoSize::new(640, 360))] {
        let mut studio = Studio::new(&[within(side)]);
        studio.capture();
        assert_eq!(studio.send.layer_stats(LayerIndex(0)).unwrap().size, expected);
    }
}

#[test]
fn a_picture_that_is_not_taken_makes_room_for_the_next() {
    let mut studio = Studio::new(&[layer(2, 800)]);
    let picture = Arc::new(Picture::black(VideoSize::new(640, 360)).unwrap());
    for n in 1..=3 {
        let now = studio.clock.advance(Duration::from_millis(40));
        let frame = VideoFrame { picture: Arc::clone(&picture), timestamp: MediaTime(n) };
        studio.send.handle_frame(now, &frame);
    }
    assert_eq!(studio.send.poll_encoded().unwrap().unwrap().1.timestamp, MediaTime(3));
    assert!(studio.send.poll_encoded().unwrap().is_none());
    assert_eq!(studio.send.stats().overtaken, 2);
}
