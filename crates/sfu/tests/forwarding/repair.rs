//! What a viewer asks for again, and what it gets.

use std::collections::BTreeSet;
use std::time::Duration;

use carillon_frame::{SeqNo, Ssrc};
use carillon_rtp::{RtpPacket, VideoFormat, unwrap_repair};
use carillon_sfu::{Retransmission, SubscriptionId};

use crate::meeting::{
    ALICE, BOB, FRAME, H264, Meeting, Publisher, Received, VIEWER, VIEWER_SSRC, payload_type,
    viewer_config,
};

const REPAIR_SSRC: Ssrc = Ssrc(0x4e9a);

pub(crate) fn retransmission() -> Retransmission {
    let payload_types = [(VideoFormat::Vp8, payload_type(97)), (H264, payload_type(103))].into();
    Retransmission { ssrc: REPAIR_SSRC, payload_types }
}

fn watching_with_repairs() -> Meeting {
    let mut meeting = Meeting::watching_alice();
    meeting.forwarder.set_retransmission(VIEWER, Some(retransmission()));
    meeting
}

/// Asks for packets again, and returns them as repairs.
fn ask(meeting: &mut Meeting, lost: &[u16]) -> Vec<Vec<u8>> {
    let lost: Vec<_> = lost.iter().copied().map(SeqNo).collect();
    let mut repairs = Vec::new();
    meeting.forwarder.handle_nack(meeting.now, VIEWER, &lost, &mut |id, bytes| {
        assert_eq!(id, VIEWER);
        repairs.push(bytes.clone());
        bytes.fill(0xee);
    });
    repairs
}

/// The packet inside a repair, as the viewer takes it.
fn inside(repair: &[u8]) -> Received {
    let repair = RtpPacket::parse(repair).expect("a repair is RTP");
    assert_eq!((repair.ssrc(), repair.payload_type()), (REPAIR_SSRC, payload_type(97)));
    let packet =
        unwrap_repair(&repair, VIEWER_SSRC, payload_type(96)).expect("it carries something");
    let mut bytes = Vec::new();
    packet.write(&mut bytes);
    Received::read(VideoFormat::Vp8, &bytes)
}

fn numbers(repairs: &[Vec<u8>]) -> Vec<u16> {
    repairs.iter().map(|bytes| RtpPacket::parse(bytes).expect("a repair is RTP").seq().0).collect()
}

#[test]
fn what_comes_again_is_what_was_sent_in_a_stream_of_its_own() {
    let mut meeting = watching_with_repairs();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.key());
    meeting.send(ALICE, &alice.padding());
    for packet in alice.deltas(20) {
        meeting.send(ALICE, &packet);
        meeting.pass(FRAME);
    }
    let sent = meeting.received();
    let repairs = ask(&mut meeting, &[3, 9, 21]);
    assert_eq!(numbers(&repairs), [1, 2, 3], "numbers of its own, without a hole");
    let repaired: Vec<_> = repairs.iter().map(|repair| inside(repair)).collect();
    assert_eq!(repaired, [sent[2].clone(), sent[8].clone(), sent[20].clone()]);
}

#[test]
fn without_a_stream_of_its_own_nothing_comes_again() {
    let mut meeting = Meeting::watching_alice();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.key());
    assert!(ask(&mut meeting, &[1]).is_empty());
    meeting.forwarder.set_retransmission(VIEWER, Some(retransmission()));
    meeting.send(ALICE, &alice.delta());
    assert_eq!(numbers(&ask(&mut meeting, &[1, 2])), [1], "what was sent before was not kept");
    meeting.forwarder.set_retransmission(VIEWER, None);
    meeting.pass(FRAME * 2);
    assert!(ask(&mut meeting, &[2]).is_empty());
    meeting.forwarder.set_retransmission(VIEWER, Some(retransmission()));
    assert_eq!(numbers(&ask(&mut meeting, &[2])), [2], "no number comes back");
}

