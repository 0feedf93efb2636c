use proptest::prelude::*;

use super::*;

const VOICE: Ssrc = Ssrc(7);
const CAMERA: Ssrc = Ssrc(8);
const CAMERA_REPAIR: Ssrc = Ssrc(9);
const REMOTE: Ssrc = Ssrc(70);
const REMOTE_REPAIR: Ssrc = Ssrc(71);

struct Rig {
    now: Instant,
    engine: RtpEngine,
}

impl Rig {
    #[expect(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
    fn new() -> Self {
        let now = Instant::now();
        let streams = [
            SendStream { ssrc: VOICE, clock: ClockRate::OPUS, repair: None, layer: None },
            SendStream {
                ssrc: CAMERA,
                clock: ClockRate::VIDEO,
                repair: Some(CAMERA_REPAIR),
                layer: Some(LayerName::Hi),
            },
        ];
        let clock = WallClock { at: now, since_unix: Duration::from_secs(1_700_000_000) };
        Self { now, engine: RtpEngine::new(clock, &streams) }
    }

    fn send(&mut self, ssrc: Ssrc, payload_type: u8, seq: u16) -> rtp::Packet {
        let mut sent = packet(ssrc, payload_type, seq, b"sent");
        self.engine.handle_outgoing(self.now, &mut sent);
        sent
    }

    fn receive(&mut self, packet: rtp::Packet) -> Vec<(Ssrc, u16, Bytes)> {
        self.engine.handle_incoming(self.now, packet);
        let mut media = Vec::new();
        while let Some(arrived) = self.engine.poll_arrived() {
            let Arrived::Media(packet) = arrived else { panic!("only media was sent") };
            media.push((packet.ssrc, packet.seq.0, packet.payload));
        }
        media
    }

    /// Everything that is due within this time.
    fn due_within(&mut self, span: Duration) -> Vec<Rtcp> {
        let end = self.now + span;
        let mut due = Vec::new();
        while let Some(at) = self.engine.timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            due.extend(self.engine.handle_timeout(self.now));
        }
        self.now = end;
        due
    }
}

fn packet(ssrc: Ssrc, payload_type: u8, seq: u16, payload: &'static [u8]) -> rtp::Packet {
    let header = rtp::Header {
        version: 2,
        payload_type,
        sequence_number: seq,
        ssrc: ssrc.0,
        ..rtp::Header::default()
    };
    rtp::Packet { header, payload: Bytes::from_static(payload) }
}

fn nack(media: Ssrc, lost: &[u16]) -> Rtcp {
    let lost = lost.iter().map(|seq| SeqNo(*seq)).collect();
    Rtcp::Nack(Nack { sender: Ssrc(1), media, lost })
}

#[test]
fn every_packet_gets_the_next_number_of_the_path() {
    let mut rig = Rig::new();
    let numbers = [(VOICE, codecs::OPUS, 5), (CAMERA, codecs::H264, 100), (VOICE, codecs::OPUS, 6)]
        .map(|(ssrc, payload_type, seq)| {
            let sent = rig.send(ssrc, payload_type, seq);
            let number = sent.header.get_extension(codecs::TRANSPORT_SEQUENCE).unwrap();
            u16::from_be_bytes(*number.first_chunk().unwrap())
        });
    assert_eq!([numbers[1] - numbers[0], numbers[2] - numbers[1]], [1, 1]);
}

#[test]
fn lost_pictures_are_sent_again_in_their_repair_stream_and_sound_is_not() {
    let mut rig = Rig::new();
    for seq in 65_530..=65_535 {
        rig.send(CAMERA, codecs::H264, seq);
        rig.send(VOICE, codecs::OPUS, seq);
    }
    rig.send(CAMERA, codecs::H264, 0);
    let asked = [nack(CAMERA, &[65_535, 0, 3, 65_000]), nack(VOICE, &[65_535])];
    let again = rig.engine.handle_rtcp(rig.now, &asked);
    assert_eq!(again.len(), 2);
    for (packet, original) in again.iter().zip([65_535_u16, 0]) {
        assert_eq!((packet.header.ssrc, packet.header.payload_type), (CAMERA_REPAIR.0, RTX));
        assert_eq!(packet.payload, [&original.to_be_bytes()[..], b"sent"].concat());
        assert!(packet.header.get_extension(codecs::TRANSPORT_SEQUENCE).is_some());
    }
    assert_ne!(again[0].header.sequence_number, again[1].header.sequence_number);
}

