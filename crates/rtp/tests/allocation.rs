//! What reading and writing packets asks of the heap once it runs.

use carillon_frame::{MediaTime, SeqNo, Ssrc};
use carillon_rtp::payload::h264::{H264Depacketizer, H264Packetizer};
use carillon_rtp::{
    ExtensionElement, ExtensionId, ExtensionKind, ExtensionMap, PayloadType, RtpHeader, RtpPacket,
};
use carillon_testkit::alloc::{CountingAllocator, allocations_in};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

#[test]
fn reading_and_writing_packets_asks_the_heap_for_nothing() {
    let id = ExtensionId::new(1).unwrap();
    let map = ExtensionMap::from_iter([(id, ExtensionKind::AudioLevel)]);
    let mut header = RtpHeader {
        payload_type: PayloadType::new(111).unwrap(),
        seq: SeqNo(0),
        timestamp: MediaTime(0),
        ssrc: Ssrc(1),
        marker: false,
    };
    let mut out = Vec::with_capacity(1_500);
    let mut speech = 0;
    let allocations = allocations_in(|| {
        for _ in 0..1_000 {
            header.seq = header.seq.next();
            out.clear();
            header.write(&[ExtensionElement { id, value: &[0x80 | 20] }], &mut out);
            out.extend_from_slice(&[7; 160]);
            let packet = RtpPacket::parse(&out).unwrap();
            let level = map.audio_activity(&packet).unwrap().level;
            speech += usize::from(level.attenuation_db() == 20 && packet.payload().len() == 160);
        }
    });
    assert_eq!(speech, 1_000);
    assert_eq!(allocations, 0);
}

#[test]
fn cutting_pictures_and_putting_them_together_asks_the_heap_for_nothing() {
    let mut picture = vec![0, 0, 0, 1, 0x67, 0x42, 0, 0, 0, 1, 0x68, 0xce, 0, 0, 0, 1, 0x65];
    picture.resize(20_000, 0x88);
    let mut packetizer = H264Packetizer::new(1_200);
    let mut depacketizer = H264Depacketizer::default();
    let (mut payloads, mut same) = (0, 0);
    let mut travel = |times: usize| {
        for _ in 0..times {
            packetizer.packetize(&picture, |payload, _| {
                payloads += 1;
                depacketizer.push(payload).unwrap();
            });
            same += usize::from(depacketizer.take().is_some_and(|again| again == picture));
        }
    };
    travel(10);
    let allocations = allocations_in(|| travel(100));
    assert_eq!((payloads, same), (110 * 18, 110));
    assert_eq!(allocations, 0);
}
