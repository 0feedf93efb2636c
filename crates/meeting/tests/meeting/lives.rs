//! What clients are told by numbers that outlive a meeting: a later life lies above an earlier one.

use carillon_signaling::FirstNumber;
use carillon_testkit::{
    client::camera::Codec,
    rig::{Joining, MeetingRig, identity},
};
use carillon_types::MeetingLife;

use crate::secs;

/// The numbers that the first two attendees are told of each other: presence, stream and group.
fn numbers(life: FirstNumber, seed: u64) -> (MeetingRig, [u32; 3]) {
    let mut rig = MeetingRig::new(seed);
    rig.meeting = rig.meeting.numbered_from(life);
    let ids = [0, 1].map(|person| rig.join(Joining::of(person)));
    rig.run(secs(1));
    rig.with_client(ids[0], |client, now| client.show(now, Codec::Vp8));
    rig.run(secs(1));
    let told = &rig.client(ids[1]).told;
    let presence = told.stream_of(identity(0)).unwrap().get();
    let source = told.index().unwrap().sources[0].clone();
    (rig, [presence, source.stream_id.get(), source.group_id.get()])
}

fn are_all_above(later: [u32; 3], earlier: [u32; 3]) -> bool {
    later.iter().min() > earlier.iter().max()
}

#[test]
fn a_meeting_numbers_higher_after_every_restart() {
    let mut before = [0; 3];
    for restarts in 0..4 {
        let life = FirstNumber::of_life(MeetingLife::after(restarts));
        let (_, now) = numbers(life, 1);
        assert!(are_all_above(now, before), "{now:?} after {before:?}");
        before = now;
    }
}

#[test]
fn a_meeting_that_had_emptied_goes_on_where_it_had_stopped() {
    let life = FirstNumber::of_life(MeetingLife::after(5));
    let (first, before) = numbers(life, 1);
    let (second, then) = numbers(first.meeting.numbered_until(), 2);
    assert!(are_all_above(then, before), "{then:?} after {before:?}");
    let next = FirstNumber::of_life(MeetingLife::after(6));
    assert!(second.meeting.numbered_until() < next, "a restart starts above both");
}
