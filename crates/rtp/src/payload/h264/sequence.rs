//! What sequence parameters say of a stream (ITU-T H.264 section 7.3.2.1.1).

use carillon_frame::VideoSize;

use super::bits::BitReader;

/// The profiles whose parameters tell the colour format (7.3.2.1.1).
const PROFILES_WITH_CHROMA: [u8; 13] =
    [44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244];

/// How many pictures of a cycle may have an offset (7.4.2.1.1).
const MAX_ORDER_CYCLE: u32 = 255;

/// The pixels along each side of a macroblock.
const MACROBLOCK: u32 = 16;

/// What decoders and containers must know of a sequence: as the stream says it, not as anyone should allow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SequenceParameters {
    /// The three octets that SDP calls profile-level-id: profile, constraints, level.
    pub profile_level_id: [u8; 3],
    /// How colour is sampled.
    pub chroma: ChromaFormat,
    /// Whether the pictures are whole frames, never fields.
    pub is_progressive: bool,
    /// How many pictures a later one may refer to.
    pub references: u32,
    /// How large the picture is before cropping, in pixels: whole macroblocks.
    pub coded_size: VideoSize,
    /// How large the picture is after cropping, in pixels.
    pub size: VideoSize,
}

/// How the colour of a sequence is sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChromaFormat {
    /// `chroma_format_idc`: 0 without colour, 1 for 4:2:0, 2 for 4:2:2, 3 for 4:4:4.
    pub id: u8,
    /// Bits of a luma sample beyond 8.
    pub extra_luma_bits: u8,
    /// Bits of a colour sample beyond 8.
    pub extra_chroma_bits: u8,
}

impl ChromaFormat {
    /// Quartered colour in octets, which every WebRTC client sends.
    pub const YUV420: Self = Self { id: 1, extra_luma_bits: 0, extra_chroma_bits: 0 };

    fn parse(bits: &mut BitReader<'_>) -> Option<Self> {
        let id = u8::try_from(bits.unsigned()?).ok().filter(|id| *id <= 3)?;
        if id == 3 {
            let _separate_planes = bits.bit()?;
        }
        let mut extra = || u8::try_from(bits.unsigned()?).ok().filter(|more| *more <= 6);
        let (extra_luma_bits, extra_chroma_bits) = (extra()?, extra()?);
        let _bypass = bits.bit()?;
        if bits.bit()? {
            for list in 0..if id == 3 { 12 } else { 8 } {
                if bits.bit()? {
                    skip_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
        Some(Self { id, extra_luma_bits, extra_chroma_bits })
    }

    /// How many pixels across and down one step of cropping takes from a frame.
    const fn crop_unit(self) -> (u32, u32) {
        match self.id {
            1 => (2, 2),
            2 => (2, 1),
            _ => (1, 1),
        }
    }
}

impl SequenceParameters {
    /// Reads a unit of sequence parameters, its header first; nothing if it ends early or a value is out of its range.
    #[must_use]
    pub fn parse(unit: &[u8]) -> Option<Self> {
        let &[_header, profile, constraints, level, ref rest @ ..] = unit else { return None };
        let bits = &mut BitReader::new(rest);
        let _id = bits.unsigned()?;
        let chroma = if PROFILES_WITH_CHROMA.contains(&profile) {
            ChromaFormat::parse(bits)?
        } else {
            ChromaFormat::YUV420
        };
        let _frame_number_size = bits.unsigned()?;
        skip_order_count(bits)?;
        let references = bits.unsigned()?;
        let _gaps_allowed = bits.bit()?;
        let columns = bits.unsigned()?.checked_add(1)?;
        let rows = bits.unsigned()?.checked_add(1)?;
        let is_progressive = bits.bit()?;
        if !is_progressive {
            let _adaptive = bits.bit()?;
        }
        let _direct_inference = bits.bit()?;
        let fields = if is_progressive { 1 } else { 2 };
        let coded_size = VideoSize::new(
            columns.checked_mul(MACROBLOCK)?,
            rows.checked_mul(fields)?.checked_mul(MACROBLOCK)?,
        );
        let size = if bits.bit()? {
            let (across, down) = chroma.crop_unit();
            cropped(bits, coded_size, (across, down.checked_mul(fields)?))?
        } else {
            coded_size
        };
        let profile_level_id = [profile, constraints, level];
        Some(Self { profile_level_id, chroma, is_progressive, references, coded_size, size })
    }
}

/// What is left of a picture: left, right, top and bottom are cut off.
fn cropped(
    bits: &mut BitReader<'_>,
    coded: VideoSize,
    (across, down): (u32, u32),
) -> Option<VideoSize> {
    let mut cut = |unit: u32| bits.unsigned()?.checked_add(bits.unsigned()?)?.checked_mul(unit);
    let width = coded.width.checked_sub(cut(across)?)?;
    let height = coded.height.checked_sub(cut(down)?)?;
    Some(VideoSize::new(width, height))
}

/// Passes over one scaling list (7.3.2.1.1.1).
fn skip_scaling_list(bits: &mut BitReader<'_>, entries: u32) -> Option<()> {
    let (mut last, mut next) = (8_i32, 8_i32);
    for _ in 0..entries {
        if next != 0 {
            next = last.saturating_add(bits.signed()?).rem_euclid(256);
        }
        if next != 0 {
            last = next;
        }
    }
    Some(())
}

/// Passes over how pictures are numbered for display.
fn skip_order_count(bits: &mut BitReader<'_>) -> Option<()> {
    match bits.unsigned()? {
        0 => {
            let _size = bits.unsigned()?;
        }
        1 => {
            let _always_zero = bits.bit()?;
            let _offsets = (bits.signed()?, bits.signed()?);
            for _ in 0..bits.unsigned().filter(|count| *count <= MAX_ORDER_CYCLE)? {
                let _frame_offset = bits.signed()?;
            }
        }
        2 => {}
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_stream_of_chromium_tells_its_size_after_cropping() {
        // 640x360 constrained baseline: 40 by 23 macroblocks, of which 8 rows of pixels are cropped.
        let unit = [
            0x67, 0x42, 0xc0, 0x1f, 0x8c, 0x8d, 0x40, 0x50, 0x17, 0xfc, 0xb0, 0x0f, 0x08, 0x84,
            0x6a,
        ];
        let parsed = SequenceParameters::parse(&unit).unwrap();
        assert_eq!(parsed.profile_level_id, [0x42, 0xc0, 0x1f]);
        assert_eq!(parsed.chroma, ChromaFormat::YUV420);
        assert_eq!(
            (parsed.coded_size, parsed.size),
            (VideoSize::new(640, 368), VideoSize::new(640, 360))
        );
        assert_eq!(SequenceParameters::parse(&unit[..8]), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(octets in prop::collection::vec(any::<u8>(), 0..64), profile: u8) {
            let unit = [&[0x67, profile, 0, 31][..], &octets].concat();
            if let Some(parsed) = SequenceParameters::parse(&unit) {
                prop_assert!(parsed.size.width <= parsed.coded_size.width);
                prop_assert!(parsed.size.height <= parsed.coded_size.height);
            }
        }
    }
}
