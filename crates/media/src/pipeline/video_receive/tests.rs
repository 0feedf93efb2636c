use std::time::Duration;

use carillon_rtp::payload::h264::{H264Packetizer, PayloadPlace};
use carillon_testkit::clock::VirtualClock;
use proptest::prelude::*;

use super::*;

/// A packet on its way.
#[derive(Clone, Debug)]
struct Sent {
    seq: u16,
    timestamp: u32,
    marker: bool,
    payload: Vec<u8>,
}

/// A sender of made-up pictures: parameters and a split picture every so often, and otherwise a split picture.
struct Sender {
    seq: u16,
    timestamp: u32,
}

impl Sender {
    fn picture(&mut self, kind: FrameKind, octets: usize) -> Vec<Sent> {
        let mut unit = match kind {
            FrameKind::Key => {
                vec![0, 0, 0, 1, 0x67, 0x42, 0, 0, 0, 1, 0x68, 0xce, 0, 0, 0, 1, 0x65]
            }
            FrameKind::Delta => vec![0, 0, 0, 1, 0x41],
        };
        unit.resize(unit.len() + octets, 0x77);
        self.send(&unit)
    }

    fn send(&mut self, picture: &[u8]) -> Vec<Sent> {
        self.timestamp = self.timestamp.wrapping_add(3_000);
        let mut packets = Vec::new();
        H264Packetizer::new(200).packetize(picture, |payload, place| {
            let marker = place == PayloadPlace::Last;
            let (seq, timestamp) = (self.seq, self.timestamp);
            packets.push(Sent { seq, timestamp, marker, payload: payload.to_vec() });
            self.seq = self.seq.wrapping_add(1);
        });
        packets
    }

    fn key(&mut self) -> Vec<Sent> {
        self.picture(FrameKind::Key, 500)
    }

    fn delta(&mut self) -> Vec<Sent> {
        self.picture(FrameKind::Delta, 500)
    }
}

/// A receiver, and what it put out.
struct Viewer {
    clock: VirtualClock,
    receive: VideoReceive,
    shown: Vec<(u32, FrameKind)>,
    requests: u32,
    deadline: Option<Instant>,
}

impl Viewer {
    fn new() -> (Sender, Self) {
        let receive = VideoReceive::encoded(VideoReceiveConfig::default());
        let clock = VirtualClock::start();
        let viewer = Self { clock, receive, shown: Vec::new(), requests: 0, deadline: None };
        (Sender { seq: 65_530, timestamp: 0 }, viewer)
    }

    fn hear(&mut self, packets: &[Sent]) {
        for packet in packets {
            let Sent { seq, timestamp, marker, payload } = packet;
            let packet = VideoPacket {
                seq: SeqNo(*seq),
                timestamp: MediaTime(*timestamp),
                marker: *marker,
                payload,
            };
            self.receive.handle_packet(self.clock.now(), packet);
            self.drain();
        }
    }

    fn wait(&mut self, millis: u64) {
        self.clock.advance(Duration::from_millis(millis));
        self.receive.handle_timeout(self.clock.now());
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            match self.receive.poll_output() {
                VideoReceiveOutput::Encoded(picture) => {
                    self.shown.push((picture.timestamp.0 / 3_000, picture.kind));
                }
                VideoReceiveOutput::RequestKeyFrame => self.requests += 1,
                VideoReceiveOutput::Picture(_) => panic!("nothing decodes"),
                VideoReceiveOutput::Timeout(deadline) => {
                    self.deadline = deadline;
                    break;
                }
            }
        }
    }

    fn numbers(&self) -> Vec<u32> {
        self.shown.iter().map(|(number, _)| *number).collect()
    }
}

#[test]
fn pictures_in_order_are_handed_out_at_once() {
    let (mut sender, mut viewer) = Viewer::new();
    viewer.hear(&sender.key());
    for n in 2..300 {
        viewer.hear(&sender.delta());
        assert_eq!(viewer.shown.last(), Some(&(n, FrameKind::Delta)));
    }
    assert_eq!((viewer.shown[0].1, viewer.requests, viewer.deadline), (FrameKind::Key, 0, None));
}

