//! One RTP packet: a view that reads it in place, and a header that writes it (RFC 3550 section 5.1).

use carillon_frame::{MediaTime, SeqNo, Ssrc};
use thiserror::Error;

use crate::extension::{self, ExtensionElement, ExtensionId, Extensions};

/// Octets of the header before contributing sources and extensions.
pub const FIXED_HEADER_SIZE: usize = 12;

const VERSION: u8 = 2;
const PADDING_BIT: u8 = 0x20;
const EXTENSION_BIT: u8 = 0x10;
const CSRC_COUNT_MASK: u8 = 0x0f;
const CSRC_SIZE: usize = 4;
const MARKER_BIT: u8 = 0x80;

/// Which format a packet carries, by the number that the SDP gave it: 0 to 127.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayloadType(u8);

impl PayloadType {
    /// Makes a payload type of its number, if seven bits hold it.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number < MARKER_BIT { Some(Self(number)) } else { None }
    }

    /// The number as SDP writes it.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Reads the lower seven bits of an octet.
    pub(crate) const fn from_low_bits(octet: u8) -> Self {
        Self(octet & !MARKER_BIT)
    }
}

/// Why bytes are no RTP packet; the caller drops them and counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PacketError {
    /// The bytes end inside the header: drop them.
    #[error("rtp packet of {len} octets ends inside its header")]
    Truncated {
        /// How many octets there were.
        len: usize,
    },
    /// The first two bits are another protocol's: drop them.
    #[error("rtp version {found} is not 2")]
    Version {
        /// The version that was found.
        found: u8,
    },
    /// The padding count is zero or reaches into the header: drop the packet.
    #[error("rtp padding of {padding} octets does not fit {available}")]
    Padding {
        /// The count in the last octet.
        padding: u8,
        /// How many octets follow the header.
        available: usize,
    },
}

/// The fields of an RTP header that differ from packet to packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpHeader {
    /// Which format the payload has.
    pub payload_type: PayloadType,
    /// The place of the packet in its stream.
    pub seq: SeqNo,
    /// When the payload's first sample was captured.
    pub timestamp: MediaTime,
    /// The stream.
    pub ssrc: Ssrc,
    /// The end of a video frame, or the start of a talk spurt.
    pub marker: bool,
}

impl RtpHeader {
    /// Appends this header and a block of `extensions` to `out`; the payload goes behind it.
    ///
    /// The block has one-byte element headers, and two-byte ones when an element asks for them
    /// (RFC 8285 section 4). A value above 255 octets cannot be expressed and is left out.
    pub fn write(&self, extensions: &[ExtensionElement<'_>], out: &mut Vec<u8>) {
        let extension_bit = if extensions.is_empty() { 0 } else { EXTENSION_BIT };
        let marker_bit = if self.marker { MARKER_BIT } else { 0 };
        out.push((VERSION << 6) | extension_bit);
        out.push(marker_bit | self.payload_type.0);
        out.extend_from_slice(&self.seq.0.to_be_bytes());
        out.extend_from_slice(&self.timestamp.0.to_be_bytes());
        out.extend_from_slice(&self.ssrc.0.to_be_bytes());
        if !extensions.is_empty() {
            extension::write_block(extensions, out);
        }
    }
}

/// Writes a value over that of a header extension element in a packet; nothing where there is none of that length.
///
/// It finishes a packet that was written with room for what only its sending decides.
pub fn overwrite_extension(packet: &mut [u8], id: ExtensionId, value: &[u8]) -> Option<()> {
    let flags = *packet.first().filter(|flags| **flags & EXTENSION_BIT != 0)?;
    let csrcs = usize::from(flags & CSRC_COUNT_MASK).saturating_mul(CSRC_SIZE);
    let block = packet.get_mut(FIXED_HEADER_SIZE.saturating_add(csrcs)..)?;
    extension::overwrite(block, id, value)
}

/// Appends a packet of nothing but padding to `out`, of which each octet but the last is zero (RFC 3550 section 5.1).
pub fn write_padding(
    header: &RtpHeader,
    extensions: &[ExtensionElement<'_>],
    octets: u8,
    out: &mut Vec<u8>,
) {
    let start = out.len();
    header.write(extensions, out);
    let Some(flags) = out.get_mut(start).filter(|_| octets > 0) else { return };
    *flags |= PADDING_BIT;
    out.resize(out.len().saturating_add(usize::from(octets)), 0);
    if let Some(last) = out.last_mut() {
        *last = octets;
    }
}

/// A view of one RTP packet, opened and checked, in the buffer that received it.
#[derive(Clone, Copy, Debug)]
pub struct RtpPacket<'a> {
    header: RtpHeader,
    extensions: Extensions<'a>,
    payload: &'a [u8],
    size: usize,
}

impl<'a> RtpPacket<'a> {
    /// Reads the packet in `bytes`.
    ///
    /// # Errors
    ///
    /// Says which part of the bytes is no RTP packet; nothing of such a packet is usable.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PacketError> {
        let truncated = PacketError::Truncated { len: bytes.len() };
        let (fixed, rest) = bytes.split_first_chunk::<FIXED_HEADER_SIZE>().ok_or(truncated)?;
        let [flags, kind, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3] = *fixed;
        let version = flags >> 6;
        if version != VERSION {
            return Err(PacketError::Version { found: version });
        }
        let csrcs = usize::from(flags & CSRC_COUNT_MASK).saturating_mul(CSRC_SIZE);
        let rest = rest.get(csrcs..).ok_or(truncated)?;
        let (extensions, rest) = if flags & EXTENSION_BIT == 0 {
            (Extensions::default(), rest)
        } else {
            Extensions::split_from(rest).ok_or(truncated)?
        };
        let payload = if flags & PADDING_BIT == 0 { rest } else { without_padding(rest)? };
        let header = RtpHeader {
            payload_type: PayloadType::from_low_bits(kind),
            seq: SeqNo(u16::from_be_bytes([s0, s1])),
            timestamp: MediaTime(u32::from_be_bytes([t0, t1, t2, t3])),
            ssrc: Ssrc(u32::from_be_bytes([c0, c1, c2, c3])),
            marker: kind & MARKER_BIT != 0,
        };
        Ok(Self { header, extensions, payload, size: bytes.len() })
    }

