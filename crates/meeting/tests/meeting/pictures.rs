//! Who sees what, and what is asked of those who show it.

use std::collections::BTreeMap;

use carillon_signaling::{
    ClientMessage, ErrorStatus, Identity, Mid, RemoteVideoUpdate, VideoSubscription,
};
use carillon_testkit::client::camera::Codec;
use carillon_testkit::client::offer::{ReceiveSection, Wish};
use carillon_testkit::client::{Seen, Watching};
use carillon_testkit::rig::{ClientId, Joining, MeetingRig, attendee_id, identity, receive_mid};

use crate::{millis, secs};

/// Checks that packets in a section came under numbers without gap or repetition, and in growing time.
fn assert_continuous(seen: &[&Seen]) {
    for pair in seen.windows(2) {
        assert_eq!(pair[0].seq.next(), pair[1].seq, "{:?} then {:?}", pair[0], pair[1]);
        assert!(pair[1].timestamp.distance_from(pair[0].timestamp) >= 0);
    }
}

fn seen_in(rig: &MeetingRig, id: ClientId, mid: &Mid) -> Vec<Seen> {
    rig.client(id).seen.iter().filter(|seen| seen.mid == *mid).cloned().collect()
}

fn show(rig: &mut MeetingRig, id: ClientId, codec: Codec) {
    rig.with_client(id, |client, now| client.show(now, codec));
}

fn asked(rig: &MeetingRig, id: ClientId) -> u32 {
    rig.client(id).camera.as_ref().unwrap().key_frames_asked
}

#[test]
fn both_codecs_reach_everybody_else_continuously_from_a_key_frame_on() {
    for codec in [Codec::Vp8, Codec::H264] {
        let (mut rig, ids) = MeetingRig::of(3, 1);
        show(&mut rig, ids[0], codec);
        rig.run(secs(4));
        let camera = rig.client(ids[0]).camera.as_ref().unwrap().ssrc;
        for id in &ids[1..] {
            let seen = seen_in(&rig, *id, &receive_mid(0));
            assert!(seen[0].mark.is_key);
            assert!(seen.len() > 80, "{} of a hundred", seen.len());
            assert!(seen.iter().all(|seen| seen.mark.camera == camera));
            assert_continuous(&seen.iter().collect::<Vec<_>>());
            for pair in seen.windows(2) {
                assert_eq!(pair[0].mark.picture + 1, pair[1].mark.picture);
            }
        }
        assert!(rig.client(ids[0]).seen.is_empty(), "nobody sees itself");
    }
}

#[test]
fn own_streams_are_never_in_the_own_index() {
    let (mut rig, ids) = MeetingRig::of(2, 2);
    let share = rig.join(Joining { identity: Identity::content(attendee_id(0)), ..Joining::of(0) });
    rig.run(secs(1));
    for id in [ids[0], ids[1], share] {
        show(&mut rig, id, Codec::Vp8);
    }
    rig.run(secs(2));
    for id in [ids[0], share] {
        for index in &rig.client(id).told.indexes {
            assert!(index.sources.iter().all(|s| s.owner.attendee != attendee_id(0)));
        }
        assert!(rig.stream_of(id, identity(1)).is_some());
    }
    assert!(rig.stream_of(ids[1], identity(0)).is_some());
    assert!(rig.stream_of(ids[1], Identity::content(attendee_id(0))).is_some());
    let cameras: Vec<_> = rig.client(ids[1]).seen.iter().map(|seen| seen.mark.camera).collect();
    assert!(cameras.contains(&rig.client(share).camera.as_ref().unwrap().ssrc));
}

#[test]
fn a_late_joiner_gets_a_key_frame_that_is_asked_for_once() {
    let (mut rig, ids) = MeetingRig::of(2, 3);
    show(&mut rig, ids[0], Codec::Vp8);
    rig.run(secs(3));
    let before = asked(&rig, ids[0]);
    let late = rig.join(Joining::of(2));
    rig.run(secs(2));
    assert_eq!(asked(&rig, ids[0]) - before, 1);
    assert!(rig.client(late).seen[0].mark.is_key);
    assert!(rig.client(late).seen.len() > 30);
}

#[test]
fn ten_late_joiners_at_once_ask_for_few_key_frames() {
    let (mut rig, ids) = MeetingRig::of(1, 4);
    show(&mut rig, ids[0], Codec::Vp8);
    rig.run(secs(3));
    let before = asked(&rig, ids[0]);
    let late: Vec<ClientId> = (1..11).map(|person| rig.join(Joining::of(person))).collect();
    rig.run(secs(3));
    assert!((1..=2).contains(&(asked(&rig, ids[0]) - before)), "{}", asked(&rig, ids[0]) - before);
    assert!(late.iter().all(|id| rig.client(*id).seen.len() > 40));
}

