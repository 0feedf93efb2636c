//! Layers of one picture: which one a viewer sees, and that it cannot tell where one became another.

use std::collections::BTreeMap;
use std::time::Duration;

use carillon_frame::{MediaTime, Ssrc};
use carillon_rtp::rtcp::SenderReport;
use carillon_rtp::{NtpTime, RtpPacket};
use carillon_sfu::{SourceId, SubscriptionId, SubscriptionState};

use crate::meeting::{FRAME, Meeting, Publisher, Received, VIEWER, viewer_config};

const LOW: SourceId = SourceId(11);
const MID: SourceId = SourceId(12);
const HI: SourceId = SourceId(13);
const LAYERS: [SourceId; 3] = [LOW, MID, HI];

/// A camera whose layers count from different starts, one packet a picture each.
struct Camera {
    layers: BTreeMap<SourceId, Publisher>,
}

impl Camera {
    fn new() -> Self {
        let layer = |source: SourceId, picture_id| {
            (source, Publisher { picture_id, ..Publisher::new(source.0) })
        };
        Self { layers: [layer(LOW, 7), layer(MID, 3_000), layer(HI, 32_760)].into() }
    }

    fn of(&mut self, source: SourceId) -> &mut Publisher {
        self.layers.get_mut(&source).expect("the camera has this layer")
    }

    /// Sends a picture of each of these layers, and lets its time pass.
    fn picture(&mut self, meeting: &mut Meeting, layers: &[SourceId]) {
        for layer in layers {
            let packet = self.of(*layer).delta();
            meeting.send(*layer, &packet);
        }
        meeting.pass(FRAME);
    }

    fn key(&mut self, meeting: &mut Meeting, layer: SourceId) {
        let packet = self.of(layer).key();
        meeting.send(layer, &packet);
    }
}

/// A viewer that wants the highest layer, in a meeting in which all three begin.
fn watching(wanted: SourceId) -> (Meeting, Camera) {
    let (mut meeting, mut camera) = (Meeting::new(), Camera::new());
    meeting.forwarder.publish_layers(meeting.now, &LAYERS);
    meeting.watch(wanted);
    for layer in LAYERS {
        camera.key(&mut meeting, layer);
    }
    assert_eq!(meeting.forwarder.forwarded_source(VIEWER), Some(wanted));
    meeting.requests();
    meeting.received();
    meeting.pass(Duration::from_secs(1));
    (meeting, camera)
}

fn assert_one_stream(received: &[Received]) {
    for (before, after) in received.iter().zip(received.iter().skip(1)) {
        assert_eq!(after.header.seq, before.header.seq.next());
        assert_eq!(after.header.ssrc, before.header.ssrc);
        assert!(after.header.timestamp.distance_from(before.header.timestamp) > 0);
        assert_eq!(after.picture_id, before.picture_id.map(|id| (id + 1) & 0x7fff));
        assert_eq!(after.base_layer, before.base_layer.map(|base| base.wrapping_add(1)));
    }
}

#[test]
fn the_former_layer_goes_on_until_the_key_frame_of_the_next() {
    let (mut meeting, mut camera) = watching(HI);
    for (wanted, former) in [(LOW, HI), (MID, LOW), (HI, MID), (LOW, HI)] {
        meeting.pass(Duration::from_secs(1));
        meeting.watch(wanted);
        assert_eq!(meeting.requests(), [wanted]);
        for _ in 0..5 {
            camera.picture(&mut meeting, &LAYERS);
        }
        assert_eq!(meeting.forwarder.forwarded_source(VIEWER), Some(former));
        assert_eq!(meeting.state(), Some(SubscriptionState::Forwarding));
        camera.key(&mut meeting, wanted);
        assert_eq!(meeting.forwarder.forwarded_source(VIEWER), Some(wanted));
        for _ in 0..5 {
            camera.picture(&mut meeting, &LAYERS);
        }
    }
    let received = meeting.received();
    assert_eq!(received.len(), 4 * 11);
    assert_one_stream(&received);
}

