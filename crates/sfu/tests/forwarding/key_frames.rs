//! When publishers are asked for key frames.

use std::time::Duration;

use carillon_sfu::{Output, SubscriptionId};

use crate::meeting::{ALICE, FRAME, H264, Meeting, Publisher, VIEWER, viewer_config};

#[test]
fn a_subscriber_is_worth_a_request_at_once() {
    let mut meeting = Meeting::new();
    meeting.forwarder.publish(meeting.now, ALICE);
    assert_eq!(meeting.requests(), []);
    meeting.watch(ALICE);
    assert_eq!(meeting.requests(), [ALICE]);
}

#[test]
fn a_source_that_is_not_there_is_asked_when_it_comes() {
    let mut meeting = Meeting::new();
    meeting.watch(ALICE);
    assert_eq!(meeting.requests(), []);
    assert_eq!(meeting.timeout(), None);
    meeting.forwarder.publish(meeting.now, ALICE);
    assert_eq!(meeting.requests(), [ALICE]);
}

#[test]
fn many_subscribers_at_once_are_worth_one_request() {
    let mut meeting = Meeting::watching_alice();
    for viewer in 0..60 {
        meeting.forwarder.subscribe(meeting.now, SubscriptionId(viewer), viewer_config(ALICE));
    }
    assert_eq!(meeting.requests(), []);
    let due = meeting.timeout().unwrap();
    assert_eq!(due - meeting.now, Duration::from_millis(500));
    meeting.pass(due - meeting.now);
    assert_eq!(meeting.requests(), [ALICE]);
}

#[test]
fn requests_are_repeated_until_the_key_frame_comes() {
    let mut meeting = Meeting::watching_alice();
    let mut alice = Publisher::new(1);
    let start = meeting.now;
    let mut asked = Vec::new();
    while meeting.now - start < Duration::from_secs(10) {
        meeting.send(ALICE, &alice.delta());
        meeting.pass(Duration::from_millis(100));
        asked.extend(meeting.requests().iter().map(|_| (meeting.now - start).as_millis()));
    }
    assert_eq!(asked, [500, 1_500, 3_500, 7_500]);
    meeting.send(ALICE, &alice.key());
    meeting.pass(Duration::from_secs(60));
    assert_eq!(meeting.requests(), []);
    assert_eq!(meeting.timeout(), None);
}

#[test]
fn a_viewer_that_asks_too_often_is_damped() {
    let mut meeting = Meeting::watching_alice();
    let mut alice = Publisher::new(1);
    let mut asked = 0;
    for _ in 0..300 {
        meeting.forwarder.request_key_frame(meeting.now, VIEWER);
        meeting.pass(FRAME);
        if !meeting.requests().is_empty() {
            asked += 1;
            meeting.send(ALICE, &alice.key());
        }
    }
    assert!((17..=20).contains(&asked), "asked {asked} times in 9.9 s");
}

#[test]
fn nobody_waiting_means_no_request() {
    let mut meeting = Meeting::watching_alice();
    meeting.forwarder.unsubscribe(VIEWER);
    meeting.pass(Duration::from_secs(5));
    assert_eq!(meeting.requests(), []);
    assert_eq!(meeting.timeout(), None);

    meeting.watch(ALICE);
    meeting.requests();
    meeting.forwarder.unpublish(meeting.now, ALICE);
    meeting.pass(Duration::from_secs(5));
    assert_eq!(meeting.forwarder.poll_output(), Output::Timeout(None));
}

#[test]
fn who_joins_inside_a_key_frame_waits_for_the_next() {
    let mut meeting = Meeting::watching_alice();
    let mut alice = Publisher::new(1);
    alice.format = H264;
    alice.timestamp = alice.timestamp.wrapping_add(3_000);
    let parameters = alice.more(&[0x67, 0x42]);
    let picture = alice.more(&[0x65, 0x88]);
    meeting.send(ALICE, &parameters);
    let late = SubscriptionId(7);
    meeting.forwarder.subscribe(meeting.now, late, viewer_config(ALICE));
    meeting.send(ALICE, &picture);
    let state = meeting.forwarder.subscription_state(late);
    assert_eq!(state, Some(carillon_sfu::SubscriptionState::AwaitingKeyFrame));
    assert_eq!(meeting.received_numbers(), [1, 2]);
    meeting.pass(Duration::from_millis(500));
    assert_eq!(meeting.requests(), [ALICE]);
}

#[test]
fn what_a_source_sends_is_measured() {
    let mut meeting = Meeting::watching_alice();
    let mut alice = Publisher::new(1);
    let mut octets = 0;
    for _ in 0..200 {
        let packet = alice.more(&[1; 488]);
        octets = packet.bytes.len();
        meeting.send(ALICE, &packet);
        meeting.pass(Duration::from_millis(10));
    }
    assert_eq!(octets, 500);
    let measured = meeting.forwarder.source_bitrate(meeting.now, ALICE);
    assert_eq!(measured.kbps(), 400);
    meeting.forwarder.unpublish(meeting.now, ALICE);
    assert_eq!(meeting.forwarder.source_bitrate(meeting.now, ALICE).bps(), 0);
}
