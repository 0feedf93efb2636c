//! Who is believed to be there: muting, leaving, being lost, coming back.

use carillon_meeting::MeetingEventKind::{Dropped, Joined, Left, Resumed, TakenOver};
use carillon_signaling::{AudioStatus, CloseCode, Mute, RosterEntry, VideoCodec};
use carillon_testkit::rig::{ClientId, Joining, MeetingRig, SocketFate, identity};

use crate::{millis, secs};

#[test]
fn who_is_muted_is_not_heard_and_shown_as_muted_although_its_client_goes_on_talking() {
    let (mut rig, ids) = MeetingRig::of(3, 1);
    rig.with_client(ids[0], |client, now| client.set_mute(now, Mute::Muted));
    rig.run(secs(1));
    assert_eq!(rig.hears(ids[1]), rig.tones(&ids[2..]));
    assert!(ids.iter().all(|id| rig.client(*id).told.mute_of(identity(0)) == Some(Mute::Muted)));
    let muted = rig.client(ids[1]).told.stream_of(identity(0)).unwrap();
    let volumes = rig.client(ids[1]).told.volumes.last().unwrap();
    assert!(
        volumes
            .iter()
            .all(|state| state.stream_id != muted || state.volume.attenuation_db() == 127)
    );

    rig.with_client(ids[0], |client, now| client.set_mute(now, Mute::Unmuted));
    rig.run(secs(1));
    assert_eq!(rig.hears(ids[1]), rig.tones(&[ids[0], ids[2]]));
    assert_eq!(rig.client(ids[2]).told.mute_of(identity(0)), Some(Mute::Unmuted));
}

#[test]
fn who_joins_muted_is_not_heard_for_a_moment() {
    let (mut rig, ids) = MeetingRig::of(1, 2);
    let quiet = rig.open(Joining::of(1));
    rig.with_client(quiet, |client, now| {
        client.mute = Mute::Muted;
        client.join(now);
    });
    for _ in 0..20 {
        rig.run(millis(100));
        assert!(rig.hears(ids[0]).is_empty());
    }
    assert_eq!(rig.client(ids[0]).told.mute_of(identity(1)), Some(Mute::Muted));
}

#[test]
fn loudness_is_told_five_times_a_second_while_somebody_talks() {
    let (mut rig, ids) = MeetingRig::of(2, 3);
    let before = rig.client(ids[0]).told.volumes.len();
    rig.run(secs(2));
    let told = &rig.client(ids[0]).told;
    assert!((9..=11).contains(&(told.volumes.len() - before)));
    let other = told.stream_of(identity(1)).unwrap();
    let state = told.volumes.last().unwrap().iter().find(|state| state.stream_id == other).unwrap();
    assert!((10..25).contains(&state.volume.attenuation_db()), "{state:?}");
}

#[test]
fn who_leaves_is_gone_for_everybody_at_once_and_its_socket_is_released() {
    let (mut rig, ids) = MeetingRig::of(3, 4);
    rig.with_client(ids[0], |client, now| client.leave(now));
    rig.run(millis(500));
    for id in &ids[1..] {
        assert_eq!(rig.client(*id).told.present(), [identity(1), identity(2)]);
        let last = rig.client(*id).told.rosters.last().unwrap();
        assert!(matches!(last.as_slice(), [RosterEntry::Left { .. }]), "{last:?}");
    }
    assert_eq!(rig.hears(ids[1]), rig.tones(&ids[2..]));
    assert_eq!(rig.story_of(identity(0)), [Joined, Left]);
    assert!(!rig.meeting.is_over());
    for id in &ids[1..] {
        rig.with_client(*id, |client, now| client.leave(now));
    }
    rig.run(secs(3));
    assert!(rig.meeting.is_over());
    assert_eq!(rig.deadline(), None);
}

#[test]
fn who_is_lost_stays_for_its_grace_and_is_then_dropped() {
    let (mut rig, ids) = MeetingRig::of(2, 5);
    let lost = rig.now();
    rig.cut(ids[0], SocketFate::Dies);
    rig.run(secs(9));
    assert_eq!(rig.client(ids[1]).told.present().len(), 2);
    assert!(rig.hears(ids[1]).is_empty());
    let gone = |rig: &MeetingRig| rig.client(ids[1]).told.present() == [identity(1)];
    assert!(rig.run_until(secs(5), gone));
    assert!(rig.now() - lost < millis(10_100), "{:?}", rig.now() - lost);
    let last = rig.client(ids[1]).told.rosters.last().unwrap();
    assert!(matches!(last.as_slice(), [RosterEntry::Dropped { .. }]), "{last:?}");
    assert_eq!(rig.story_of(identity(0)), [Joined, Dropped]);
}

