//! What clients are told when it is over.

use carillon_meeting::MeetingEventKind::{Joined, Left};
use carillon_signaling::{AudioStatus, CloseCode};
use carillon_testkit::rig::{Joining, MeetingRig, attendee_id, identity};

use crate::{millis, secs};

#[test]
fn the_end_of_the_meeting_is_told_and_sockets_are_left_to_their_clients() {
    let (mut rig, ids) = MeetingRig::of(2, 1);
    rig.with_meeting(|meeting, now| meeting.end(now));
    rig.run(secs(3));
    for id in ids {
        let told = &rig.client(id).told;
        assert_eq!(told.statuses, [AudioStatus::MEETING_ENDED]);
        assert_eq!(told.closed, None);
        assert!(rig.heard(id).tones().is_empty());
    }
    assert_eq!(rig.story_of(identity(0)), [Joined, Left]);
    assert!(rig.meeting.is_over());
    assert_eq!(rig.deadline(), None);
}

#[test]
fn a_client_that_does_not_leave_when_told_is_closed_on() {
    let (mut rig, ids) = MeetingRig::of(1, 2);
    rig.cut(ids[0], carillon_testkit::rig::SocketFate::Hangs);
    rig.with_meeting(|meeting, now| meeting.end(now));
    rig.run(secs(14));
    assert!(!rig.meeting.is_over());
    rig.run(secs(2));
    assert!(rig.meeting.is_over());
}

#[test]
fn who_joins_while_the_meeting_ends_is_refused_for_good() {
    let mut rig = MeetingRig::new(3);
    let late = rig.open(Joining::of(0));
    rig.with_meeting(|meeting, now| meeting.end(now));
    rig.run(millis(100));
    assert_eq!(rig.client(late).told.closed, Some(CloseCode::MEETING_ENDED));
    assert!(rig.meeting.is_over());
}

#[test]
fn a_removed_attendee_is_told_with_its_share_and_the_others_see_it_leave() {
    let (mut rig, ids) = MeetingRig::of(2, 4);
    let share = rig.join(Joining {
        identity: carillon_signaling::Identity::content(attendee_id(0)),
        ..Joining::of(0)
    });
    rig.run(secs(1));
    assert_eq!(rig.client(ids[1]).told.present().len(), 3);
    rig.with_meeting(|meeting, now| meeting.remove_attendee(now, attendee_id(0)));
    rig.run(secs(1));
    for id in [ids[0], share] {
        assert_eq!(rig.client(id).told.statuses, [AudioStatus::ATTENDEE_REMOVED]);
    }
    assert_eq!(rig.client(ids[1]).told.present(), [identity(1)]);
    assert!(rig.hears(ids[1]).is_empty());
    assert!(rig.client(ids[1]).told.statuses.is_empty());
}

#[test]
fn a_server_that_goes_away_closes_with_the_code_that_brings_clients_back() {
    let (mut rig, ids) = MeetingRig::of(2, 5);
    let joining = rig.open(Joining::of(2));
    rig.with_meeting(|meeting, now| meeting.go_away(now));
    rig.run(millis(100));
    for id in [ids[0], ids[1], joining] {
        let told = &rig.client(id).told;
        assert_eq!(told.closed, Some(CloseCode::RETRY));
        assert!(told.statuses.is_empty() && told.errors.is_empty());
    }
    assert!(rig.meeting.is_over());
}

#[test]
fn a_client_that_was_about_to_be_given_up_is_not_given_up_twice_when_the_meeting_ends() {
    let (mut rig, ids) = MeetingRig::of(1, 6);
    rig.cut(ids[0], carillon_testkit::rig::SocketFate::Hangs);
    // Its media is lost after 30 s and its grace ends after 40, amid the time it has to leave.
    rig.run(secs(34));
    rig.with_meeting(|meeting, now| meeting.end(now));
    rig.run(secs(20));
    assert!(rig.meeting.is_over());
    assert_eq!(rig.story_of(identity(0)), [Joined, Left]);
}