#[test]
fn packets_of_a_layer_and_their_repairs_say_which_it_is_while_there_are_layers() {
    let mut rig = Rig::new();
    let name = |packet: &rtp::Packet, id| packet.header.get_extension(id);
    let ids = [codecs::MID, codecs::RTP_STREAM_ID, codecs::REPAIRED_RTP_STREAM_ID];
    assert_eq!(ids.map(|id| name(&rig.send(CAMERA, codecs::H264, 1), id)), [None, None, None]);
    rig.engine.set_layers_section(Some("4".to_owned()));
    let text = |text: &'static str| Some(Bytes::from_static(text.as_bytes()));
    let sent = rig.send(CAMERA, codecs::H264, 2);
    assert_eq!(ids.map(|id| name(&sent, id)), [text("4"), text("hi"), None]);
    let again = rig.engine.handle_rtcp(rig.now, &[nack(CAMERA, &[2])]);
    assert_eq!(ids.map(|id| name(&again[0], id)), [text("4"), None, text("hi")]);
    assert_eq!(ids.map(|id| name(&rig.send(VOICE, codecs::OPUS, 1), id)), [None, None, None]);
}

#[test]
fn padding_is_the_latest_pictures_once_more() {
    let mut rig = Rig::new();
    for seq in 0..10 {
        rig.send(CAMERA, codecs::H264, seq);
    }
    let sent = rig.engine.sent.get_mut(&CAMERA).unwrap();
    let size = u64::try_from(codecs::TYPICAL_HEADER_OCTETS + b"sent".len()).unwrap();
    let padding = sent.repeat_latest(2 * size + 1);
    let originals: Vec<_> = padding.iter().map(|packet| packet.payload[1]).collect();
    assert_eq!(originals, [9, 8, 7]);
    assert!(padding.iter().all(|packet| packet.header.ssrc == CAMERA_REPAIR.0));
    assert_eq!(sent.repeat_latest(u64::MAX).len(), 10);
    // A path that has shown no limit is not tried.
    rig.engine.set_goal(Bitrate::from_kbps(60_000));
    assert!(rig.engine.poll_padding(rig.now).is_empty());
}

#[test]
fn a_gap_is_asked_for_and_its_repair_takes_its_place() {
    let mut rig = Rig::new();
    rig.engine.expect_repairs(REMOTE, REMOTE_REPAIR);
    assert_eq!(rig.receive(packet(REMOTE, codecs::H264, 10, b"a")).len(), 1);
    rig.receive(packet(REMOTE, codecs::H264, 12, b"c"));
    let asked = rig.due_within(Duration::from_millis(50));
    assert!(asked.iter().any(|rtcp| matches!(rtcp, Rtcp::Nack(nack) if nack.lost == [SeqNo(11)])));
    let repaired = rig.receive(packet(REMOTE_REPAIR, RTX, 900, b"\x00\x0bb"));
    assert_eq!(repaired, [(REMOTE, 11, Bytes::from_static(b"b"))]);
    let asked = rig.due_within(Duration::from_secs(2));
    assert!(!asked.iter().any(|rtcp| matches!(rtcp, Rtcp::Nack(_))));
}

#[test]
fn missing_sound_is_not_asked_for() {
    let mut rig = Rig::new();
    rig.receive(packet(REMOTE, codecs::OPUS, 10, b"a"));
    rig.receive(packet(REMOTE, codecs::OPUS, 14, b"c"));
    let asked = rig.due_within(Duration::from_millis(500));
    assert!(!asked.iter().any(|rtcp| matches!(rtcp, Rtcp::Nack(_))));
}

#[test]
fn both_sides_are_reported_every_second() {
    let mut rig = Rig::new();
    rig.send(VOICE, codecs::OPUS, 1);
    rig.receive(packet(REMOTE, codecs::OPUS, 10, b"a"));
    let reports = rig.due_within(Duration::from_secs(3));
    let own = reports.iter().filter(|r| matches!(r, Rtcp::SenderReport(r) if r.ssrc == VOICE));
    assert_eq!(own.count(), 3);
    let blocks = reports.iter().filter(
        |r| matches!(r, Rtcp::ReceiverReport(r) if r.blocks.iter().any(|b| b.ssrc == REMOTE)),
    );
    assert_eq!(blocks.count(), 3);
}

