//! A publisher and a viewer on bad paths, with the server between them: what is lost is repaired.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use carillon_frame::{SeqNo, Ssrc};
use carillon_rtp::{
    NackGenerator, RecentPackets, RtpHeader, RtpPacket, VideoFormat, unwrap_repair,
    write_repair_header,
};
use carillon_sfu::{Forwarder, Output, SourceId, SourcePacket};
use carillon_testkit::network::{Link, LinkConfig};

use crate::meeting::{
    Publisher, Received, VIEWER, VIEWER_SSRC, payload_type, publisher_extensions, viewer_config,
};
use crate::repair::retransmission;

const SOURCE: SourceId = SourceId(1);
const STEP: Duration = Duration::from_millis(1);

/// One packet a picture, three pictures of ten milliseconds.
const PICTURES: u32 = 1_500;

/// Who asked for packets again, on the way back.
type Requests = Link<Vec<SeqNo>>;

/// A path in both directions.
struct Path {
    forth: Link<Vec<u8>>,
    back: Requests,
}

impl Path {
    fn new(seed: u64) -> Self {
        let config = LinkConfig {
            delay: Duration::from_millis(20),
            jitter: Duration::from_millis(8),
            loss: 0.08,
            reordering: 0.03,
            duplication: 0.03,
            bottleneck: None,
        };
        let back = LinkConfig { reordering: 0.0, duplication: 0.0, ..config };
        Self { forth: Link::new(config, seed), back: Link::new(back, seed + 1) }
    }
}

/// A client's sending side: it keeps what it sent, and sends again in a stream of its own.
struct Camera {
    publisher: Publisher,
    recent: RecentPackets,
    repairs: SeqNo,
}

impl Camera {
    const REPAIRS: Ssrc = Ssrc(0xa11ce);

    fn send(&mut self, now: Instant, picture: u32, path: &mut Path) {
        let sent = if picture == 0 { self.publisher.key() } else { self.publisher.delta() };
        let packet = RtpPacket::parse(&sent.bytes).expect("publishers send RTP");
        self.recent.insert(VideoFormat::Vp8, &packet);
        path.forth.send(now, sent.bytes);
    }

    fn answer(&mut self, now: Instant, path: &mut Path) {
        while let Some(lost) = path.back.receive(now) {
            for seq in lost {
                let Some((_, packet)) = self.recent.get(self.publisher.ssrc, seq) else { continue };
                self.repairs = self.repairs.next();
                let header =
                    RtpHeader { ssrc: Self::REPAIRS, seq: self.repairs, ..*packet.header() };
                let mut bytes = Vec::new();
                write_repair_header(&header, &[], seq, &mut bytes);
                bytes.extend_from_slice(packet.payload());
                path.forth.send(now, bytes);
            }
        }
    }
}

/// Opens what a receiver gets, the repairs too.
fn opened(bytes: &[u8], media: Ssrc) -> Option<Vec<u8>> {
    let packet = RtpPacket::parse(bytes).expect("everybody sends RTP");
    if packet.ssrc() == media {
        return Some(bytes.to_vec());
    }
    let packet = unwrap_repair(&packet, media, payload_type(96))?;
    let mut bytes = Vec::new();
    packet.write(&mut bytes);
    Some(bytes)
}

struct Server {
    forwarder: Forwarder,
    nack: NackGenerator,
    /// Every packet that left, by stream and number.
    left: BTreeMap<(u32, u16), Vec<u8>>,
}

