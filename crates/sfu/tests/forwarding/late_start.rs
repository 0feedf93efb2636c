//! Viewers who begin with a key frame that has passed: it was repaired late, or they came late.

use std::time::Duration;

use carillon_frame::SeqNo;
use carillon_sfu::{SubscriptionId, SubscriptionState};

use crate::meeting::{
    ALICE, BOB, FRAME, H264, Meeting, Publisher, Received, Sent, VIEWER, viewer_config,
};
use crate::repair::retransmission;

const LATE: SubscriptionId = SubscriptionId(7);

/// A meeting in which the viewer watches Alice and can ask for packets again.
fn watching_with_repairs() -> Meeting {
    let mut meeting = Meeting::watching_alice();
    meeting.forwarder.set_retransmission(VIEWER, Some(retransmission()));
    meeting
}

fn join(meeting: &mut Meeting, id: SubscriptionId) {
    meeting.forwarder.subscribe(meeting.now, id, viewer_config(ALICE));
    meeting.forwarder.set_retransmission(id, Some(retransmission()));
}

/// A key frame in `count` packets.
fn key_frame(publisher: &mut Publisher, count: usize) -> Vec<Sent> {
    let mut packets = vec![publisher.key()];
    packets.resize_with(count, || publisher.more(&[0x80, 0xc0, 0x81, 0xf4, 0x33, 1, 2, 3]));
    packets
}

fn numbers(received: &[Received]) -> Vec<u16> {
    let mut numbers: Vec<u16> = received.iter().map(|packet| packet.header.seq.0).collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn who_waits_begins_with_a_key_frame_whose_first_packet_is_repaired_late() {
    let mut meeting = watching_with_repairs();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.delta());
    meeting.pass(FRAME);
    let key = key_frame(&mut alice, 4);
    for packet in &key[1..] {
        meeting.send(ALICE, packet);
    }
    for _ in 0..3 {
        meeting.pass(FRAME);
        meeting.send(ALICE, &alice.delta());
    }
    assert!(meeting.received().is_empty());
    meeting.send(ALICE, &key[0]);
    let received = meeting.received();
    assert!(received[0].payload.ends_with(b"\0picture"), "the first of a key frame comes first");
    assert_eq!(numbers(&received), [1, 2, 3, 4, 5, 6, 7], "the key frame and what came since");
    assert_eq!(meeting.state(), Some(SubscriptionState::Forwarding));
    meeting.pass(FRAME);
    meeting.send(ALICE, &alice.delta());
    assert_eq!(meeting.received_numbers(), [8]);
    meeting.pass(Duration::from_secs(5));
    assert_eq!(meeting.requests(), [], "nothing is asked for that has come");
}

#[test]
fn what_is_still_missing_of_it_takes_its_place_when_it_comes() {
    let mut meeting = watching_with_repairs();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.delta());
    let key = key_frame(&mut alice, 4);
    meeting.send(ALICE, &key[1]);
    meeting.send(ALICE, &key[3]);
    meeting.send(ALICE, &key[0]);
    assert_eq!(meeting.received_numbers(), [1, 2, 4]);
    meeting.send(ALICE, &key[2]);
    assert_eq!(meeting.received_numbers(), [3]);
}

#[test]
fn padding_between_leaves_no_hole() {
    let mut meeting = watching_with_repairs();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.delta());
    let key = key_frame(&mut alice, 2);
    meeting.send(ALICE, &key[1]);
    meeting.send(ALICE, &alice.padding());
    meeting.send(ALICE, &alice.delta());
    meeting.send(ALICE, &key[0]);
    assert_eq!(meeting.received_numbers(), [1, 2, 3]);
}

#[test]
fn a_viewer_of_the_picture_before_notices_nothing() {
    let mut meeting = watching_with_repairs();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.key());
    let key = key_frame(&mut alice, 3);
    meeting.send(ALICE, &key[1]);
    meeting.send(ALICE, &key[2]);
    join(&mut meeting, LATE);
    meeting.send(ALICE, &key[0]);
    assert_eq!(meeting.received_numbers(), [1, 3, 4, 2]);
    assert_eq!(meeting.received_by(LATE).len(), 3, "while another one begins with it");
}

#[test]
fn a_picture_whose_parameters_may_be_lost_waits_for_what_came_before_it() {
    for parameters in [true, false] {
        let mut meeting = watching_with_repairs();
        let mut alice = Publisher::new(1);
        alice.format = H264;
        meeting.send(ALICE, &alice.delta());
        let before = if parameters { alice.key() } else { alice.delta() };
        if !parameters {
            alice.timestamp = alice.timestamp.wrapping_add(3_000);
        }
        let picture = alice.more(&[0x65, 0x88]);
        meeting.send(ALICE, &picture);
        assert!(meeting.received().is_empty(), "it may be worth nothing alone");
        meeting.send(ALICE, &before);
        let received = meeting.received();
        let expected: &[u8] = if parameters { &[0x67, 0x65] } else { &[0x65] };
        assert_eq!(received.iter().map(|p| p.payload[0]).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn who_comes_a_moment_after_a_key_frame_sees_it_without_another() {
    let mut meeting = watching_with_repairs();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.key());
    for _ in 0..5 {
        meeting.pass(FRAME);
        meeting.send(ALICE, &alice.delta());
    }
    join(&mut meeting, LATE);
    assert_eq!(meeting.requests(), []);
    meeting.pass(FRAME);
    meeting.send(ALICE, &alice.delta());
    assert_eq!(numbers(&meeting.received_by(LATE)), [1, 2, 3, 4, 5, 6, 7]);
    meeting.pass(Duration::from_secs(5));
    assert_eq!(meeting.requests(), []);
}

#[test]
fn who_comes_later_than_that_waits_for_another() {
    let mut meeting = watching_with_repairs();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.key());
    for _ in 0..16 {
        meeting.pass(FRAME);
        meeting.send(ALICE, &alice.delta());
    }
    join(&mut meeting, LATE);
    assert_eq!(meeting.requests(), [ALICE]);
    meeting.send(ALICE, &alice.delta());
    assert!(meeting.received_by(LATE).is_empty());
}

#[test]
fn a_key_frame_of_which_something_was_not_kept_is_no_beginning() {
    let mut meeting = watching_with_repairs();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.key());
    meeting.send(ALICE, &alice.delta());
    meeting.forwarder.unsubscribe(VIEWER);
    meeting.send(ALICE, &alice.delta());
    join(&mut meeting, LATE);
    meeting.send(ALICE, &alice.delta());
    assert!(meeting.received_by(LATE).is_empty());
}

