//! The numbers of one subscription, whatever happens upstream.

use std::collections::{BTreeMap, BTreeSet};

use carillon_frame::{MediaTime, SeqExtender, SeqNo};
use carillon_rtp::RtpPacket;
use carillon_sfu::SourceId;
use proptest::prelude::*;

use crate::meeting::{ALICE, BOB, FRAME, Meeting, Publisher, Sent, VIEWER};
use crate::repair::retransmission;

#[derive(Clone, Copy, Debug)]
enum Event {
    Key,
    Delta,
    Padding,
    LostDelta,
    LostPadding,
    Copy,
    Switch,
    Restart,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        2 => Just(Event::Key),
        12 => Just(Event::Delta),
        4 => Just(Event::Padding),
        2 => Just(Event::LostDelta),
        1 => Just(Event::LostPadding),
        3 => Just(Event::Copy),
        1 => Just(Event::Switch),
        1 => Just(Event::Restart),
    ];
    prop::collection::vec(event, 1..300)
}

/// What the viewer's numbers have to be when packets come in the order they were sent in.
#[derive(Default)]
struct Expectation {
    numbers: Vec<u64>,
    in_stretch: bool,
    lost: u64,
}

impl Expectation {
    fn media(&mut self) {
        if self.in_stretch {
            let last = self.numbers.last().copied().unwrap_or(0);
            self.numbers.push(last + 1 + self.lost);
            self.lost = 0;
        }
    }

    fn key(&mut self) {
        if !self.in_stretch {
            self.in_stretch = true;
            self.lost = 0;
        }
        self.media();
    }
}

fn extended(numbers: &[u16]) -> Vec<u64> {
    let mut extender = SeqExtender::default();
    numbers.iter().map(|number| extender.extend(SeqNo(*number)) - 65_536).collect()
}

/// Packets in an order in which each moved at most a few places.
fn reordered(packets: Vec<Sent>, delays: &[usize]) -> Vec<Sent> {
    let mut order: BTreeMap<(usize, usize), Sent> = BTreeMap::new();
    for (place, packet) in packets.into_iter().enumerate() {
        let delay = delays.get(place % delays.len()).copied().unwrap_or(0);
        order.insert((place + delay, place), packet);
    }
    order.into_values().collect()
}

