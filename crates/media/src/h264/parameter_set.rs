//! What a stream asks of its decoder, read before the decoder may believe it (ITU-T H.264 section 7.3.2.1.1).

use carillon_frame::VideoSize;

use super::bits::BitReader;

/// The largest picture that is decoded, in blocks of 16 by 16 pixels: 3840 by 2176.
///
/// Less would refuse a 4K screen; more lets a stranger's header ask for more memory.
const MAX_BLOCKS: u32 = 240 * 136;

/// How many blocks the pictures that a stream may refer to hold together: level 5.2 of table A-1, 70 MB.
///
/// Sixteen pictures, which the syntax allows at any size, would take 200 MB at 4K.
const MAX_REFERENCE_BLOCKS: u32 = 184_320;

/// The pixels along each side of a block.
const BLOCK: u32 = 16;

/// The profiles whose parameters tell more about colour.
const PROFILES_WITH_CHROMA: [u8; 13] =
    [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

/// Why a stream's parameters are not accepted; the stream cannot be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParameterSetError {
    /// They end too early, or a value is out of its range.
    #[error("sequence parameters are malformed")]
    Malformed,
    /// They use what no WebRTC client sends: other colour than 4:2:0 or interlaced fields.
    #[error("sequence parameters ask for tools that are not supported")]
    Unsupported,
    /// The picture is larger, or refers to more pictures, than is decoded.
    #[error("{width}x{height} with {references} reference pictures exceeds what is decoded")]
    TooLarge {
        /// From left to right, in pixels.
        width: u32,
        /// From top to bottom, in pixels.
        height: u32,
        /// How many pictures a later one may refer to.
        references: u32,
    },
}

/// What the parameters of a sequence say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SequenceParameters {
    /// The three octets that SDP calls profile-level-id.
    pub profile_level_id: [u8; 3],
    /// How large the picture is after cropping.
    pub size: VideoSize,
    /// How many pictures a later one may refer to.
    pub references: u32,
}

impl SequenceParameters {
    /// Reads a unit of sequence parameters, its header first.
    ///
    /// # Errors
    /// Says why no decoder should see it.
    pub fn parse(unit: &[u8]) -> Result<Self, ParameterSetError> {
        let [_header, profile, constraints, level, rest @ ..] = unit else {
            return Err(ParameterSetError::Malformed);
        };
        let mut bits = BitReader::new(rest);
        let layout = read_layout(&mut bits, *profile).ok_or(ParameterSetError::Malformed)?;
        let size = layout.checked_size()?;
        let profile_level_id = [*profile, *constraints, *level];
        Ok(Self { profile_level_id, size, references: layout.references })
    }
}

/// The fields that decide about memory.
struct Layout {
    chroma_format: u32,
    references: u32,
    columns: u32,
    rows: u32,
    is_progressive: bool,
    /// Left, right, top, bottom; in pairs of pixels.
    crop: [u32; 4],
}

impl Layout {
    fn checked_size(&self) -> Result<VideoSize, ParameterSetError> {
        if self.chroma_format != 1 || !self.is_progressive {
            return Err(ParameterSetError::Unsupported);
        }
        let width = self.columns.saturating_mul(BLOCK);
        let height = self.rows.saturating_mul(BLOCK);
        let blocks = self.columns.saturating_mul(self.rows);
        let referred = blocks.saturating_mul(self.references.max(1));
        let [left, right, top, bottom] = self.crop.map(|pairs| pairs.saturating_mul(2));
        let size = VideoSize::new(
            width.saturating_sub(left.saturating_add(right)),
            height.saturating_sub(top.saturating_add(bottom)),
        );
        if blocks > MAX_BLOCKS
            || referred > MAX_REFERENCE_BLOCKS
            || width.max(height) > VideoSize::MAX_SIDE
        {
            let references = self.references;
            return Err(ParameterSetError::TooLarge { width, height, references });
        }
        if size.is_valid() { Ok(size) } else { Err(ParameterSetError::Malformed) }
    }
}

