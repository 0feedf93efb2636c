//! VP9 (RFC 9628 section 4.2).

use carillon_frame::VideoSize;

use super::picture::{PictureNumbers, Placed, read_picture_id};
use crate::bits::BitReader;

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
    /// How large the largest of them is, where the stream says so.
    pub largest: Option<VideoSize>,
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
        let structure = has(Self::HAS_STRUCTURE).then(|| octets.read_structure());
        let (spatial_layers, largest) = match structure {
            Some(read) => read.map(|(layers, largest)| (Some(layers), largest))?,
            None => (None, None),
        };
        Some(Self { flags, numbers, layer, spatial_layers, largest, size: octets.at })
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

    /// Steps over the scalability structure; returns how many spatial layers it has and the largest size it tells.
    fn read_structure(&mut self) -> Option<(u8, Option<VideoSize>)> {
        let flags = self.next()?;
        let spatial_layers = (flags >> 5).saturating_add(1);
        let mut largest = None;
        if flags & 0x10 != 0 {
            for _ in 0..spatial_layers {
                let size = VideoSize::new(self.next_side()?, self.next_side()?);
                largest = largest.into_iter().chain([size]).max_by_key(|size| size.pixels());
            }
        }
        if flags & 0x08 != 0 {
            for _ in 0..self.next()? {
                let references = self.next()? >> 2 & 0x03;
                self.skip(references.into())?;
            }
        }
        Some((spatial_layers, largest))
    }

    fn next_side(&mut self) -> Option<u32> {
        Some(u16::from_be_bytes([self.next()?, self.next()?]).into())
    }
}

/// How large a picture is, if the payload starts a key frame: as the structure says, or else as the picture's own header.
#[must_use]
pub fn picture_size(payload: &[u8]) -> Option<VideoSize> {
    let descriptor = Vp9Descriptor::parse(payload)?;
    descriptor.largest.or_else(|| {
        let header = payload.get(descriptor.size..).filter(|_| descriptor.starts_key_frame())?;
        key_frame_size(&mut BitReader::new(header))
    })
}

/// Reads a key frame's header up to its size (VP9 bitstream specification section 6.2).
fn key_frame_size(bits: &mut BitReader<'_>) -> Option<VideoSize> {
    const MARKER: u32 = 2;
    const SYNC_CODE: u32 = 0x49_83_42;
    const RGB: u32 = 7;
    let marker = bits.take(2)?;
    let profile = bits.take(1)?.saturating_add(bits.take(1)?.saturating_mul(2));
    let has_reserved = profile == 3;
    if has_reserved {
        bits.flag()?;
    }
    let (is_repeated, is_inter) = (bits.flag()?, bits.flag()?);
    let (_shown, _resilient) = (bits.flag()?, bits.flag()?);
    if marker != MARKER || is_repeated || is_inter || bits.take(24)? != SYNC_CODE {
        return None;
    }
    if profile >= 2 {
        let _has_twelve_bits = bits.flag()?;
    }
    let tells_sampling = profile % 2 == 1;
    if bits.take(3)? == RGB {
        bits.take(u32::from(tells_sampling))?;
    } else {
        bits.take(if tells_sampling { 4 } else { 1 })?;
    }
    let mut side = || bits.take(16)?.checked_add(1);
    Some(VideoSize::new(side()?, side()?))
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
    fn the_largest_size_of_a_structure_counts() {
        let mut payload = vec![0b0000_1010, 0b0011_0000];
        payload.extend([0x05, 0x00, 0x02, 0xd0, 0x02, 0x80, 0x01, 0x68, 0xee]);
        assert_eq!(picture_size(&payload), Some(VideoSize::new(1_280, 720)));
    }

    /// Marker 2, profile 0, key frame, shown, sync code, colour space 2 with its range, then 639 and 359.
    #[test]
    fn without_a_structure_the_key_frames_header_tells_the_size() {
        let header = [0x82, 0x49, 0x83, 0x42, 0x40, 0x27, 0xf0, 0x16, 0x70];
        let payload = [&[0x08][..], &header].concat();
        assert_eq!(picture_size(&payload), Some(VideoSize::new(640, 360)));
        let inter = [&[0x48][..], &header].concat();
        let later = [&[0x00][..], &header].concat();
        for payload in [&inter[..], &later, &payload[..9], &[]] {
            assert_eq!(picture_size(payload), None, "{payload:x?}");
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