#[test]
fn a_viewer_that_changes_its_mind_keeps_what_it_sees() {
    let (mut meeting, mut camera) = watching(HI);
    meeting.watch(LOW);
    meeting.requests();
    meeting.watch(HI);
    camera.key(&mut meeting, LOW);
    camera.picture(&mut meeting, &LAYERS);
    assert_eq!(meeting.forwarder.forwarded_source(VIEWER), Some(HI));
    assert_eq!(meeting.received().len(), 1);
    meeting.pass(Duration::from_secs(9));
    assert_eq!(meeting.requests(), []);
}

#[test]
fn a_lost_picture_is_asked_of_the_layer_that_is_seen() {
    let (mut meeting, mut camera) = watching(LOW);
    meeting.watch(HI);
    assert_eq!(meeting.requests(), [HI]);
    camera.picture(&mut meeting, &LAYERS);
    meeting.forwarder.request_key_frame(meeting.now, VIEWER);
    assert_eq!(meeting.requests(), [LOW]);
}

#[test]
fn a_layer_that_stops_is_replaced_by_the_next_lower_one_and_comes_back() {
    let (mut meeting, mut camera) = watching(HI);
    for _ in 0..3 {
        assert_eq!(meeting.requests(), []);
        camera.picture(&mut meeting, &[LOW, MID]);
    }
    assert_eq!(meeting.requests(), [MID], "the nearest layer below");
    camera.key(&mut meeting, MID);
    camera.picture(&mut meeting, &[LOW, MID]);
    assert_eq!(meeting.forwarder.forwarded_source(VIEWER), Some(MID));

    camera.picture(&mut meeting, &LAYERS);
    assert_eq!(meeting.requests(), [HI]);
    camera.picture(&mut meeting, &LAYERS);
    camera.key(&mut meeting, HI);
    camera.picture(&mut meeting, &LAYERS);
    assert_eq!(meeting.forwarder.forwarded_source(VIEWER), Some(HI));
    assert_one_stream(&meeting.received());
}

#[test]
fn without_a_lower_layer_a_higher_one_has_to_do() {
    let (mut meeting, mut camera) = watching(LOW);
    for _ in 0..3 {
        camera.picture(&mut meeting, &[MID, HI]);
    }
    assert_eq!(meeting.requests(), [MID]);
}

#[test]
fn a_layer_that_never_came_does_not_leave_the_viewer_in_the_dark() {
    let (mut meeting, mut camera) = (Meeting::new(), Camera::new());
    meeting.forwarder.publish_layers(meeting.now, &LAYERS);
    meeting.watch(HI);
    camera.key(&mut meeting, LOW);
    assert_eq!(meeting.forwarder.forwarded_source(VIEWER), Some(LOW));
    camera.picture(&mut meeting, &[LOW]);
    camera.key(&mut meeting, HI);
    assert_eq!(meeting.forwarder.forwarded_source(VIEWER), Some(HI));
    assert_one_stream(&meeting.received());
}

#[test]
fn probes_with_old_packets_do_not_look_like_a_layer_that_arrives() {
    let (mut meeting, mut camera) = watching(HI);
    let old = camera.of(HI).deltas(5);
    for packet in &old {
        meeting.send(HI, packet);
    }
    meeting.received();
    for _ in 0..20 {
        camera.picture(&mut meeting, &[LOW, MID]);
        let padding = camera.of(HI).padding();
        meeting.send(HI, &padding);
        meeting.send(HI, &old[2]);
    }
    assert_eq!(meeting.requests(), [MID]);
    camera.key(&mut meeting, MID);
    assert_eq!(meeting.forwarder.forwarded_source(VIEWER), Some(MID));
}

#[test]
fn a_picture_at_rest_does_not_look_like_a_layer_that_stopped() {
    let (mut meeting, mut camera) = watching(HI);
    for _ in 0..10 {
        camera.picture(&mut meeting, &LAYERS);
        meeting.pass(Duration::from_secs(1));
    }
    assert_eq!(meeting.requests(), []);
    assert_eq!(meeting.received().len(), 10);
}

#[test]
fn a_layer_that_is_taken_back_is_replaced_at_once() {
    let (mut meeting, mut camera) = watching(MID);
    meeting.forwarder.unpublish(meeting.now, MID);
    assert_eq!(meeting.requests(), [LOW]);
    camera.key(&mut meeting, LOW);
    camera.picture(&mut meeting, &[LOW, HI]);
    assert_eq!(meeting.received().len(), 2);
    meeting.forwarder.publish_layers(meeting.now, &LAYERS);
    camera.key(&mut meeting, MID);
    assert_eq!(meeting.forwarder.forwarded_source(VIEWER), Some(MID));
}

