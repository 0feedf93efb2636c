//! One source, one viewer: numbers in order, with wraps, losses, repairs, copies and padding.

use carillon_frame::SeqNo;
use carillon_sfu::{SubscriptionId, SubscriptionState};

use crate::meeting::{
    ALICE, FRAME, Meeting, Publisher, VIEWER, VIEWER_SSRC, payload_type, viewer_config,
};

#[test]
fn a_viewer_gets_nothing_before_the_first_key_frame_and_all_from_it_on() {
    let mut meeting = Meeting::watching_alice();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.delta());
    assert_eq!(meeting.received(), []);
    assert_eq!(meeting.state(), Some(SubscriptionState::AwaitingKeyFrame));

    meeting.send(ALICE, &alice.key());
    meeting.send(ALICE, &alice.delta());
    assert_eq!(meeting.state(), Some(SubscriptionState::Forwarding));
    let received = meeting.received();
    assert_eq!(received.len(), 2);
    for packet in &received {
        assert_eq!(packet.header.ssrc, VIEWER_SSRC);
        assert_eq!(packet.header.payload_type, payload_type(96));
        assert!(packet.header.marker);
        assert!(packet.payload.ends_with(b"picture"));
    }
    assert_eq!(received[1].header.seq, received[0].header.seq.next());
    assert_eq!(received[1].header.timestamp.distance_from(received[0].header.timestamp), 3_000);
}

#[test]
fn the_publishers_wrap_and_the_viewers_wrap_go_unnoticed() {
    let mut meeting = Meeting::watching_alice();
    let mut alice = Publisher::new(1);
    alice.seq = SeqNo(65_530);
    meeting.send(ALICE, &alice.key());
    for _ in 0..140_000_u32 {
        meeting.send(ALICE, &alice.delta());
    }
    let numbers = meeting.received_numbers();
    assert_eq!(numbers.len(), 140_001);
    for pair in numbers.windows(2) {
        assert_eq!(SeqNo(pair[0]).next(), SeqNo(pair[1]));
    }
}

#[test]
fn a_loss_leaves_a_hole_that_its_repair_fits() {
    let mut meeting = Meeting::watching_alice();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.key());
    let lost = alice.delta();
    meeting.send(ALICE, &alice.delta());
    meeting.send(ALICE, &alice.padding());
    meeting.send(ALICE, &alice.delta());
    meeting.send(ALICE, &lost);
    assert_eq!(meeting.received_numbers(), [1, 3, 4, 2]);
}

#[test]
fn a_copy_is_never_sent_under_any_number() {
    let mut meeting = Meeting::watching_alice();
    let mut alice = Publisher::new(1);
    let packets = [alice.key(), alice.delta(), alice.padding(), alice.delta(), alice.padding()];
    for packet in packets.iter().chain(&packets).chain(packets.iter().rev()) {
        meeting.send(ALICE, packet);
    }
    assert_eq!(meeting.received_numbers(), [1, 2, 3]);
}

#[test]
fn a_copy_of_padding_does_not_take_the_place_of_a_lost_packet() {
    let mut meeting = Meeting::watching_alice();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.key());
    let padding = alice.padding();
    let lost = alice.delta();
    for packet in [&padding, &padding, &alice.delta(), &padding, &lost] {
        meeting.send(ALICE, packet);
    }
    assert_eq!(meeting.received_numbers(), [1, 3, 2]);
}

#[test]
fn padding_in_order_leaves_no_hole() {
    let mut meeting = Meeting::watching_alice();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.padding());
    meeting.send(ALICE, &alice.key());
    for _ in 0..100 {
        meeting.send(ALICE, &alice.padding());
        meeting.send(ALICE, &alice.padding());
        meeting.send(ALICE, &alice.delta());
    }
    assert_eq!(meeting.received_numbers(), (1..=101).collect::<Vec<_>>());
}

#[test]
fn padding_out_of_order_fills_its_own_hole() {
    let mut meeting = Meeting::watching_alice();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.key());
    let padding = alice.padding();
    meeting.send(ALICE, &alice.delta());
    meeting.send(ALICE, &padding);
    let received = meeting.received();
    assert_eq!(received.iter().map(|p| p.header.seq.0).collect::<Vec<_>>(), [1, 3, 2]);
    assert!(received[2].payload.is_empty());
}

#[test]
fn a_packet_from_before_the_stretch_is_not_sent() {
    let mut meeting = Meeting::watching_alice();
    let mut alice = Publisher::new(1);
    let before = alice.delta();
    meeting.send(ALICE, &alice.key());
    meeting.send(ALICE, &before);
    assert_eq!(meeting.received_numbers(), [1]);
}

#[test]
fn a_repair_that_comes_after_the_window_is_dropped() {
    let mut meeting = Meeting::watching_alice();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.key());
    let lost = alice.delta();
    for packet in alice.deltas(2_000) {
        meeting.send(ALICE, &packet);
    }
    meeting.received();
    meeting.send(ALICE, &lost);
    assert_eq!(meeting.received(), []);
}

#[test]
fn every_subscriber_gets_its_own_version_from_one_buffer() {
    let mut meeting = Meeting::watching_alice();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.key());
    let late = SubscriptionId(7);
    meeting.forwarder.subscribe(meeting.now, late, viewer_config(ALICE));
    let mut seen = Vec::new();
    for packet in [alice.delta(), alice.key(), alice.delta()] {
        let extensions = crate::meeting::publisher_extensions();
        let packet = carillon_sfu::SourcePacket {
            format: packet.format,
            packet: carillon_rtp::RtpPacket::parse(&packet.bytes).unwrap(),
            extensions: &extensions,
        };
        meeting.forwarder.handle_packet(meeting.now, ALICE, packet, &mut |id, bytes| {
            let number = carillon_rtp::RtpPacket::parse(bytes).unwrap().seq().0;
            seen.push((id, number, bytes.as_ptr()));
        });
        meeting.pass(FRAME);
    }
    let numbers: Vec<_> = seen.iter().map(|(id, number, _)| (*id, *number)).collect();
    assert_eq!(numbers, [(VIEWER, 2), (late, 1), (VIEWER, 3), (late, 2), (VIEWER, 4)]);
    assert!(seen.windows(2).all(|pair| pair[0].2 == pair[1].2), "the buffer was allocated again");
}