#[test]
fn a_viewers_request_becomes_one_request_to_the_sender_however_often_it_is_repeated() {
    let (mut rig, ids) = MeetingRig::of(2, 5);
    show(&mut rig, ids[0], Codec::H264);
    rig.run(secs(3));
    let before = asked(&rig, ids[0]);
    for _ in 0..5 {
        rig.with_client(ids[1], |client, _| client.ask_key_frame(&receive_mid(0)));
        rig.run(millis(4));
    }
    rig.run(secs(1));
    assert_eq!(asked(&rig, ids[0]) - before, 1);
    let from_then = rig.now() - millis(1_000);
    assert!(rig.seen_since(ids[1], from_then).iter().any(|seen| seen.mark.is_key));
}

#[test]
fn a_section_that_is_stopped_and_comes_back_never_repeats_a_number() {
    let (mut rig, ids) = MeetingRig::of(3, 6);
    let viewer = ids[2];
    rig.with_client(viewer, |client, _| client.watching = Watching::ByHand);
    show(&mut rig, ids[0], Codec::Vp8);
    show(&mut rig, ids[1], Codec::Vp8);
    rig.run(secs(1));
    let streams = [identity(0), identity(1)].map(|who| rig.stream_of(viewer, who).unwrap());
    let (first, second) = (receive_mid(0), receive_mid(1));
    let wish = |rig: &mut MeetingRig, wishes: &[(&Mid, Wish)]| {
        let sections: Vec<ReceiveSection> = wishes
            .iter()
            .map(|(mid, wish)| ReceiveSection { mid: (*mid).clone(), wish: *wish })
            .collect();
        rig.with_client(viewer, |client, now| {
            client.receive = sections;
            client.offer(now);
        });
        rig.run(secs(1));
    };
    let [ada, bob] = streams.map(Wish::Stream);
    // Stopped and back; pointed at somebody else; a section beside it; its place taken by another tag and given back.
    wish(&mut rig, &[(&first, ada)]);
    wish(&mut rig, &[(&first, Wish::Stopped)]);
    wish(&mut rig, &[(&first, ada)]);
    wish(&mut rig, &[(&first, Wish::Nothing), (&second, bob)]);
    wish(&mut rig, &[(&first, bob), (&second, ada)]);
    wish(&mut rig, &[(&second, bob)]);
    wish(&mut rig, &[(&first, ada), (&second, bob)]);

    let mut numbers: BTreeMap<(Mid, u16), u32> = BTreeMap::new();
    for seen in &rig.client(viewer).seen {
        *numbers.entry((seen.mid.clone(), seen.seq.0)).or_default() += 1;
    }
    assert_continuous(&seen_in(&rig, viewer, &second).iter().collect::<Vec<_>>());
    // The first section was given up for a while, and returns under another SSRC: both runs are continuous.
    let returned = seen_in(&rig, viewer, &first);
    let breaks = returned.windows(2).filter(|pair| pair[0].seq.next() != pair[1].seq).count();
    assert!(breaks <= 1, "{breaks}");
    assert!(returned.len() > 60);
    let last = returned.last().unwrap();
    assert_eq!(last.mark.camera, rig.client(ids[0]).camera.as_ref().unwrap().ssrc);
}

#[test]
fn a_video_that_is_paused_stops_and_resumes_from_a_key_frame() {
    let (mut rig, ids) = MeetingRig::of(2, 10);
    show(&mut rig, ids[0], Codec::Vp8);
    rig.run(secs(2));
    let stream = rig.stream_of(ids[1], identity(0)).unwrap();
    rig.with_client(ids[1], |client, now| client.say(now, &ClientMessage::Pause(vec![stream])));
    rig.run(millis(50));
    let paused = rig.now();
    rig.run(secs(1));
    assert!(rig.seen_since(ids[1], paused).is_empty());
    rig.with_client(ids[1], |client, now| client.say(now, &ClientMessage::Resume(vec![stream])));
    rig.run(secs(1));
    let seen = rig.seen_since(ids[1], paused);
    assert!(seen[0].mark.is_key && seen.len() > 15);
    assert_continuous(&rig.client(ids[1]).seen.iter().collect::<Vec<_>>());
}

