//! What forwarding asks of the heap once it runs.

use carillon_rtp::RtpPacket;
use carillon_sfu::{SourcePacket, SubscriptionId};
use carillon_testkit::alloc::allocations_in;

use crate::meeting::{
    ALICE, Meeting, Publisher, extension_id, publisher_extensions, viewer_config,
};

#[test]
fn forwarding_asks_the_heap_for_nothing() {
    let mut meeting = Meeting::watching_alice();
    for viewer in 0..20 {
        meeting.forwarder.subscribe(meeting.now, SubscriptionId(viewer), viewer_config(ALICE));
    }
    let mut alice = Publisher::new(1);
    let orientation = [carillon_rtp::ExtensionElement { id: extension_id(13), value: &[1] }];
    let mut packets = vec![alice.key_with(&orientation)];
    packets.extend(
        (0..200).map(|n| if n % 10 == 0 { alice.key_with(&orientation) } else { alice.delta() }),
    );
    meeting.send(ALICE, &packets[0]);

    let map = publisher_extensions();
    let mut forwarded = 0;
    let allocations = allocations_in(|| {
        for sent in &packets[1..] {
            let packet = RtpPacket::parse(&sent.bytes).unwrap();
            let packet = SourcePacket { format: sent.format, packet, extensions: &map };
            let sink = &mut |_, bytes: &mut Vec<u8>| forwarded += usize::from(!bytes.is_empty());
            meeting.forwarder.handle_packet(meeting.now, ALICE, packet, sink);
            meeting.forwarder.poll_output();
        }
    });
    assert_eq!(forwarded, 200 * 21);
    assert_eq!(allocations, 0);
}
