//! VP9 (RFC 9628 section 4.2).

use super::picture::{PictureNumbers, Placed, read_picture_id};

/// The most references that a picture of a flexible stream lists (RFC 9628 section 4.2).
const MAX_REFERENCES: u8 = 3;

/// What a VP9 payload says about itself before the coded picture starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vp9Descriptor {
    flags: u8,
    /// The numbers of the picture.
    pub numbers: PictureNumbers,
    /// Which layer the payload belongs to, if the stream has layers.
    pub layer: Option<Vp9Layer>,
    /// How many spatial layers the stream has, where it says so.
    pub spatial_layers: Option<u8>,
    /// How many octets the descriptor has; the coded picture follows.
    pub size: usize,
}

/// One layer of one picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vp9Layer {
    /// Which resolution, from zero for the lowest.
    pub spatial: u8,
    /// Which frame rate, from zero for the lowest.
    pub temporal: u8,
    /// Whether pictures of higher temporal layers that follow need none of those before this one.
    pub switching_up: bool,
    /// Whether it needs the spatial layer below it in the same picture.
    pub inter_layer: bool,
}

impl Vp9Descriptor {
    const HAS_PICTURE_ID: u8 = 0x80;
    const INTER_PREDICTED: u8 = 0x40;
    const HAS_LAYERS: u8 = 0x20;
    const FLEXIBLE: u8 = 0x10;
    const START_OF_FRAME: u8 = 0x08;
    const END_OF_FRAME: u8 = 0x04;
    const HAS_STRUCTURE: u8 = 0x02;

    /// Reads the descriptor at the start of `payload`.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let mut octets = Octets { payload, at: 0 };
        let flags = octets.next()?;
        let has = |flag| flags & flag != 0;
        let mut numbers = PictureNumbers::default();
        if has(Self::HAS_PICTURE_ID) {
            let at = octets.at;
            let (value, len) = read_picture_id(payload.get(at..)?)?;
            numbers.picture_id = Some(Placed { value, at });
            octets.at = at.saturating_add(len);
        }
        let mut layer = None;
        if has(Self::HAS_LAYERS) {
            layer = Some(Vp9Layer::read(octets.next()?));
            if !has(Self::FLEXIBLE) {
                let at = octets.at;
                numbers.base_layer = Some(Placed { value: octets.next()?, at });
            }
        }
        if has(Self::FLEXIBLE) && has(Self::INTER_PREDICTED) {
            octets.skip_references()?;
        }
        let structure = has(Self::HAS_STRUCTURE).then(|| octets.skip_structure());
        let spatial_layers = match structure {
            Some(read) => Some(read?),
            None => None,
        };
        Some(Self { flags, numbers, layer, spatial_layers, size: octets.at })
    }

    /// Whether the payload is the first of a picture of the lowest spatial layer.
    #[must_use]
    pub fn starts_frame(&self) -> bool {
        self.starts_layer() && self.layer.is_none_or(|layer| layer.spatial == 0)
    }

    /// Whether that picture needs no other.
    #[must_use]
    pub fn starts_key_frame(&self) -> bool {
        self.starts_frame() && !self.is_inter_predicted()
    }

    /// Whether the payload is the first of its layer's part of the picture.
    #[must_use]
    pub const fn starts_layer(&self) -> bool {
        self.flags & Self::START_OF_FRAME != 0
    }

    /// Whether the payload is the last of its layer's part of the picture.
    #[must_use]
    pub const fn ends_layer(&self) -> bool {
        self.flags & Self::END_OF_FRAME != 0
    }

    /// Whether the layer's part needs pictures before this one.
    #[must_use]
    pub const fn is_inter_predicted(&self) -> bool {
        self.flags & Self::INTER_PREDICTED != 0
    }
}

impl Vp9Layer {
    const fn read(octet: u8) -> Self {
        Self {
            temporal: octet >> 5,
            switching_up: octet & 0x10 != 0,
            spatial: octet >> 1 & 0x07,
            inter_layer: octet & 0x01 != 0,
        }
    }
}

/// Octets taken from the front of a payload.
struct Octets<'a> {
    payload: &'a [u8],
    at: usize,
}