#[test]
fn viewers_who_waited_for_single_layers_share_them_once_they_are_one_picture() {
    let (mut meeting, mut camera) = (Meeting::new(), Camera::new());
    let other = SubscriptionId(7);
    meeting.watch(HI);
    meeting.forwarder.subscribe(meeting.now, other, viewer_config(LOW));
    meeting.forwarder.publish_layers(meeting.now, &LAYERS);
    camera.key(&mut meeting, LOW);
    assert_eq!(meeting.forwarder.forwarded_source(VIEWER), Some(LOW));
    assert_eq!(meeting.forwarder.forwarded_source(other), Some(LOW));
}

/// The report of a layer at the moment of the picture that it sent last.
fn report(layer: &Publisher, elapsed: Duration, lag: u32) -> SenderReport {
    SenderReport {
        ssrc: layer.ssrc,
        ntp: NtpTime::from_unix(Duration::from_secs(1_700_000_000) + elapsed),
        rtp: layer.timestamp.wrapping_add(lag),
        packets: 1,
        octets: 1,
        blocks: Vec::new(),
    }
}

#[test]
fn reports_place_a_late_layer_where_its_picture_was_taken() {
    let (mut meeting, mut camera) = watching(LOW);
    // Both layers say which moment their pictures show; the higher one arrives 20 ms later.
    for (source, lag) in [(LOW, 0), (HI, 900)] {
        let report = report(camera.of(source), Duration::ZERO, lag);
        meeting.forwarder.handle_sender_report(source, &report);
    }
    camera.picture(&mut meeting, &[LOW]);
    let before = meeting.received()[0].header.timestamp;
    meeting.watch(HI);
    meeting.pass(Duration::from_millis(20));
    camera.of(HI).timestamp = camera.of(HI).timestamp.wrapping_add(3_000);
    camera.key(&mut meeting, HI);
    let after = meeting.received()[0].header.timestamp;
    assert_eq!(after.distance_from(before), 3_000 - 900, "10 ms before the next of the former");
}

#[test]
fn a_false_report_does_not_tear_time_apart() {
    for shift in [Duration::from_secs(5), Duration::from_secs(86_400)] {
        let (mut meeting, mut camera) = watching(LOW);
        for (source, elapsed) in [(LOW, Duration::ZERO), (HI, shift)] {
            let report = report(camera.of(source), elapsed, 0);
            meeting.forwarder.handle_sender_report(source, &report);
        }
        camera.picture(&mut meeting, &[LOW]);
        let before = meeting.received()[0].header.timestamp;
        meeting.watch(HI);
        camera.key(&mut meeting, HI);
        let after = meeting.received()[0].header.timestamp;
        assert!((2_900..3_000).contains(&after.distance_from(before)), "33 ms by arrival");
    }
}

#[test]
fn a_report_about_another_stream_is_not_used() {
    let (mut meeting, mut camera) = watching(LOW);
    for source in LAYERS {
        let report = SenderReport { ssrc: Ssrc(0xbad), ..report(camera.of(source), FRAME, 40_000) };
        meeting.forwarder.handle_sender_report(source, &report);
    }
    camera.picture(&mut meeting, &LAYERS);
    let before = meeting.received()[0].header.timestamp;
    meeting.watch(HI);
    camera.key(&mut meeting, HI);
    let after: MediaTime = meeting.received()[0].header.timestamp;
    assert!((2_900..3_000).contains(&after.distance_from(before)));
}

#[test]
fn every_layer_is_measured_by_itself() {
    let (mut meeting, mut camera) = watching(LOW);
    for n in 0..200 {
        for (layer, size) in [(LOW, 113), (HI, 488)] {
            let packet = camera.of(layer).more(&vec![1; size]);
            assert!(RtpPacket::parse(&packet.bytes).is_ok());
            if layer == HI || n % 2 == 0 {
                meeting.send(layer, &packet);
            }
        }
        meeting.pass(Duration::from_millis(10));
    }
    let rate = |layer| meeting.forwarder.source_bitrate(meeting.now, layer).kbps();
    assert_eq!((rate(LOW), rate(MID), rate(HI)), (50, 0, 400));
}