proptest! {
    #[test]
    fn holes_are_losses_and_nothing_repeats(events in events()) {
        let mut meeting = Meeting::watching_alice();
        let mut publishers = [Publisher::new(1), Publisher::new(2)];
        let (mut watched, mut last) = (0, None);
        let mut expected = Expectation::default();
        let mut restarts = 0;
        for event in events {
            meeting.pass(FRAME);
            let source = [ALICE, BOB][watched];
            let publisher = &mut publishers[watched];
            let sent = match event {
                Event::Key => {
                    expected.key();
                    Some(publisher.key())
                }
                Event::Delta => {
                    expected.media();
                    Some(publisher.delta())
                }
                Event::Padding => Some(publisher.padding()),
                Event::LostDelta => {
                    expected.lost += 1;
                    publisher.delta();
                    None
                }
                Event::LostPadding => {
                    expected.lost += 1;
                    publisher.padding();
                    None
                }
                Event::Copy => last.clone(),
                Event::Switch => {
                    watched = 1 - watched;
                    expected.in_stretch = false;
                    last = None;
                    meeting.watch([ALICE, BOB][watched]);
                    continue;
                }
                Event::Restart => {
                    restarts += 1;
                    *publisher = Publisher::new(10 + restarts);
                    expected.in_stretch = false;
                    last = None;
                    continue;
                }
            };
            if let Some(sent) = sent {
                meeting.send(source, &sent);
                last = Some(sent);
            }
        }
        prop_assert_eq!(extended(&meeting.received_numbers()), expected.numbers);
    }

    #[test]
    fn without_loss_there_is_no_hole_in_any_order(
        kinds in prop::collection::vec((any::<bool>(), 0_u8..4), 1..300),
        delays in prop::collection::vec(0_usize..12, 1..50),
    ) {
        let mut meeting = Meeting::watching_alice();
        let mut alice = Publisher::new(1);
        meeting.send(ALICE, &alice.key());
        let mut packets = Vec::new();
        let mut media = 0;
        for (copied, kind) in kinds {
            let packet = if kind == 0 { alice.padding() } else { alice.delta() };
            media += u64::from(kind != 0);
            packets.push(packet.clone());
            packets.extend(copied.then_some(packet));
        }
        for packet in reordered(packets, &delays) {
            meeting.send(ALICE, &packet);
        }
        let received = meeting.received();
        let numbers: Vec<_> = received.iter().map(|packet| packet.header.seq.0).collect();
        let numbers = extended(&numbers);
        let distinct: BTreeSet<_> = numbers.iter().copied().collect();
        prop_assert_eq!(distinct.len(), numbers.len(), "a number was used twice");
        let highest = distinct.last().copied().unwrap_or(0);
        prop_assert_eq!(distinct.len() as u64, highest, "there is a hole");
        let pictures = received.iter().filter(|packet| !packet.payload.is_empty()).count();
        prop_assert_eq!(pictures as u64, media + 1);
        // Pictures in the order of their numbers are in the order they were taken in.
        let mut ordered: Vec<_> = numbers.iter().zip(&received).collect();
        ordered.sort_by_key(|(number, _)| **number);
        let times: Vec<_> = ordered.iter().map(|(_, p)| p.header.timestamp).collect();
        prop_assert!(times.windows(2).all(|pair| pair[1].distance_from(pair[0]) >= 0));
    }

    #[test]
    fn anything_at_all_never_repeats_a_number(
        packets in prop::collection::vec(
            (any::<bool>(), 0_u8..6, prop_oneof![0_u16..40, any::<u16>()], any::<u32>()), 1..400),
    ) {
        let mut meeting = Meeting::watching_alice();
        for (at_bob, kind, seq, timestamp) in packets {
            let source = if at_bob { BOB } else { ALICE };
            let mut publisher = Publisher::new(u32::from(kind % 2) + 1);
            publisher.seq = SeqNo(seq);
            publisher.timestamp = MediaTime(timestamp);
            let packet = match kind {
                0 | 1 => publisher.key(),
                2 => publisher.padding(),
                3 => {
                    meeting.watch(source);
                    continue;
                }
                _ => publisher.delta(),
            };
            meeting.pass(FRAME);
            meeting.send(source, &packet);
        }
        // Fewer packets than numbers: no number can come back by wrapping.
        let numbers = meeting.received_numbers();
        let distinct: BTreeSet<_> = numbers.iter().copied().collect();
        prop_assert_eq!(distinct.len(), numbers.len());
    }

    #[test]
    fn layers_that_come_and_go_on_a_bad_path_never_repeat_a_number_or_go_back_in_time(
        steps in prop::collection::vec((0_u8..12, 0_usize..3, any::<bool>()), 1..250),
        delays in prop::collection::vec(0_usize..6, 1..50),
    ) {
        let layers = [SourceId(11), SourceId(12), SourceId(13)];
        let mut meeting = Meeting::new();
        meeting.forwarder.publish_layers(meeting.now, &layers);
        meeting.watch(layers[2]);
        meeting.forwarder.set_retransmission(VIEWER, Some(retransmission()));
        let mut publishers = [11, 12, 13].map(Publisher::new);
        let (mut packets, mut order) = (Vec::new(), Vec::new());
        for (kind, layer, twice) in &steps {
            let sent = match kind {
                0 => publishers[*layer].key(),
                1 => publishers[*layer].padding(),
                _ => publishers[*layer].delta(),
            };
            packets.extend((*kind != 2).then_some((*layer, sent.clone())));
            packets.extend(twice.then_some((*layer, sent)));
        }
        order.extend(0..packets.len());
        order.sort_by_key(|at| at + delays[at % delays.len()]);
        let mut repairs = BTreeSet::new();
        for (at, (kind, layer, _)) in order.into_iter().zip(steps.iter().cycle()) {
            let (from, packet) = &packets[at];
            match kind {
                3 => meeting.watch(layers[*layer]),
                4 => meeting.forwarder.unpublish(meeting.now, layers[*layer]),
                5 => meeting.forwarder.publish_layers(meeting.now, &layers),
                _ => {}
            }
            meeting.send(layers[*from], packet);
            meeting.pass(FRAME);
            let lost: Vec<_> = (0..40).map(SeqNo).collect();
            meeting.forwarder.handle_nack(meeting.now, VIEWER, &lost, &mut |_, bytes| {
                let repair = RtpPacket::parse(bytes).unwrap();
                assert!(repairs.insert(repair.seq().0), "a repair's number was used twice");
            });
        }
        let received = meeting.received();
        let by_number: BTreeMap<u16, _> =
            received.iter().map(|packet| (packet.header.seq.0, packet)).collect();
        prop_assert_eq!(by_number.len(), received.len());
        let times: Vec<_> = by_number.values().map(|p| p.header.timestamp).collect();
        prop_assert!(times.windows(2).all(|pair| pair[1].distance_from(pair[0]) >= 0));
    }
}
