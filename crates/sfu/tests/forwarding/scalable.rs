//! Scalable streams: which layers a viewer is sent, and that it finds no hole where others were.

use std::collections::BTreeSet;
use std::time::Duration;

use carillon_frame::{Bitrate, MediaTime, SeqNo, Ssrc};
use carillon_rtp::extension::dependency::frame_number;
use carillon_rtp::payload::vp9::Vp9Descriptor;
use carillon_rtp::{
    ExtensionElement, ExtensionKind, ExtensionMap, RtpHeader, VideoFormat, Vp9Profile,
};
use carillon_sfu::{LayerLimit, SubscriptionConfig};
use proptest::prelude::*;

use crate::meeting::{
    ALICE, BOB, FRAME, Meeting, Received, Sent, VIEWER, extension_id, map, payload_type,
    viewer_config,
};

const VP9: VideoFormat = VideoFormat::Vp9 { profile: Vp9Profile(0) };

fn up_to(spatial: u8, temporal: u8) -> LayerLimit {
    LayerLimit { spatial, temporal, bitrate: None }
}

fn limit(meeting: &mut Meeting, limit: LayerLimit) {
    meeting.forwarder.set_layer_limit(meeting.now, VIEWER, limit);
}

fn header(seq: SeqNo, timestamp: MediaTime, marker: bool) -> RtpHeader {
    RtpHeader { payload_type: payload_type(98), seq, timestamp, ssrc: Ssrc(9), marker }
}

/// A VP9 camera of three spatial and three temporal layers, two packets for each part of a picture.
struct Vp9Camera {
    seq: SeqNo,
    picture: u16,
    base: u8,
    /// Whether pictures say that higher temporal layers can come behind them.
    switches: bool,
}

impl Vp9Camera {
    const HAS_PICTURE_ID: u8 = 0x80;
    const INTER: u8 = 0x40;
    const LAYERS: u8 = 0x20;

    fn new() -> Self {
        Self { seq: SeqNo(65_000), picture: 32_000, base: 250, switches: true }
    }

    /// The packets of the next picture, whose temporal layers follow each other as 0, 2, 1, 2.
    fn picture(&mut self, is_key: bool) -> Vec<Sent> {
        let temporal = match self.picture % 4 {
            _ if is_key => 0,
            0 => 0,
            2 => 1,
            _ => 2,
        };
        self.picture = (self.picture + 1) & 0x7fff;
        self.base = self.base.wrapping_add(u8::from(temporal == 0));
        let timestamp = MediaTime(u32::from(self.picture) * 3_000);
        let mut sent = Vec::new();
        for (spatial, part) in (0..3).flat_map(|spatial| [(spatial, 0), (spatial, 1)]) {
            let predicted = if is_key { 0 } else { Self::INTER };
            let edge = if part == 0 { 0x08 } else { 0x04 };
            let flags = Self::HAS_PICTURE_ID | predicted | Self::LAYERS | edge;
            let switching = u8::from(self.switches) << 4;
            let layer = temporal << 5 | switching | spatial << 1 | u8::from(spatial > 0);
            let [high, low] = (self.picture | 0x8000).to_be_bytes();
            let mut bytes = Vec::new();
            header(self.seq, timestamp, spatial == 2 && part == 1).write(&[], &mut bytes);
            bytes.extend_from_slice(&[flags, high, low, layer, self.base]);
            bytes.resize(bytes.len() + (50 << (2 * spatial)), spatial);
            self.seq = self.seq.next();
            sent.push(Sent { format: VP9, bytes });
        }
        sent
    }

    fn show(&mut self, meeting: &mut Meeting, pictures: usize, is_key: bool) {
        for _ in 0..pictures {
            for packet in self.picture(is_key) {
                meeting.send(ALICE, &packet);
            }
            meeting.pass(FRAME);
        }
    }
}

fn watching(extensions: ExtensionMap) -> Meeting {
    let mut meeting = Meeting::watching_alice();
    let payload_types = [(VP9, payload_type(98)), (VideoFormat::Av1, payload_type(45))].into();
    let config = SubscriptionConfig { payload_types, extensions, ..viewer_config(ALICE) };
    meeting.forwarder.subscribe(meeting.now, VIEWER, config);
    meeting.requests();
    meeting
}