#[test]
fn a_section_shows_somebody_else_or_nobody_without_an_offer() {
    let (mut rig, ids) = MeetingRig::of(3, 11);
    show(&mut rig, ids[0], Codec::Vp8);
    show(&mut rig, ids[1], Codec::H264);
    rig.run(secs(2));
    let (mid, answers) = (receive_mid(0), rig.client(ids[2]).told.answers);
    let update = |rig: &mut MeetingRig, update: RemoteVideoUpdate| {
        let message = ClientMessage::UpdateRemoteVideos(update);
        rig.with_client(ids[2], |client, now| client.say(now, &message));
        rig.run(millis(50));
        let then = rig.now();
        rig.run(secs(1));
        then
    };
    for owner in [0, 1, 0] {
        let wish = VideoSubscription {
            mid: mid.clone(),
            owner: None,
            stream_id: rig.stream_of(ids[2], identity(owner)),
            group_id: None,
            priority: None,
            target_bitrate: None,
            preference: None,
        };
        let then = update(&mut rig, RemoteVideoUpdate { updated: vec![wish], removed: vec![] });
        let camera = rig.client(ids[usize::from(owner)]).camera.as_ref().unwrap().ssrc;
        let seen = rig.seen_since(ids[2], then);
        let in_section: Vec<_> = seen.iter().filter(|seen| seen.mid == mid).collect();
        assert!(in_section.len() > 10);
        assert!(in_section.iter().all(|seen| seen.mark.camera == camera));
    }
    let then = update(&mut rig, RemoteVideoUpdate { updated: vec![], removed: vec![mid.clone()] });
    assert!(rig.seen_since(ids[2], then).iter().all(|seen| seen.mid != mid));
    assert_continuous(&seen_in(&rig, ids[2], &mid).iter().collect::<Vec<_>>());
    assert_eq!(rig.client(ids[2]).told.answers, answers);
}

#[test]
fn a_camera_that_goes_off_and_on_is_another_video_and_seen_again() {
    let (mut rig, ids) = MeetingRig::of(2, 7);
    show(&mut rig, ids[0], Codec::Vp8);
    rig.run(secs(1));
    let first = rig.stream_of(ids[1], identity(0)).unwrap();
    rig.with_client(ids[0], |client, now| client.hide(now));
    rig.run(secs(1));
    assert_eq!(rig.stream_of(ids[1], identity(0)), None);
    let off = rig.now();
    show(&mut rig, ids[0], Codec::H264);
    rig.run(secs(2));
    assert!(rig.stream_of(ids[1], identity(0)).unwrap() > first);
    assert!(rig.seen_since(ids[1], off).len() > 30);
    assert_continuous(&rig.client(ids[1]).seen.iter().collect::<Vec<_>>());
}

#[test]
fn twenty_restarts_of_a_camera_are_all_seen() {
    let (mut rig, ids) = MeetingRig::of(2, 8);
    for _ in 0..20 {
        let before = rig.now();
        show(&mut rig, ids[0], Codec::Vp8);
        rig.run(secs(1));
        assert!(rig.seen_since(ids[1], before).len() > 5);
        rig.with_client(ids[0], |client, now| client.hide(now));
        rig.run(millis(200));
    }
}

#[test]
fn one_camera_too_many_is_told_so_and_not_forwarded() {
    let mut rig =
        MeetingRig::with(9, |config| carillon_meeting::MeetingConfig { max_videos: 1, ..config });
    let ids: Vec<ClientId> = (0..3).map(|person| rig.join(Joining::of(person))).collect();
    let share = rig.join(Joining { identity: Identity::content(attendee_id(2)), ..Joining::of(2) });
    rig.run(secs(1));
    show(&mut rig, ids[0], Codec::Vp8);
    rig.run(secs(1));
    assert!(rig.client(ids[1]).told.index().unwrap().at_capacity);
    show(&mut rig, ids[1], Codec::Vp8);
    show(&mut rig, share, Codec::Vp8);
    rig.run(secs(2));
    let errors = &rig.client(ids[1]).told.errors;
    assert!(!errors.is_empty() && errors.iter().all(|e| *e == ErrorStatus::VIDEO_VIEW_ONLY));
    let refused = rig.client(ids[1]).camera.as_ref().unwrap().ssrc;
    assert!(ids.iter().all(|id| rig.client(*id).seen.iter().all(|s| s.mark.camera != refused)));
    assert!(rig.client(share).told.errors.is_empty(), "a share is no camera");

    rig.with_client(ids[0], |client, now| client.hide(now));
    rig.run(secs(1));
    rig.with_client(ids[1], |client, now| client.offer(now));
    rig.run(secs(1));
    assert!(rig.client(ids[2]).seen.iter().any(|seen| seen.mark.camera == refused));
}
