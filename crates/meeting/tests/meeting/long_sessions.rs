//! Sessions in which much comes and goes: nothing runs out, and nothing is left behind.

use carillon_frame::{MediaTime, SeqNo, Ssrc};
use carillon_rtp::ntp::NtpTime;
use carillon_rtp::rtcp::SenderReport;
use carillon_rtp::{PayloadType, Rtcp, RtpHeader, write_compound};
use carillon_signaling::{AudioSessionId, CloseCode, RosterEntry};
use carillon_testkit::client::Watching;
use carillon_testkit::client::camera::Codec;
use carillon_testkit::client::offer::RETRANSMISSIONS;
use carillon_testkit::network::LinkConfig;
use carillon_testkit::rig::{ClientId, Joining, MeetingRig, SocketFate, identity};

use crate::{millis, secs};

/// What a thousand of anything may leave behind, in octets: the highest numbers of 2,000 streams, three times over.
const MOST_LEFT: i64 = 150_000;

/// A path on which little time passes, for many rounds.
fn near(person: u8) -> Joining {
    let link = LinkConfig { delay: millis(1), ..LinkConfig::default() };
    Joining { link, ..Joining::of(person) }
}

/// Lets the camera of one be seen by the other, and returns the stream in which it sends.
fn show_until_seen(rig: &mut MeetingRig, shows: ClientId, sees: ClientId, codec: Codec) -> Ssrc {
    let before = rig.client(sees).seen.len();
    rig.with_client(shows, |client, now| client.show(now, codec));
    let camera = rig.client(shows).camera.as_ref().unwrap().ssrc;
    let seen = |rig: &MeetingRig| {
        rig.client(sees).seen[before..].iter().any(|seen| seen.mark.camera == camera)
    };
    assert!(rig.run_until(secs(1), seen), "{camera:?} is not seen");
    camera
}

/// A probe as browsers send it in the stream of their repairs, and a report about the pictures.
fn send_beside(rig: &mut MeetingRig, id: ClientId, camera: Ssrc) {
    let mut probe = Vec::new();
    let header = RtpHeader {
        payload_type: PayloadType::new(RETRANSMISSIONS[0]).unwrap(),
        seq: SeqNo(1),
        timestamp: MediaTime(0),
        ssrc: Ssrc(!camera.0),
        marker: false,
    };
    header.write(&[], &mut probe);
    let report = SenderReport {
        ssrc: camera,
        ntp: NtpTime(0),
        rtp: MediaTime(0),
        packets: 1,
        octets: 1,
        blocks: Vec::new(),
    };
    let mut reports = Vec::new();
    write_compound(&[Rtcp::SenderReport(report)], &mut reports);
    rig.with_client(id, |client, _| {
        client.send_rtp(probe);
        client.send_rtcp(reports);
    });
}

/// Lets a camera start so often, and returns how much memory the meeting holds in the end.
fn held_after_camera_starts(starts: u32) -> i64 {
    let mut rig = MeetingRig::new(1);
    let ids = [0, 1].map(|person| rig.join(near(person)));
    rig.run(millis(200));
    for round in 0..starts {
        let codec = if round % 2 == 0 { Codec::Vp8 } else { Codec::H264 };
        let camera = show_until_seen(&mut rig, ids[0], ids[1], codec);
        send_beside(&mut rig, ids[0], camera);
        rig.with_client(ids[0], |client, now| client.hide(now));
        rig.run(millis(5));
    }
    assert!(ids.iter().all(|id| rig.client(*id).is_secured()));
    rig.into_held_memory()
}

#[test]
fn a_thousand_starts_of_one_camera_are_all_seen_and_leave_little_behind() {
    let (few, many) = (held_after_camera_starts(10), held_after_camera_starts(1_000));
    assert!(many - few < MOST_LEFT, "{few} octets after ten, {many} after a thousand");
}

