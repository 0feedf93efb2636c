//! What attendees may do, whatever their clients do.

use carillon_signaling::{AudioStatus, ErrorStatus, Identity, Mute, RosterEntry};
use carillon_testkit::client::camera::Codec;
use carillon_testkit::rig::{Joining, MeetingRig, SocketFate, attendee_id, identity};
use carillon_types::AttendeeCapabilities;
use carillon_types::MediaCapability::{self, None, Receive, Send, SendReceive};

use crate::{millis, secs};

fn rights(
    audio: MediaCapability,
    video: MediaCapability,
    content: MediaCapability,
) -> AttendeeCapabilities {
    AttendeeCapabilities::new(audio, video, content).unwrap()
}

#[test]
fn who_may_only_listen_is_heard_by_nobody() {
    let (mut rig, ids) = MeetingRig::of(2, 1);
    let capabilities = rights(Receive, SendReceive, SendReceive);
    let listener = rig.join(Joining { capabilities, ..Joining::of(2) });
    rig.run(secs(1));
    assert_eq!(rig.hears(listener), rig.tones(&ids));
    assert_eq!(rig.hears(ids[0]), rig.tones(&ids[1..]));
    assert_eq!(rig.client(ids[0]).told.present().len(), 3);
}

#[test]
fn who_may_only_speak_hears_nothing_at_all() {
    let (mut rig, ids) = MeetingRig::of(1, 2);
    let capabilities = rights(Send, SendReceive, SendReceive);
    let speaker = rig.join(Joining { capabilities, ..Joining::of(1) });
    rig.run(secs(1));
    assert_eq!(rig.client(speaker).hearing.packets, 0);
    assert_eq!(rig.hears(ids[0]), rig.tones(&[speaker]));
}

#[test]
fn who_may_not_show_pictures_is_told_and_not_seen() {
    let (mut rig, ids) = MeetingRig::of(1, 3);
    let capabilities = rights(SendReceive, None, None);
    let blind = rig.join(Joining { capabilities, ..Joining::of(1) });
    rig.run(secs(1));
    rig.with_client(blind, |client, now| client.show(now, Codec::Vp8));
    rig.with_client(ids[0], |client, now| client.show(now, Codec::Vp8));
    rig.run(secs(2));
    assert_eq!(rig.client(blind).told.errors, [ErrorStatus::VIDEO_VIEW_ONLY]);
    assert!(rig.client(ids[0]).seen.is_empty());
    assert!(rig.client(blind).seen.is_empty());
    assert!(rig.client(blind).told.index().unwrap().sources.is_empty());
}

#[test]
fn a_right_to_speak_that_is_taken_and_given_back_follows_at_once() {
    let (mut rig, ids) = MeetingRig::of(2, 4);
    let silence = rights(Receive, SendReceive, SendReceive);
    rig.with_meeting(|meeting, now| meeting.update_capabilities(now, attendee_id(0), silence));
    rig.run(millis(600));
    assert!(rig.hears(ids[1]).is_empty());
    assert_eq!(rig.hears(ids[0]), rig.tones(&ids[1..]));
    let all = AttendeeCapabilities::ALL;
    rig.with_meeting(|meeting, now| meeting.update_capabilities(now, attendee_id(0), all));
    rig.run(millis(600));
    assert_eq!(rig.hears(ids[1]), rig.tones(&ids[..1]));
}

#[test]
fn who_joined_without_the_right_to_speak_is_heard_as_soon_as_it_has_it() {
    for (before, after) in [(Receive, Send), (None, Send), (None, SendReceive)] {
        let (mut rig, ids) = MeetingRig::of(1, 12);
        let capabilities = rights(before, SendReceive, SendReceive);
        let speaker = rig.join(Joining { capabilities, ..Joining::of(1) });
        rig.run(secs(1));
        assert!(rig.hears(ids[0]).is_empty(), "with {before}");
        let answers = rig.client(speaker).told.answers;
        let capabilities = rights(after, SendReceive, SendReceive);
        rig.with_meeting(|meeting, now| {
            meeting.update_capabilities(now, attendee_id(1), capabilities);
        });
        rig.run(millis(600));
        assert_eq!(rig.hears(ids[0]), rig.tones(&[speaker]), "from {before} to {after}");
        assert_eq!(rig.client(speaker).told.answers, answers, "without another offer");
    }
}