/// Reads the fields in their order; nothing if they end.
fn read_layout(bits: &mut BitReader<'_>, profile: u8) -> Option<Layout> {
    let _id = bits.unsigned()?;
    let chroma_format =
        if PROFILES_WITH_CHROMA.contains(&profile) { read_chroma(bits)? } else { 1 };
    let _frame_number_size = bits.unsigned()?;
    skip_order_count(bits)?;
    let references = bits.unsigned()?;
    let _gaps_allowed = bits.bit()?;
    let columns = bits.unsigned()?.saturating_add(1);
    let rows = bits.unsigned()?.saturating_add(1);
    let is_progressive = bits.bit()?;
    if !is_progressive {
        let _adaptive = bits.bit()?;
    }
    let _direct_inference = bits.bit()?;
    let mut crop = [0; 4];
    if bits.bit()? {
        for side in &mut crop {
            *side = bits.unsigned()?;
        }
    }
    Some(Layout { chroma_format, references, columns, rows, is_progressive, crop })
}

fn read_chroma(bits: &mut BitReader<'_>) -> Option<u32> {
    let format = bits.unsigned()?;
    if format == 3 {
        let _separate_planes = bits.bit()?;
    }
    let _luma_depth = bits.unsigned()?;
    let _chroma_depth = bits.unsigned()?;
    let _bypass = bits.bit()?;
    if bits.bit()? {
        let lists = if format == 3 { 12 } else { 8 };
        for list in 0..lists {
            if bits.bit()? {
                skip_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Some(format)
}

/// Passes over one scaling list (section 7.3.2.1.1.1).
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
            let _offset = (bits.signed()?, bits.signed()?);
            // The count is at most 255 (section 7.4.2.1.1).
            for _ in 0..bits.unsigned().filter(|count| *count <= 255)? {
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

    /// Writes sequence parameters of a baseline stream.
    fn baseline(columns: u32, rows: u32, references: u32) -> Vec<u8> {
        let mut bits = String::new();
        let mut unsigned = |value: u32| {
            let code = format!("{:b}", u64::from(value) + 1);
            bits.push_str(&"0".repeat(code.len() - 1));
            bits.push_str(&code);
        };
        // Number, frame number size, order count of kind 2, references.
        [0, 0, 2, references].into_iter().for_each(&mut unsigned);
        // "No gaps" is one clear bit, which begins the next number's code if that is written as such; so it stands alone.
        bits.push('0');
        let mut unsigned = |value: u32| {
            let code = format!("{:b}", u64::from(value) + 1);
            bits.push_str(&"0".repeat(code.len() - 1));
            bits.push_str(&code);
        };
        [columns - 1, rows - 1].into_iter().for_each(&mut unsigned);
        // Progressive, direct inference, no cropping, no usability information, stop bit.
        bits.push_str("11001");
        let mut unit = vec![0x67, 66, 0xc0, 31];
        for octet in bits.as_bytes().chunks(8) {
            let text = std::str::from_utf8(octet).unwrap();
            unit.push(u8::from_str_radix(&format!("{text:0<8}"), 2).unwrap());
        }
        unit
    }

    #[test]
    fn a_baseline_stream_tells_its_size() {
        let parsed = SequenceParameters::parse(&baseline(80, 45, 1)).unwrap();
        assert_eq!(parsed.size, VideoSize::new(1280, 720));
        assert_eq!((parsed.references, parsed.profile_level_id), (1, [66, 0xc0, 31]));
    }

    #[test]
    fn a_stream_of_chromium_tells_its_size_after_cropping() {
        // 640x360 constrained baseline: 40 by 23 blocks of which 8 rows of pixels are cropped.
        let unit = [
            0x67, 0x42, 0xc0, 0x1f, 0x8c, 0x8d, 0x40, 0x50, 0x17, 0xfc, 0xb0, 0x0f, 0x08, 0x84,
            0x6a,
        ];
        let parsed = SequenceParameters::parse(&unit).unwrap();
        assert_eq!(parsed.size, VideoSize::new(640, 360));
    }

    #[test]
    fn more_than_a_4k_screen_is_refused() {
        assert!(SequenceParameters::parse(&baseline(240, 136, 5)).is_ok());
        for (columns, rows, references) in
            [(240, 137, 1), (240, 136, 6), (80, 45, 100), (65_536, 65_536, 1), (600, 16, 1)]
        {
            let refused = SequenceParameters::parse(&baseline(columns, rows, references));
            assert!(matches!(refused, Err(ParameterSetError::TooLarge { .. })), "{refused:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged_without_panic(
            profile in prop::sample::select(vec![66_u8, 77, 100]),
            bytes in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            let unit = [&[0x67, profile, 0, 31][..], &bytes].concat();
            if let Ok(parsed) = SequenceParameters::parse(&unit) {
                prop_assert!(parsed.size.pixels() <= 3_840 * 2_176);
            }
        }
    }
}
