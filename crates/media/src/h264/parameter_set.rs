//! What a stream may ask of its decoder, judged before the decoder believes it.

use carillon_frame::VideoSize;
use carillon_rtp::payload::h264::{ChromaFormat, SequenceParameters};

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

/// Judges a unit of sequence parameters, its header first.
///
/// # Errors
/// Says why no decoder should see it.
pub(super) fn checked(unit: &[u8]) -> Result<SequenceParameters, ParameterSetError> {
    let parsed = SequenceParameters::parse(unit).ok_or(ParameterSetError::Malformed)?;
    if parsed.chroma != ChromaFormat::YUV420 || !parsed.is_progressive {
        return Err(ParameterSetError::Unsupported);
    }
    let VideoSize { width, height } = parsed.coded_size;
    let blocks = (width / BLOCK).saturating_mul(height / BLOCK);
    let referred = blocks.saturating_mul(parsed.references.max(1));
    if blocks > MAX_BLOCKS
        || referred > MAX_REFERENCE_BLOCKS
        || width.max(height) > VideoSize::MAX_SIDE
    {
        let references = parsed.references;
        return Err(ParameterSetError::TooLarge { width, height, references });
    }
    if parsed.size.is_valid() { Ok(parsed) } else { Err(ParameterSetError::Malformed) }
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
        let parsed = checked(&baseline(80, 45, 1)).unwrap();
        assert_eq!(parsed.size, VideoSize::new(1280, 720));
        assert_eq!((parsed.references, parsed.profile_level_id), (1, [66, 0xc0, 31]));
    }

    #[test]
    fn more_than_a_4k_screen_is_refused() {
        assert!(checked(&baseline(240, 136, 5)).is_ok());
        for (columns, rows, references) in
            [(240, 137, 1), (240, 136, 6), (80, 45, 100), (65_536, 65_536, 1), (600, 16, 1)]
        {
            let refused = checked(&baseline(columns, rows, references));
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
            if let Ok(parsed) = checked(&unit) {
                prop_assert!(parsed.size.pixels() <= 3_840 * 2_176);
            }
        }
    }
}