#[test]
fn pictures_that_come_at_once_keep_the_time_at_which_they_were_made() {
    let mut meeting = watching_with_repairs();
    let (mut alice, mut bob) = (Publisher::new(1), Publisher::new(2));
    join(&mut meeting, LATE);
    meeting.forwarder.subscribe(meeting.now, LATE, viewer_config(BOB));
    meeting.send(BOB, &bob.key());
    meeting.send(ALICE, &alice.key());
    let shown = meeting.received_by(LATE)[0].header.timestamp;
    for _ in 0..5 {
        meeting.pass(FRAME);
        meeting.send(ALICE, &alice.delta());
    }
    meeting.forwarder.subscribe(meeting.now, LATE, viewer_config(ALICE));
    meeting.send(ALICE, &alice.delta());
    let times: Vec<i32> = meeting
        .received_by(LATE)
        .iter()
        .map(|packet| packet.header.timestamp.distance_from(shown))
        .collect();
    // The first follows what was shown at that very moment, and the others keep their distance.
    assert_eq!(times, [1, 3_001, 6_001, 9_001, 12_001, 15_001, 18_001]);
}

#[test]
fn no_number_is_used_twice_whatever_is_lost_and_repaired() {
    let mut meeting = watching_with_repairs();
    let mut alice = Publisher::new(1);
    for round in 0..40_usize {
        let mut packets = key_frame(&mut alice, 3);
        packets.extend(alice.deltas(4));
        let lost = packets.remove(round % 7);
        for packet in &packets {
            meeting.send(ALICE, packet);
        }
        if round % 2 == 0 {
            meeting.send(ALICE, &lost);
        }
        if round % 5 == 0 {
            meeting.forwarder.pause(VIEWER);
            meeting.watch(ALICE);
        }
        meeting.pass(Duration::from_millis(200));
    }
    let received = numbers(&meeting.received());
    assert!(received.len() > 150, "{}", received.len());
    assert!(received.windows(2).all(|pair| pair[0] < pair[1]), "{received:?}");
    assert!(SeqNo(received[0]) == SeqNo(1));
}

/// How long each of ten viewers that come within a second waits for its picture, and how many key
/// frames that takes, at so many packets of 1,000 octets a picture.
fn crowd(packets_a_picture: usize, packets_a_key_frame: usize) -> (Vec<u128>, usize) {
    const TICK: Duration = Duration::from_millis(1);
    // The publisher is 50 ms away, and makes a picture every 33 ms.
    const ROUND_TRIP: u128 = 100;
    let mut meeting = watching_with_repairs();
    let mut alice = Publisher::new(1);
    let filler = [0x80; 988];
    let (mut due, mut asked, mut keys) = (None, Vec::new(), 0);
    let (mut joined, mut waits) = (Vec::new(), Vec::new());
    meeting.forwarder.unsubscribe(VIEWER);
    for now in 0..3_000_u128 {
        meeting.pass(TICK);
        if now >= 1_000 && now % 100 == 0 && joined.len() < 10 {
            let id = SubscriptionId(joined.len() as u64);
            join(&mut meeting, id);
            joined.push((id, now));
        }
        asked.extend(meeting.requests().iter().map(|_| now + ROUND_TRIP));
        if asked.first().is_some_and(|at| *at <= now) {
            asked.remove(0);
            due = Some(());
        }
        if now % 33 == 0 {
            let (first, count) = match due.take() {
                Some(()) => (alice.key(), packets_a_key_frame),
                None => (alice.delta(), packets_a_picture),
            };
            keys += usize::from(count == packets_a_key_frame);
            meeting.send(ALICE, &first);
            for _ in 1..count {
                meeting.send(ALICE, &alice.more(&filler));
            }
        }
        joined.retain(|(id, since)| {
            let sees = !meeting.received_by(*id).is_empty();
            if sees && !waits.iter().any(|(known, _)| known == id) {
                waits.push((*id, now - since));
            }
            true
        });
    }
    (waits.into_iter().map(|(_, wait)| wait).collect(), keys)
}

#[test]
fn ten_viewers_within_a_second_see_something_soon_for_few_key_frames() {
    // 240 kb/s, 970 kb/s and 2.4 Mb/s with key frames of 8, 30 and 60 KB.
    for (picture, key, longest, mean) in [(1, 8, 130, 40), (4, 30, 130, 40), (10, 60, 350, 110)] {
        let (waits, keys) = crowd(picture, key);
        assert_eq!(waits.len(), 10);
        assert!(waits.iter().all(|wait| *wait < longest), "{waits:?} with {picture} packets");
        assert!(waits.iter().sum::<u128>() < 10 * mean, "{waits:?} with {picture} packets");
        assert_eq!(keys, 2, "one for the first, and one when that is over");
    }
}