/// A viewer that is limited, and pictures of both kinds of scalable streams, one behind the other.
pub(crate) fn limited_pictures(count: usize) -> (Meeting, Vec<Sent>) {
    let mut meeting = watching_with_descriptors();
    limit(&mut meeting, up_to(1, 1));
    let mut camera = Vp9Camera::new();
    let pictures = (0..count).flat_map(|at| camera.picture(at % 20 == 0)).collect();
    (meeting, pictures)
}

/// The layers in what a viewer got.
fn layers(received: &[Received]) -> BTreeSet<(u8, u8)> {
    let descriptors = received.iter().filter_map(|packet| Vp9Descriptor::parse(&packet.payload));
    descriptors.filter_map(|read| read.layer).map(|layer| (layer.spatial, layer.temporal)).collect()
}

/// What a decoder needs to see: numbers without holes, and one marker a picture, at its end.
fn assert_whole(received: &[Received]) {
    for (before, after) in received.iter().zip(received.iter().skip(1)) {
        assert_eq!(after.header.seq, before.header.seq.next());
        let another = after.header.timestamp != before.header.timestamp;
        assert_eq!(before.header.marker, another, "at {:?}", before.header);
    }
}

#[test]
fn without_a_limit_everything_goes_on() {
    let mut meeting = watching(ExtensionMap::default());
    let mut camera = Vp9Camera::new();
    camera.show(&mut meeting, 1, true);
    camera.show(&mut meeting, 40, false);
    let received = meeting.received();
    assert_eq!(received.len(), 41 * 6);
    assert_whole(&received);
}

#[test]
fn layers_above_the_limit_leave_no_trace() {
    for (spatial, temporal, pictures) in [(0, 0, 11), (1, 1, 21), (2, 0, 11), (0, 2, 41)] {
        let mut meeting = watching(ExtensionMap::default());
        let mut camera = Vp9Camera::new();
        limit(&mut meeting, up_to(spatial, temporal));
        camera.show(&mut meeting, 1, true);
        camera.show(&mut meeting, 40, false);
        let received = meeting.received();
        assert_eq!(received.len(), pictures * 2 * (usize::from(spatial) + 1));
        assert_whole(&received);
        assert!(received.last().is_some_and(|last| last.header.marker));
    }
}

#[test]
fn spatial_layers_go_at_once_and_come_with_a_key_frame_that_is_asked_for() {
    let mut meeting = watching(ExtensionMap::default());
    let mut camera = Vp9Camera::new();
    camera.show(&mut meeting, 1, true);
    camera.show(&mut meeting, 8, false);
    limit(&mut meeting, up_to(0, 2));
    meeting.received();
    camera.show(&mut meeting, 8, false);
    assert_eq!(layers(&meeting.received()), [(0, 0), (0, 1), (0, 2)].into());
    assert_eq!(meeting.requests(), []);

    meeting.pass(Duration::from_secs(1));
    limit(&mut meeting, up_to(1, 2));
    camera.show(&mut meeting, 4, false);
    assert_eq!(meeting.requests(), [ALICE]);
    assert_eq!(layers(&meeting.received()), [(0, 0), (0, 1), (0, 2)].into());
    camera.show(&mut meeting, 1, true);
    camera.show(&mut meeting, 4, false);
    let received = meeting.received();
    assert!(layers(&received).contains(&(1, 2)) && !layers(&received).contains(&(2, 0)));
    assert_whole(&received);
    meeting.pass(Duration::from_secs(9));
    assert_eq!(meeting.requests(), []);
}

