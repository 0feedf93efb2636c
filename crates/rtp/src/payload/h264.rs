//! H.264 (RFC 6184 section 5).

mod annex_b;
mod bits;
mod depacketizer;
mod packetizer;
mod sequence;

pub use annex_b::{AnnexBUnits, START_CODE};
pub use depacketizer::{DepacketizeError, H264Depacketizer, MAX_PICTURE_OCTETS};
pub use packetizer::{H264Packetizer, PayloadPlace};
pub use sequence::{ChromaFormat, SequenceParameters};

/// What kind of network abstraction layer unit a header octet announces.
const TYPE_MASK: u8 = 0x1f;
const TYPE_IDR: u8 = 5;
const TYPE_SEQUENCE_PARAMETERS: u8 = 7;
const TYPE_PICTURE_PARAMETERS: u8 = 8;
const TYPE_STAP_A: u8 = 24;
const TYPE_FU_A: u8 = 28;
const FU_START: u8 = 0x80;
const FU_END: u8 = 0x40;

/// The importance bits of a unit's header, which a fragmented unit keeps in each fragment.
const IMPORTANCE_MASK: u8 = 0xe0;

/// The octets in front of the unit's own in a fragment: its indicator and its header.
const FU_HEADER_SIZE: usize = 2;

/// What one H.264 payload holds, in the structures of packetization modes 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum H264Payload<'a> {
    /// One whole unit, its header first.
    Single(&'a [u8]),
    /// Several whole units.
    Aggregate(AggregatedUnits<'a>),
    /// A part of one unit.
    Fragment(Fragment<'a>),
}

/// A part of one unit (RFC 6184 section 5.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment<'a> {
    /// The header octet of the whole unit, which no fragment repeats.
    pub unit_header: u8,
    /// Which part it is.
    pub position: FragmentPosition,
    /// The part's octets.
    pub bytes: &'a [u8],
}

/// Which part of a unit a fragment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FragmentPosition {
    /// The first.
    Start,
    /// Neither the first nor the last.
    Middle,
    /// The last.
    End,
}

/// The units of an aggregation packet, up to the first that is cut off (RFC 6184 section 5.7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AggregatedUnits<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for AggregatedUnits<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        let (size, rest) = self.rest.split_first_chunk()?;
        let (unit, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*size)))?;
        self.rest = rest;
        Some(unit)
    }
}

impl<'a> H264Payload<'a> {
    /// Reads one payload, if it has a structure of modes 0 and 1.
    #[must_use]
    pub fn parse(payload: &'a [u8]) -> Option<Self> {
        let (first, rest) = payload.split_first()?;
        match first & TYPE_MASK {
            1..=23 => Some(Self::Single(payload)),
            TYPE_STAP_A => Some(Self::Aggregate(AggregatedUnits { rest })),
            TYPE_FU_A => {
                let header = rest.first()?;
                let position = match (header & FU_START != 0, header & FU_END != 0) {
                    (true, false) => FragmentPosition::Start,
                    (false, false) => FragmentPosition::Middle,
                    (false, true) => FragmentPosition::End,
                    (true, true) => return None,
                };
                let unit_header = (first & IMPORTANCE_MASK) | (header & TYPE_MASK);
                let bytes = payload.get(FU_HEADER_SIZE..)?;
                Some(Self::Fragment(Fragment { unit_header, position, bytes }))
            }
            _ => None,
        }
    }
}

/// What kind of unit a header octet announces.
const fn unit_type(header: u8) -> u8 {
    header & TYPE_MASK
}

/// Whether this payload starts a key frame: it holds the start of an IDR picture, or of the
/// parameters that stand in front of one.
///
/// Where a frame ends is told by the packet's marker (RFC 6184 section 5.1).
#[must_use]
pub fn starts_key_frame(payload: &[u8]) -> bool {
    starts_unit(payload, |kind| matches!(kind, TYPE_IDR | TYPE_SEQUENCE_PARAMETERS))
}

/// Whether this payload holds the parameters that stand in front of a key frame: nothing that a decoder needs comes
/// earlier in its picture.
#[must_use]
pub fn holds_parameters(payload: &[u8]) -> bool {
    starts_unit(payload, |kind| kind == TYPE_SEQUENCE_PARAMETERS)
}

