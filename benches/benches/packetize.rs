//! What it costs to cut an encoded picture into payloads, and to put it together again.

use std::hint::black_box;

use carillon_rtp::payload::h264::{H264Depacketizer, H264Packetizer};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// What a packet of a browser carries, in octets.
const LIMIT: usize = 1_200;

/// A picture of one unit, as an encoder writes it.
fn picture(octets: usize) -> Vec<u8> {
    let mut picture = vec![0, 0, 0, 1, 0x41];
    picture.extend((0..octets).map(|n| u8::try_from(n % 251).unwrap_or_default() | 1));
    picture
}

fn packetize(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("packetize");
    for octets in [6_000, 60_000] {
        let picture = picture(octets);
        let mut packetizer = H264Packetizer::new(LIMIT);
        group.throughput(Throughput::Bytes(octets as u64));
        group.bench_function(BenchmarkId::new("cut", octets), |bencher| {
            bencher.iter(|| {
                packetizer.packetize(black_box(&picture), |payload, _| {
                    black_box(payload);
                });
            });
        });
        let mut payloads = Vec::new();
        packetizer.packetize(&picture, |payload, _| payloads.push(payload.to_vec()));
        let mut depacketizer = H264Depacketizer::default();
        group.bench_function(BenchmarkId::new("put together", octets), |bencher| {
            bencher.iter(|| {
                for payload in &payloads {
                    depacketizer.push(black_box(payload)).expect("they follow each other");
                }
                depacketizer.take()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, packetize);
criterion_main!(benches);