#[test]
fn temporal_layers_come_back_only_behind_a_picture_that_permits_it() {
    let mut meeting = watching(ExtensionMap::default());
    let mut camera = Vp9Camera::new();
    camera.show(&mut meeting, 1, true);
    limit(&mut meeting, up_to(2, 0));
    camera.show(&mut meeting, 8, false);
    meeting.received();
    camera.switches = false;
    limit(&mut meeting, up_to(2, 2));
    camera.show(&mut meeting, 8, false);
    assert_eq!(layers(&meeting.received()), [(0, 0), (1, 0), (2, 0)].into());
    camera.switches = true;
    // The pictures up to the next of the lowest layer all need some that were left out.
    camera.show(&mut meeting, 3, false);
    assert_eq!(meeting.received(), []);
    camera.show(&mut meeting, 4, false);
    let received = meeting.received();
    assert_eq!(layers(&received).len(), 9);
    assert_whole(&received);
    assert_eq!(meeting.requests(), []);
}

#[test]
fn a_bitrate_is_shared_among_the_layers_that_fit() {
    let mut meeting = watching(ExtensionMap::default());
    let mut camera = Vp9Camera::new();
    camera.show(&mut meeting, 1, true);
    camera.show(&mut meeting, 60, false);
    let rate = |meeting: &Meeting, spatial, temporal| {
        let rate = meeting.forwarder.layer_bitrate(meeting.now, ALICE, spatial, temporal);
        rate.map_or(0, Bitrate::kbps)
    };
    let all = meeting.forwarder.source_bitrate(meeting.now, ALICE).kbps();
    assert_eq!(rate(&meeting, 2, 2), all);
    assert_eq!(rate(&meeting, 7, 7), all, "there is nothing above");
    let lowest = rate(&meeting, 0, 2);
    assert!(lowest < all / 8 && rate(&meeting, 0, 0) < lowest / 3);
    assert_eq!(meeting.forwarder.layer_bitrate(meeting.now, BOB, 0, 0), None);

    let bitrate = Some(Bitrate::from_kbps(lowest + 5));
    limit(&mut meeting, LayerLimit { bitrate, ..LayerLimit::NONE });
    camera.show(&mut meeting, 1, false);
    meeting.received();
    camera.show(&mut meeting, 20, false);
    let received = meeting.received();
    assert_eq!(layers(&received), [(0, 0), (0, 1), (0, 2)].into());
    assert_whole(&received);
}

#[test]
fn a_bitrate_that_just_fits_does_not_make_layers_come_and_go() {
    let mut meeting = watching(ExtensionMap::default());
    let mut camera = Vp9Camera::new();
    camera.show(&mut meeting, 1, true);
    camera.show(&mut meeting, 60, false);
    let needed = meeting.forwarder.layer_bitrate(meeting.now, ALICE, 1, 2).unwrap();
    let mut seen = Vec::new();
    for percent in [90, 105, 98, 105, 110, 105, 101, 125, 106] {
        let bitrate = Some(Bitrate::from_bps(needed.bps() * percent / 100));
        limit(&mut meeting, LayerLimit { bitrate, ..LayerLimit::NONE });
        camera.show(&mut meeting, 1, true);
        camera.show(&mut meeting, 30, false);
        meeting.received();
        camera.show(&mut meeting, 8, false);
        seen.push(layers(&meeting.received()).iter().map(|(spatial, _)| *spatial).max());
    }
    let expected = [0, 0, 0, 0, 0, 0, 0, 1, 1];
    assert_eq!(seen, expected.map(Some), "up with room to spare only, and down when there is none");
}

/// Puts bits, given as text with spaces, into octets, the last filled with zeros.
fn octets(bits: &str) -> Vec<u8> {
    let bits: Vec<u8> = bits.bytes().filter(|bit| *bit != b' ').map(|bit| bit - b'0').collect();
    let octet = |bits: &[u8]| (0..8).fold(0, |octet, at| octet << 1 | bits.get(at).unwrap_or(&0));
    bits.chunks(8).map(octet).collect()
}

const DESCRIPTOR: u8 = 12;

/// An AV1 camera of two spatial layers, the second on top of the first, each its own chain.
struct Av1Camera {
    seq: SeqNo,
    frame: u16,
}