#[test]
fn nothing_is_shown_before_a_key_frame_which_is_asked_for() {
    let (mut sender, mut viewer) = Viewer::new();
    viewer.hear(&sender.delta());
    viewer.hear(&sender.delta());
    assert_eq!((viewer.shown.len(), viewer.requests), (0, 1));
    let deadline = viewer.deadline.unwrap();
    assert_eq!(deadline - viewer.clock.now(), Duration::from_secs(1));
    viewer.wait(999);
    assert_eq!(viewer.requests, 1);
    viewer.wait(1);
    assert_eq!(viewer.requests, 2);
    viewer.hear(&sender.key());
    viewer.hear(&sender.delta());
    assert_eq!(viewer.numbers(), [3, 4]);
    assert_eq!(viewer.receive.stats().key_frame_requests, 2);
}

#[test]
fn a_retransmission_in_time_fills_its_gap() {
    let (mut sender, mut viewer) = Viewer::new();
    viewer.hear(&sender.key());
    let mut broken = sender.delta();
    let lost = broken.remove(1);
    viewer.hear(&broken);
    viewer.hear(&sender.delta());
    viewer.wait(400);
    assert_eq!(viewer.numbers(), [1]);
    viewer.hear(std::slice::from_ref(&lost));
    assert_eq!((viewer.numbers(), viewer.requests), (vec![1, 2, 3], 0));
    viewer.hear(&[lost]);
    assert_eq!(viewer.receive.stats().late_or_again, 1);
    assert_eq!(viewer.receive.stats().freezes, 0, "two pictures are no habit");
}

#[test]
fn a_packet_that_never_comes_ends_in_a_request() {
    let (mut sender, mut viewer) = Viewer::new();
    viewer.hear(&sender.key());
    let mut broken = sender.delta();
    let lost = broken.remove(0);
    viewer.hear(&broken);
    assert_eq!(viewer.deadline.unwrap() - viewer.clock.now(), Duration::from_millis(500));
    viewer.wait(499);
    assert_eq!(viewer.requests, 0);
    viewer.wait(1);
    assert_eq!((viewer.requests, viewer.receive.stats().given_up), (1, 1));
    viewer.hear(&[lost]);
    viewer.hear(&sender.delta());
    viewer.hear(&sender.key());
    viewer.hear(&sender.delta());
    assert_eq!(viewer.numbers(), [1, 4, 5]);
}

#[test]
fn a_whole_key_frame_behind_a_gap_ends_the_wait() {
    let (mut sender, mut viewer) = Viewer::new();
    viewer.hear(&sender.key());
    drop(sender.delta());
    viewer.hear(&sender.delta());
    viewer.hear(&sender.key());
    assert_eq!((viewer.numbers(), viewer.requests), (vec![1, 4], 0));
}

#[test]
fn a_key_frame_may_come_in_any_order() {
    let (mut sender, mut viewer) = Viewer::new();
    let mut key = sender.key();
    key.reverse();
    viewer.hear(&key);
    viewer.hear(&sender.delta());
    assert_eq!(viewer.numbers(), [1, 2]);
}

#[test]
fn a_missing_marker_is_made_up_for_by_the_next_picture() {
    let (mut sender, mut viewer) = Viewer::new();
    for kind in [FrameKind::Key, FrameKind::Delta, FrameKind::Delta] {
        let mut picture = sender.picture(kind, 10);
        picture.iter_mut().for_each(|packet| packet.marker = false);
        viewer.hear(&picture);
    }
    viewer.hear(&sender.picture(FrameKind::Delta, 10));
    assert_eq!(viewer.numbers(), [1, 2, 3, 4]);
}

