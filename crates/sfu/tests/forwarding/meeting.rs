//! A forwarder with publishers that make packets and viewers that keep them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use carillon_frame::{MediaTime, SeqNo, Ssrc};
use carillon_rtp::payload::picture::PictureNumbers;
use carillon_rtp::{
    ExtensionElement, ExtensionId, ExtensionKind, ExtensionMap, H264Profile, PacketizationMode,
    PayloadType, RtpHeader, RtpPacket, VideoFormat,
};
use carillon_sfu::{
    Forwarder, Output, SourceId, SourcePacket, SubscriptionConfig, SubscriptionId,
    SubscriptionState,
};

pub(crate) const ALICE: SourceId = SourceId(1);
pub(crate) const BOB: SourceId = SourceId(2);
pub(crate) const VIEWER: SubscriptionId = SubscriptionId(100);
pub(crate) const VIEWER_SSRC: Ssrc = Ssrc(0x5eed);
pub(crate) const VIEWER_MID: &str = "3";
pub(crate) const H264: VideoFormat = VideoFormat::H264 {
    profile: H264Profile::ConstrainedBaseline,
    packetization: PacketizationMode::NonInterleaved,
};
pub(crate) const FRAME: Duration = Duration::from_millis(33);

/// What a viewer got, read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) header: RtpHeader,
    pub(crate) payload: Vec<u8>,
    pub(crate) extensions: Vec<(u8, Vec<u8>)>,
    pub(crate) picture_id: Option<u16>,
    pub(crate) base_layer: Option<u8>,
}

pub(crate) struct Meeting {
    pub(crate) forwarder: Forwarder,
    pub(crate) now: Instant,
    received: BTreeMap<SubscriptionId, Vec<Received>>,
}

impl Meeting {
    pub(crate) fn new() -> Self {
        #[expect(clippy::disallowed_methods, reason = "a test needs some instant to start from")]
        let now = Instant::now();
        Self { forwarder: Forwarder::new(), now, received: BTreeMap::new() }
    }

    /// A meeting in which Alice publishes and the viewer watches her.
    pub(crate) fn watching_alice() -> Self {
        let mut meeting = Self::new();
        meeting.forwarder.publish(meeting.now, ALICE);
        meeting.forwarder.publish(meeting.now, BOB);
        meeting.watch(ALICE);
        meeting.requests();
        meeting
    }

    pub(crate) fn watch(&mut self, source: SourceId) {
        self.forwarder.subscribe(self.now, VIEWER, viewer_config(source));
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        self.now += time;
        self.forwarder.handle_timeout(self.now);
    }

    pub(crate) fn send(&mut self, source: SourceId, packet: &Sent) {
        let map = publisher_extensions();
        let packet = SourcePacket {
            format: packet.format,
            packet: RtpPacket::parse(&packet.bytes).expect("publishers send RTP"),
            extensions: &map,
        };
        let received = &mut self.received;
        self.forwarder.handle_packet(self.now, source, packet, &mut |id, bytes| {
            let format = packet.format;
            received.entry(id).or_default().push(Received::read(format, bytes));
            // A sink seals in place, which leaves something else behind.
            bytes.fill(0xee);
            bytes.extend_from_slice(&[0xee; 16]);
        });
    }

    /// The packets that the viewer got since the last call.
    pub(crate) fn received(&mut self) -> Vec<Received> {
        self.received.remove(&VIEWER).unwrap_or_default()
    }

    /// The packets that another viewer got since the last call.
    pub(crate) fn received_by(&mut self, id: SubscriptionId) -> Vec<Received> {
        self.received.remove(&id).unwrap_or_default()
    }

    pub(crate) fn received_numbers(&mut self) -> Vec<u16> {
        self.received().iter().map(|packet| packet.header.seq.0).collect()
    }

    /// The sources asked for a key frame since the last call.
    pub(crate) fn requests(&mut self) -> Vec<SourceId> {
        let mut requests = Vec::new();
        while let Output::RequestKeyFrame(source) = self.forwarder.poll_output() {
            requests.push(source);
        }
        requests
    }

    pub(crate) fn timeout(&mut self) -> Option<Instant> {
        match self.forwarder.poll_output() {
            Output::Timeout(timeout) => timeout,
            Output::RequestKeyFrame(source) => panic!("{source:?} was asked for a key frame"),
        }
    }

    pub(crate) fn state(&self) -> Option<SubscriptionState> {
        self.forwarder.subscription_state(VIEWER)
    }
}

impl Received {
    pub(crate) fn read(format: VideoFormat, bytes: &[u8]) -> Self {
        let packet = RtpPacket::parse(bytes).expect("what is forwarded is RTP");
        let numbers = PictureNumbers::read(format, packet.payload());
        let extensions = packet.extensions().into_iter();
        Self {
            header: *packet.header(),
            payload: packet.payload().to_vec(),
            extensions: extensions.map(|e| (e.id.number(), e.value.to_vec())).collect(),
            picture_id: numbers.picture_id.map(|placed| placed.value.number()),
            base_layer: numbers.base_layer.map(|placed| placed.value),
        }
    }
}

