//! A full room.

use carillon_signaling::{AudioStatus, CloseCode, Mute};
use carillon_testkit::client::camera::Codec;
use carillon_testkit::rig::{ClientId, Joining, MeetingRig};

use crate::{millis, secs};

const PEOPLE: u8 = 25;
const TALKERS: usize = 4;

#[test]
fn twenty_five_who_arrive_at_once_hear_the_talkers_and_see_everybody() {
    let mut rig = MeetingRig::new(1);
    let ids: Vec<ClientId> = (0..PEOPLE).map(|person| rig.open(Joining::of(person))).collect();
    for (number, id) in ids.iter().enumerate() {
        rig.with_client(*id, |client, now| {
            let talks = number < TALKERS;
            client.mute = if talks { Mute::Unmuted } else { Mute::Muted };
            client.join(now);
        });
    }
    rig.run(secs(2));
    for id in &ids {
        assert_eq!(rig.client(*id).told.present().len(), usize::from(PEOPLE));
        let others: Vec<ClientId> =
            ids[..TALKERS].iter().copied().filter(|talker| talker != id).collect();
        assert_eq!(rig.hears(*id), rig.tones(&others));
        assert_eq!(rig.client(*id).hearing.missed, 0);
    }
    for id in &ids {
        rig.with_client(*id, |client, now| client.show(now, Codec::Vp8));
    }
    rig.run(secs(2));
    let then = rig.now();
    rig.run(secs(1));
    for id in &ids {
        let mut cameras: Vec<_> =
            rig.seen_since(*id, then).iter().map(|seen| seen.mark.camera).collect();
        assert!(cameras.len() >= 24 * 24, "{}", cameras.len());
        cameras.sort_unstable();
        cameras.dedup();
        assert_eq!(cameras.len(), usize::from(PEOPLE) - 1);
    }
}

/// The most attendees a meeting may have.
const FULL: u8 = 250;

fn everybody_joins(rig: &mut MeetingRig) -> Vec<ClientId> {
    (0..FULL).map(|person| rig.join(Joining::of(person))).collect()
}

#[test]
fn two_hundred_and_fifty_who_join_at_once_are_all_there_soon() {
    let mut rig = MeetingRig::new(2);
    let ids = everybody_joins(&mut rig);
    let everybody = usize::from(FULL);
    let complete =
        |rig: &MeetingRig| ids.iter().all(|id| rig.client(*id).told.present().len() == everybody);
    assert!(rig.run_until(secs(1), complete));
}

#[test]
fn a_meeting_that_ends_while_two_hundred_and_fifty_join_ends_for_all_of_them() {
    // In the first words, amid offers and answers, and amid the handshakes.
    for (seed, time) in [(3, 15), (4, 35), (5, 90)] {
        let mut rig = MeetingRig::new(seed);
        let ids = everybody_joins(&mut rig);
        rig.run(millis(time));
        rig.with_meeting(|meeting, now| meeting.end(now));
        rig.run(secs(2));
        for id in &ids {
            let told = &rig.client(*id).told;
            let ended = told.closed == Some(CloseCode::MEETING_ENDED)
                || told.statuses == [AudioStatus::MEETING_ENDED];
            assert!(ended, "{time} ms: {:?} {:?}", told.closed, told.statuses);
            assert!(!rig.client(*id).is_secured());
        }
        assert!(rig.meeting.is_over(), "after {time} ms");
        assert_eq!((rig.deadline(), rig.routes()), (None, 0), "after {time} ms");
    }
}
