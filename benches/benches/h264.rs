//! What one picture of 720p costs to encode, decode and scale: the wrappers beside the library alone.

use std::hint::black_box;
use std::sync::Arc;

use carillon_frame::{Bitrate, EncodedVideo, MediaTime, Picture, VideoFrame, VideoSize};
use carillon_media::h264::{H264Config, H264Decoder, H264Encoder};
use carillon_media::pattern::{Hue, TestPattern};
use carillon_media::scale::Scaler;
use criterion::{Criterion, criterion_group, criterion_main};
use openh264::OpenH264API;
use openh264::decoder::{Decoder, DecoderConfig, Flush};
use openh264::encoder::{
    BitRate, Complexity, Encoder, EncoderConfig, FrameRate, QpRange, RateControlMode,
};
use openh264::formats::YUVSlices;

const SIZE: VideoSize = VideoSize::new(1_280, 720);
const KBPS: u32 = 1_500;

/// Two seconds of a moving pattern.
fn pictures() -> Vec<Arc<Picture>> {
    let mut pattern = TestPattern::new(SIZE, Hue::new(210)).expect("the size is valid");
    (0..60).map(|_| pattern.draw()).collect()
}

fn encoder() -> H264Encoder {
    let config = H264Config { bitrate: Bitrate::from_kbps(KBPS), ..H264Config::default() };
    H264Encoder::new(config).expect("the configuration is in range")
}

fn encode(criterion: &mut Criterion) {
    let pictures = pictures();
    let mut group = criterion.benchmark_group("h264 encode 720p");
    let (mut wrapper, mut time) = (encoder(), MediaTime(0));
    let mut next = pictures.iter().cycle();
    group.bench_function("wrapper", |bencher| {
        bencher.iter(|| {
            time = time.wrapping_add(3_000);
            let picture = next.next().map(Arc::clone).expect("the cycle has no end");
            wrapper
                .encode(black_box(&VideoFrame { picture, timestamp: time }))
                .expect("it is valid")
        });
    });
    let config = EncoderConfig::new()
        .bitrate(BitRate::from_bps(KBPS * 1_000))
        .max_frame_rate(FrameRate::from_hz(30.0))
        .rate_control_mode(RateControlMode::Bitrate)
        .scene_change_detect(false)
        .complexity(Complexity::Low)
        .qp(QpRange::new(12, 51))
        .num_threads(1);
    let mut raw =
        Encoder::with_api_config(OpenH264API::from_source(), config).expect("it is valid");
    let (mut next, mut millis) = (pictures.iter().cycle(), 0);
    let (width, height) = (SIZE.width as usize, SIZE.height as usize);
    group.bench_function("library", |bencher| {
        bencher.iter(|| {
            millis += 33;
            let planes = next.next().expect("the cycle has no end").planes();
            let planes = (planes.y, planes.u, planes.v);
            let source = YUVSlices::new(planes, (width, height), (width, width / 2, width / 2));
            let time = openh264::Timestamp::from_millis(millis);
            let stream = raw.encode_at(black_box(&source), time).expect("it is valid");
            black_box(stream.raw_info().iFrameSizeInBytes)
        });
    });
    group.finish();
}

fn decode(criterion: &mut Criterion) {
    let mut encoder = encoder();
    let encoded: Vec<EncodedVideo> = (0..)
        .zip(pictures())
        .filter_map(|(n, picture)| {
            let frame = VideoFrame { picture, timestamp: MediaTime(n * 3_000) };
            encoder.encode(&frame).expect("it is valid")
        })
        .collect();
    let mut group = criterion.benchmark_group("h264 decode 720p");
    let mut wrapper = H264Decoder::new().expect("memory suffices");
    let mut next = encoded.iter().cycle();
    group.bench_function("wrapper", |bencher| {
        bencher.iter(|| next.next().map(|picture| wrapper.decode(black_box(&picture.payload))));
    });
    let config = DecoderConfig::new().flush_after_decode(Flush::NoFlush);
    let mut raw =
        Decoder::with_api_config(OpenH264API::from_source(), config).expect("it is valid");
    let mut next = encoded.iter().cycle();
    group.bench_function("library", |bencher| {
        bencher.iter(|| {
            let picture = next.next().expect("the cycle has no end");
            raw.decode(black_box(&picture.payload)).is_ok_and(|picture| picture.is_some())
        });
    });
    group.finish();
}

fn scale(criterion: &mut Criterion) {
    let picture = pictures().remove(0);
    let mut scaler = Scaler::default();
    let mut group = criterion.benchmark_group("scale 720p");
    for (name, size) in [("half", VideoSize::new(640, 360)), ("quarter", VideoSize::new(320, 180))]
    {
        group.bench_function(name, |bencher| {
            bencher.iter(|| scaler.scale(black_box(&picture), size));
        });
    }
    group.finish();
}

criterion_group!(benches, encode, decode, scale);
criterion_main!(benches);
