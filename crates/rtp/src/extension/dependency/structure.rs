//! The structure that a stream's frames follow: templates, decode targets and chains.

use super::Indication;
use crate::bits::BitReader;

/// As many templates as six bits can name.
const MAX_TEMPLATES: usize = 64;

/// As many decode targets as five bits can count.
const MAX_TARGETS: usize = 32;

/// As many chains as there can be decode targets.
pub const MAX_CHAINS: usize = MAX_TARGETS;

/// A set of layers that a decoder can be given, with all that it needs to decode them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeTarget {
    /// Its position in the structure.
    pub index: u8,
    /// Its highest spatial layer.
    pub spatial: u8,
    /// Its highest temporal layer.
    pub temporal: u8,
    /// The chain whose frames it cannot do without, if the structure says so.
    pub chain: Option<u8>,
}

/// What a frame is to each decode target, in two bits each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Indications(u64);

impl Indications {
    pub(super) const fn get(self, target: u8) -> Indication {
        let shift = (target as u32).saturating_mul(2);
        match self.0.unbounded_shr(shift) & 0b11 {
            1 => Indication::Discardable,
            2 => Indication::Switch,
            3 => Indication::Required,
            _ => Indication::NotPresent,
        }
    }
}

/// What a frame inherits by naming a template.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Template {
    pub(super) spatial: u8,
    pub(super) temporal: u8,
    pub(super) indications: Indications,
    pub(super) chain_distances: [u8; MAX_CHAINS],
}

/// The structure of one stream, of the same size whatever it says.
#[derive(Clone, Debug)]
pub(super) struct Structure {
    first_template: u8,
    templates: [Template; MAX_TEMPLATES],
    template_count: usize,
    targets: [DecodeTarget; MAX_TARGETS],
    target_count: usize,
    chain_count: usize,
    /// Bit by bit, from the lowest for the first target.
    active: u32,
}

impl Structure {
    pub(super) fn read(bits: &mut BitReader<'_>) -> Option<Self> {
        let first_template = bits.small(6)?;
        let target_count = usize::from(bits.small(5)?).saturating_add(1);
        let unknown = DecodeTarget { index: 0, spatial: 0, temporal: 0, chain: None };
        let mut structure = Self {
            first_template,
            templates: [Template::default(); MAX_TEMPLATES],
            template_count: 0,
            targets: [unknown; MAX_TARGETS],
            target_count,
            chain_count: 0,
            active: u32::MAX,
        };
        structure.read_layers(bits)?;
        for template in 0..structure.template_count {
            let indications = structure.read_indications(bits)?;
            structure.templates.get_mut(template)?.indications = indications;
        }
        for _ in 0..structure.template_count {
            while bits.flag()? {
                bits.take(4)?;
            }
        }
        structure.read_chains(bits)?;
        if bits.flag()? {
            structure.skip_resolutions(bits)?;
        }
        structure.place_targets();
        Some(structure)
    }

    /// Reads the layers of all templates, which the stream lists in order.
    fn read_layers(&mut self, bits: &mut BitReader<'_>) -> Option<()> {
        let (mut spatial, mut temporal) = (0_u8, 0_u8);
        loop {
            let template = self.templates.get_mut(self.template_count)?;
            (template.spatial, template.temporal) = (spatial, temporal);
            self.template_count = self.template_count.saturating_add(1);
            match bits.take(2)? {
                0 => {}
                1 => temporal = temporal.saturating_add(1),
                2 => (spatial, temporal) = (spatial.saturating_add(1), 0),
                _ => return Some(()),
            }
        }
    }

    fn read_chains(&mut self, bits: &mut BitReader<'_>) -> Option<()> {
        let bound = u32::try_from(self.target_count.saturating_add(1)).ok()?;
        let count = bits.below(bound)?;
        self.chain_count = count.into();
        if count == 0 {
            return Some(());
        }
        for target in self.targets.iter_mut().take(self.target_count) {
            target.chain = Some(bits.below(count.into())?);
        }
        for template in self.templates.iter_mut().take(self.template_count) {
            for distance in template.chain_distances.iter_mut().take(self.chain_count) {
                *distance = bits.small(4)?;
            }
        }
        Some(())
    }

    /// Steps over the width and height of each spatial layer.
    fn skip_resolutions(&self, bits: &mut BitReader<'_>) -> Option<()> {
        let last = self.templates.get(self.template_count.checked_sub(1)?)?;
        for _ in 0..=last.spatial {
            bits.take(32)?;
        }
        Some(())
    }

    /// A target's layers are the highest of the frames that it has.
    fn place_targets(&mut self) {
        for (index, target) in (0_u8..).zip(self.targets.iter_mut()) {
            target.index = index;
            for template in self.templates.iter().take(self.template_count) {
                if template.indications.get(index) != Indication::NotPresent {
                    target.spatial = target.spatial.max(template.spatial);
                    target.temporal = target.temporal.max(template.temporal);
                }
            }
        }
    }

    /// Reads what a frame is to each of the targets.
    pub(super) fn read_indications(&self, bits: &mut BitReader<'_>) -> Option<Indications> {
        let mut indications = 0_u64;
        for target in 0..self.target_count {
            let shift = u32::try_from(target).ok()?.saturating_mul(2);
            indications |= u64::from(bits.take(2)?).unbounded_shl(shift);
        }
        Some(Indications(indications))
    }

    pub(super) fn read_active_targets(&mut self, bits: &mut BitReader<'_>) -> Option<()> {
        self.active = bits.take(u32::try_from(self.target_count).ok()?)?;
        Some(())
    }

    /// The template of this number, which counts on from structure to structure.
    pub(super) fn template(&self, number: u8) -> Option<&Template> {
        let at = usize::from(number.wrapping_sub(self.first_template) % 64);
        self.templates.get(at).filter(|_| at < self.template_count)
    }

    pub(super) const fn chains(&self) -> usize {
        self.chain_count
    }

    pub(super) fn target(&self, index: u8) -> Option<DecodeTarget> {
        let at = usize::from(index);
        self.targets.get(at).copied().filter(|_| at < self.target_count)
    }

    pub(super) fn active_targets(&self) -> impl Iterator<Item = DecodeTarget> {
        let targets = self.targets.iter().take(self.target_count);
        targets.copied().filter(|target| self.active.unbounded_shr(target.index.into()) & 1 == 1)
    }
}
