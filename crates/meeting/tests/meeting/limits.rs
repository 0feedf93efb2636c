//! What a meeting as a whole offers, whatever its clients do and their rights say.

use std::time::Instant;

use carillon_frame::VideoSize;
use carillon_signaling::{AudioStatus, ErrorStatus, Identity};
use carillon_testkit::client::camera::Codec;
use carillon_testkit::rig::{ClientId, Joining, MeetingRig, attendee_id, identity};
use carillon_types::{
    AttendeeCapabilities, ContentFeatures, ContentResolution, MeetingFeatures, VideoFeatures,
    VideoResolution,
};

use crate::{millis, secs};

const HD: VideoSize = VideoSize::new(1_280, 720);
const FHD: VideoSize = VideoSize::new(1_920, 1_080);
const UHD: VideoSize = VideoSize::new(3_840, 2_160);

fn features(video: VideoResolution, content: ContentResolution) -> MeetingFeatures {
    MeetingFeatures {
        video: Some(VideoFeatures { max_resolution: Some(video) }),
        content: Some(ContentFeatures { max_resolution: Some(content) }),
        ..MeetingFeatures::default()
    }
}

/// A meeting with these features, of somebody who looks and of somebody who shows, in its own right or by a share.
fn meeting(features: MeetingFeatures, shows: Identity) -> (MeetingRig, ClientId, ClientId) {
    let mut rig = MeetingRig::new(1);
    let viewer = rig.join(Joining { features, ..Joining::of(0) });
    rig.join(Joining { features, ..Joining::of(1) });
    rig.run(secs(1));
    let publisher = if shows == identity(1) {
        ClientId::nth(1)
    } else {
        rig.join(Joining { identity: shows, features, ..Joining::of(1) })
    };
    rig.run(secs(1));
    (rig, viewer, publisher)
}

fn show(rig: &mut MeetingRig, id: ClientId, codec: Codec, size: VideoSize) {
    rig.with_client(id, |client, now| {
        client.show(now, codec);
        client.camera.as_mut().unwrap().resize(size);
    });
}

fn resize(rig: &mut MeetingRig, id: ClientId, size: VideoSize) -> Instant {
    rig.with_client(id, |client, _| client.camera.as_mut().unwrap().resize(size));
    rig.now()
}

#[test]
fn a_camera_within_the_limit_is_seen_and_one_above_it_is_not_and_is_told() {
    let (hd, fhd) = (VideoResolution::Hd, VideoResolution::Fhd);
    for (codec, limit, size, is_seen) in [
        (Codec::Vp8, hd, HD, true),
        (Codec::H264, hd, VideoSize::new(720, 1_280), true),
        (Codec::Vp8, hd, VideoSize::new(1_280, 960), false),
        (Codec::H264, hd, FHD, false),
        (Codec::H264, fhd, FHD, true),
        (Codec::Vp8, fhd, VideoSize::new(1_088, 1_920), true),
        (Codec::Vp8, fhd, VideoSize::new(2_560, 1_440), false),
    ] {
        let features = features(limit, ContentResolution::Fhd);
        let (mut rig, viewer, publisher) = meeting(features, identity(1));
        show(&mut rig, publisher, codec, size);
        rig.run(secs(3));
        let case = format!("{codec:?} of {size:?} in {limit}");
        assert_eq!(rig.client(viewer).seen.len() > 60, is_seen, "{case}");
        assert_eq!(rig.client(viewer).seen.is_empty(), !is_seen, "{case}");
        assert_eq!(rig.stream_of(viewer, identity(1)).is_some(), is_seen, "{case}");
        let told = if is_seen { &[][..] } else { &[ErrorStatus::VIDEO_VIEW_ONLY] };
        assert_eq!(rig.client(publisher).told.errors, told, "{case}");
    }
}