impl Av1Camera {
    /// Templates: key 0.0, 0.0, key 1.0, 1.0; targets: the lower, and both.
    const STRUCTURE: &str = concat!(
        "000000 00001 00 10 00 11 ",
        "10 10 10 11 00 10 00 10 ", // a delta of the higher is its switch, if its chain is whole
        "0 1 0001 0 1 0000 0 1 0000 1 0001 0 ",
        "11 0 1 0000 0000 0010 0001 0001 0001 0001 0001 0",
    );

    fn new(frame: u16) -> Self {
        Self { seq: SeqNo(7), frame }
    }

    /// One packet for each layer of a picture; `active` tells which targets there are.
    fn picture(&mut self, is_key: bool, active: Option<&str>) -> Vec<Sent> {
        let timestamp = MediaTime(u32::from(self.seq.0) * 1_500);
        let templates = if is_key { ["000000", "000010"] } else { ["000001", "000011"] };
        let mut sent = Vec::new();
        for (spatial, template) in templates.into_iter().enumerate() {
            let is_first = spatial == 0;
            let mut bits = format!("11 {template} {:016b} ", self.frame);
            match (is_key && is_first, active.filter(|_| is_first)) {
                (true, _) => bits.push_str(&format!("1 0 0 0 0 {}", Self::STRUCTURE)),
                (false, Some(active)) => bits.push_str(&format!("0 1 0 0 0 {active}")),
                (false, None) => {}
            }
            let value = octets(&bits);
            let element = ExtensionElement { id: extension_id(DESCRIPTOR), value: &value };
            let mut bytes = Vec::new();
            header(self.seq, timestamp, !is_first).write(&[element], &mut bytes);
            bytes.extend_from_slice(&[if is_key && is_first { 0x18 } else { 0x10 }, 0x0a, 0x0b]);
            (self.seq, self.frame) = (self.seq.next(), self.frame.wrapping_add(1));
            sent.push(Sent { format: VideoFormat::Av1, bytes });
        }
        sent
    }

    fn show(&mut self, meeting: &mut Meeting, pictures: usize, is_key: bool) {
        for _ in 0..pictures {
            for packet in self.picture(is_key, None) {
                meeting.send(ALICE, &packet);
            }
            meeting.pass(FRAME);
        }
    }
}

fn watching_with_descriptors() -> Meeting {
    watching(map(&[(1, ExtensionKind::DependencyDescriptor)]))
}

fn frame_numbers(received: &[Received]) -> Vec<u16> {
    let descriptors = received.iter().filter_map(|packet| packet.extensions.first());
    descriptors.filter_map(|(_, value)| frame_number(value)).collect()
}

#[test]
fn a_decode_target_goes_on_without_the_frames_of_higher_ones() {
    let mut meeting = watching_with_descriptors();
    let mut camera = Av1Camera::new(65_530);
    camera.show(&mut meeting, 1, true);
    camera.show(&mut meeting, 4, false);
    assert_eq!(frame_numbers(&meeting.received()), (1..=10).collect::<Vec<_>>());
    limit(&mut meeting, up_to(0, 0));
    camera.show(&mut meeting, 4, false);
    let received = meeting.received();
    assert_eq!(frame_numbers(&received), [11, 13, 15, 17], "numbers that others refer to stay");
    assert!(received.iter().all(|packet| packet.header.marker));
    assert_whole(&received);
}

#[test]
fn a_target_whose_chain_was_cut_comes_back_with_a_key_frame_that_is_asked_for() {
    let mut meeting = watching_with_descriptors();
    let mut camera = Av1Camera::new(0);
    camera.show(&mut meeting, 1, true);
    limit(&mut meeting, up_to(0, 0));
    camera.show(&mut meeting, 4, false);
    meeting.pass(Duration::from_secs(1));
    limit(&mut meeting, LayerLimit::NONE);
    meeting.received();
    camera.show(&mut meeting, 4, false);
    assert_eq!(meeting.received().len(), 4);
    assert_eq!(meeting.requests(), [ALICE]);
    camera.show(&mut meeting, 1, true);
    camera.show(&mut meeting, 4, false);
    let received = meeting.received();
    assert_eq!(received.len(), 10);
    assert_whole(&received);
    meeting.pass(Duration::from_secs(9));
    assert_eq!(meeting.requests(), []);
}

