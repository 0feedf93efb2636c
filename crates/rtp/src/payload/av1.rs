//! AV1 (RTP Payload Format for AV1, section 4.4).

use carillon_frame::VideoSize;

use crate::bits::BitReader;

/// Set in the aggregation header of the packet that starts a coded video sequence.
const NEW_SEQUENCE: u8 = 0x08;

/// Whether this payload starts a coded video sequence, which begins with a key frame.
#[must_use]
pub fn starts_key_frame(payload: &[u8]) -> bool {
    matches!(payload, [aggregation, _, ..] if aggregation & NEW_SEQUENCE != 0)
}

/// How many units the payload has, in two bits of the aggregation header; zero leaves it open.
const UNIT_COUNT: u32 = 0x30;

/// The type of the unit that describes a sequence (AV1 section 6.2.2).
const SEQUENCE_HEADER: u32 = 1;

/// How large the largest picture of a sequence is, if the payload starts one; its header comes first then.
///
/// A sequence that tells how its pictures are timed tells nothing here: no sender of calls makes one.
#[must_use]
pub fn sequence_size(payload: &[u8]) -> Option<VideoSize> {
    let (aggregation, units) = payload.split_first()?;
    if !starts_key_frame(payload) {
        return None;
    }
    let is_only = u32::from(*aggregation) & UNIT_COUNT == 0x10;
    // Of the last of a counted number of units the length is what is left.
    let unit = if is_only { units } else { skip_length(units)? };
    sequence_header_size(&mut BitReader::new(unit))
}

/// What follows a number of variable length (AV1 section 4.10.5), whatever it is: readers stop by themselves.
fn skip_length(octets: &[u8]) -> Option<&[u8]> {
    let last = octets.iter().position(|octet| octet & 0x80 == 0)?;
    octets.get(last.saturating_add(1)..)
}

/// Reads a unit's header and a sequence header up to its size (AV1 sections 5.3.2 and 5.5.1).
fn sequence_header_size(bits: &mut BitReader<'_>) -> Option<VideoSize> {
    let _forbidden = bits.flag()?;
    if bits.take(4)? != SEQUENCE_HEADER {
        return None;
    }
    let (has_extension, has_size) = (bits.flag()?, bits.flag()?);
    let _reserved = bits.flag()?;
    if has_extension {
        bits.take(8)?;
    }
    while has_size && bits.take(8)? & 0x80 != 0 {}
    let (_profile, _still) = (bits.take(3)?, bits.flag()?);
    let is_reduced = bits.flag()?;
    if is_reduced {
        bits.take(5)?;
    } else {
        skip_operating_points(bits)?;
    }
    let (width_bits, height_bits) = (bits.take(4)?, bits.take(4)?);
    let mut side = |width: u32| bits.take(width.saturating_add(1))?.checked_add(1);
    Some(VideoSize::new(side(width_bits)?, side(height_bits)?))
}

/// Passes over what a decoder has to be capable of.
fn skip_operating_points(bits: &mut BitReader<'_>) -> Option<()> {
    /// Levels above this one tell their tier as well.
    const LAST_WITHOUT_TIER: u32 = 7;
    let tells_timing = bits.flag()?;
    if tells_timing {
        return None;
    }
    let tells_delay = bits.flag()?;
    for _ in 0..=bits.take(5)? {
        let _layers = bits.take(12)?;
        if bits.take(5)? > LAST_WITHOUT_TIER {
            bits.flag()?;
        }
        if tells_delay && bits.flag()? {
            bits.take(4)?;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes numbers of so many bits one after the other, up to whole octets.
    fn written(fields: &[(u32, u32)]) -> Vec<u8> {
        let bits: Vec<u8> = fields
            .iter()
            .flat_map(|(number, width)| (0..*width).rev().map(move |bit| number >> bit & 1))
            .map(|bit| u8::from(bit == 1))
            .collect();
        let octet =
            |bits: &[u8]| bits.iter().fold(0, |octet, bit| octet << 1 | bit) << (8 - bits.len());
        bits.chunks(8).map(octet).collect()
    }

    /// The head of a sequence of 1920 by 1080, for levels 4.0 and 5.0 of which the latter tells its tier.
    fn sequence() -> Vec<u8> {
        let unit = [(0, 1), (1, 4), (0, 1), (0, 1), (0, 1)];
        let points = [(1, 5), (0x101, 12), (5, 5), (0x303, 12), (8, 5), (0, 1)];
        let size = [(10, 4), (10, 4), (1919, 11), (1079, 11)];
        written(&[&unit[..], &[(0, 3), (0, 1), (0, 1), (0, 1), (0, 1)], &points, &size].concat())
    }

    #[test]
    fn a_sequence_tells_the_size_of_its_pictures() {
        let expected = Some(VideoSize::new(1_920, 1_080));
        let alone = [&[0x18][..], &sequence()].concat();
        assert_eq!(sequence_size(&alone), expected);
        let length = u8::try_from(sequence().len()).unwrap();
        let among = [&[0x28, length][..], &sequence(), &[0x30, 1, 2]].concat();
        assert_eq!(sequence_size(&among), expected);
        let uncounted = [&[0x08, 0x80 | length, 0][..], &sequence()].concat();
        assert_eq!(sequence_size(&uncounted), expected);
    }

    #[test]
    fn what_is_no_sequence_tells_no_size() {
        let cut = [&[0x18][..], &sequence()[..8]].concat();
        let later = [&[0x10][..], &sequence()].concat();
        let picture = [0x18, 0x30, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];
        for payload in [&[][..], &cut, &later, &picture] {
            assert_eq!(sequence_size(payload), None, "{payload:x?}");
        }
    }

    #[test]
    fn a_key_frame_is_told_by_the_aggregation_header() {
        assert!(starts_key_frame(&[0x18, 0x0a]));
        assert!(!starts_key_frame(&[0x10, 0x0a]));
        assert!(!starts_key_frame(&[0x18]));
        assert!(!starts_key_frame(&[]));
    }
}
