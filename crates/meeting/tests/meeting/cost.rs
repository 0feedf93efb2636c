//! What a packet and a tick ask of the heap.

use std::time::Instant;

use carillon_frame::FRAME_DURATION;
use carillon_meeting::{Meeting, Output, SessionId};
use carillon_testkit::alloc::allocations_in;
use carillon_testkit::client::camera::Codec;
use carillon_testkit::client::{Client, Output as Said};
use carillon_testkit::rig::MeetingRig;

use crate::secs;

/// What a client sends over some frames of 20 ms, as it goes over the wire.
fn sent_by(client: &mut Client, start: Instant, frames: u32) -> Vec<Vec<u8>> {
    let mut datagrams = Vec::new();
    for frame in 1..=frames {
        client.handle_timeout(start + FRAME_DURATION * frame);
        loop {
            match client.poll_output() {
                // What begins with the version of RTP is media.
                Said::Datagram(_, datagram) if datagram[0] & 0xc0 == 0x80 => {
                    datagrams.push(datagram);
                }
                Said::Datagram(..) | Said::Message(_) | Said::CloseSocket => {}
                Said::Timeout(_) => break,
            }
        }
    }
    datagrams
}

/// Drains a meeting; returns how many messages and how many datagrams there were.
fn drain(meeting: &mut Meeting) -> (usize, usize) {
    let mut messages = 0;
    while !matches!(meeting.poll_output(), Output::Timeout(_)) {
        messages += 1;
    }
    let datagrams = meeting.datagrams().iter().count();
    meeting.datagrams().clear();
    (messages, datagrams)
}

#[test]
fn a_packet_and_a_tick_that_reports_nothing_ask_the_heap_for_nothing() {
    let (mut rig, ids) = MeetingRig::of(4, 1);
    rig.with_client(ids[0], |client, now| client.show(now, Codec::Vp8));
    rig.run(secs(3));
    let mut sent = rig.with_client(ids[0], |client, now| sent_by(client, now, 400));
    let (mut now, address) = (rig.now(), rig.address(ids[0]));
    let (mut for_packets, mut forwarded, mut quiet_ticks) = (0, 0, 0);
    // Two packets of sound and one of a picture every 40 ms.
    for datagrams in sent.chunks_mut(3) {
        now += FRAME_DURATION * 2;
        for_packets += allocations_in(|| {
            for datagram in datagrams {
                rig.meeting.handle_datagram(now, SessionId(0), address, datagram);
            }
            forwarded += drain(&mut rig.meeting).1;
        });
        let mut said = (0, 0);
        let for_ticks = allocations_in(|| {
            rig.meeting.handle_timeout(now);
            said = drain(&mut rig.meeting);
        });
        // Two ticks for four listeners, with neither messages nor RTCP.
        if said == (0, 8) {
            quiet_ticks += 1;
            assert_eq!(for_ticks, 0);
        }
    }
    assert_eq!(forwarded, 3 * 200);
    assert_eq!(for_packets, 0);
    assert!(quiet_ticks > 40, "{quiet_ticks}");
}