#[test]
fn a_target_whose_chain_is_whole_comes_back_at_once() {
    let mut meeting = watching_with_descriptors();
    let mut camera = Av1Camera::new(0);
    camera.show(&mut meeting, 1, true);
    camera.show(&mut meeting, 4, false);
    limit(&mut meeting, up_to(0, 0));
    limit(&mut meeting, LayerLimit::NONE);
    camera.show(&mut meeting, 4, false);
    assert_eq!(meeting.received().len(), 18);
    assert_eq!(meeting.requests(), []);
}

#[test]
fn a_target_that_is_not_produced_is_not_waited_for() {
    let mut meeting = watching_with_descriptors();
    let mut camera = Av1Camera::new(0);
    camera.show(&mut meeting, 1, true);
    for packet in camera.picture(false, Some("01")).iter().take(1) {
        meeting.send(ALICE, packet);
    }
    let received = meeting.received();
    assert!(received.last().is_some_and(|last| last.header.marker), "the lower layer ends it");
}

#[test]
fn another_source_goes_on_counting_frames() {
    let mut meeting = watching_with_descriptors();
    let (mut alice, mut bob) = (Av1Camera::new(900), Av1Camera::new(40_000));
    meeting.forwarder.publish_layers(meeting.now, &[ALICE, BOB]);
    alice.show(&mut meeting, 1, true);
    let config = SubscriptionConfig {
        payload_types: [(VideoFormat::Av1, payload_type(45))].into(),
        extensions: map(&[(1, ExtensionKind::DependencyDescriptor)]),
        ..viewer_config(BOB)
    };
    meeting.forwarder.subscribe(meeting.now, VIEWER, config);
    for packet in bob.picture(true, None) {
        meeting.send(BOB, &packet);
    }
    assert_eq!(frame_numbers(&meeting.received()), [1, 2, 3, 4]);
}

#[test]
fn a_viewer_without_descriptors_is_sent_none_and_still_limited() {
    let mut meeting = watching(ExtensionMap::default());
    let mut camera = Av1Camera::new(0);
    limit(&mut meeting, up_to(0, 0));
    camera.show(&mut meeting, 1, true);
    camera.show(&mut meeting, 4, false);
    let received = meeting.received();
    assert_eq!(received.len(), 5);
    assert!(received.iter().all(|packet| packet.extensions.is_empty()));
    assert_whole(&received);
}

proptest! {
    #[test]
    fn no_limits_and_no_losses_make_a_number_come_twice_or_a_hole(
        steps in prop::collection::vec(
            (any::<bool>(), prop::option::of((0_u8..4, 0_u8..4)), 0_u8..10, 0_usize..6), 1..80),
        use_av1 in any::<bool>(),
    ) {
        let mut meeting = watching_with_descriptors();
        let (mut vp9, mut av1) = (Vp9Camera::new(), Av1Camera::new(0));
        let (mut lost, mut changes) = (0, 0);
        for (at, (switches, change, key, loses)) in steps.into_iter().enumerate() {
            vp9.switches = switches;
            if let Some((spatial, temporal)) = change {
                limit(&mut meeting, up_to(spatial, temporal));
                changes += 1;
            }
            let is_key = key == 0 || at == 0;
            let packets = if use_av1 { av1.picture(is_key, None) } else { vp9.picture(is_key) };
            for (place, packet) in packets.iter().enumerate() {
                // The first packets come through, so that the stream begins with them.
                if place == loses && at > 0 {
                    lost += 1;
                } else {
                    meeting.send(ALICE, packet);
                }
            }
            meeting.pass(FRAME);
        }
        let numbers = meeting.received_numbers();
        let distinct: BTreeSet<u16> = numbers.iter().copied().collect();
        prop_assert_eq!(distinct.len(), numbers.len(), "{} changes", changes);
        let highest = usize::from(numbers.last().copied().unwrap_or(0));
        prop_assert!(highest - numbers.len() <= lost, "only losses leave holes");
    }
}