impl Server {
    fn turn(&mut self, now: Instant, media: Ssrc, up: &mut Path, down: &mut Path) {
        let (left, extensions) = (&mut self.left, publisher_extensions());
        let mut send = |_, bytes: &mut Vec<u8>| {
            let packet = RtpPacket::parse(bytes).expect("what is forwarded is RTP");
            let former = left.insert((packet.ssrc().0, packet.seq().0), bytes.clone());
            assert_eq!(former, None, "two packets under one number");
            down.forth.send(now, bytes.clone());
        };
        while let Some(bytes) = up.forth.receive(now) {
            let Some(bytes) = opened(&bytes, media) else { continue };
            let packet = RtpPacket::parse(&bytes).expect("it was opened");
            self.nack.handle_packet(now, packet.seq());
            let packet = SourcePacket { format: VideoFormat::Vp8, packet, extensions: &extensions };
            self.forwarder.handle_packet(now, SOURCE, packet, &mut send);
        }
        while let Some(lost) = down.back.receive(now) {
            self.forwarder.handle_nack(now, VIEWER, &lost, &mut send);
        }
        if let Some(nack) = self.nack.poll_nack(now) {
            up.back.send(now, nack.lost);
        }
        while matches!(self.forwarder.poll_output(), Output::RequestKeyFrame(_)) {}
    }
}

/// What a viewer has in the end, by number, and how much of it came only by asking.
struct Seen {
    pictures: BTreeMap<u16, Received>,
    repaired: usize,
}

fn watch(seed: u64) -> Seen {
    #[expect(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
    let mut now = Instant::now();
    let publisher = Publisher::new(1);
    let media = publisher.ssrc;
    let mut camera = Camera { publisher, recent: RecentPackets::default(), repairs: SeqNo(0) };
    let (mut up, mut down) = (Path::new(seed), Path::new(seed + 1_000));
    let mut server = Server {
        forwarder: Forwarder::new(),
        nack: NackGenerator::new(Ssrc(1), media),
        left: BTreeMap::new(),
    };
    server.forwarder.publish(now, SOURCE);
    server.forwarder.subscribe(now, VIEWER, viewer_config(SOURCE));
    server.forwarder.set_retransmission(VIEWER, Some(retransmission()));
    let mut nack = NackGenerator::new(Ssrc(2), VIEWER_SSRC);
    let mut seen = Seen { pictures: BTreeMap::new(), repaired: 0 };
    let mut pictures = 0;
    for turn in 0..PICTURES * 10 + 1_500 {
        now += STEP;
        let begun = !seen.pictures.is_empty();
        if turn % 10 == 0 && pictures < PICTURES {
            // A key frame is repeated until the first has come through.
            camera.send(now, if begun { pictures } else { 0 }, &mut up);
            pictures += 1;
        }
        camera.answer(now, &mut up);
        server.turn(now, media, &mut up, &mut down);
        while let Some(bytes) = down.forth.receive(now) {
            let is_repair = RtpPacket::parse(&bytes).is_ok_and(|p| p.ssrc() != VIEWER_SSRC);
            let Some(bytes) = opened(&bytes, VIEWER_SSRC) else { continue };
            let received = Received::read(VideoFormat::Vp8, &bytes);
            nack.handle_packet(now, received.header.seq);
            let former = seen.pictures.insert(received.header.seq.0, received.clone());
            seen.repaired += usize::from(former.is_none() && is_repair);
            assert!(former.is_none_or(|former| former.payload == received.payload));
        }
        if let Some(nack) = nack.poll_nack(now) {
            down.back.send(now, nack.lost);
        }
    }
    seen
}

#[test]
fn what_two_bad_paths_lose_is_repaired_on_each() {
    for seed in 0..6 {
        let seen = watch(seed);
        let numbers: BTreeSet<u16> = seen.pictures.keys().copied().collect();
        let highest = numbers.last().copied().unwrap_or(0);
        let first = numbers.first().copied().unwrap_or(0);
        assert!(u32::from(highest) > PICTURES * 9 / 10, "seed {seed}: {highest}");
        let missing = usize::from(highest - first) + 1 - numbers.len();
        assert!(missing <= 3, "seed {seed}: {missing} are missing");
        assert!(seen.repaired > 100, "seed {seed}: {} came again", seen.repaired);
        // Pictures that follow each other follow each other in all their numbers.
        for (seq, picture) in &seen.pictures {
            let Some(next) = seen.pictures.get(&(seq + 1)) else { continue };
            assert_eq!(next.picture_id, picture.picture_id.map(|id| (id + 1) & 0x7fff));
            assert_eq!(next.header.timestamp.distance_from(picture.header.timestamp), 3_000);
        }
    }
}
