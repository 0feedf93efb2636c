//! Redundant audio: a payload and copies of earlier ones in one packet (RFC 2198).

use thiserror::Error;

use crate::PayloadType;

const MORE_FOLLOW: u8 = 0x80;
const REDUNDANT_HEADER_SIZE: usize = 4;
const PRIMARY_HEADER_SIZE: usize = 1;

/// How far back a copy can say it lies: 14 bits of ticks (RFC 2198 section 3).
const MAX_OFFSET: u16 = (1 << 14) - 1;

/// How long a copy can say it is: 10 bits of octets (RFC 2198 section 3).
const MAX_COPY_SIZE: usize = (1 << 10) - 1;

/// Why a payload is no redundant audio; the caller drops the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RedError {
    /// The block headers never end: drop the packet.
    #[error("redundant audio of {len} octets ends inside its headers")]
    Headers {
        /// How many octets there were.
        len: usize,
    },
    /// The copies are longer than the packet: drop it.
    #[error("redundant blocks of {announced} octets exceed the {available} there are")]
    Blocks {
        /// How many octets the headers announce.
        announced: usize,
        /// How many follow the headers.
        available: usize,
    },
}

/// One payload inside a redundant packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedBlock<'a> {
    /// Which format the payload has.
    pub payload_type: PayloadType,
    /// How many ticks before the packet's timestamp the payload starts: 0 for the packet's own.
    pub timestamp_offset: u16,
    /// The payload.
    pub payload: &'a [u8],
}

/// A view of redundant audio: the packet's own payload, and the copies in front of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedPayload<'a> {
    headers: &'a [u8],
    copies: &'a [u8],
    primary: RedBlock<'a>,
}

impl<'a> RedPayload<'a> {
    /// Reads one payload.
    ///
    /// # Errors
    ///
    /// Says where the headers and the octets disagree.
    pub fn parse(payload: &'a [u8]) -> Result<Self, RedError> {
        let mut rest = payload;
        let mut copied = 0_usize;
        let cut = RedError::Headers { len: payload.len() };
        while let Some((header, behind)) = split_redundant_header(rest) {
            copied = copied.saturating_add(header.len);
            rest = behind;
        }
        let (last, blocks) = rest.split_first().ok_or(cut)?;
        if last & MORE_FOLLOW != 0 {
            return Err(cut);
        }
        let headers_size = payload.len().saturating_sub(rest.len());
        let oversized = RedError::Blocks { announced: copied, available: blocks.len() };
        let (copies, own) = blocks.split_at_checked(copied).ok_or(oversized)?;
        let payload_type = PayloadType::from_low_bits(*last);
        let primary = RedBlock { payload_type, timestamp_offset: 0, payload: own };
        Ok(Self { headers: payload.get(..headers_size).ok_or(cut)?, copies, primary })
    }

    /// The packet's own payload.
    #[must_use]
    pub const fn primary(&self) -> RedBlock<'a> {
        self.primary
    }

    /// The copies of earlier payloads, oldest first as senders write them.
    #[must_use]
    pub const fn copies(&self) -> RedCopies<'a> {
        RedCopies { headers: self.headers, blocks: self.copies }
    }
}

/// The copies of earlier payloads in a redundant packet.
#[derive(Clone, Debug)]
pub struct RedCopies<'a> {
    headers: &'a [u8],
    blocks: &'a [u8],
}

impl<'a> Iterator for RedCopies<'a> {
    type Item = RedBlock<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (header, headers) = split_redundant_header(self.headers)?;
        let (payload, blocks) = self.blocks.split_at_checked(header.len)?;
        self.headers = headers;
        self.blocks = blocks;
        let RedundantHeader { payload_type, timestamp_offset, .. } = header;
        Some(RedBlock { payload_type, timestamp_offset, payload })
    }
}

/// Appends `primary` behind `copies` of the packets just before it, oldest first, and tells how many copies it took.
///
/// Receivers number copies by their place, so that only the oldest may be left out: those with which the payload would
/// exceed `limit` octets, and everything older than one that the header cannot describe.
pub fn write_red<'a>(
    copies: impl DoubleEndedIterator<Item = RedBlock<'a>> + Clone,
    primary: RedBlock<'a>,
    limit: usize,
    out: &mut Vec<u8>,
) -> usize {
    let mut size = PRIMARY_HEADER_SIZE.saturating_add(primary.payload.len());
    let fitting = copies.clone().rev().take_while(|copy| {
        size = size.saturating_add(REDUNDANT_HEADER_SIZE).saturating_add(copy.payload.len());
        size <= limit && copy.timestamp_offset <= MAX_OFFSET && copy.payload.len() <= MAX_COPY_SIZE
    });
    let taken = fitting.count();
    let left_out = copies.clone().count().saturating_sub(taken);
    let copies = copies.skip(left_out);
    for copy in copies.clone() {
        out.extend_from_slice(&redundant_header(copy));
    }
    out.push(primary.payload_type.number());
    for block in copies.chain([primary]) {
        out.extend_from_slice(block.payload);
    }
    taken
}

/// The header of a copy whose offset and length fit: see [`split_redundant_header`].
fn redundant_header(copy: RedBlock<'_>) -> [u8; REDUNDANT_HEADER_SIZE] {
    let size = u16::try_from(copy.payload.len()).unwrap_or(0);
    let [offset_high, offset_low] = (copy.timestamp_offset << 2).to_be_bytes();
    let [size_high, size_low] = size.to_be_bytes();
    [MORE_FOLLOW | copy.payload_type.number(), offset_high, offset_low | size_high, size_low]
}