#[test]
fn packets_that_only_fill_the_path_belong_to_no_picture() {
    let (mut sender, mut viewer) = Viewer::new();
    viewer.hear(&sender.key());
    let filling = Sent { seq: sender.seq, timestamp: 0, marker: false, payload: Vec::new() };
    sender.seq = sender.seq.wrapping_add(1);
    viewer.hear(&[filling]);
    viewer.hear(&sender.delta());
    assert_eq!(viewer.numbers(), [1, 2]);
}

#[test]
fn a_sender_that_numbers_anew_is_followed() {
    let (mut sender, mut viewer) = Viewer::new();
    viewer.hear(&sender.key());
    sender.seq = sender.seq.wrapping_sub(10_000);
    viewer.hear(&sender.key());
    viewer.hear(&sender.key());
    viewer.hear(&sender.delta());
    assert_eq!(viewer.numbers(), [1, 3, 4]);
}

#[test]
fn a_jump_ahead_is_a_gap_that_is_given_up() {
    let (mut sender, mut viewer) = Viewer::new();
    viewer.hear(&sender.key());
    sender.seq = sender.seq.wrapping_add(2_000);
    viewer.hear(&sender.delta());
    assert_eq!((viewer.requests, viewer.receive.stats().given_up), (1, 1));
    viewer.hear(&sender.key());
    assert_eq!(viewer.numbers(), [1, 3]);
}

#[test]
fn a_stand_still_is_counted_as_a_freeze() {
    let (mut sender, mut viewer) = Viewer::new();
    viewer.hear(&sender.key());
    for _ in 0..30 {
        viewer.wait(33);
        viewer.hear(&sender.delta());
    }
    viewer.wait(600);
    viewer.hear(&sender.delta());
    assert_eq!(viewer.receive.stats().freezes, 1);
}

proptest! {
    #[test]
    fn any_order_within_the_window_shows_all_pictures(
        swaps in prop::collection::vec((0..60_usize, 0..60_usize), 0..40),
    ) {
        let (mut sender, mut viewer) = Viewer::new();
        viewer.hear(&sender.key());
        let mut packets: Vec<Sent> = (0..20).flat_map(|_| sender.delta()).collect();
        for (a, b) in swaps {
            packets.swap(a, b);
        }
        viewer.hear(&packets);
        prop_assert_eq!(viewer.numbers(), (1..=21).collect::<Vec<_>>());
    }

    #[test]
    fn whatever_is_lost_pictures_stay_whole_and_in_order(
        fates in prop::collection::vec(0..100_u8, 400),
        payload in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let (mut sender, mut viewer) = Viewer::new();
        for (n, fates) in fates.chunks(4).enumerate() {
            let kind = if n % 10 == 0 { FrameKind::Key } else { FrameKind::Delta };
            let mut packets = sender.picture(kind, 500);
            let mut fate = fates.iter().cycle();
            packets.retain(|_| *fate.next().unwrap() > 5);
            if fates[0] == 50 && let Some(packet) = packets.first_mut() {
                packet.payload.clone_from(&payload);
            }
            viewer.hear(&packets);
            viewer.wait(33);
        }
        let numbers = viewer.numbers();
        prop_assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
        for pair in viewer.shown.windows(2) {
            let follows = pair[0].0 + 1 == pair[1].0;
            prop_assert!(follows || pair[1].1 == FrameKind::Key, "{pair:?}");
        }
    }
}

#[cfg(feature = "h264")]
mod decoded {
    use carillon_frame::Bitrate;
    use carillon_testkit::network::{Link, LinkConfig};

    use super::*;
    use crate::h264::{H264Config, H264Encoder};
    use crate::pattern::{Hue, TestPattern, read_counter};

    const SIZE: VideoSize = VideoSize::new(320, 180);

    /// A pattern that is encoded, and a receiver that decodes.
    struct Show {
        pattern: TestPattern,
        encoder: H264Encoder,
        sender: Sender,
        receive: VideoReceive,
        seen: Vec<u16>,
        requests: u32,
    }