#[test]
fn what_was_never_sent_never_comes() {
    let mut meeting = watching_with_repairs();
    let mut alice = Publisher::new(1);
    let before = alice.delta();
    meeting.send(ALICE, &before);
    meeting.send(ALICE, &alice.key());
    let lost = alice.delta();
    meeting.send(ALICE, &alice.delta());
    assert_eq!(meeting.received_numbers(), [1, 3]);
    assert!(ask(&mut meeting, &[0, 2, 4, 32_000, 65_535]).is_empty());
    meeting.send(ALICE, &lost);
    assert_eq!(numbers(&ask(&mut meeting, &[2])), [1]);
}

#[test]
fn what_was_sent_before_a_switch_comes_again_after_it() {
    let mut meeting = watching_with_repairs();
    meeting.forwarder.publish_layers(meeting.now, &[ALICE, BOB]);
    let (mut alice, mut bob) = (Publisher::new(1), Publisher::new(2));
    let mut watched = ALICE;
    meeting.send(ALICE, &alice.key());
    for _ in 0..3 {
        meeting.send(ALICE, &alice.delta());
        meeting.send(BOB, &bob.delta());
        watched = if watched == ALICE { BOB } else { ALICE };
        meeting.watch(watched);
        meeting.send(BOB, &bob.key());
        meeting.send(ALICE, &alice.key());
        meeting.pass(FRAME);
    }
    let sent = meeting.received();
    let all: Vec<u16> = sent.iter().map(|packet| packet.header.seq.0).collect();
    let repairs = ask(&mut meeting, &all);
    let repaired: Vec<_> = repairs.iter().map(|repair| inside(repair)).collect();
    assert!(repaired.len() >= 4, "the last three runs are remembered");
    assert_eq!(repaired, sent[sent.len() - repaired.len()..]);
}

#[test]
fn an_impatient_viewer_gets_one_copy_at_a_time() {
    let mut meeting = watching_with_repairs();
    meeting.send(ALICE, &Publisher::new(1).key());
    assert_eq!(numbers(&ask(&mut meeting, &[1, 1, 1])), [1]);
    assert!(ask(&mut meeting, &[1]).is_empty());
    meeting.pass(Duration::from_millis(40));
    assert_eq!(numbers(&ask(&mut meeting, &[1])), [2]);
}

#[test]
fn a_paused_viewer_gets_nothing_again() {
    let mut meeting = watching_with_repairs();
    meeting.send(ALICE, &Publisher::new(1).key());
    meeting.forwarder.pause(VIEWER);
    assert!(ask(&mut meeting, &[1]).is_empty());
}

#[test]
fn a_viewer_without_repairs_does_not_ask_for_those_of_others() {
    let mut meeting = watching_with_repairs();
    let other = SubscriptionId(7);
    meeting.forwarder.subscribe(meeting.now, other, viewer_config(ALICE));
    meeting.send(ALICE, &Publisher::new(1).key());
    let mut repairs = 0;
    let mut count = |_, _: &mut Vec<u8>| repairs += 1;
    meeting.forwarder.handle_nack(meeting.now, other, &[SeqNo(1)], &mut count);
    meeting.forwarder.handle_nack(meeting.now, SubscriptionId(8), &[SeqNo(1)], &mut count);
    assert_eq!(repairs, 0);
}

#[test]
fn a_hostile_viewer_costs_its_budget_and_no_number_twice() {
    let mut meeting = watching_with_repairs();
    let mut alice = Publisher::new(1);
    meeting.send(ALICE, &alice.key());
    let every: Vec<u16> = (0..=u16::MAX).collect();
    let (mut octets, mut seen) = (0, BTreeSet::new());
    for _ in 0..90 {
        for _ in 0..4 {
            let packet = alice.more(&[1; 1_100]);
            meeting.send(ALICE, &packet);
        }
        meeting.pass(FRAME);
        for repair in ask(&mut meeting, &every) {
            octets += repair.len();
            assert!(seen.insert(numbers(&[repair])));
        }
    }
    let budget = (64 + 3 * 128) * 1_024;
    assert!((budget / 2..budget * 101 / 100).contains(&octets), "{octets} of {budget}");
}