#[test]
fn a_camera_that_is_too_large_for_a_moment_stands_still_and_goes_on() {
    let (mut rig, viewer, publisher) = meeting(MeetingFeatures::default(), identity(1));
    show(&mut rig, publisher, Codec::Vp8, HD);
    rig.run(secs(2));
    let large = resize(&mut rig, publisher, FHD);
    rig.run(millis(100));
    let passed = rig.seen_since(viewer, large + millis(50)).len();
    assert_eq!(passed, 0, "nobody is sent pictures that are too large");
    rig.run(millis(900));
    let small = resize(&mut rig, publisher, HD);
    rig.run(secs(3));
    assert!(rig.seen_since(viewer, small).len() > 60);
    assert!(rig.seen_since(viewer, small)[0].mark.is_key);
    assert!(rig.client(publisher).told.errors.is_empty());
}

#[test]
fn a_camera_that_becomes_too_large_for_good_is_withdrawn_and_comes_back_when_it_fits() {
    let (mut rig, viewer, publisher) = meeting(MeetingFeatures::default(), identity(1));
    show(&mut rig, publisher, Codec::H264, HD);
    rig.run(secs(2));
    assert!(rig.stream_of(viewer, identity(1)).is_some());
    let large = resize(&mut rig, publisher, FHD);
    rig.run(secs(4));
    assert!(rig.seen_since(viewer, large + millis(50)).is_empty());
    assert_eq!(rig.stream_of(viewer, identity(1)), None);
    assert_eq!(rig.client(publisher).told.errors, [ErrorStatus::VIDEO_VIEW_ONLY]);
    let small = resize(&mut rig, publisher, HD);
    rig.with_client(publisher, |client, now| client.offer(now));
    rig.run(secs(2));
    assert!(rig.seen_since(viewer, small).len() > 30);
}

#[test]
fn a_share_has_a_limit_of_its_own_and_ends_above_it() {
    let share = Identity::content(attendee_id(1));
    let (fhd, uhd) = (ContentResolution::Fhd, ContentResolution::Uhd);
    for (limit, size, is_seen) in [(fhd, FHD, true), (fhd, UHD, false), (uhd, UHD, true)] {
        let (mut rig, viewer, sharer) = meeting(features(VideoResolution::Hd, limit), share);
        show(&mut rig, sharer, Codec::Vp8, size);
        rig.run(secs(4));
        assert_eq!(rig.client(viewer).seen.len() > 60, is_seen, "{size:?} in {limit}");
        assert_eq!(rig.client(viewer).seen.is_empty(), !is_seen, "{size:?} in {limit}");
        assert_eq!(rig.client(viewer).told.present().contains(&share), is_seen);
        let told = if is_seen { &[][..] } else { &[AudioStatus::AUTHENTICATION_REJECTED] };
        assert_eq!(rig.client(sharer).told.statuses, told);
        assert!(rig.client(ClientId::nth(1)).told.statuses.is_empty(), "the attendee itself stays");
    }
}

#[test]
fn where_there_is_no_video_no_camera_is_seen_whatever_the_rights_are() {
    let features = features(VideoResolution::None, ContentResolution::Fhd);
    let (mut rig, viewer, publisher) = meeting(features, identity(1));
    for _ in 0..2 {
        show(&mut rig, publisher, Codec::Vp8, VideoSize::new(320, 180));
        rig.run(secs(2));
        let all = AttendeeCapabilities::ALL;
        rig.with_meeting(|meeting, now| meeting.update_capabilities(now, attendee_id(1), all));
    }
    assert!(rig.client(viewer).seen.is_empty());
    assert_eq!(rig.stream_of(viewer, identity(1)), None);
    assert_eq!(rig.client(publisher).told.errors, [ErrorStatus::VIDEO_VIEW_ONLY; 2]);
}

#[test]
fn where_there_is_no_content_a_share_is_turned_away_whatever_the_rights_are() {
    let share = Identity::content(attendee_id(1));
    let features = features(VideoResolution::Hd, ContentResolution::None);
    let (rig, viewer, sharer) = meeting(features, share);
    assert_eq!(rig.client(sharer).told.statuses, [AudioStatus::AUTHENTICATION_REJECTED]);
    assert!(!rig.client(viewer).told.present().contains(&share));
}
