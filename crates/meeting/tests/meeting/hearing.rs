//! Who hears whom.

use carillon_meeting::MeetingEventKind;
use carillon_signaling::Mute;
use carillon_testkit::rig::{Joining, MeetingRig, identity};

use crate::{millis, secs};

#[test]
fn two_hear_each_other_and_not_themselves() {
    let (rig, ids) = MeetingRig::of(2, 1);
    assert_eq!(rig.hears(ids[0]), rig.tones(&ids[1..]));
    assert_eq!(rig.hears(ids[1]), rig.tones(&ids[..1]));
    for id in ids {
        let told = &rig.client(id).told;
        assert_eq!(told.present(), [identity(0), identity(1)]);
        assert_eq!(told.mute_of(identity(0)), Some(Mute::Unmuted));
        assert!(told.errors.is_empty() && told.statuses.is_empty());
    }
    assert_eq!(rig.story_of(identity(0)), [MeetingEventKind::Joined]);
}

#[test]
fn three_hear_the_two_others() {
    let (rig, ids) = MeetingRig::of(3, 2);
    assert_eq!(rig.hears(ids[0]), rig.tones(&ids[1..]));
    assert_eq!(rig.hears(ids[1]), rig.tones(&[ids[0], ids[2]]));
    assert_eq!(rig.hears(ids[2]), rig.tones(&ids[..2]));
    assert!(ids.iter().all(|id| rig.heard(*id).rest < 800.0));
}

#[test]
fn the_first_packet_of_the_mix_follows_the_handshake_at_once() {
    let mut rig = MeetingRig::new(3);
    rig.run(secs(5));
    let alone = rig.join(Joining::of(0));
    assert!(rig.run_until(secs(5), |rig| rig.client(alone).is_secured()));
    let secured = rig.now();
    assert!(rig.run_until(millis(40), |rig| rig.client(alone).hearing.packets > 0));
    let began = rig.client(alone).hearing.began().unwrap();
    assert!(began - secured <= millis(20), "{:?}", began - secured);
    rig.run(secs(1));
    assert_eq!(rig.client(alone).hearing.missed, 0);
}

#[test]
fn everybody_is_sent_fifty_packets_a_second_also_in_silence() {
    let mut rig = MeetingRig::new(4);
    let alone = rig.join(Joining::of(0));
    rig.run(secs(1));
    let before = rig.client(alone).hearing.packets;
    rig.run(secs(10));
    assert_eq!(rig.client(alone).hearing.packets - before, 500);
    assert!(rig.hears(alone).is_empty());
}
