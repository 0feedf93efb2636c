//! What a viewer is shown whose path does not take everything.

use std::time::Duration;

use carillon_frame::Bitrate;
use carillon_sfu::{Claim, Shown, SourceId, SubscriptionState};

use crate::meeting::{FRAME, Meeting, Publisher, VIEWER};

const LOW: SourceId = SourceId(11);
const HI: SourceId = SourceId(13);
const CLAIM: [Claim; 1] = [Claim { subscription: VIEWER, priority: 0 }];

/// Sends so many pictures of both layers: one packet of the low one, and four of the high one.
fn pictures(meeting: &mut Meeting, low: &mut Publisher, hi: &mut Publisher, count: u32) {
    for _ in 0..count {
        let packet = low.delta();
        meeting.send(LOW, &packet);
        for _ in 0..4 {
            let packet = hi.delta();
            meeting.send(HI, &packet);
        }
        meeting.pass(FRAME);
    }
}

#[test]
fn a_viewer_gets_the_layer_that_its_path_takes_and_the_wanted_one_as_soon_as_it_fits() {
    let (mut meeting, mut low, mut hi) = (Meeting::new(), Publisher::new(11), Publisher::new(13));
    meeting.forwarder.publish_layers(meeting.now, &[LOW, HI]);
    meeting.watch(HI);
    for (source, publisher) in [(LOW, &mut low), (HI, &mut hi)] {
        let packet = publisher.key();
        meeting.send(source, &packet);
    }
    pictures(&mut meeting, &mut low, &mut hi, 60);
    let [low_rate, hi_rate] =
        [LOW, HI].map(|source| meeting.forwarder.source_bitrate(meeting.now, source));
    assert!(hi_rate > low_rate.percent(300));

    let between = Bitrate::from_bps(u64::midpoint(low_rate.bps(), hi_rate.bps()));
    let shares = meeting.forwarder.allocate(meeting.now, &CLAIM, Some(between));
    assert_eq!((shares[0].shown, shares[0].offered), (Shown::Yes, between));
    assert_eq!(meeting.forwarder.forwarded_source(VIEWER), Some(HI), "until the other's key frame");
    let packet = low.key();
    meeting.send(LOW, &packet);
    assert_eq!(meeting.forwarder.forwarded_source(VIEWER), Some(LOW));

    meeting.forwarder.allocate(meeting.now, &CLAIM, Some(hi_rate.percent(105)));
    let packet = hi.key();
    meeting.send(HI, &packet);
    assert_eq!(meeting.forwarder.forwarded_source(VIEWER), Some(LOW), "without a margin it stays");
    pictures(&mut meeting, &mut low, &mut hi, 60);
    meeting.forwarder.allocate(meeting.now, &CLAIM, Some(hi_rate.percent(120)));
    meeting.pass(Duration::from_secs(1));
    let packet = hi.key();
    meeting.send(HI, &packet);
    assert_eq!(meeting.forwarder.forwarded_source(VIEWER), Some(HI));
}

#[test]
fn what_does_not_fit_at_all_is_held_back_and_begins_anew_with_a_key_frame() {
    let (mut meeting, mut only) = (Meeting::new(), Publisher::new(11));
    meeting.forwarder.publish(meeting.now, LOW);
    meeting.watch(LOW);
    let packet = only.key();
    meeting.send(LOW, &packet);
    let pictures = |meeting: &mut Meeting, only: &mut Publisher, count: u32| {
        for _ in 0..count {
            let packet = only.delta();
            meeting.send(LOW, &packet);
            meeting.pass(FRAME);
        }
        meeting.received().len()
    };
    pictures(&mut meeting, &mut only, 60);
    let rate = meeting.forwarder.source_bitrate(meeting.now, LOW);
    let half = Some(rate.percent(50));
    let shares = meeting.forwarder.allocate(meeting.now, &CLAIM, half);
    assert_eq!(shares[0].shown, Shown::Yes, "its publisher is given time to send less");
    pictures(&mut meeting, &mut only, 90);
    let shares = meeting.forwarder.allocate(meeting.now, &CLAIM, half);
    assert_eq!(shares[0].shown, Shown::HeldBack);
    assert_eq!(pictures(&mut meeting, &mut only, 60), 0);
    meeting.requests();
    assert_eq!(
        meeting.forwarder.subscription_state(VIEWER),
        Some(SubscriptionState::AwaitingKeyFrame)
    );

    let shares = meeting.forwarder.allocate(meeting.now, &CLAIM, Some(rate.percent(120)));
    assert_eq!(shares[0].shown, Shown::Yes);
    assert_eq!(meeting.requests(), [LOW]);
    assert_eq!(pictures(&mut meeting, &mut only, 5), 0);
    let packet = only.key();
    meeting.send(LOW, &packet);
    assert_eq!(pictures(&mut meeting, &mut only, 5), 6);
    meeting.forwarder.allocate(meeting.now, &CLAIM, None);
    assert_eq!(pictures(&mut meeting, &mut only, 5), 5, "without a limit it goes on");
}