    /// Appends this packet to `out`, without contributing sources and padding.
    pub fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        self.header.write(&[], out);
        if let Some(flags) = out.get_mut(start).filter(|_| self.extensions.is_readable()) {
            *flags |= EXTENSION_BIT;
            self.extensions.write(out);
        }
        out.extend_from_slice(self.payload);
    }

    /// The packet with another header and another part of its payload.
    pub(crate) const fn with(&self, header: RtpHeader, payload: &'a [u8]) -> Self {
        Self { header, payload, ..*self }
    }

    /// The header's fields together.
    #[must_use]
    pub const fn header(&self) -> &RtpHeader {
        &self.header
    }

    /// The stream this packet belongs to.
    #[must_use]
    pub const fn ssrc(&self) -> Ssrc {
        self.header.ssrc
    }

    /// The place of this packet in its stream.
    #[must_use]
    pub const fn seq(&self) -> SeqNo {
        self.header.seq
    }

    /// When the payload's first sample was captured.
    #[must_use]
    pub const fn timestamp(&self) -> MediaTime {
        self.header.timestamp
    }

    /// Which format the payload has.
    #[must_use]
    pub const fn payload_type(&self) -> PayloadType {
        self.header.payload_type
    }

    /// Whether this packet ends a video frame or starts a talk spurt.
    #[must_use]
    pub const fn marker(&self) -> bool {
        self.header.marker
    }

    /// The media, without padding.
    #[must_use]
    pub const fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// How many octets the whole packet has, padding included.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// Whether this packet carries no media: a bandwidth probe or a keep-alive.
    #[must_use]
    pub const fn is_padding_only(&self) -> bool {
        self.payload.is_empty()
    }

    /// The header extension elements, in the order they stand in.
    #[must_use]
    pub const fn extensions(&self) -> Extensions<'a> {
        self.extensions
    }

    /// The value of the first header extension element with this id.
    #[must_use]
    pub fn extension(&self, id: ExtensionId) -> Option<&'a [u8]> {
        self.extensions.into_iter().find(|element| element.id == id).map(|element| element.value)
    }
}

