//! VP9 (RFC 9628 section 4.2).

use super::picture::{PictureNumbers, Placed, read_picture_id};

/// What a VP9 payload says about itself before the coded picture starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vp9Descriptor {
    /// Whether the payload is the first of a picture of the lowest spatial layer.
    pub starts_frame: bool,
    /// Whether that picture needs no other.
    pub starts_key_frame: bool,
    /// The numbers of the picture.
    pub numbers: PictureNumbers,
}

impl Vp9Descriptor {
    const HAS_PICTURE_ID: u8 = 0x80;
    const INTER_PREDICTED: u8 = 0x40;
    const HAS_LAYERS: u8 = 0x20;
    const FLEXIBLE: u8 = 0x10;
    const START_OF_FRAME: u8 = 0x08;
    const SPATIAL_LAYER_MASK: u8 = 0x0e;

    /// Reads the descriptor at the start of `payload`.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let flags = *payload.first()?;
        let mut numbers = PictureNumbers::default();
        let mut at = 1;
        if flags & Self::HAS_PICTURE_ID != 0 {
            let (value, len) = read_picture_id(payload.get(at..)?)?;
            numbers.picture_id = Some(Placed { value, at });
            at = at.saturating_add(len);
        }
        let mut lowest = true;
        if flags & Self::HAS_LAYERS != 0 {
            lowest = payload.get(at)? & Self::SPATIAL_LAYER_MASK == 0;
            at = at.saturating_add(1);
            if flags & Self::FLEXIBLE == 0 {
                numbers.base_layer = Some(Placed { value: *payload.get(at)?, at });
            }
        }
        let starts_frame = flags & Self::START_OF_FRAME != 0 && lowest;
        let starts_key_frame = starts_frame && flags & Self::INTER_PREDICTED == 0;
        Some(Self { starts_frame, starts_key_frame, numbers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::picture::PictureId;

    #[test]
    fn a_key_frame_starts_without_prediction_in_the_lowest_layer() {
        let start = 0x08;
        assert!(Vp9Descriptor::parse(&[start, 0]).unwrap().starts_key_frame);
        assert!(!Vp9Descriptor::parse(&[start | 0x40, 0]).unwrap().starts_key_frame);
        assert!(!Vp9Descriptor::parse(&[0x00, 0]).unwrap().starts_key_frame);
        assert!(!Vp9Descriptor::parse(&[start | 0x20, 0x02, 9]).unwrap().starts_key_frame);
        assert!(Vp9Descriptor::parse(&[start | 0x20, 0x00, 9]).unwrap().starts_key_frame);
    }

    #[test]
    fn numbers_are_found_behind_the_flags() {
        let descriptor = Vp9Descriptor::parse(&[0x80 | 0x20 | 0x08, 0x81, 0x02, 0x00, 5]).unwrap();
        let picture = descriptor.numbers.picture_id.unwrap();
        assert_eq!((picture.value, picture.at), (PictureId::Long(0x102), 1));
        let base = descriptor.numbers.base_layer.unwrap();
        assert_eq!((base.value, base.at), (5, 4));
    }

    #[test]
    fn flexible_streams_have_no_base_layer_number() {
        let descriptor = Vp9Descriptor::parse(&[0x80 | 0x20 | 0x10 | 0x08, 0x05, 0x00, 9]).unwrap();
        assert_eq!(descriptor.numbers.picture_id.unwrap().value, PictureId::Short(5));
        assert_eq!(descriptor.numbers.base_layer, None);
    }

    #[test]
    fn a_cut_descriptor_is_refused() {
        for payload in [&[][..], &[0x80], &[0x80, 0x81], &[0x20], &[0x20, 0]] {
            assert_eq!(Vp9Descriptor::parse(payload), None, "{payload:x?}");
        }
    }
}