pub(crate) fn payload_type(number: u8) -> PayloadType {
    PayloadType::new(number).expect("tests use numbers of seven bits")
}

pub(crate) fn extension_id(number: u8) -> ExtensionId {
    ExtensionId::new(number).expect("tests use no zero")
}

pub(crate) fn map(pairs: &[(u8, ExtensionKind)]) -> ExtensionMap {
    pairs.iter().map(|(id, kind)| (extension_id(*id), *kind)).collect()
}

pub(crate) fn publisher_extensions() -> ExtensionMap {
    map(&[
        (2, ExtensionKind::AbsSendTime),
        (3, ExtensionKind::TransportSequence),
        (4, ExtensionKind::Mid),
        (5, ExtensionKind::PlayoutDelay),
        (10, ExtensionKind::RtpStreamId),
        (12, ExtensionKind::DependencyDescriptor),
        (13, ExtensionKind::VideoOrientation),
    ])
}

pub(crate) fn viewer_config(source: SourceId) -> SubscriptionConfig {
    SubscriptionConfig {
        source,
        mid: VIEWER_MID.to_owned(),
        ssrc: VIEWER_SSRC,
        payload_types: [(VideoFormat::Vp8, payload_type(96)), (H264, payload_type(102))].into(),
        extensions: map(&[
            (1, ExtensionKind::Mid),
            (2, ExtensionKind::TransportSequence),
            (3, ExtensionKind::VideoOrientation),
            (4, ExtensionKind::RtpStreamId),
        ]),
    }
}

/// One packet as a publisher sent it.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) format: VideoFormat,
    pub(crate) bytes: Vec<u8>,
}

/// Makes the packets of one stream, one packet a picture.
#[derive(Clone, Debug)]
pub(crate) struct Publisher {
    pub(crate) format: VideoFormat,
    pub(crate) ssrc: Ssrc,
    pub(crate) seq: SeqNo,
    pub(crate) timestamp: MediaTime,
    pub(crate) picture_id: u16,
    pub(crate) base_layer: u8,
}

impl Publisher {
    pub(crate) fn new(ssrc: u32) -> Self {
        Self {
            format: VideoFormat::Vp8,
            ssrc: Ssrc(ssrc),
            seq: SeqNo((ssrc % 1_000) as u16),
            timestamp: MediaTime(ssrc.wrapping_mul(0x9e37_79b9)),
            picture_id: 500,
            base_layer: 50,
        }
    }

    pub(crate) fn key(&mut self) -> Sent {
        self.picture(Picture::Key, &[])
    }

    pub(crate) fn delta(&mut self) -> Sent {
        self.picture(Picture::Delta, &[])
    }

    pub(crate) fn deltas(&mut self, count: usize) -> Vec<Sent> {
        std::iter::repeat_with(|| self.delta()).take(count).collect()
    }

    pub(crate) fn key_with(&mut self, extensions: &[ExtensionElement<'_>]) -> Sent {
        self.picture(Picture::Key, extensions)
    }

    /// A packet of padding only, which repeats the timestamp of the picture before it.
    pub(crate) fn padding(&mut self) -> Sent {
        let mut bytes = Vec::new();
        self.header().write(&[], &mut bytes);
        if let Some(flags) = bytes.first_mut() {
            *flags |= 0x20;
        }
        bytes.resize(bytes.len() + 49, 0);
        bytes.push(50);
        self.seq = self.seq.next();
        Sent { format: self.format, bytes }
    }

    /// A packet that belongs to the picture before it.
    pub(crate) fn more(&mut self, payload: &[u8]) -> Sent {
        let mut bytes = Vec::new();
        self.header().write(&[], &mut bytes);
        bytes.extend_from_slice(payload);
        self.seq = self.seq.next();
        Sent { format: self.format, bytes }
    }

    fn header(&self) -> RtpHeader {
        RtpHeader {
            payload_type: payload_type(120),
            seq: self.seq,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
            marker: false,
        }
    }

    fn picture(&mut self, picture: Picture, extensions: &[ExtensionElement<'_>]) -> Sent {
        self.timestamp = self.timestamp.wrapping_add(3_000);
        let mut bytes = Vec::new();
        RtpHeader { marker: true, ..self.header() }.write(extensions, &mut bytes);
        if self.format == VideoFormat::Vp8 {
            self.picture_id = (self.picture_id + 1) & 0x7fff;
            self.base_layer = self.base_layer.wrapping_add(1);
            let [high, low] = (self.picture_id | 0x8000).to_be_bytes();
            bytes.extend_from_slice(&[0x90, 0xc0, high, low, self.base_layer]);
            bytes.push(match picture {
                Picture::Key => 0,
                Picture::Delta => 1,
            });
        } else {
            bytes.push(match picture {
                // Encoders put the parameters in front of each key frame.
                Picture::Key => 0x67,
                Picture::Delta => 0x41,
            });
        }
        bytes.extend_from_slice(b"picture");
        self.seq = self.seq.next();
        Sent { format: self.format, bytes }
    }
}

#[derive(Clone, Copy)]
enum Picture {
    Key,
    Delta,
}
