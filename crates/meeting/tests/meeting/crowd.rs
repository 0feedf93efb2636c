//! A full room.

use carillon_signaling::Mute;
use carillon_testkit::client::camera::Codec;
use carillon_testkit::rig::{ClientId, Joining, MeetingRig};

use crate::secs;

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