fn without_padding(rest: &[u8]) -> Result<&[u8], PacketError> {
    let padding = rest.last().copied().unwrap_or(0);
    let kept = rest.len().checked_sub(usize::from(padding)).filter(|_| padding > 0);
    kept.and_then(|kept| rest.get(..kept))
        .ok_or(PacketError::Padding { padding, available: rest.len() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header() -> RtpHeader {
        RtpHeader {
            payload_type: PayloadType::new(96).unwrap(),
            seq: SeqNo(65_535),
            timestamp: MediaTime(0xdead_beef),
            ssrc: Ssrc(0x0102_0304),
            marker: true,
        }
    }

    fn id(number: u8) -> ExtensionId {
        ExtensionId::new(number).unwrap()
    }

    #[test]
    fn a_plain_packet_reads_as_written() {
        let mut bytes = Vec::new();
        header().write(&[], &mut bytes);
        bytes.extend_from_slice(b"media");
        let packet = RtpPacket::parse(&bytes).unwrap();
        assert_eq!(*packet.header(), header());
        assert_eq!(packet.payload(), b"media");
        assert_eq!(packet.extensions().into_iter().count(), 0);
        assert_eq!(packet.size(), 17);
    }

    #[test]
    fn contributing_sources_are_stepped_over() {
        let mut bytes = Vec::new();
        header().write(&[], &mut bytes);
        bytes[0] |= 2;
        bytes.extend_from_slice(&[1, 1, 1, 1, 2, 2, 2, 2]);
        bytes.push(9);
        assert_eq!(RtpPacket::parse(&bytes).unwrap().payload(), [9]);
    }

    #[test]
    fn padding_is_no_payload() {
        let mut bytes = Vec::new();
        header().write(&[], &mut bytes);
        bytes[0] |= PADDING_BIT;
        bytes.extend_from_slice(&[7, 7, 0, 0, 3]);
        assert_eq!(RtpPacket::parse(&bytes).unwrap().payload(), [7, 7]);

        let mut probe = Vec::new();
        header().write(&[], &mut probe);
        probe[0] |= PADDING_BIT;
        probe.resize(12 + 255, 0);
        *probe.last_mut().unwrap() = 255;
        assert!(RtpPacket::parse(&probe).unwrap().is_padding_only());
    }

    #[test]
    fn impossible_padding_is_refused() {
        for count in [0, 4] {
            let mut bytes = Vec::new();
            header().write(&[], &mut bytes);
            bytes[0] |= PADDING_BIT;
            bytes.extend_from_slice(&[7, 7, count]);
            let expected = PacketError::Padding { padding: count, available: 3 };
            assert_eq!(RtpPacket::parse(&bytes).unwrap_err(), expected);
        }
    }

    #[test]
    fn other_protocols_are_refused() {
        let stun = [0_u8; 20];
        assert_eq!(RtpPacket::parse(&stun).unwrap_err(), PacketError::Version { found: 0 });
        assert_eq!(RtpPacket::parse(&[0x80]).unwrap_err(), PacketError::Truncated { len: 1 });
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            crate::properties::packet(&bytes);
        }

        #[test]
        fn any_packet_with_an_extension_block_is_read_without_panic(
            profile in prop_oneof![Just(0xbede_u16), Just(0x1000), Just(0x100f), any::<u16>()],
            words in 0_u16..8,
            body in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            let mut bytes = Vec::new();
            header().write(&[], &mut bytes);
            bytes[0] |= EXTENSION_BIT;
            bytes.extend_from_slice(&profile.to_be_bytes());
            bytes.extend_from_slice(&words.to_be_bytes());
            bytes.extend_from_slice(&body);
            crate::properties::packet(&bytes);
            if let Ok(packet) = RtpPacket::parse(&bytes) {
                let block: usize = packet.extensions().into_iter().map(|e| e.value.len()).sum();
                prop_assert!(block <= usize::from(words) * 4);
            }
        }

        #[test]
        fn what_is_written_reads_back(
            elements in prop::collection::btree_map(
                1_u8..=255, prop::collection::vec(any::<u8>(), 0..40), 0..6),
            payload in prop::collection::vec(any::<u8>(), 0..50),
        ) {
            let elements: Vec<ExtensionElement<'_>> = elements
                .iter()
                .map(|(number, value)| ExtensionElement { id: id(*number), value })
                .collect();
            let mut bytes = Vec::new();
            header().write(&elements, &mut bytes);
            bytes.extend_from_slice(&payload);
            let packet = RtpPacket::parse(&bytes).unwrap();
            prop_assert_eq!(*packet.header(), header());
            prop_assert_eq!(packet.payload(), &payload);
            let read: Vec<_> = packet.extensions().into_iter().collect();
            prop_assert_eq!(read, elements.clone());
            for element in elements {
                prop_assert_eq!(packet.extension(element.id), Some(element.value));
            }
        }
    }
}
