//! What the header of a WAV file says about its sound.

use std::io::{Read, Seek, SeekFrom};

use crate::file::{FileError, FileFormat};
use crate::resampler::{MAX_RATE, MIN_RATE};

/// How many chunks may stand in front of the sound; files of studios have about ten.
const MAX_CHUNKS: usize = 64;

/// How many channels are mixed down: more than any microphone array, and 1 kB a frame of 32-bit samples.
const MAX_CHANNELS: u16 = 256;

/// What a program writes as length that does not know how long it will go on.
const UNKNOWN_LENGTHS: [u32; 2] = [0, u32::MAX];

const TAG_PCM: u16 = 1;
const TAG_FLOAT: u16 = 3;
const TAG_EXTENSIBLE: u16 = 0xfffe;

/// How a sample is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Unsigned8,
    Signed16,
    Signed24,
    Signed32,
    Float32,
}

impl Encoding {
    fn of(tag: u16, bits: u16) -> Option<Self> {
        match (tag, bits) {
            (TAG_PCM, 8) => Some(Self::Unsigned8),
            (TAG_PCM, 16) => Some(Self::Signed16),
            (TAG_PCM, 24) => Some(Self::Signed24),
            (TAG_PCM, 32) => Some(Self::Signed32),
            (TAG_FLOAT, 32) => Some(Self::Float32),
            _ => None,
        }
    }

    /// How many octets a sample takes.
    pub(super) const fn octets(self) -> usize {
        match self {
            Self::Unsigned8 => 1,
            Self::Signed16 => 2,
            Self::Signed24 => 3,
            Self::Signed32 | Self::Float32 => 4,
        }
    }

    /// The value of a sample of [`Self::octets`], between -1 and 1; 0 for a number that is none.
    pub(super) fn decode(self, octets: &[u8]) -> f32 {
        // The octets moved to the upper end of 32 bits keep their sign.
        let mut word = [0; 4];
        for (to, from) in word.iter_mut().rev().zip(octets.iter().rev()) {
            *to = *from;
        }
        let signed = i32::from_le_bytes(word);
        match self {
            Self::Unsigned8 => (signed ^ i32::MIN) as f32 / -(i32::MIN as f32),
            Self::Signed16 | Self::Signed24 | Self::Signed32 => signed as f32 / -(i32::MIN as f32),
            Self::Float32 => {
                Some(f32::from_le_bytes(word)).filter(|s| s.is_finite()).unwrap_or(0.0)
            }
        }
    }
}

/// Where the sound stands, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) rate: u32,
    pub(super) channels: u16,
    pub(super) encoding: Encoding,
    /// Where the samples begin, from the start of the file.
    pub(super) start: u64,
    /// How many octets of samples there are; without it, all up to the end.
    pub(super) length: Option<u64>,
}

impl Layout {
    /// How many octets the samples of all channels take.
    pub(super) fn block(&self) -> usize {
        self.encoding.octets().saturating_mul(usize::from(self.channels))
    }

    /// Reads a header, up to the first sample.
    pub(super) fn read(reader: &mut (impl Read + Seek)) -> Result<Self, FileError> {
        let mut riff = [0; 12];
        take(reader, &mut riff)?;
        if !riff.starts_with(b"RIFF") || !riff.ends_with(b"WAVE") {
            return Err(FileError::Other(FileFormat::Wav));
        }
        let mut format = None;
        for _ in 0..MAX_CHUNKS {
            let mut kind = [0; 4];
            let mut length = [0; 4];
            take(reader, &mut kind)?;
            take(reader, &mut length)?;
            let length = u32::from_le_bytes(length);
            match (&kind, format) {
                (b"fmt ", _) => format = Some(read_format(reader, length)?),
                (b"data", Some((rate, channels, encoding))) => {
                    let start = reader.stream_position()?;
                    let length = (!UNKNOWN_LENGTHS.contains(&length)).then_some(length.into());
                    return Ok(Self { rate, channels, encoding, start, length });
                }
                _ => skip(reader, u64::from(length))?,
            }
        }
        Err(FileError::Damaged(FileFormat::Wav, "there is no sound in it"))
    }
}

/// Reads the chunk that says what the samples are, and whatever pads it.
fn read_format(
    reader: &mut (impl Read + Seek),
    length: u32,
) -> Result<(u32, u16, Encoding), FileError> {
    let mut octets = [0; 40];
    let known = usize::try_from(length).unwrap_or(usize::MAX).min(octets.len());
    take(reader, octets.get_mut(..known).unwrap_or_default())?;
    skip(reader, u64::from(length).saturating_sub(known as u64))?;
    let short = |at: usize| {
        octets.get(at..).and_then(|o| o.first_chunk()).copied().map_or(0, u16::from_le_bytes)
    };
    let rate = octets.get(4..).and_then(|o| o.first_chunk()).copied().map_or(0, u32::from_le_bytes);
    // The extensible form names the real tag behind the speakers' positions.
    let tag = if short(0) == TAG_EXTENSIBLE { short(24) } else { short(0) };
    let channels = short(2);
    let unsupported = |what| FileError::Unsupported(FileFormat::Wav, what);
    let encoding = Encoding::of(tag, short(14)).ok_or_else(|| {
        unsupported("samples other than integers of 8, 16, 24 or 32 bits and floats of 32")
    })?;
    if channels == 0 || channels > MAX_CHANNELS {
        return Err(unsupported("no channel, or more than 256"));
    }
    if !(MIN_RATE..=MAX_RATE).contains(&rate) {
        return Err(unsupported("a rate below 8 kHz or above 384 kHz"));
    }
    Ok((rate, channels, encoding))
}

fn take(reader: &mut impl Read, octets: &mut [u8]) -> Result<(), FileError> {
    reader.read_exact(octets).map_err(|error| FileError::reading(FileFormat::Wav, error))
}

/// Goes on behind so many octets, and the one that makes their number even.
fn skip(reader: &mut impl Seek, octets: u64) -> Result<(), FileError> {
    let octets = i64::try_from(octets.saturating_add(octets & 1)).unwrap_or(i64::MAX);
    reader.seek(SeekFrom::Current(octets))?;
    Ok(())
}