#[test]
fn who_falls_silent_with_an_open_socket_is_dropped_when_its_media_is() {
    let (mut rig, ids) = MeetingRig::of(2, 6);
    rig.cut(ids[0], SocketFate::Hangs);
    let gone = |rig: &MeetingRig| rig.client(ids[1]).told.present() == [identity(1)];
    // Consent to send is lost after 30 s, and the grace follows.
    assert!(!rig.run_until(secs(35), gone));
    assert!(rig.run_until(secs(10), gone));
    assert_eq!(rig.story_of(identity(0)), [Joined, Dropped]);
}

#[test]
fn a_client_without_its_socket_does_not_stay_on_its_media_alone() {
    let (mut rig, ids) = MeetingRig::of(2, 7);
    rig.with_client(ids[0], |_, _| {});
    rig.with_meeting(|meeting, now| meeting.handle_socket_closed(now, rig_session(0)));
    rig.run(secs(5));
    assert_eq!(rig.hears(ids[1]), rig.tones(&ids[..1]));
    rig.run(secs(6));
    assert!(rig.hears(ids[1]).is_empty());
    assert_eq!(rig.client(ids[1]).told.present(), [identity(1)]);
}

#[test]
fn the_same_client_resumes_and_nobody_sees_it_gone() {
    let (mut rig, ids) = MeetingRig::of(3, 8);
    let first = rig.client(ids[1]).told.stream_of(identity(0)).unwrap();
    rig.cut(ids[0], SocketFate::Dies);
    rig.run(secs(2));
    let frames = rig.client(ids[1]).told.rosters.len();
    let again = rig.join(Joining::of(0));
    rig.run(secs(1));

    let told = &rig.client(ids[1]).told;
    let second = told.stream_of(identity(0)).unwrap();
    assert!(second > first, "a later presence has a higher number");
    for entries in &told.rosters[frames..] {
        let [RosterEntry::Present { stream_id, .. }, RosterEntry::Left { stream_id: old }] =
            entries.as_slice()
        else {
            panic!("the new presence comes first, the old one ends in the same frame: {entries:?}")
        };
        assert_eq!((*stream_id, *old), (second, first));
    }
    assert_eq!(rig.client(again).told.rosters[0].len(), 3, "the first roster is complete");
    assert_eq!(rig.client(again).told.present().len(), 3);
    assert_eq!(rig.hears(ids[1]), rig.tones(&[ids[2], again]));
    assert_eq!(rig.hears(again), rig.tones(&ids[1..]));
    assert_eq!(rig.story_of(identity(0)), [Joined, Resumed]);
    rig.run(secs(30));
    assert_eq!(rig.client(ids[1]).told.present().len(), 3, "the grace of before is forgotten");
}

#[test]
fn a_client_that_resumes_beside_its_hanging_socket_is_not_told_a_word_on_that() {
    let (mut rig, ids) = MeetingRig::of(2, 9);
    rig.cut(ids[0], SocketFate::Hangs);
    let again = rig.join(Joining::of(0));
    rig.run(secs(60));
    assert_eq!(rig.client(ids[1]).told.present().len(), 2);
    assert_eq!(rig.hears(ids[1]), rig.tones(&[again]));
    let told = &rig.client(again).told;
    assert!(told.statuses.is_empty() && told.errors.is_empty() && told.closed.is_none());
}

#[test]
fn another_device_takes_over_and_the_first_is_told() {
    let (mut rig, ids) = MeetingRig::of(2, 10);
    let joining = Joining { object: carillon_signaling::AudioSessionId(77), ..Joining::of(0) };
    let device = rig.join(joining);
    rig.run(secs(2));
    assert_eq!(rig.client(ids[0]).told.statuses, [AudioStatus::JOINED_FROM_ANOTHER_DEVICE]);
    assert_eq!(rig.client(ids[0]).told.closed, None, "it closes by itself after LEAVE_ACK");
    assert_eq!(rig.hears(ids[1]), rig.tones(&[device]));
    assert_eq!(rig.hears(device), rig.tones(&ids[1..]));
    assert_eq!(rig.client(ids[1]).told.present().len(), 2);
    assert_eq!(rig.story_of(identity(0)), [Joined, TakenOver]);
}

