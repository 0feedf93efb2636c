//! Which frames a frame refers to, and which layers need it: the dependency descriptor
//! (RTP Payload Format for AV1, appendix A).
//!
//! A stream tells its structure with its key frames, and each packet afterwards names a template of
//! that structure; so a reader has to follow one stream from a key frame on.

mod structure;

pub use self::structure::{DecodeTarget, MAX_CHAINS};
use self::structure::{Indications, Structure};
use crate::bits::BitReader;

/// Where the frame's number stands in a descriptor, in octets.
const NUMBER_AT: std::ops::Range<usize> = 1..3;

/// What a frame is to a decode target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indication {
    /// No part of it.
    NotPresent,
    /// A part that no other frame needs.
    Discardable,
    /// A part from which on it can be decoded.
    Switch,
    /// A part that others need.
    Required,
}

/// What a descriptor says about the frame that its packet belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameDependency {
    /// The frame's number, which wraps.
    pub number: u16,
    /// The frame's spatial layer.
    pub spatial: u8,
    /// The frame's temporal layer.
    pub temporal: u8,
    /// Whether the packet is the frame's first.
    pub starts_frame: bool,
    /// Whether the packet is the frame's last.
    pub ends_frame: bool,
    /// Whether the stream's structure came with it, which begins a coded video sequence.
    pub starts_structure: bool,
    indications: Indications,
    chain_distances: [u8; MAX_CHAINS],
}

impl FrameDependency {
    /// What the frame is to a decode target.
    #[must_use]
    pub const fn indication(&self, target: u8) -> Indication {
        self.indications.get(target)
    }

    /// How many frames ago the chain had its last frame before this one; zero where it begins.
    #[must_use]
    pub fn chain_distance(&self, chain: u8) -> u8 {
        self.chain_distances.get(usize::from(chain)).copied().unwrap_or(0)
    }
}

/// Reads the descriptors of one stream.
#[derive(Clone, Debug, Default)]
pub struct DependencyReader {
    structure: Option<Box<Structure>>,
}

impl DependencyReader {
    /// Reads one descriptor, if it is whole and the structure it refers to is known.
    ///
    /// A structure that comes with it is used from here on.
    pub fn read(&mut self, value: &[u8]) -> Option<FrameDependency> {
        let mut bits = BitReader::new(value);
        let (starts_frame, ends_frame) = (bits.flag()?, bits.flag()?);
        let template = bits.small(6)?;
        let number = u16::try_from(bits.take(16)?).ok()?;
        let extended =
            if bits.is_empty() { Extended::default() } else { Extended::read(&mut bits)? };
        if extended.structure {
            self.follow(Structure::read(&mut bits)?);
        }
        let structure = self.structure.as_deref_mut()?;
        if extended.active_targets {
            structure.read_active_targets(&mut bits)?;
        }
        let template = structure.template(template)?;
        let mut frame = FrameDependency {
            number,
            spatial: template.spatial,
            temporal: template.temporal,
            starts_frame,
            ends_frame,
            starts_structure: extended.structure,
            indications: template.indications,
            chain_distances: template.chain_distances,
        };
        if extended.custom_indications {
            frame.indications = structure.read_indications(&mut bits)?;
        }
        if extended.custom_references {
            skip_references(&mut bits)?;
        }
        if extended.custom_chains {
            for distance in frame.chain_distances.iter_mut().take(structure.chains()) {
                *distance = bits.small(8)?;
            }
        }
        Some(frame)
    }

    fn follow(&mut self, structure: Structure) {
        match &mut self.structure {
            Some(known) => **known = structure,
            None => self.structure = Some(Box::new(structure)),
        }
    }

    /// The decode targets that the stream produces at this time.
    pub fn active_targets(&self) -> impl Iterator<Item = DecodeTarget> {
        self.structure.iter().flat_map(|structure| structure.active_targets())
    }

    /// A decode target, if the stream has it.
    #[must_use]
    pub fn target(&self, index: u8) -> Option<DecodeTarget> {
        self.structure.as_ref()?.target(index)
    }
}

/// The number of the frame that a descriptor is about.
#[must_use]
pub fn frame_number(value: &[u8]) -> Option<u16> {
    let octets = value.get(NUMBER_AT)?.first_chunk()?;
    Some(u16::from_be_bytes(*octets))
}

/// Moves the number of the frame that a descriptor is about on by this much, wrapping.
pub fn shift_frame_number(value: &mut [u8], offset: u16) {
    if let Some(number) = frame_number(value)
        && let Some(octets) = value.get_mut(NUMBER_AT)
    {
        octets.copy_from_slice(&number.wrapping_add(offset).to_be_bytes());
    }
}

/// Which parts a descriptor of more than three octets has.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "the format has these five flags in a row")]
struct Extended {
    structure: bool,
    active_targets: bool,
    custom_indications: bool,
    custom_references: bool,
    custom_chains: bool,
}

impl Extended {
    fn read(bits: &mut BitReader<'_>) -> Option<Self> {
        Some(Self {
            structure: bits.flag()?,
            active_targets: bits.flag()?,
            custom_indications: bits.flag()?,
            custom_references: bits.flag()?,
            custom_chains: bits.flag()?,
        })
    }
}

/// Steps over a frame's own references, each of so many half octets; none ends them.
fn skip_references(bits: &mut BitReader<'_>) -> Option<()> {
    loop {
        match bits.take(2)? {
            0 => return Some(()),
            size => bits.take(size.saturating_mul(4))?,
        };
    }
}

#[cfg(test)]
mod tests;