/// The parameters of the sequence, if this payload holds them whole, as it does with every sender known: they are short.
#[must_use]
pub fn sequence_parameters(payload: &[u8]) -> Option<SequenceParameters> {
    let is_wanted = |unit: &&[u8]| {
        unit.first().is_some_and(|first| unit_type(*first) == TYPE_SEQUENCE_PARAMETERS)
    };
    let unit = match H264Payload::parse(payload)? {
        H264Payload::Single(unit) => Some(unit).filter(is_wanted),
        H264Payload::Aggregate(mut units) => units.find(is_wanted),
        H264Payload::Fragment(_) => None,
    };
    SequenceParameters::parse(unit?)
}

/// Whether a unit of a wanted kind begins in this payload.
fn starts_unit(payload: &[u8], wanted: impl Fn(u8) -> bool) -> bool {
    let is_wanted = |header: u8| wanted(header & TYPE_MASK);
    match H264Payload::parse(payload) {
        Some(H264Payload::Single(unit)) => unit.first().copied().is_some_and(is_wanted),
        Some(H264Payload::Aggregate(mut units)) => {
            units.any(|unit| unit.first().copied().is_some_and(is_wanted))
        }
        Some(H264Payload::Fragment(fragment)) => {
            fragment.position == FragmentPosition::Start && is_wanted(fragment.unit_header)
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_units_are_judged_by_their_header() {
        assert!(starts_key_frame(&[0x67, 0x42]));
        assert!(starts_key_frame(&[0x65, 0x88]));
        assert!(!starts_key_frame(&[0x41, 0x9a]));
        assert!(!starts_key_frame(&[0x68, 0xce]));
    }

    #[test]
    fn parameters_joined_in_one_packet_start_a_key_frame() {
        let payload = [0x78, 0, 2, 0x67, 0x42, 0, 1, 0x68];
        assert!(starts_key_frame(&payload) && holds_parameters(&payload));
        assert!(!holds_parameters(&[0x65, 0x88]) && !holds_parameters(&[]));
        let Some(H264Payload::Aggregate(units)) = H264Payload::parse(&payload) else {
            panic!("24 is an aggregate")
        };
        assert_eq!(units.collect::<Vec<_>>(), [&[0x67, 0x42][..], &[0x68]]);
    }

    #[test]
    fn parameters_are_read_alone_and_among_others() {
        let unit = [
            0x67, 0x42, 0xc0, 0x1f, 0x8c, 0x8d, 0x40, 0x50, 0x17, 0xfc, 0xb0, 0x0f, 0x08, 0x84,
            0x6a,
        ];
        let alone = sequence_parameters(&unit).unwrap();
        assert_eq!((alone.size.width, alone.size.height), (640, 360));
        let among = [&[0x78, 0, 2, 0x06, 0x05, 0, 15][..], &unit, &[0, 2, 0x68, 0xce]].concat();
        assert_eq!(sequence_parameters(&among), Some(alone));
        for payload in [&[][..], &[0x65, 0x88], &[0x78, 0, 2, 0x68, 0xce], &[0x7c, 0x87, 0x42]] {
            assert_eq!(sequence_parameters(payload), None, "{payload:x?}");
        }
    }

    #[test]
    fn only_the_first_fragment_of_an_idr_picture_starts_a_key_frame() {
        assert!(starts_key_frame(&[0x7c, 0x85, 1]));
        assert!(!starts_key_frame(&[0x7c, 0x05, 1]));
        assert!(!starts_key_frame(&[0x7c, 0x45, 1]));
        assert!(!starts_key_frame(&[0x7c, 0x81, 1]));
    }

    #[test]
    fn a_fragment_tells_the_header_of_its_unit() {
        let expected =
            Fragment { unit_header: 0x65, position: FragmentPosition::End, bytes: &[7, 8] };
        let parsed = H264Payload::parse(&[0x7c, 0x45, 7, 8]);
        assert_eq!(parsed, Some(H264Payload::Fragment(expected)));
    }

    #[test]
    fn structures_of_other_modes_are_refused() {
        for payload in [&[][..], &[0x00], &[0x79, 1, 2], &[0x7c], &[0x7c, 0xc5]] {
            assert_eq!(H264Payload::parse(payload), None, "{payload:x?}");
        }
    }
}