#[test]
fn another_device_that_loses_its_connection_before_it_is_seen_takes_over_once() {
    let (mut rig, _) = MeetingRig::of(2, 16);
    let device = || Joining { object: carillon_signaling::AudioSessionId(77), ..Joining::of(0) };
    let shy = rig.join(device());
    rig.run(millis(11));
    rig.cut(shy, SocketFate::Dies);
    assert_eq!(rig.story_of(identity(0)), [Joined]);
    for _ in 0..2 {
        let again = rig.join(device());
        rig.run(secs(2));
        rig.cut(again, SocketFate::Dies);
    }
    assert_eq!(rig.story_of(identity(0)), [Joined, TakenOver, Resumed]);
    rig.run(secs(11));
    rig.join(device());
    rig.run(secs(2));
    assert_eq!(rig.story_of(identity(0)), [Joined, TakenOver, Resumed, Dropped, Joined]);
}

#[test]
fn a_newcomer_that_never_connects_does_not_keep_a_place_for_ever() {
    let (mut rig, ids) = MeetingRig::of(2, 11);
    rig.cut(ids[0], SocketFate::Dies);
    let again = rig.join(Joining::of(0));
    rig.run(millis(30));
    rig.cut(again, SocketFate::Hangs);
    rig.run(secs(12));
    assert_eq!(rig.client(ids[1]).told.present(), [identity(1)]);
}

#[test]
fn who_never_joins_is_closed_on_after_a_minute_and_nobody_ever_hears_of_it() {
    let mut rig = MeetingRig::new(12);
    let silent = rig.open(Joining::of(0));
    rig.run(secs(59));
    assert_eq!(rig.client(silent).told.closed, None);
    rig.run(secs(2));
    assert_eq!(rig.client(silent).told.closed, Some(CloseCode::RETRY));
    assert!(rig.meeting.is_over());
    assert!(rig.events.is_empty());
}

/// A meeting whose first attendee does not decode H.264, and the codecs that the second is told to send.
fn with_a_client_of_few_codecs(seed: u64) -> (MeetingRig, [ClientId; 2]) {
    let (mut rig, ids) = MeetingRig::of(2, seed);
    rig.with_client(ids[0], |client, now| {
        let sdp = client.write_offer().replace("a=rtpmap:108 H264/90000\r\n", "");
        client.offer_text(now, sdp);
    });
    rig.run(millis(200));
    assert!(!codecs(&rig, ids[1]).contains(&VideoCodec::H264ConstrainedBaseline));
    assert!(codecs(&rig, ids[1]).contains(&VideoCodec::Vp8));
    (rig, [ids[0], ids[1]])
}

fn codecs(rig: &MeetingRig, id: ClientId) -> Vec<VideoCodec> {
    rig.client(id).told.index().unwrap().receive_codecs.clone()
}

#[test]
fn a_client_that_was_taken_over_from_holds_nobody_to_its_codecs() {
    let (mut rig, [_, sender]) = with_a_client_of_few_codecs(13);
    let object = carillon_signaling::AudioSessionId(77);
    let device = rig.open(Joining { object, ..Joining::of(0) });
    // It joins, and takes its time to offer.
    rig.with_client(device, |client, now| client.join(now));
    rig.run(millis(11));
    rig.cut(device, SocketFate::Hangs);
    rig.run(millis(100));
    assert!(codecs(&rig, sender).contains(&VideoCodec::H264ConstrainedBaseline));
}

#[test]
fn a_client_that_resumes_is_taken_to_decode_what_it_did() {
    let (mut rig, [first, sender]) = with_a_client_of_few_codecs(14);
    let told = rig.client(sender).told.indexes.len();
    rig.cut(first, SocketFate::Dies);
    rig.run(secs(1));
    let again = rig.open(Joining::of(0));
    rig.with_client(again, |client, now| client.join(now));
    rig.run(millis(11));
    rig.cut(again, SocketFate::Hangs);
    rig.run(secs(1));
    assert_eq!(rig.client(sender).told.indexes.len(), told, "senders are not told to and fro");
}

#[test]
fn who_goes_before_it_was_seen_holds_nobody_to_its_codecs() {
    let mut rig = MeetingRig::new(15);
    let sender = rig.join(Joining::of(1));
    rig.run(secs(1));
    let shy = rig.open(Joining::of(0));
    rig.with_client(shy, |client, now| client.join(now));
    rig.run(millis(11));
    rig.with_client(shy, |client, now| {
        let sdp = client.write_offer().replace("a=rtpmap:108 H264/90000\r\n", "");
        client.offer_text(now, sdp);
    });
    rig.run(millis(11));
    rig.cut(shy, SocketFate::Hangs);
    rig.run(millis(100));
    assert!(!codecs(&rig, sender).contains(&VideoCodec::H264ConstrainedBaseline));
    rig.cut(shy, SocketFate::Dies);
    rig.run(millis(100));
    assert!(codecs(&rig, sender).contains(&VideoCodec::H264ConstrainedBaseline));
}

fn rig_session(number: u64) -> carillon_meeting::SessionId {
    carillon_meeting::SessionId(number)
}
