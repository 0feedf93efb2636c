//! What reading and writing packets asks of the heap once it runs.

use carillon_frame::{MediaTime, SeqNo, Ssrc};
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
