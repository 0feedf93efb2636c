//! What stands in front of the fragments: that there is one track of H.264, and what its decoder must know.

use carillon_frame::ClockRate;
use carillon_rtp::payload::h264::{ChromaFormat, SequenceParameters};

use super::boxes::{boxed, full_box};

/// The only track.
pub(super) const TRACK: u32 = 1;

/// The parameters of a track, as they stand in the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    pub(super) sequence: Vec<u8>,
    pub(super) picture: Vec<u8>,
}

/// Neither turned nor stretched: one in 16.16, 16.16 and 2.30 bits on the diagonal.
const UNITY_MATRIX: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

/// "und": no language.
const NO_LANGUAGE: [u8; 2] = [0x55, 0xc4];

/// 72 pixels an inch in 16.16 bits, which nobody looks at.
const RESOLUTION: [u8; 4] = [0, 72, 0, 0];

/// The profiles whose parameters are followed by the colour format (ISO/IEC 14496-15 section 5.3.3.1).
const PROFILES_WITH_COLOUR: [u8; 4] = [100, 110, 122, 144];

/// Writes everything in front of the fragments.
pub(super) fn write_header(parameters: &Parameters, sequence: &SequenceParameters) -> Vec<u8> {
    // Offsets count from each fragment, which brand iso5 asks readers to know.
    let file = boxed(b"ftyp", &[b"iso5", &[0, 0, 2, 0], b"iso5iso6avc1mp41"]);
    let movie = boxed(
        b"moov",
        &[&movie_header(), &track(parameters, sequence), &boxed(b"mvex", &[&track_defaults()])],
    );
    [file, movie].concat()
}

fn movie_header() -> Vec<u8> {
    let next_track = TRACK.saturating_add(1).to_be_bytes();
    let times = [[0; 4], [0; 4], ClockRate::VIDEO.hz().to_be_bytes(), [0; 4]].concat();
    // Played at rate 1 and volume 1.
    let rate = [0, 1, 0, 0, 1, 0];
    full_box(b"mvhd", 0, 0, &[&times, &rate, &[0; 10], &matrix(), &[0; 24], &next_track])
}

fn track(parameters: &Parameters, sequence: &SequenceParameters) -> Vec<u8> {
    // Enabled, and part of the movie.
    let flags = 3;
    let (width, height) = (sequence.size.width << 16, sequence.size.height << 16);
    let header = full_box(
        b"tkhd",
        0,
        flags,
        &[
            &[0; 8],
            &TRACK.to_be_bytes(),
            &[0; 24],
            &matrix(),
            &width.to_be_bytes(),
            &height.to_be_bytes(),
        ],
    );
    boxed(b"trak", &[&header, &media(parameters, sequence)])
}

fn media(parameters: &Parameters, sequence: &SequenceParameters) -> Vec<u8> {
    let rate = ClockRate::VIDEO.hz().to_be_bytes();
    let header = full_box(b"mdhd", 0, 0, &[&[0; 8], &rate, &[0; 4], &NO_LANGUAGE, &[0; 2]]);
    let handler = full_box(b"hdlr", 0, 0, &[&[0; 4], b"vide", &[0; 12], b"Carillon\0"]);
    // The samples are in this file.
    let location = full_box(b"url ", 0, 1, &[]);
    let locations = full_box(b"dref", 0, 0, &[&1_u32.to_be_bytes(), &location]);
    let information = boxed(
        b"minf",
        &[
            &full_box(b"vmhd", 0, 1, &[&[0; 8]]),
            &boxed(b"dinf", &[&locations]),
            &sample_table(parameters, sequence),
        ],
    );
    boxed(b"mdia", &[&header, &handler, &information])
}

/// The table of samples, of which there are none in front of the fragments.
fn sample_table(parameters: &Parameters, sequence: &SequenceParameters) -> Vec<u8> {
    let none = &[0; 4];
    let format = sample_entry(parameters, sequence);
    boxed(
        b"stbl",
        &[
            &full_box(b"stsd", 0, 0, &[&1_u32.to_be_bytes(), &format]),
            &full_box(b"stts", 0, 0, &[none]),
            &full_box(b"stsc", 0, 0, &[none]),
            &full_box(b"stsz", 0, 0, &[none, none]),
            &full_box(b"stco", 0, 0, &[none]),
        ],
    )
}

fn sample_entry(parameters: &Parameters, sequence: &SequenceParameters) -> Vec<u8> {
    // No side is beyond `VideoSize::MAX_SIDE`.
    let side = |pixels: u32| u16::try_from(pixels).unwrap_or(u16::MAX).to_be_bytes();
    boxed(
        b"avc1",
        &[
            &[0, 0, 0, 0, 0, 0, 0, 1],
            &[0; 16],
            &side(sequence.size.width),
            &side(sequence.size.height),
            &RESOLUTION,
            &RESOLUTION,
            &[0; 4],
            // One picture a sample, with no name for the compressor, in full colour without transparency.
            &[0, 1],
            &[0; 32],
            &[0, 24, 0xff, 0xff],
            &configuration(parameters, sequence),
        ],
    )
}

/// What the decoder must know (ISO/IEC 14496-15 section 5.3.3.1).
fn configuration(parameters: &Parameters, sequence: &SequenceParameters) -> Vec<u8> {
    let length = |unit: &[u8]| u16::try_from(unit.len()).unwrap_or(u16::MAX).to_be_bytes();
    let [profile, constraints, level] = sequence.profile_level_id;
    let ChromaFormat { id, extra_luma_bits, extra_chroma_bits } = sequence.chroma;
    let colour = [0xfc | id, 0xf8 | extra_luma_bits, 0xf8 | extra_chroma_bits, 0];
    let tells_colour = PROFILES_WITH_COLOUR.contains(&profile);
    boxed(
        b"avcC",
        &[
            // Version 1, and lengths of 4 octets in front of the units.
            &[1, profile, constraints, level, 0xff, 0xe1],
            &length(&parameters.sequence),
            &parameters.sequence,
            &[1],
            &length(&parameters.picture),
            &parameters.picture,
            if tells_colour { &colour } else { &[] },
        ],
    )
}

/// That fragments follow, whose samples tell everything themselves.
fn track_defaults() -> Vec<u8> {
    full_box(b"trex", 0, 0, &[&TRACK.to_be_bytes(), &1_u32.to_be_bytes(), &[0; 12]])
}

fn matrix() -> Vec<u8> {
    UNITY_MATRIX.iter().flat_map(|number| number.to_be_bytes()).collect()
}
