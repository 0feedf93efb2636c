//! What a viewer sees when the stream behind its section changes.

use std::time::Duration;

use carillon_frame::{ClockRate, SeqNo};
use carillon_rtp::{VideoFormat, Vp9Profile};
use carillon_sfu::SubscriptionState;

use crate::meeting::{
    ALICE, BOB, FRAME, H264, Meeting, Publisher, Received, VIEWER, payload_type, viewer_config,
};

/// Two packets that a viewer must be unable to tell from neighbours in one stream.
fn assert_continuous(before: &Received, after: &Received, passed: Duration) {
    assert_eq!(after.header.ssrc, before.header.ssrc);
    assert_eq!(after.header.seq, before.header.seq.next());
    let ticks = ClockRate::VIDEO.ticks_in(passed);
    assert_eq!(after.header.timestamp, before.header.timestamp.wrapping_add(ticks));
}

#[test]
fn another_source_goes_on_where_the_first_one_ended() {
    let mut meeting = Meeting::watching_alice();
    let (mut alice, mut bob) = (Publisher::new(1), Publisher::new(2));
    bob.picture_id = 9;
    bob.base_layer = 200;
    meeting.send(ALICE, &alice.key());
    meeting.watch(BOB);
    meeting.pass(FRAME);
    meeting.send(ALICE, &alice.delta());
    meeting.send(BOB, &bob.delta());
    meeting.send(BOB, &bob.key());
    meeting.send(BOB, &bob.delta());
    let received = meeting.received();
    assert_eq!(received.len(), 3);
    assert_continuous(&received[0], &received[1], FRAME);
    let pictures: Vec<_> = received.iter().map(|p| (p.picture_id, p.base_layer)).collect();
    let first = pictures[0];
    let then = |n: u8| (first.0.map(|id| id + u16::from(n)), first.1.map(|base| base + n));
    assert_eq!(pictures, [first, then(1), then(2)]);
}

#[test]
fn switching_back_and_forth_never_repeats_a_number() {
    let mut meeting = Meeting::watching_alice();
    let (mut alice, mut bob) = (Publisher::new(1), Publisher::new(2));
    for _ in 0..50 {
        meeting.watch(ALICE);
        meeting.send(ALICE, &alice.key());
        meeting.send(BOB, &bob.key());
        meeting.watch(BOB);
        meeting.send(BOB, &bob.key());
        meeting.send(ALICE, &alice.delta());
        meeting.pass(FRAME);
    }
    let received = meeting.received();
    let numbers: Vec<_> = received.iter().map(|packet| packet.header.seq.0).collect();
    assert_eq!(numbers, (1..=100).collect::<Vec<_>>());
    let times: Vec<_> = received.iter().map(|packet| packet.header.timestamp).collect();
    assert!(times.windows(2).all(|pair| pair[1].distance_from(pair[0]) > 0));
}

#[test]
fn subscribing_again_to_the_same_source_does_not_interrupt_the_picture() {
    let mut meeting = Meeting::watching_alice();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.key());
    let mut config = viewer_config(ALICE);
    config.payload_types.insert(VideoFormat::Vp8, payload_type(97));
    meeting.forwarder.subscribe(meeting.now, VIEWER, config);
    meeting.send(ALICE, &alice.delta());
    let received = meeting.received();
    let types: Vec<_> = received.iter().map(|packet| packet.header.payload_type).collect();
    assert_eq!(types, [payload_type(96), payload_type(97)]);
    assert_eq!(received[1].header.seq, received[0].header.seq.next());
    assert_eq!(meeting.requests(), []);
}

#[test]
fn a_sender_that_starts_over_goes_on_at_its_key_frame() {
    let mut meeting = Meeting::watching_alice();
    let (mut alice, mut restarted) = (Publisher::new(1), Publisher::new(3));
    meeting.send(ALICE, &alice.key());
    meeting.pass(Duration::from_secs(2));
    meeting.send(ALICE, &restarted.delta());
    assert_eq!(meeting.requests(), [ALICE]);
    meeting.send(ALICE, &restarted.key());
    let received = meeting.received();
    assert_eq!(received.len(), 2);
    assert_continuous(&received[0], &received[1], Duration::from_secs(2));
}

#[test]
fn a_jump_in_the_same_stream_goes_on_at_its_key_frame() {
    for jump in [10_000, 40_000, 64_000] {
        let mut meeting = Meeting::watching_alice();
        let mut alice = Publisher::new(1);
        meeting.send(ALICE, &alice.key());
        alice.seq = alice.seq.wrapping_add(jump);
        meeting.pass(FRAME);
        meeting.send(ALICE, &alice.delta());
        meeting.send(ALICE, &alice.key());
        meeting.send(ALICE, &alice.delta());
        assert_eq!(meeting.received_numbers(), [1, 2, 3], "after a jump by {jump}");
    }
}