/// Silences an attendee or lets it speak; says whether it was there.
fn silence(rig: &mut MeetingRig, attendee: u8, is_silenced: bool) -> bool {
    let mut is_there = false;
    rig.with_meeting(|meeting, now| {
        is_there = meeting.silence(now, attendee_id(attendee), is_silenced);
    });
    rig.run(millis(600));
    is_there
}

/// Who is shown as muted.
fn muted(rig: &mut MeetingRig) -> Vec<bool> {
    let mut shown = Vec::new();
    rig.with_meeting(|meeting, _| {
        shown = meeting.present().iter().map(|doing| doing.is_muted).collect();
    });
    shown
}

#[test]
fn who_is_silenced_is_heard_again_once_it_turns_its_microphone_on_anew() {
    let (mut rig, ids) = MeetingRig::of(2, 6);
    assert!(silence(&mut rig, 0, true));
    assert!(rig.hears(ids[1]).is_empty());
    assert_eq!(rig.hears(ids[0]), rig.tones(&ids[1..]));
    assert_eq!(muted(&mut rig), [true, false]);
    rig.with_client(ids[0], |client, now| client.set_mute(now, Mute::Unmuted));
    rig.run(millis(600));
    assert_eq!(rig.hears(ids[1]), rig.tones(&ids[..1]));
    assert_eq!(muted(&mut rig), [false, false]);
}

#[test]
fn who_is_silenced_can_be_let_speak_and_who_is_not_there_cannot_be_silenced() {
    let (mut rig, ids) = MeetingRig::of(2, 7);
    assert!(silence(&mut rig, 0, true));
    assert!(silence(&mut rig, 0, false));
    assert_eq!(rig.hears(ids[1]), rig.tones(&ids[..1]));
    assert!(!silence(&mut rig, 9, true));
}

#[test]
fn a_right_to_listen_that_is_taken_and_given_back_follows_at_once() {
    let (mut rig, ids) = MeetingRig::of(2, 5);
    let deaf = rights(Send, SendReceive, SendReceive);
    rig.with_meeting(|meeting, now| meeting.update_capabilities(now, attendee_id(0), deaf));
    rig.run(millis(100));
    let packets = rig.client(ids[0]).hearing.packets;
    rig.run(secs(1));
    assert_eq!(rig.client(ids[0]).hearing.packets, packets);
    let all = AttendeeCapabilities::ALL;
    rig.with_meeting(|meeting, now| meeting.update_capabilities(now, attendee_id(0), all));
    rig.run(secs(1));
    assert_eq!(rig.hears(ids[0]), rig.tones(&ids[1..]));
    assert_eq!(rig.client(ids[0]).hearing.missed, 0);
}

#[test]
fn a_right_to_show_that_is_taken_hides_the_picture_at_once() {
    let (mut rig, ids) = MeetingRig::of(2, 6);
    rig.with_client(ids[0], |client, now| client.show(now, Codec::Vp8));
    rig.run(secs(1));
    assert!(rig.client(ids[1]).seen.len() > 10);
    let hidden = rights(SendReceive, Receive, Receive);
    rig.with_meeting(|meeting, now| meeting.update_capabilities(now, attendee_id(0), hidden));
    rig.run(millis(50));
    let then = rig.now();
    rig.run(secs(1));
    assert!(rig.seen_since(ids[1], then).is_empty());
    assert_eq!(rig.stream_of(ids[1], identity(0)), Option::None);
    assert_eq!(rig.client(ids[0]).told.errors, [ErrorStatus::VIDEO_VIEW_ONLY]);
    let all = AttendeeCapabilities::ALL;
    rig.with_meeting(|meeting, now| meeting.update_capabilities(now, attendee_id(0), all));
    rig.with_client(ids[0], |client, now| client.offer(now));
    rig.run(secs(1));
    assert!(rig.seen_since(ids[1], then).len() > 10);
}

#[test]
fn a_right_to_see_that_is_taken_and_given_back_follows_at_once() {
    let (mut rig, ids) = MeetingRig::of(2, 7);
    rig.with_client(ids[0], |client, now| client.show(now, Codec::Vp8));
    rig.run(secs(1));
    let blind = rights(SendReceive, Send, Send);
    rig.with_meeting(|meeting, now| meeting.update_capabilities(now, attendee_id(1), blind));
    rig.run(millis(50));
    let then = rig.now();
    rig.run(secs(1));
    assert!(rig.seen_since(ids[1], then).is_empty());
    assert_eq!(rig.stream_of(ids[1], identity(0)), Option::None);
    let all = AttendeeCapabilities::ALL;
    rig.with_meeting(|meeting, now| meeting.update_capabilities(now, attendee_id(1), all));
    rig.run(secs(1));
    let seen = rig.seen_since(ids[1], then);
    assert!(seen.len() > 10 && seen[0].mark.is_key);
}

