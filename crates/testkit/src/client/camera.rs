//! What a client shows: packets that look like pictures of VP8 or H.264 to whoever does not decode them.

use std::time::Duration;

use carillon_frame::{Bitrate, MediaTime, SeqNo, Ssrc};
use carillon_rtp::{ExtensionKind, PayloadType, RtpHeader};

use super::{
    offer::{H264, VP8},
    voice::element,
};

/// Ticks of 40 ms at 90 kHz.
const PICTURE_TICKS: u32 = 3_600;

const PICTURE_TIME: Duration = Duration::from_millis(40);

/// What its owner's sound takes.
const SOUND: Bitrate = Bitrate::from_kbps(60);

/// What a packet takes with all headers.
const PACKET_OCTETS: u64 = 360;

/// What stands behind each packet's headers, so that packets are as long as a small camera's.
const FILLER: [u8; 300] = [0x5a; 300];

/// How a camera codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// VP8.
    Vp8,
    /// H.264.
    H264,
}

impl Codec {
    /// The payload type that clients offer for it.
    #[must_use]
    pub fn payload_type(self) -> PayloadType {
        let number = match self {
            Self::Vp8 => VP8,
            Self::H264 => H264,
        };
        PayloadType::new(number).expect("a payload type has seven bits")
    }

    pub(super) fn of(payload_type: PayloadType) -> Option<Self> {
        [Self::Vp8, Self::H264].into_iter().find(|codec| codec.payload_type() == payload_type)
    }

    /// How many octets stand before the mark.
    const fn header_size(self) -> usize {
        match self {
            Self::Vp8 => 6,
            Self::H264 => 1,
        }
    }
}

/// What tells one packet of a picture from all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The stream in which it was sent.
    pub camera: Ssrc,
    /// The picture, counted from 1.
    pub picture: u32,
    /// Whether the picture needs no other.
    pub is_key: bool,
}

impl Mark {
    /// Reads the mark of a payload, if a camera made it.
    #[must_use]
    pub fn read(codec: Codec, payload: &[u8]) -> Option<Self> {
        let (mark, filler) = payload.get(codec.header_size()..)?.split_first_chunk()?;
        let [a, b, c, d, e, f, g, h, key] = *mark;
        (filler == FILLER).then_some(Self {
            camera: Ssrc(u32::from_be_bytes([a, b, c, d])),
            picture: u32::from_be_bytes([e, f, g, h]),
            is_key: key == 1,
        })
    }
}

/// A camera that makes 25 pictures a second.
#[derive(Debug)]
pub struct Camera {
    /// The stream.
    pub ssrc: Ssrc,
    /// How it codes.
    pub codec: Codec,
    /// How many key frames it was asked for.
    pub key_frames_asked: u32,
    key_frame_due: bool,
    /// How many packets each picture is made of.
    pub packets: u32,
    /// The most packets that its owner was asked to make pictures of.
    cap: u32,
    seq: SeqNo,
    timestamp: MediaTime,
    picture: u32,
}

impl Camera {
    /// Turns a camera on.
    #[must_use]
    pub const fn new(codec: Codec, ssrc: Ssrc, seq: SeqNo, timestamp: MediaTime) -> Self {
        Self {
            ssrc,
            codec,
            key_frames_asked: 0,
            key_frame_due: true,
            packets: 1,
            cap: u32::MAX,
            seq,
            timestamp,
            picture: 0,
        }
    }

    /// Makes the next picture one that viewers can begin with.
    pub const fn ask_key_frame(&mut self) {
        self.key_frames_asked = self.key_frames_asked.saturating_add(1);
        self.key_frame_due = true;
    }

    /// Makes no more from here on than goes through at this rate beside the sound, as an encoder does.
    pub fn limit(&mut self, rate: Bitrate) {
        let packets = rate.saturating_sub(SOUND).octets_in(PICTURE_TIME) / PACKET_OCTETS;
        self.cap = u32::try_from(packets).unwrap_or(u32::MAX).max(1);
    }

    /// The packets of the next picture; `number` counts all packets of the client's transport.
    pub fn next_picture(&mut self, mut number: impl FnMut() -> SeqNo) -> Vec<Vec<u8>> {
        self.picture = self.picture.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(PICTURE_TICKS);
        let is_key = std::mem::take(&mut self.key_frame_due);
        let packets = self.packets.min(self.cap);
        (1..=packets)
            .map(|packet| self.packet(number(), is_key, packet, packet == packets))
            .collect()
    }

    fn packet(&mut self, number: SeqNo, is_key: bool, packet: u32, is_last: bool) -> Vec<u8> {
        let number = number.0.to_be_bytes();
        let elements = [
            element(ExtensionKind::TransportSequence, &number),
            element(ExtensionKind::VideoOrientation, &[1]),
        ];
        // Only the first packet of a picture starts a part of it.
        let start = if packet == 1 { 0x90 } else { 0x80 };
        let mut packet = Vec::new();
        self.header(is_last).write(elements.as_slice(), &mut packet);
        let [.., high, low] = self.picture.to_be_bytes();
        match (self.codec, is_key) {
            // A picture number of 15 bits and a base layer's of 8, then the first octet of the picture itself.
            (Codec::Vp8, _) => {
                packet.extend([start, 0xc0, high | 0x80, low, low, u8::from(!is_key)]);
            }
            (Codec::H264, true) => packet.push(0x65),
            (Codec::H264, false) => packet.push(0x41),
        }
        packet.extend(self.ssrc.0.to_be_bytes());
        packet.extend(self.picture.to_be_bytes());
        packet.push(u8::from(is_key));
        packet.extend(FILLER);
        self.seq = self.seq.next();
        packet
    }

    fn header(&self, marker: bool) -> RtpHeader {
        RtpHeader {
            payload_type: self.codec.payload_type(),
            seq: self.seq,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
            marker,
        }
    }
}
