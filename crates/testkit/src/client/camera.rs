//! What a client shows: packets that look like pictures of VP8 or H.264 to whoever does not decode them.

use std::time::Duration;

use carillon_frame::{Bitrate, MediaTime, SeqNo, Ssrc, VideoSize};
use carillon_rtp::payload::h264::H264Payload;
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
const FILLER: [u8; 291] = [0x5a; 291];

/// How large pictures are, unless a test says otherwise.
const SIZE: VideoSize = VideoSize::new(640, 360);

/// What stands in each first packet of a picture of VP8 before the mark: the descriptor, and a key frame's header with its
/// size. Other packets have as many octets there.
const VP8_HEADER: usize = 5 + 10;

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

    /// The mark and what follows it.
    fn marked(self, payload: &[u8]) -> Option<&[u8]> {
        match self {
            Self::Vp8 => payload.get(VP8_HEADER..),
            Self::H264 => {
                let unit = match H264Payload::parse(payload)? {
                    H264Payload::Single(unit) => unit,
                    H264Payload::Aggregate(units) => units.last()?,
                    H264Payload::Fragment(_) => return None,
                };
                unit.get(1..)
            }
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
        let (mark, filler) = codec.marked(payload)?.split_first_chunk()?;
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
    /// How large its pictures are.
    size: VideoSize,
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
            size: SIZE,
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

    /// Makes pictures of another size, beginning with a key frame as encoders do.
    pub const fn resize(&mut self, size: VideoSize) {
        self.size = size;
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

    fn packet(&mut self, number: SeqNo, is_key: bool, place: u32, is_last: bool) -> Vec<u8> {
        let number = number.0.to_be_bytes();
        let elements = [
            element(ExtensionKind::TransportSequence, &number),
            element(ExtensionKind::VideoOrientation, &[1]),
        ];
        let mut packet = Vec::new();
        self.header(is_last).write(elements.as_slice(), &mut packet);
        let marked = self.marked(is_key);
        match self.codec {
            Codec::Vp8 => packet.extend(self.vp8_header(is_key, place == 1)),
            Codec::H264 if is_key && place == 1 => {
                let parameters = sequence_parameters(self.size);
                // Both units in one packet, each behind its length (RFC 6184 section 5.7.1).
                packet.push(0x78);
                packet.extend(length(parameters.len()));
                packet.extend(&parameters);
                packet.extend(length(1 + marked.len()));
                packet.push(0x65);
            }
            Codec::H264 => packet.push(if is_key { 0x65 } else { 0x41 }),
        }
        packet.extend(marked);
        self.seq = self.seq.next();
        packet
    }

    /// The mark and the filler.
    fn marked(&self, is_key: bool) -> Vec<u8> {
        let (camera, picture) = (self.ssrc.0.to_be_bytes(), self.picture.to_be_bytes());
        [&camera[..], &picture, &[u8::from(is_key)], &FILLER].concat()
    }

    /// A picture number of 15 bits and a base layer's of 8, then the first octets of the picture itself
    /// (RFC 6386 section 9.1).
    fn vp8_header(&self, is_key: bool, starts_picture: bool) -> [u8; VP8_HEADER] {
        // Only the first packet of a picture starts a part of it.
        let start = if starts_picture { 0x90 } else { 0x80 };
        let [.., high, low] = self.picture.to_be_bytes();
        let [width, height] = [self.size.width, self.size.height]
            .map(|side| u16::try_from(side).expect("a side has 14 bits").to_le_bytes());
        let tag = [u8::from(!is_key), 0, 0];
        [&[start, 0xc0, high | 0x80, low, low][..], &tag, &[0x9d, 0x01, 0x2a], &width, &height]
            .concat()
            .try_into()
            .expect("these are 15 octets")
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

fn length(octets: usize) -> [u8; 2] {
    u16::try_from(octets).expect("units of a test are short").to_be_bytes()
}

/// A unit of sequence parameters for pictures of a size (ITU-T H.264 section 7.3.2.1.1): constrained baseline, one
/// reference, cropped to the size.
fn sequence_parameters(size: VideoSize) -> Vec<u8> {
    let [columns, rows] = [size.width, size.height].map(|side| side.div_ceil(16));
    let [right, bottom] =
        [(columns, size.width), (rows, size.height)].map(|(blocks, side)| (blocks * 16 - side) / 2);
    let mut bits = Vec::new();
    // Its number, frame numbers of four bits, no order of its own, one reference and no gaps.
    for number in [0, 0, 2, 1] {
        write_number(&mut bits, number);
    }
    bits.push(false);
    write_number(&mut bits, columns - 1);
    write_number(&mut bits, rows - 1);
    // Whole frames, direct inference, cropping.
    bits.extend([true, true, true]);
    for number in [0, right, 0, bottom] {
        write_number(&mut bits, number);
    }
    // Nothing about display; then the stop bit.
    bits.extend([false, true]);
    let octets = bits.chunks(8).map(|octet| {
        octet.iter().rev().fold(0, |value, bit| value >> 1 | if *bit { 0x80 } else { 0 })
    });
    [0x67, 0x42, 0xc0, 0x28].into_iter().chain(octets).collect()
}

/// Writes a number of variable length, `ue(v)`.
fn write_number(bits: &mut Vec<bool>, number: u32) {
    let width = (number + 1).ilog2();
    bits.extend((0..width).map(|_| false));
    bits.extend((0..=width).rev().map(|bit| (number + 1) >> bit & 1 == 1));
}

#[cfg(test)]
mod tests {
    use carillon_rtp::{H264Profile, PacketizationMode, RtpPacket, VideoFormat, picture_size};

    use super::*;

    #[test]
    fn key_frames_tell_their_size_and_every_packet_its_mark() {
        let h264 = VideoFormat::H264 {
            profile: H264Profile::ConstrainedBaseline,
            packetization: PacketizationMode::NonInterleaved,
        };
        for (codec, format) in [(Codec::Vp8, VideoFormat::Vp8), (Codec::H264, h264)] {
            for (width, height) in [(640, 360), (1_080, 1_920), (3_840, 2_160)] {
                let size = VideoSize::new(width, height);
                let mut camera = Camera::new(codec, Ssrc(7), SeqNo(1), MediaTime(1));
                camera.resize(size);
                for is_key in [true, false] {
                    let packets = camera.next_picture(|| SeqNo(9));
                    let packet = RtpPacket::parse(&packets[0]).unwrap();
                    let told = picture_size(format, packet.payload());
                    assert_eq!(told, Some(size).filter(|_| is_key), "{codec:?}");
                    let mark = Mark::read(codec, packet.payload()).unwrap();
                    assert_eq!((mark.camera, mark.is_key), (Ssrc(7), is_key));
                }
            }
        }
    }
}
