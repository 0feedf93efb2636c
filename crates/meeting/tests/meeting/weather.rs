//! Meetings over networks that lose, delay, reorder and repeat.

use carillon_frame::SeqNo;
use carillon_testkit::client::camera::Codec;
use carillon_testkit::network::LinkConfig;
use carillon_testkit::rig::{ClientId, Joining, MeetingRig};

use crate::{millis, secs};

fn bad(loss: f64) -> LinkConfig {
    let (delay, jitter) = (millis(40), millis(30));
    LinkConfig { delay, jitter, loss, reordering: 0.02, duplication: 0.02, bottleneck: None }
}

#[test]
fn joins_succeed_and_everybody_is_heard_under_five_to_twenty_percent_loss() {
    for (seed, loss) in [(1, 0.05), (2, 0.1), (3, 0.15), (4, 0.2), (5, 0.2), (6, 0.2)] {
        let mut rig = MeetingRig::new(seed);
        let ids: Vec<ClientId> = (0..3)
            .map(|person| rig.join(Joining { link: bad(loss), ..Joining::of(person) }))
            .collect();
        let connected = |rig: &MeetingRig| ids.iter().all(|id| rig.client(*id).hearing.packets > 0);
        assert!(rig.run_until(secs(12), connected), "at {loss}");
        rig.run(secs(4));
        for id in &ids {
            let others: Vec<ClientId> = ids.iter().copied().filter(|other| other != id).collect();
            for hertz in rig.tones(&others) {
                let amplitude = rig.heard(*id).amplitude(hertz);
                assert!(amplitude > 2_500.0, "{hertz} Hz at {amplitude} under {loss}");
            }
            assert_eq!(rig.client(*id).told.present().len(), 3);
        }
    }
}

#[test]
fn one_clients_bad_network_costs_the_others_nothing() {
    let (mut rig, ids) = MeetingRig::of(2, 7);
    rig.join(Joining { link: bad(0.2), ..Joining::of(2) });
    rig.run(secs(10));
    for id in ids {
        let hearing = &rig.client(id).hearing;
        assert_eq!(hearing.missed, 0);
        assert_eq!(hearing.frames_in(rig.now(), secs(5)), (250, 250));
    }
}

#[test]
fn five_seconds_without_a_network_are_survived() {
    let (mut rig, ids) = MeetingRig::of(2, 8);
    rig.relink(ids[0], LinkConfig { loss: 1.0, ..bad(0.0) });
    rig.run(secs(5));
    assert!(rig.hears(ids[1]).is_empty());
    assert_eq!(rig.client(ids[1]).told.present().len(), 2);
    rig.relink(ids[0], bad(0.0));
    rig.run(secs(2));
    assert_eq!(rig.hears(ids[1]), rig.tones(&ids[..1]));
    assert_eq!(rig.hears(ids[0]), rig.tones(&ids[1..]));
}

#[test]
fn requests_for_lost_pictures_are_repeated_by_the_round_trip_that_was_measured() {
    let link = LinkConfig { delay: millis(100), ..LinkConfig::default() };
    let mut rig = MeetingRig::new(10);
    let shows = rig.join(Joining { link, ..Joining::of(0) });
    rig.join(Joining::of(1));
    rig.run(secs(2));
    rig.with_client(shows, |client, now| client.show(now, Codec::Vp8));
    rig.run(secs(2));
    let pauses = |rig: &mut MeetingRig| -> Vec<u128> {
        rig.with_client(shows, |client, _| {
            client.asked_again.clear();
            // It is made, and lost on its way.
            client.camera.as_mut().unwrap().next_picture(|| SeqNo(0));
        });
        rig.run(secs(2));
        let asked = &rig.client(shows).asked_again;
        let pauses = asked.windows(2).map(|pair| (pair[1].0 - pair[0].0).as_millis());
        pauses.collect()
    };
    assert_eq!(pauses(&mut rig), [125; 7], "by the round trip that is assumed");
    rig.with_client(shows, |client, now| client.report_reception(now));
    rig.run(millis(200));
    let measured = pauses(&mut rig);
    assert!(
        measured.len() == 3 && measured.iter().all(|pause| (245..=255).contains(pause)),
        "{measured:?}"
    );
}

#[test]
fn the_same_seed_is_the_same_meeting() {
    let story = || {
        let mut rig = MeetingRig::new(9);
        let ids = [0, 1].map(|person| rig.join(Joining { link: bad(0.1), ..Joining::of(person) }));
        rig.run(secs(5));
        ids.map(|id| (rig.client(id).hearing.packets, rig.client(id).hearing.missed))
    };
    assert_eq!(story(), story());
}
