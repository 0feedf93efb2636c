//! What sequence parameters say of the pictures (ITU-T H.264 section 7.3.2.1.1).

use carillon_frame::VideoSize;

use super::bits::Bits;

/// The profiles whose parameters tell the colour format (7.3.2.1.1).
const PROFILES_WITH_COLOUR: [u8; 13] =
    [44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244];

/// How many pictures of a cycle may have an offset (7.4.2.1.1).
const MAX_CYCLE: u32 = 255;

/// What a container repeats of the sequence parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::file) struct Sequence {
    pub(in crate::file) profile: u8,
    pub(in crate::file) constraints: u8,
    pub(in crate::file) level: u8,
    /// 0 without colour, 1 for quartered colour, 2 for halved, 3 for full.
    pub(in crate::file) chroma_format: u8,
    /// Bits of luma and chroma samples beyond 8.
    pub(in crate::file) more_bits: (u8, u8),
    pub(in crate::file) size: VideoSize,
}

impl Sequence {
    /// Reads the parameters of a unit; nothing if no decoder could.
    pub(in crate::file) fn parse(unit: &[u8]) -> Option<Self> {
        let &[_, profile, constraints, level, ..] = unit else { return None };
        let mut bits = Bits::of_unit(unit);
        bits.number(24)?;
        bits.unsigned()?;
        let (mut chroma_format, mut more_bits) = (1, (0, 0));
        if PROFILES_WITH_COLOUR.contains(&profile) {
            (chroma_format, more_bits) = read_colour(&mut bits)?;
        }
        bits.unsigned()?;
        skip_order(&mut bits)?;
        bits.unsigned()?;
        bits.bit()?;
        let size = read_size(&mut bits, chroma_format)?;
        Some(Self { profile, constraints, level, chroma_format, more_bits, size })
    }
}

/// The colour format, and the bits of samples beyond 8.
fn read_colour(bits: &mut Bits) -> Option<(u8, (u8, u8))> {
    let format = u8::try_from(bits.unsigned()?).ok().filter(|format| *format <= 3)?;
    if format == 3 {
        bits.bit()?;
    }
    let mut more = || u8::try_from(bits.unsigned()?).ok().filter(|more| *more <= 6);
    let more = (more()?, more()?);
    bits.bit()?;
    if bits.bit()? {
        for list in 0..if format == 3 { 12 } else { 8 } {
            if bits.bit()? {
                skip_scaling(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Some((format, more))
}

/// Skips a scaling list (7.3.2.1.1.1).
fn skip_scaling(bits: &mut Bits, length: u32) -> Option<()> {
    let (mut last, mut next) = (8_i32, 8_i32);
    for _ in 0..length {
        if next != 0 {
            next = last.checked_add(bits.signed()?)?.rem_euclid(256);
        }
        last = if next == 0 { last } else { next };
    }
    Some(())
}

/// Skips how the order of pictures is told.
fn skip_order(bits: &mut Bits) -> Option<()> {
    match bits.unsigned()? {
        0 => {
            bits.unsigned()?;
        }
        1 => {
            bits.bit()?;
            bits.signed()?;
            bits.signed()?;
            for _ in 0..bits.unsigned().filter(|cycle| *cycle <= MAX_CYCLE)? {
                bits.signed()?;
            }
        }
        _ => {}
    }
    Some(())
}

/// The size of the pictures, without what is cropped.
fn read_size(bits: &mut Bits, chroma_format: u8) -> Option<VideoSize> {
    let columns = bits.unsigned()?.checked_add(1)?;
    let rows = bits.unsigned()?.checked_add(1)?;
    let fields = if bits.bit()? { 1 } else { 2 };
    if fields == 2 {
        bits.bit()?;
    }
    bits.bit()?;
    let (mut width, mut height) =
        (columns.checked_mul(16)?, rows.checked_mul(16)?.checked_mul(fields)?);
    if bits.bit()? {
        let (across, down) = match chroma_format {
            1 => (2, 2),
            2 => (2, 1),
            _ => (1, 1),
        };
        let mut cut = |unit: u32| bits.unsigned()?.checked_add(bits.unsigned()?)?.checked_mul(unit);
        width = width.checked_sub(cut(across)?)?;
        height = height.checked_sub(cut(down * fields)?)?;
    }
    Some(VideoSize::new(width, height)).filter(|size| size.is_valid())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn baseline_of_browsers_has_its_size() {
        // 640x360: 40 by 23 macroblocks, 8 rows cropped.
        let unit = [0x67, 0x42, 0xc0, 0x1f, 0x8c, 0x8d, 0x40, 0x50, 0x17, 0xfc, 0xb0];
        let parsed = Sequence::parse(&unit).unwrap();
        assert_eq!((parsed.profile, parsed.constraints, parsed.level), (0x42, 0xc0, 0x1f));
        assert_eq!(parsed.size, VideoSize::new(640, 360));
    }

    proptest! {
        #[test]
        fn no_bytes_do_harm(octets in prop::collection::vec(any::<u8>(), 0..64), profile in 0..256_u32) {
            let _ = Sequence::parse(&octets);
            let unit = [vec![0x67, u8::try_from(profile).unwrap()], octets].concat();
            let sound = Sequence::parse(&unit).is_none_or(|parsed| parsed.size.is_valid());
            prop_assert!(sound);
        }
    }
}