impl Octets<'_> {
    fn next(&mut self) -> Option<u8> {
        let octet = *self.payload.get(self.at)?;
        self.at = self.at.saturating_add(1);
        Some(octet)
    }

    fn skip(&mut self, count: usize) -> Option<()> {
        let at = self.at.saturating_add(count);
        self.at = Some(at).filter(|at| *at <= self.payload.len())?;
        Some(())
    }

    /// Each reference says in its lowest bit whether another follows.
    fn skip_references(&mut self) -> Option<()> {
        for _ in 0..MAX_REFERENCES {
            if self.next()? & 0x01 == 0 {
                return Some(());
            }
        }
        None
    }

    /// Steps over the scalability structure, and returns how many spatial layers it has.
    fn skip_structure(&mut self) -> Option<u8> {
        let flags = self.next()?;
        let spatial_layers = (flags >> 5).saturating_add(1);
        if flags & 0x10 != 0 {
            self.skip(usize::from(spatial_layers).saturating_mul(4))?;
        }
        if flags & 0x08 != 0 {
            for _ in 0..self.next()? {
                let references = self.next()? >> 2 & 0x03;
                self.skip(references.into())?;
            }
        }
        Some(spatial_layers)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::payload::picture::PictureId;

    #[test]
    fn a_key_frame_starts_without_prediction_in_the_lowest_layer() {
        let start = 0x08;
        assert!(Vp9Descriptor::parse(&[start, 0]).unwrap().starts_key_frame());
        assert!(!Vp9Descriptor::parse(&[start | 0x40, 0]).unwrap().starts_key_frame());
        assert!(!Vp9Descriptor::parse(&[0x00, 0]).unwrap().starts_key_frame());
        assert!(!Vp9Descriptor::parse(&[start | 0x20, 0x02, 9]).unwrap().starts_key_frame());
        assert!(Vp9Descriptor::parse(&[start | 0x20, 0x00, 9]).unwrap().starts_key_frame());
    }

    #[test]
    fn numbers_are_found_behind_the_flags() {
        let descriptor = Vp9Descriptor::parse(&[0x80 | 0x20 | 0x08, 0x81, 0x02, 0x00, 5]).unwrap();
        let picture = descriptor.numbers.picture_id.unwrap();
        assert_eq!((picture.value, picture.at), (PictureId::Long(0x102), 1));
        let base = descriptor.numbers.base_layer.unwrap();
        assert_eq!((base.value, base.at), (5, 4));
        assert_eq!(descriptor.size, 5);
    }

    #[test]
    fn flexible_streams_have_no_base_layer_number() {
        let descriptor = Vp9Descriptor::parse(&[0x80 | 0x20 | 0x10 | 0x08, 0x05, 0x00, 9]).unwrap();
        assert_eq!(descriptor.numbers.picture_id.unwrap().value, PictureId::Short(5));
        assert_eq!(descriptor.numbers.base_layer, None);
    }

    /// The octets of RFC 9628 figure 2: I, P, L, F, B and E; a long picture id; the layer indices
    /// TID 2, U, SID 1 and D; and the references 1 (more follow) and 5.
    #[test]
    fn a_flexible_picture_lists_its_references() {
        let payload = [0b1111_1100, 0x92, 0x34, 0b0101_0011, 0x03, 0x0a, 0xee];
        let descriptor = Vp9Descriptor::parse(&payload).unwrap();
        let expected = Vp9Layer { spatial: 1, temporal: 2, switching_up: true, inter_layer: true };
        assert_eq!(descriptor.layer, Some(expected));
        assert!(descriptor.starts_layer() && descriptor.ends_layer());
        assert!(descriptor.is_inter_predicted() && !descriptor.starts_frame());
        assert_eq!(descriptor.size, 6);
        let endless = [0b0101_0000, 0x03, 0x03, 0x03, 0x00];
        assert_eq!(Vp9Descriptor::parse(&endless), None, "at most three");
    }

    /// RFC 9628 figure 4: N_S 1, Y and G; two sizes; two pictures of a group, the second of which
    /// has temporal layer 1 and refers to one picture.
    #[test]
    fn a_structure_is_stepped_over() {
        let mut payload = vec![0b1010_1010, 0x07, 0x00, 0x01, 0b0011_1000];
        payload.extend_from_slice(&[0x01, 0x40, 0x00, 0xb4, 0x02, 0x80, 0x01, 0x68]);
        payload.extend_from_slice(&[2, 0b0001_0000, 0b0010_0100, 1]);
        payload.push(0xee);
        let descriptor = Vp9Descriptor::parse(&payload).unwrap();
        assert_eq!(descriptor.spatial_layers, Some(2));
        assert_eq!(descriptor.size, payload.len() - 1);
        assert!(descriptor.starts_key_frame());
        for len in 0..payload.len() - 1 {
            assert_eq!(Vp9Descriptor::parse(&payload[..len]), None, "{len} octets");
        }
    }

    #[test]
    fn a_cut_descriptor_is_refused() {
        for payload in [&[][..], &[0x80], &[0x80, 0x81], &[0x20], &[0x20, 0]] {
            assert_eq!(Vp9Descriptor::parse(payload), None, "{payload:x?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Some(descriptor) = Vp9Descriptor::parse(&bytes) {
                prop_assert!(descriptor.size <= bytes.len());
            }
        }
    }
}