/// Lets so many publishers come and go, and returns how much memory the meeting holds in the end.
fn held_after_publishers(publishers: u64) -> i64 {
    let mut rig = MeetingRig::new(2);
    let viewer = rig.join(near(0));
    rig.with_client(viewer, |client, _| client.watching = Watching::EverybodyAnew);
    rig.run(millis(200));
    for round in 0..publishers {
        let person = u8::try_from(1 + round % 200).unwrap();
        let joining = Joining { object: AudioSessionId(round), ..near(person) };
        let publisher = rig.join(joining);
        assert!(rig.run_until(secs(1), |rig| rig.client(publisher).is_secured()));
        let camera = show_until_seen(&mut rig, publisher, viewer, Codec::Vp8);
        let last = rig.client(viewer).seen.last().unwrap();
        let (mid, seq) = (last.mid.clone(), last.seq);
        assert_eq!(last.mark.camera, camera);
        rig.with_client(viewer, |client, _| client.ask_again(&mid, &[seq]));
        let repaired = |rig: &MeetingRig| rig.client(viewer).repairs > round;
        assert!(rig.run_until(secs(1), repaired), "round {round}");
        rig.with_client(publisher, |client, now| client.leave(now));
        rig.run(millis(5));
    }
    assert_eq!(rig.client(viewer).told.present(), [identity(0)]);
    assert!(rig.routes() <= 2, "{}", rig.routes());
    rig.into_held_memory()
}

#[test]
fn a_thousand_publishers_who_come_and_go_are_all_seen_by_one_viewer_and_leave_little_behind() {
    let (few, many) = (held_after_publishers(10), held_after_publishers(1_000));
    assert!(many - few < MOST_LEFT, "{few} octets after ten, {many} after a thousand");
}

#[test]
fn who_uses_up_its_keys_is_sent_back_for_others_and_nobody_sees_it_gone() {
    let (mut rig, ids) = MeetingRig::of(2, 3);
    for ssrc in 0..=128 + 8_192 {
        let mut bytes = Vec::new();
        let report = carillon_rtp::rtcp::ReceiverReport { sender: Ssrc(ssrc), blocks: Vec::new() };
        write_compound(&[Rtcp::ReceiverReport(report)], &mut bytes);
        rig.with_client(ids[0], |client, _| client.send_rtcp(bytes));
    }
    let closed = |rig: &MeetingRig| rig.client(ids[0]).told.closed == Some(CloseCode::RETRY);
    assert!(rig.run_until(millis(200), closed));
    rig.cut(ids[0], SocketFate::Hangs);
    let again = rig.join(Joining::of(0));
    rig.run(secs(2));
    assert_eq!(rig.hears(ids[1]), rig.tones(&[again]));
    rig.run(secs(10));
    assert_eq!(rig.client(ids[1]).told.present().len(), 2);
    assert_eq!(rig.hears(again), rig.tones(&ids[1..]));
}

/// Lets a client lose its connection and come back so often, and returns how much memory the meeting holds in the end.
fn held_after_reconnects(reconnects: u64) -> i64 {
    let (mut rig, ids) = MeetingRig::of(2, 4);
    rig.with_client(ids[0], |client, now| client.show(now, Codec::Vp8));
    rig.run(secs(1));
    let mut current = ids[0];
    for round in 0..reconnects {
        let fate = if round % 2 == 0 { SocketFate::Dies } else { SocketFate::Hangs };
        rig.cut(current, fate);
        rig.run(millis(100 * (round % 7)));
        current = rig.join(Joining::of(0));
        rig.run(millis(500));
        let then = rig.now();
        rig.with_client(current, |client, now| client.show(now, Codec::Vp8));
        rig.run(millis(500));
        assert!(rig.seen_since(ids[1], then).len() > 5, "round {round}");
        assert_eq!(rig.hears(ids[1]), rig.tones(&[current]), "round {round}");
    }
    rig.run(secs(30));
    let told = &rig.client(ids[1]).told;
    assert_eq!(told.present().len(), 2);
    let dropped = |entry: &RosterEntry| matches!(entry, RosterEntry::Dropped { .. });
    assert!(!told.rosters.iter().flatten().any(dropped), "nobody sees it gone");
    assert_eq!(rig.routes(), 4, "one by name and one by address for each of two");
    rig.into_held_memory()
}

#[test]
fn twenty_reconnects_in_a_row_leave_nothing_behind() {
    let (few, many) = (held_after_reconnects(2), held_after_reconnects(20));
    assert!(many - few < 10_000, "{few} octets after two, {many} after twenty");
}
