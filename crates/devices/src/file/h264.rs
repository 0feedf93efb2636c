//! H.264 as far as files need it: where units and pictures begin.

pub(super) mod picture;

use std::ops::Range;

const START_CODE: [u8; 3] = [0, 0, 1];

/// What kind of unit an octet announces, as far as files care (ITU-T H.264 table 7-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnitKind {
    /// A piece of a picture that needs others.
    Slice,
    /// A piece of a picture that needs no other.
    KeySlice,
    /// What decoders of a whole sequence must know.
    SequenceParameters,
    /// What decoders of some pictures must know.
    PictureParameters,
    /// Stands in front of a picture, and says something about it.
    Preface,
    /// The mark between two pictures, and padding: what containers leave out.
    Mark,
    /// Anything else.
    Other,
}

impl UnitKind {
    /// The kind of a unit by its first octet.
    pub(super) fn of(unit: &[u8]) -> Self {
        match unit.first().map(|header| header & 0x1f) {
            Some(1..=4) => Self::Slice,
            Some(5) => Self::KeySlice,
            Some(7) => Self::SequenceParameters,
            Some(8) => Self::PictureParameters,
            Some(6 | 14..=18) => Self::Preface,
            Some(9..=12) => Self::Mark,
            _ => Self::Other,
        }
    }

    /// Whether a picture is coded in it.
    pub(super) const fn is_slice(self) -> bool {
        matches!(self, Self::Slice | Self::KeySlice)
    }
}

/// A unit between start codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit<'a> {
    /// The unit, its header first, without zeros behind it.
    pub(super) octets: &'a [u8],
    /// Where its start code begins.
    pub(super) start: usize,
}

/// The units of a stream, in order; what stands in front of the first start code is none.
pub(super) fn units(stream: &[u8]) -> impl Iterator<Item = Unit<'_>> {
    let mut next = start_code(stream, 0);
    std::iter::from_fn(move || {
        let code = next.take()?;
        next = start_code(stream, code.end);
        let end = next.as_ref().map_or(stream.len(), |next| next.start);
        let octets = stream.get(code.end..end)?;
        let zeros = octets.iter().rev().take_while(|octet| **octet == 0).count();
        let octets = octets.get(..octets.len().saturating_sub(zeros))?;
        // The zero in front of a long start code belongs to it.
        let before = code.start.checked_sub(1).filter(|at| stream.get(*at) == Some(&0));
        Some(Unit { octets, start: before.unwrap_or(code.start) })
    })
    .filter(|unit| !unit.octets.is_empty())
}

/// The first start code at or behind `from`.
fn start_code(stream: &[u8], from: usize) -> Option<Range<usize>> {
    let mut at = from;
    loop {
        let window = stream.get(at..)?.first_chunk::<3>()?;
        let step = match window {
            &START_CODE => return Some(at..at.saturating_add(3)),
            // Neither this octet nor the next can begin one.
            [_, _, 2..=u8::MAX] => 3,
            [_, 1..=u8::MAX, _] => 2,
            _ => 1,
        };
        at = at.saturating_add(step);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn units_are_found_behind_short_and_long_start_codes() {
        let stream = [9, 9, 0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 0, 0, 0, 0, 1, 0, 0, 1, 0x65, 0];
        let found: Vec<_> = units(&stream).map(|u| (u.octets.to_vec(), u.start)).collect();
        assert_eq!(found, [(vec![0x67, 1], 2), (vec![0x68], 8), (vec![0x65], 17)]);
        assert_eq!(units(&[0, 0]).count() + units(&[0, 0, 1]).count(), 0);
    }

    proptest! {
        #[test]
        fn every_start_code_is_found(stream in prop::collection::vec(0_u8..4, 0..60)) {
            let plain = stream.windows(3).filter(|window| *window == START_CODE).count();
            let mut found = 0;
            let mut at = 0;
            while let Some(code) = start_code(&stream, at) {
                found += 1;
                at = code.end;
            }
            prop_assert_eq!(found, plain);
            prop_assert!(units(&stream).all(|unit| unit.octets.last() != Some(&0)));
        }
    }
}
