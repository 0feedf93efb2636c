//! Meetings over paths that do not take everything.

use carillon_frame::Bitrate;
use carillon_testkit::client::camera::Codec;
use carillon_testkit::network::{Bottleneck, LinkConfig};
use carillon_testkit::rig::{ClientId, MeetingRig};

use crate::{millis, secs};

/// About 1.4 Mb/s at 25 pictures a second.
const PACKETS_OF_A_PICTURE: u32 = 20;

/// What a packet of a picture takes.
const PACKET_BITS: usize = 345 * 8;

fn wide() -> LinkConfig {
    LinkConfig { delay: millis(20), ..LinkConfig::default() }
}

fn narrow(kbps: u32) -> LinkConfig {
    let bottleneck = Bottleneck { rate: Bitrate::from_kbps(kbps), queue: millis(400) };
    LinkConfig { bottleneck: Some(bottleneck), ..wide() }
}

fn show(rig: &mut MeetingRig, id: ClientId) {
    rig.with_client(id, |client, now| {
        client.show(now, Codec::Vp8);
        client.camera.as_mut().unwrap().packets = PACKETS_OF_A_PICTURE;
    });
}

/// How many kilobits a second a client has seen over the next seconds.
fn seen_over(rig: &mut MeetingRig, id: ClientId, seconds: u64) -> usize {
    let since = rig.now();
    rig.run(secs(seconds));
    rig.seen_since(id, since).len() * PACKET_BITS / 1_000 / usize::try_from(seconds).unwrap()
}

#[test]
fn the_only_viewers_narrow_path_makes_a_publisher_send_less_and_later_more_again() {
    let (mut rig, ids) = MeetingRig::of(2, 1);
    show(&mut rig, ids[0]);
    rig.run(secs(4));
    let before = seen_over(&mut rig, ids[1], 2);
    assert!(before > 1_300, "{before}");
    rig.relink(ids[1], narrow(600));
    rig.run(secs(3));
    let missed = rig.client(ids[1]).hearing.missed;
    let squeezed = seen_over(&mut rig, ids[1], 10);
    assert!((200..600).contains(&squeezed), "{squeezed}");
    let told = rig.client(ids[1]).told.bandwidth.expect("the client is told").kbps();
    assert!((300..750).contains(&told), "{told}");
    let missed = rig.client(ids[1]).hearing.missed - missed;
    assert!(missed < 10, "{missed} of 500 packets of sound are missing");
    assert_eq!(rig.hears(ids[1]), rig.tones(&ids[..1]));
    rig.relink(ids[1], wide());
    rig.run(secs(13));
    let after = seen_over(&mut rig, ids[1], 2);
    assert!(after > 1_300, "{after}");
}

#[test]
fn a_narrow_path_among_wide_ones_is_held_back_alone_is_told_and_sees_again() {
    let (mut rig, ids) = MeetingRig::of(3, 2);
    show(&mut rig, ids[0]);
    rig.run(secs(4));
    rig.relink(ids[1], narrow(600));
    rig.run(secs(6));
    let (told, since) = (&rig.client(ids[1]).told, rig.now());
    assert_eq!(told.paused.len(), 1, "it is told which video stands still");
    let wide_viewer = seen_over(&mut rig, ids[2], 3);
    assert!(wide_viewer > 1_300, "{wide_viewer}");
    assert!(rig.seen_since(ids[1], since).is_empty());
    assert_eq!(rig.hears(ids[1]), rig.tones(&[ids[0], ids[2]]));
    rig.relink(ids[1], wide());
    let since = rig.now();
    rig.run(secs(15));
    assert!(rig.client(ids[1]).told.paused.is_empty());
    assert!(rig.seen_since(ids[1], since)[0].mark.is_key);
    let again = seen_over(&mut rig, ids[1], 2);
    assert!(again > 1_300, "{again}");
}

#[test]
fn sound_survives_a_path_that_takes_no_pictures() {
    let (mut rig, ids) = MeetingRig::of(2, 3);
    show(&mut rig, ids[0]);
    rig.run(secs(4));
    rig.relink(ids[1], narrow(100));
    rig.run(secs(8));
    let missed = rig.client(ids[1]).hearing.missed;
    rig.run(secs(10));
    let missed = rig.client(ids[1]).hearing.missed - missed;
    assert!(missed < 25, "{missed} of 500 packets of sound are missing");
    assert_eq!(rig.hears(ids[1]), rig.tones(&ids[..1]));
}