    impl Show {
        fn new() -> Self {
            let config = H264Config { bitrate: Bitrate::from_kbps(500), ..H264Config::default() };
            let decoder = H264Decoder::new().unwrap();
            Self {
                pattern: TestPattern::new(SIZE, Hue::new(120)).unwrap(),
                encoder: H264Encoder::new(config).unwrap(),
                sender: Sender { seq: 65_000, timestamp: 0 },
                receive: VideoReceive::decoded(VideoReceiveConfig::default(), decoder),
                seen: Vec::new(),
                requests: 0,
            }
        }

        fn film(&mut self) -> Vec<u8> {
            let timestamp = MediaTime(self.sender.timestamp);
            let frame = VideoFrame { picture: self.pattern.draw(), timestamp };
            self.encoder.encode(&frame).unwrap().unwrap().payload.to_vec()
        }

        fn watch(&mut self, now: Instant, packet: Option<&Sent>) {
            match packet {
                Some(Sent { seq, timestamp, marker, payload }) => {
                    let (seq, timestamp) = (SeqNo(*seq), MediaTime(*timestamp));
                    let packet = VideoPacket { seq, timestamp, marker: *marker, payload };
                    self.receive.handle_packet(now, packet);
                }
                None => self.receive.handle_timeout(now),
            }
            loop {
                match self.receive.poll_output() {
                    VideoReceiveOutput::Picture(frame) => {
                        self.seen.push(read_counter(&frame.picture).unwrap());
                    }
                    VideoReceiveOutput::RequestKeyFrame => {
                        self.requests += 1;
                        self.encoder.request_key_frame();
                    }
                    VideoReceiveOutput::Encoded(_) => panic!("pictures are decoded"),
                    VideoReceiveOutput::Timeout(_) => break,
                }
            }
        }
    }

    #[test]
    fn what_was_drawn_is_shown_and_a_key_frame_asked_for_where_it_cannot_be() {
        let (mut show, clock) = (Show::new(), VirtualClock::start());
        for n in 0..30 {
            let encoded = show.film();
            // The tenth picture is lost before it is numbered, so that no gap tells of it.
            let packets = if n == 10 { Vec::new() } else { show.sender.send(&encoded) };
            for packet in packets {
                show.watch(clock.now(), Some(&packet));
            }
        }
        // The eleventh cannot be decoded, so the twelfth is a key frame.
        let expected: Vec<u16> = (0..10).chain(12..30).collect();
        assert_eq!((show.seen, show.requests), (expected, 1));
        let stats = show.receive.stats();
        assert_eq!((stats.size, stats.frames, stats.undecodable), (SIZE, 28, 1));
    }

    #[test]
    fn a_lossy_path_shows_pictures_in_order_and_always_recovers() {
        let (mut show, mut clock) = (Show::new(), VirtualClock::start());
        let delay = Duration::from_millis(40);
        let path = LinkConfig {
            delay,
            loss: 0.05,
            reordering: 0.05,
            duplication: 0.05,
            ..LinkConfig::default()
        };
        let repair = LinkConfig { delay: delay * 3, loss: 0.03, ..LinkConfig::default() };
        let mut links = [Link::new(path, 1), Link::new(repair, 2)];
        for tick in 0..3_000 {
            let now = clock.advance(Duration::from_millis(5));
            if tick % 7 == 0 {
                let encoded = show.film();
                for packet in show.sender.send(&encoded) {
                    links.iter_mut().for_each(|link| link.send(now, packet.clone()));
                }
            }
            for link in &mut links {
                while let Some(packet) = link.receive(now) {
                    show.watch(now, Some(&packet));
                }
            }
            show.watch(now, None);
        }
        let (seen, stats) = (&show.seen, show.receive.stats());
        assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "{seen:?}");
        assert!(seen.len() > 300 && *seen.last().unwrap() > 400, "{} seen", seen.len());
        assert!(stats.given_up > 0 && stats.late_or_again > 0, "{stats:?}");
        assert_eq!(stats.undecodable, 0, "{stats:?}");
    }
}
