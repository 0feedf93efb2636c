//! What the Opus wrapper costs beside the library it wraps: 20 ms of speech, 32 kb/s, complexity 5, transform layer.

mod ffi;

use std::hint::black_box;

use carillon_frame::AudioFrame;
use carillon_media::opus::{MAX_PAYLOAD_BYTES, OpusConfig, OpusDecoder, OpusEncoder};
use carillon_testkit::tone::SpeechNoise;
use criterion::{Criterion, criterion_group, criterion_main};
use ffi::{RawDecoder, RawEncoder};

/// How much speech goes round: two seconds.
const FRAMES: usize = 100;

fn speech() -> Vec<AudioFrame> {
    let mut voice = SpeechNoise::new(1, 10_000);
    (0..FRAMES).map(|_| voice.next_frame()).collect()
}

fn encode(criterion: &mut Criterion) {
    let frames = speech();
    let mut group = criterion.benchmark_group("opus encode");
    let mut payload = [0; MAX_PAYLOAD_BYTES];
    let mut wrapper = OpusEncoder::new(OpusConfig::default()).expect("the default is in range");
    let mut next = frames.iter().cycle();
    group.bench_function("wrapper", |bencher| {
        bencher.iter(|| next.next().map(|frame| wrapper.encode(black_box(frame), &mut payload)));
    });
    let mut raw = RawEncoder::new(OpusConfig::default());
    let mut next = frames.iter().cycle();
    group.bench_function("library", |bencher| {
        bencher.iter(|| next.next().map(|frame| raw.encode(black_box(frame), &mut payload)));
    });
    group.finish();
}

fn decode(criterion: &mut Criterion) {
    let mut encoder = OpusEncoder::new(OpusConfig::default()).expect("the default is in range");
    let payloads: Vec<Vec<u8>> = speech()
        .iter()
        .map(|frame| {
            let mut payload = vec![0; MAX_PAYLOAD_BYTES];
            let length = encoder.encode(frame, &mut payload).expect("the payload has room");
            payload.truncate(length);
            payload
        })
        .collect();
    let mut group = criterion.benchmark_group("opus decode");
    let mut wrapper = OpusDecoder::new().expect("memory suffices");
    let mut next = payloads.iter().cycle();
    group.bench_function("wrapper", |bencher| {
        bencher.iter(|| {
            let decoded = next.next().map(|payload| wrapper.decode(black_box(payload)));
            (decoded, wrapper.pop_frame())
        });
    });
    let mut raw = RawDecoder::new();
    let mut next = payloads.iter().cycle();
    group.bench_function("library", |bencher| {
        bencher.iter(|| next.next().map(|payload| raw.decode(black_box(payload))));
    });
    group.finish();
}

criterion_group!(benches, encode, decode);
criterion_main!(benches);