struct RedundantHeader {
    payload_type: PayloadType,
    timestamp_offset: u16,
    len: usize,
}

/// Takes off a header that announces a copy: 1 bit, 7 of type, 14 of offset, 10 of length.
fn split_redundant_header(bytes: &[u8]) -> Option<(RedundantHeader, &[u8])> {
    let ([first, o, ol, l], rest) = bytes.split_first_chunk::<REDUNDANT_HEADER_SIZE>()?;
    if first & MORE_FOLLOW == 0 {
        return None;
    }
    let header = RedundantHeader {
        payload_type: PayloadType::from_low_bits(*first),
        timestamp_offset: u16::from_be_bytes([*o, *ol]) >> 2,
        len: usize::from(u16::from_be_bytes([ol & 0x03, *l])),
    };
    Some((header, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn opus() -> PayloadType {
        PayloadType::new(111).unwrap()
    }

    fn redundant(copies: &[(u16, &[u8])], primary: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (offset, copy) in copies {
            let len = u32::try_from(copy.len()).unwrap();
            let header = (1 << 31) | (111 << 24) | (u32::from(*offset) << 10) | len;
            bytes.extend_from_slice(&header.to_be_bytes());
        }
        bytes.push(111);
        bytes.extend(copies.iter().flat_map(|(_, copy)| *copy));
        bytes.extend_from_slice(primary);
        bytes
    }

    #[test]
    fn a_packet_without_copies_is_its_own_payload() {
        let bytes = redundant(&[], b"now");
        let red = RedPayload::parse(&bytes).unwrap();
        assert_eq!(red.primary().payload, b"now");
        assert_eq!(red.primary().payload_type, opus());
        assert_eq!(red.copies().count(), 0);
    }

    #[test]
    fn copies_tell_how_old_they_are() {
        let bytes = redundant(&[(1_920, b"older"), (960, b"old")], b"now");
        let red = RedPayload::parse(&bytes).unwrap();
        let copies: Vec<_> = red.copies().map(|b| (b.timestamp_offset, b.payload)).collect();
        assert_eq!(copies, [(1_920, &b"older"[..]), (960, b"old")]);
        assert_eq!(red.primary().payload, b"now");
    }

    #[test]
    fn headers_that_promise_too_much_are_refused() {
        assert_eq!(RedPayload::parse(&[]), Err(RedError::Headers { len: 0 }));
        assert_eq!(RedPayload::parse(&[0xef, 0, 4]), Err(RedError::Headers { len: 3 }));
        assert_eq!(RedPayload::parse(&[0xef, 0, 0, 4]), Err(RedError::Headers { len: 4 }));
        let cut = &redundant(&[(960, b"copy")], b"")[..7];
        assert_eq!(RedPayload::parse(cut), Err(RedError::Blocks { announced: 4, available: 2 }));
    }

    #[test]
    fn copies_that_do_not_fit_are_left_out_from_the_oldest_on() {
        let block =
            |offset, payload| RedBlock { payload_type: opus(), timestamp_offset: offset, payload };
        let mut out = Vec::new();
        let music = [7_u8; 500];
        let copies = [block(1_920, &music[..]), block(960, &music[..])];
        assert_eq!(write_red(copies.into_iter(), block(0, &music), 1_200, &mut out), 1);
        let red = RedPayload::parse(&out).unwrap();
        assert_eq!(red.copies().map(|copy| copy.timestamp_offset).collect::<Vec<_>>(), [960]);
        assert!(out.len() <= 1_200);
        out.clear();
        // A copy from before a long silence is further back than a header can say.
        let copies = [block(960, &music[..10]), block(1 << 14, &music[..10])];
        assert_eq!(write_red(copies.into_iter(), block(0, &music), 1_200, &mut out), 0);
        assert_eq!(RedPayload::parse(&out).unwrap().primary().payload, music);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            copies in prop::collection::vec(
                (0_u16..1 << 14, prop::collection::vec(any::<u8>(), 0..400)), 0..4),
            primary in prop::collection::vec(any::<u8>(), 0..400),
        ) {
            let block = |offset: u16, payload| RedBlock {
                payload_type: opus(),
                timestamp_offset: offset,
                payload,
            };
            let copies: Vec<_> = copies.iter().map(|(o, bytes)| block(*o, bytes.as_slice())).collect();
            let mut out = Vec::new();
            let blocks = copies.iter().copied();
            let taken = write_red(blocks, block(0, &primary), 1_200, &mut out);
            let red = RedPayload::parse(&out).unwrap();
            prop_assert_eq!(red.primary(), block(0, &primary));
            prop_assert_eq!(&red.copies().collect::<Vec<_>>(), &copies[copies.len() - taken..]);
            prop_assert!(out.len() <= 1_200);
        }

        #[test]
        fn any_bytes_are_split_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            crate::properties::redundancy(&bytes);
        }

        #[test]
        fn what_is_joined_splits_again(
            copies in prop::collection::vec(
                (0_u16..1 << 14, prop::collection::vec(any::<u8>(), 0..40)), 0..4),
            primary in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let copies: Vec<_> = copies.iter().map(|(o, bytes)| (*o, bytes.as_slice())).collect();
            let bytes = redundant(&copies, &primary);
            let red = RedPayload::parse(&bytes).unwrap();
            let split: Vec<_> = red.copies().map(|b| (b.timestamp_offset, b.payload)).collect();
            prop_assert_eq!(split, copies);
            prop_assert_eq!(red.primary().payload, &primary);
        }
    }
}