#[test]
fn a_format_change_goes_on_under_the_other_payload_type() {
    let mut meeting = Meeting::watching_alice();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.key());
    let late = alice.delta();
    alice.format = H264;
    meeting.pass(FRAME);
    meeting.send(ALICE, &alice.key());
    meeting.send(ALICE, &late);
    meeting.send(ALICE, &alice.delta());
    let received = meeting.received();
    let seen: Vec<_> =
        received.iter().map(|p| (p.header.seq, p.header.payload_type.number())).collect();
    assert_eq!(seen, [(SeqNo(1), 96), (SeqNo(2), 102), (SeqNo(3), 102)]);
    assert_continuous(&received[0], &received[1], FRAME);
}

#[test]
fn a_format_the_viewer_cannot_decode_is_not_sent_and_shows() {
    let mut meeting = Meeting::watching_alice();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.key());
    meeting.received();
    let vp9 = VideoFormat::Vp9 { profile: Vp9Profile(0) };
    let key = |alice: &mut Publisher| {
        let mut packet = alice.more(&[0x08, 1, 2, 3]);
        packet.format = vp9;
        packet
    };
    alice.timestamp = alice.timestamp.wrapping_add(3_000);
    meeting.pass(Duration::from_secs(1));
    meeting.send(ALICE, &key(&mut alice));
    assert_eq!(meeting.received(), []);
    assert_eq!(meeting.state(), Some(SubscriptionState::UnknownFormat(vp9)));
    assert_eq!(meeting.requests(), []);
    meeting.forwarder.request_key_frame(meeting.now, VIEWER);
    assert_eq!(meeting.requests(), [], "another key frame would not help");

    meeting.pass(Duration::from_secs(1));
    meeting.send(ALICE, &alice.delta());
    assert_eq!(meeting.state(), Some(SubscriptionState::AwaitingKeyFrame));
    assert_eq!(meeting.requests(), [ALICE]);
    meeting.send(ALICE, &alice.key());
    assert_eq!(meeting.received_numbers(), [2]);
}

#[test]
fn a_format_that_the_viewer_gives_up_stops_at_once() {
    let mut meeting = Meeting::watching_alice();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.key());
    meeting.received();
    let mut config = viewer_config(ALICE);
    config.payload_types.remove(&VideoFormat::Vp8);
    meeting.forwarder.subscribe(meeting.now, VIEWER, config);
    meeting.send(ALICE, &alice.delta());
    assert_eq!(meeting.received(), []);
    assert_eq!(meeting.state(), Some(SubscriptionState::UnknownFormat(VideoFormat::Vp8)));
}

#[test]
fn a_paused_viewer_gets_nothing_and_goes_on_at_a_key_frame() {
    let mut meeting = Meeting::watching_alice();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.key());
    meeting.forwarder.pause(VIEWER);
    meeting.send(ALICE, &alice.key());
    assert_eq!(meeting.state(), Some(SubscriptionState::Paused));
    meeting.pass(Duration::from_secs(3));
    assert_eq!(meeting.requests(), []);

    meeting.watch(ALICE);
    assert_eq!(meeting.requests(), [ALICE]);
    meeting.send(ALICE, &alice.delta());
    meeting.send(ALICE, &alice.key());
    let received = meeting.received();
    assert_eq!(received.len(), 2);
    assert_continuous(&received[0], &received[1], Duration::from_secs(3));
}

#[test]
fn a_source_that_comes_back_goes_on_at_a_key_frame() {
    let mut meeting = Meeting::watching_alice();
    let (mut alice, mut again) = (Publisher::new(1), Publisher::new(1));
    meeting.send(ALICE, &alice.key());
    meeting.forwarder.unpublish(meeting.now, ALICE);
    meeting.send(ALICE, &alice.key());
    assert_eq!(meeting.state(), Some(SubscriptionState::AwaitingKeyFrame));
    meeting.forwarder.publish(meeting.now, ALICE);
    assert_eq!(meeting.requests(), [ALICE]);
    meeting.send(ALICE, &again.delta());
    meeting.send(ALICE, &again.key());
    assert_eq!(meeting.received_numbers(), [1, 2]);
}

#[test]
fn who_unsubscribes_gets_nothing() {
    let mut meeting = Meeting::watching_alice();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.key());
    meeting.received();
    meeting.forwarder.unsubscribe(VIEWER);
    meeting.send(ALICE, &alice.key());
    assert_eq!(meeting.received(), []);
    assert_eq!(meeting.state(), None);
}