#[test]
fn rights_that_blink_leave_the_picture_on() {
    let (mut rig, ids) = MeetingRig::of(2, 8);
    rig.with_client(ids[0], |client, now| client.show(now, Codec::Vp8));
    rig.run(secs(1));
    for capabilities in [rights(SendReceive, Send, Send), AttendeeCapabilities::ALL] {
        rig.with_meeting(|meeting, now| {
            meeting.update_capabilities(now, attendee_id(1), capabilities);
        });
    }
    let then = rig.now();
    rig.run(secs(2));
    assert!(rig.seen_since(ids[1], then).len() > 30);
}

#[test]
fn who_may_not_share_content_is_turned_away() {
    let (mut rig, ids) = MeetingRig::of(2, 9);
    let capabilities = rights(SendReceive, SendReceive, Receive);
    let sharing = |number, capabilities| Joining {
        identity: Identity::content(attendee_id(number)),
        capabilities,
        ..Joining::of(number)
    };
    let refused = rig.join(sharing(0, capabilities));
    let share = rig.join(sharing(1, AttendeeCapabilities::ALL));
    rig.run(secs(1));
    let told = &rig.client(refused).told;
    assert_eq!(told.statuses, [AudioStatus::AUTHENTICATION_REJECTED]);
    assert_eq!(
        told.closed,
        Option::None,
        "a browser would wait in vain for the rest of its joining"
    );
    assert!(!rig.client(ids[1]).told.present().contains(&Identity::content(attendee_id(0))));

    assert!(rig.client(ids[0]).told.present().contains(&Identity::content(attendee_id(1))));
    rig.with_meeting(|meeting, now| meeting.update_capabilities(now, attendee_id(1), capabilities));
    rig.run(secs(1));
    assert_eq!(rig.client(share).told.statuses, [AudioStatus::AUTHENTICATION_REJECTED]);
    assert!(!rig.client(ids[0]).told.present().contains(&Identity::content(attendee_id(1))));
    assert!(rig.client(ids[1]).told.statuses.is_empty(), "the attendee itself stays");
}

#[test]
fn a_third_share_is_turned_away_before_anybody_sees_it_and_a_sharer_that_comes_back_is_not() {
    let (mut rig, ids) = MeetingRig::of(3, 11);
    let share = |number| Joining {
        identity: Identity::content(attendee_id(number)),
        ..Joining::of(number)
    };
    let [first, _second] = [0, 1].map(|number| rig.join(share(number)));
    rig.run(secs(1));
    let refused = rig.join(share(2));
    rig.run(secs(1));
    assert_eq!(rig.client(refused).told.statuses, [AudioStatus::AT_CAPACITY]);
    let third = Identity::content(attendee_id(2));
    assert!(!rig.client(ids[0]).told.rosters.iter().flatten().any(|entry| {
        matches!(entry, RosterEntry::Present { identity, .. } if *identity == third)
    }));

    rig.cut(first, SocketFate::Dies);
    rig.run(millis(500));
    let again = rig.join(share(0));
    rig.run(secs(1));
    assert_eq!(rig.client(again).told.closed, Option::None);
    rig.with_client(again, |client, now| client.leave(now));
    rig.run(secs(1));
    rig.join(share(2));
    rig.run(secs(1));
    assert!(rig.client(ids[0]).told.present().contains(&third));
}

#[test]
fn an_attendee_hears_neither_itself_nor_what_it_shares() {
    let (mut rig, ids) = MeetingRig::of(2, 10);
    let share = rig.join(Joining { identity: Identity::content(attendee_id(0)), ..Joining::of(0) });
    rig.run(secs(1));
    assert_eq!(rig.hears(ids[0]), rig.tones(&ids[1..]));
    assert_eq!(rig.hears(ids[1]), rig.tones(&[ids[0], share]));
    assert_eq!(rig.client(share).hearing.packets, 0, "a share listens to nobody");
}