#[test]
fn the_loss_of_sound_is_not_that_of_pictures() {
    let mut rig = Rig::new();
    let block = |ssrc, fraction_lost| ReportBlock {
        ssrc,
        fraction_lost,
        cumulative_lost: 0,
        highest_seq: 0,
        jitter: 0,
        last_sender_report: None,
        since_sender_report: Default::default(),
    };
    let blocks = vec![block(CAMERA, 128), block(VOICE, 64), block(CAMERA, 0)];
    let report = ReceiverReport { sender: Ssrc(1), blocks };
    rig.engine.handle_rtcp(rig.now, &[Rtcp::ReceiverReport(report)]);
    assert!((rig.engine.stats().loss_sent - 0.25).abs() < f32::EPSILON);
}

#[test]
fn wishes_for_key_frames_are_handed_on() {
    let mut rig = Rig::new();
    let pli = |media| Rtcp::Pli(carillon_rtp::rtcp::Pli { sender: Ssrc(1), media });
    rig.engine.handle_rtcp(rig.now, &[pli(VOICE), pli(Ssrc(1_234))]);
    assert!(rig.engine.poll_arrived().is_none());
    rig.engine.handle_rtcp(rig.now, &[pli(CAMERA)]);
    assert!(matches!(rig.engine.poll_arrived(), Some(Arrived::KeyFrameWanted(CAMERA))));
}

#[test]
fn invented_streams_get_no_state_beyond_the_limit() {
    let mut rig = Rig::new();
    for ssrc in 1_000..2_000 {
        rig.receive(packet(Ssrc(ssrc), codecs::H264, 1, b"x"));
        rig.engine.expect_repairs(Ssrc(ssrc), Ssrc(ssrc + 10_000));
    }
    assert_eq!((rig.engine.received.len(), rig.engine.repairs.len()), (MAX_RECEIVED, MAX_RECEIVED));
    for seq in 0..5_000 {
        rig.engine.handle_incoming(rig.now, packet(Ssrc(1_000), codecs::OPUS, seq, b"x"));
    }
    assert_eq!(rig.engine.arrived.len(), MAX_WAITING);
}

#[test]
fn a_lower_limit_of_the_receiver_counts() {
    let mut rig = Rig::new();
    let own = rig.engine.stats().estimate.unwrap();
    let bitrate = Bitrate::from_kbps(100);
    let remb = carillon_rtp::rtcp::Remb { sender: Ssrc(1), bitrate, streams: vec![CAMERA] };
    rig.engine.handle_rtcp(rig.now, &[Rtcp::Remb(remb)]);
    assert!(own > bitrate);
    assert_eq!(rig.engine.stats().estimate, Some(bitrate));
}

/// A packet of anybody's making.
fn any_packet() -> impl Strategy<Value = rtp::Packet> {
    let fields = (any::<u32>(), 0_u8..128, any::<u16>(), any::<bool>());
    let payload = prop::collection::vec(any::<u8>(), 0..30);
    (fields, payload, prop::option::of(any::<u16>())).prop_map(|(fields, payload, number)| {
        let (ssrc, payload_type, sequence_number, marker) = fields;
        let ssrc = ssrc % 200;
        let mut header = rtp::Header {
            version: 2,
            payload_type,
            sequence_number,
            ssrc,
            marker,
            ..rtp::Header::default()
        };
        if let Some(number) = number {
            let value = Bytes::copy_from_slice(&number.to_be_bytes());
            header.set_extension(codecs::TRANSPORT_SEQUENCE, value).unwrap();
        }
        rtp::Packet { header, payload: payload.into() }
    })
}

proptest! {
    #[test]
    fn any_packets_are_counted_within_bounds(
        packets in prop::collection::vec(any_packet(), 0..300),
        lost in prop::collection::vec(any::<u16>(), 0..40),
    ) {
        let mut rig = Rig::new();
        for packet in packets {
            rig.engine.handle_incoming(rig.now, packet);
            rig.engine.handle_rtcp(rig.now, &[nack(CAMERA, &lost)]);
            drop(rig.due_within(Duration::from_millis(5)));
        }
        prop_assert!(rig.engine.received.len() <= MAX_RECEIVED);
        prop_assert!(rig.engine.arrived.len() <= MAX_WAITING);
    }
}
