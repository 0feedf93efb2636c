//! What forwarding asks of the heap once it runs.

use std::time::Duration;

use carillon_frame::SeqNo;
use carillon_rtp::RtpPacket;
use carillon_sfu::{SourceId, SourcePacket, SubscriptionId};
use carillon_testkit::alloc::allocations_in;

use crate::meeting::{
    ALICE, BOB, Meeting, Publisher, Sent, VIEWER, extension_id, publisher_extensions, viewer_config,
};
use crate::repair::retransmission;
use crate::scalable::limited_pictures;

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

/// Sends packets of layers and scalable streams, and asks for some again, without looking at them.
fn forward_and_resend(meeting: &mut Meeting, packets: &[(SourceId, Sent)]) -> usize {
    let map = publisher_extensions();
    let mut left = 0;
    let mut lost = [SeqNo(0); 2];
    for (source, sent) in packets {
        meeting.now += Duration::from_millis(5);
        let packet = RtpPacket::parse(&sent.bytes).expect("publishers send RTP");
        let packet = SourcePacket { format: sent.format, packet, extensions: &map };
        meeting.forwarder.handle_packet(meeting.now, *source, packet, &mut |_, bytes| {
            let packet = RtpPacket::parse(bytes).expect("what is forwarded is RTP");
            lost = [packet.seq(), SeqNo(packet.seq().0.wrapping_sub(1))];
            left += 1;
        });
        let count = &mut |_, bytes: &mut Vec<u8>| left += usize::from(!bytes.is_empty());
        meeting.forwarder.handle_nack(meeting.now, VIEWER, &lost, count);
        meeting.forwarder.poll_output();
    }
    left
}

#[test]
fn layers_and_repairs_ask_the_heap_for_nothing_either() {
    let mut meeting = Meeting::watching_alice();
    meeting.forwarder.publish_layers(meeting.now, &[ALICE, BOB]);
    meeting.forwarder.set_retransmission(VIEWER, Some(retransmission()));
    let (mut alice, mut bob) = (Publisher::new(1), Publisher::new(2));
    let mut packets = vec![(ALICE, alice.key()), (BOB, bob.key())];
    for _ in 0..400 {
        packets.extend([(ALICE, alice.delta()), (BOB, bob.delta())]);
    }
    let (warm_up, steady) = packets.split_at(402);
    assert!(forward_and_resend(&mut meeting, warm_up) > 300);
    let mut left = 0;
    let allocations = allocations_in(|| left = forward_and_resend(&mut meeting, steady));
    assert_eq!(left, 400, "each forwarded packet, and each once more");
    assert_eq!(allocations, 0);
}

#[test]
fn leaving_layers_out_asks_the_heap_for_nothing_either() {
    let (mut meeting, packets) = limited_pictures(400);
    let packets: Vec<_> = packets.into_iter().map(|packet| (ALICE, packet)).collect();
    let (warm_up, steady) = packets.split_at(packets.len() / 2);
    assert!(forward_and_resend(&mut meeting, warm_up) > 100);
    let mut left = 0;
    let allocations = allocations_in(|| left = forward_and_resend(&mut meeting, steady));
    assert!(left > 100, "{left}");
    assert_eq!(allocations, 0);
}
