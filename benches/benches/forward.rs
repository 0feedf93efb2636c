//! What one packet of 1,150 octets costs on its way to 1, 60 and 120 viewers, up to sealing; the
//! same with three simulcast layers, and when a viewer asks for it once more.
//!
//! The figure per forwarded packet is the time divided by the elements of the throughput.

use std::hint::black_box;
use std::time::{Duration, Instant};

use carillon_frame::{MediaTime, SeqNo, Ssrc};
use carillon_rtp::{
    ExtensionElement, ExtensionId, ExtensionKind, ExtensionMap, PayloadType, RtpHeader, RtpPacket,
    VideoFormat,
};
use carillon_sfu::{
    Forwarder, Retransmission, SourceId, SourcePacket, SubscriptionConfig, SubscriptionId,
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const PACKET_SIZE: usize = 1_150;
const SOURCE: SourceId = SourceId(1);

/// Four packets a picture at 30 pictures a second.
const PACKETS_PER_PICTURE: u16 = 4;
const TICKS_PER_PICTURE: u32 = 3_000;

const KEY: &[u8] = &[0x90, 0xc0, 0x80, 0x01, 0x01, 0x00];
const DELTA: &[u8] = &[0x80, 0xc0, 0x80, 0x01, 0x01, 0x01];

/// A publisher's stream, written into one buffer.
struct Stream {
    ssrc: Ssrc,
    seq: SeqNo,
    timestamp: MediaTime,
    bytes: Vec<u8>,
}

impl Stream {
    fn write(&mut self, descriptor: &[u8]) -> &[u8] {
        let header = RtpHeader {
            payload_type: payload_type(96),
            seq: self.seq,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
            marker: false,
        };
        let sequence = self.seq.0.to_be_bytes();
        self.bytes.clear();
        let elements = [
            ExtensionElement { id: extension_id(2), value: &[1, 2, 3] },
            ExtensionElement { id: extension_id(3), value: &sequence },
        ];
        header.write(&elements, &mut self.bytes);
        self.bytes.extend_from_slice(descriptor);
        self.bytes.resize(PACKET_SIZE, 0x5a);
        self.seq = self.seq.next();
        if self.seq.0.is_multiple_of(PACKETS_PER_PICTURE) {
            self.timestamp = self.timestamp.wrapping_add(TICKS_PER_PICTURE);
        }
        &self.bytes
    }
}

fn payload_type(number: u8) -> PayloadType {
    PayloadType::new(number).expect("a constant of seven bits")
}

fn extension_id(number: u8) -> ExtensionId {
    ExtensionId::new(number).expect("a constant above zero")
}

fn extensions() -> ExtensionMap {
    [
        (extension_id(2), ExtensionKind::AbsSendTime),
        (extension_id(3), ExtensionKind::TransportSequence),
        (extension_id(13), ExtensionKind::VideoOrientation),
    ]
    .into_iter()
    .collect()
}

fn config() -> SubscriptionConfig {
    SubscriptionConfig {
        source: SOURCE,
        mid: "2".to_owned(),
        ssrc: Ssrc(0x1000),
        payload_types: [(VideoFormat::Vp8, payload_type(97))].into(),
        extensions: extensions(),
    }
}

fn stream(ssrc: u32) -> Stream {
    let (seq, timestamp) = (SeqNo(0), MediaTime(0));
    Stream { ssrc: Ssrc(ssrc), seq, timestamp, bytes: Vec::with_capacity(2_048) }
}

fn forwarder(now: Instant, viewers: u64) -> Forwarder {
    let mut forwarder = Forwarder::new();
    forwarder.publish(now, SOURCE);
    for viewer in 0..viewers {
        forwarder.subscribe(now, SubscriptionId(viewer), config());
    }
    forwarder
}

fn forward(criterion: &mut Criterion) {
    #[expect(clippy::disallowed_methods, reason = "a bench needs some instant to start from")]
    let start = Instant::now();
    let map = extensions();
    let mut group = criterion.benchmark_group("forward");
    for viewers in [1, 60, 120] {
        let mut now = start;
        let mut forwarder = forwarder(now, viewers);
        let mut stream = stream(7);
        let mut sent: u64 = 0;
        let mut send = |descriptor: &[u8]| {
            now += Duration::from_millis(8);
            let packet = RtpPacket::parse(stream.write(descriptor)).expect("it was just written");
            let packet = SourcePacket { format: VideoFormat::Vp8, packet, extensions: &map };
            forwarder.handle_packet(now, SOURCE, packet, &mut |id, bytes| {
                black_box((id, bytes));
                sent = sent.saturating_add(1);
            });
            black_box(forwarder.poll_output());
        };
        send(KEY);
        group.throughput(Throughput::Elements(viewers));
        group.bench_function(BenchmarkId::from_parameter(viewers), |b| b.iter(|| send(DELTA)));
        assert!(sent >= viewers.saturating_mul(2), "nothing was forwarded");
    }
    group.finish();
}

/// Three layers, of which 60 viewers see one each: what it costs to send all three on.
fn simulcast(criterion: &mut Criterion) {
    const VIEWERS: u64 = 60;
    #[expect(clippy::disallowed_methods, reason = "a bench needs some instant to start from")]
    let mut now = Instant::now();
    let map = extensions();
    let layers = [SourceId(1), SourceId(2), SourceId(3)];
    let mut forwarder = Forwarder::new();
    forwarder.publish_layers(now, &layers);
    for (viewer, layer) in (0..VIEWERS).zip(layers.iter().cycle()) {
        let config = SubscriptionConfig { source: *layer, ..config() };
        forwarder.subscribe(now, SubscriptionId(viewer), config);
    }
    let mut streams = [7, 8, 9].map(stream);
    let mut sent: u64 = 0;
    let mut send = |descriptor: &[u8]| {
        now += Duration::from_millis(8);
        for (layer, stream) in layers.into_iter().zip(&mut streams) {
            let packet = RtpPacket::parse(stream.write(descriptor)).expect("it was just written");
            let packet = SourcePacket { format: VideoFormat::Vp8, packet, extensions: &map };
            forwarder.handle_packet(now, layer, packet, &mut |id, bytes| {
                black_box((id, bytes));
                sent = sent.saturating_add(1);
            });
            black_box(forwarder.poll_output());
        }
    };
    for _ in 0..PACKETS_PER_PICTURE {
        send(KEY);
    }
    let mut group = criterion.benchmark_group("forward");
    group.throughput(Throughput::Elements(VIEWERS));
    group.bench_function("simulcast", |b| b.iter(|| send(DELTA)));
    group.finish();
    assert!(sent >= VIEWERS, "nothing was forwarded");
}

/// One viewer that asks for each packet once more.
fn answer_nack(criterion: &mut Criterion) {
    #[expect(clippy::disallowed_methods, reason = "a bench needs some instant to start from")]
    let mut now = Instant::now();
    let map = extensions();
    let viewer = SubscriptionId(0);
    let mut forwarder = forwarder(now, 1);
    let payload_types = [(VideoFormat::Vp8, payload_type(98))].into();
    let negotiated = Retransmission { ssrc: Ssrc(0x2000), payload_types };
    forwarder.set_retransmission(viewer, Some(negotiated));
    let mut stream = stream(7);
    for descriptor in std::iter::once(KEY).chain(std::iter::repeat_n(DELTA, 40)) {
        now += Duration::from_millis(8);
        let packet = RtpPacket::parse(stream.write(descriptor)).expect("it was just written");
        let packet = SourcePacket { format: VideoFormat::Vp8, packet, extensions: &map };
        forwarder.handle_packet(now, SOURCE, packet, &mut |id, bytes| {
            black_box((id, bytes));
        });
    }
    let (mut asked, mut answered) = (0_u64, 0_u64);
    let mut group = criterion.benchmark_group("forward");
    group.throughput(Throughput::Elements(1));
    group.bench_function("answer nack", |b| {
        b.iter(|| {
            // Each packet is asked for every 400 ms, which is within the viewer's budget.
            now += Duration::from_millis(10);
            asked = asked.wrapping_add(1);
            let lost = [SeqNo(u16::try_from(asked % 40).unwrap_or(0).wrapping_add(2))];
            forwarder.handle_nack(now, viewer, &lost, &mut |id, bytes| {
                black_box((id, bytes));
                answered = answered.saturating_add(1);
            });
        });
    });
    group.finish();
    assert_eq!(asked, answered, "some packets were not sent once more");
}

criterion_group!(benches, forward, simulcast, answer_nack);
criterion_main!(benches);
