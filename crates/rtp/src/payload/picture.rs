//! The numbers that VP8 and VP9 payloads give their pictures, and how to change them in place.
//!
//! A receiver orders pictures by them, so that a stream made of several sources has to number on.

use super::{vp8::Vp8Descriptor, vp9::Vp9Descriptor};
use crate::VideoFormat;

/// A picture's number, as wide as its sender writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureId {
    /// Seven bits.
    Short(u8),
    /// Fifteen bits.
    Long(u16),
}

impl PictureId {
    const SHORT_MASK: u16 = 0x7f;
    const LONG_MASK: u16 = 0x7fff;

    /// The number.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Short(number) => number as u16,
            Self::Long(number) => number,
        }
    }

    /// The number `offset` further on, wrapping at this width.
    #[must_use]
    pub const fn wrapping_add(self, offset: u16) -> Self {
        let sum = self.number().wrapping_add(offset);
        match self {
            Self::Short(_) => Self::Short((sum & Self::SHORT_MASK) as u8),
            Self::Long(_) => Self::Long(sum & Self::LONG_MASK),
        }
    }
}

/// Reads a picture id, and says how many octets it takes: the layout VP8 and VP9 share.
pub(super) fn read_picture_id(bytes: &[u8]) -> Option<(PictureId, usize)> {
    match *bytes {
        [high, low, ..] if high & 0x80 != 0 => {
            Some((PictureId::Long(u16::from_be_bytes([high & 0x7f, low])), 2))
        }
        [short, ..] if short & 0x80 == 0 => Some((PictureId::Short(short), 1)),
        _ => None,
    }
}

/// The numbers of the picture in one payload, each with its place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PictureNumbers {
    /// The picture's own number.
    pub picture_id: Option<Placed<PictureId>>,
    /// The number of the lowest temporal layer's picture that this one leans on.
    pub base_layer: Option<Placed<u8>>,
}

/// A value and its first octet's place in the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Where it starts, in octets from the start of the payload.
    pub at: usize,
}

impl PictureNumbers {
    /// The numbers in this payload; formats without such numbers have none.
    #[must_use]
    pub fn read(format: VideoFormat, payload: &[u8]) -> Self {
        match format {
            VideoFormat::Vp8 => Vp8Descriptor::parse(payload).map(|d| d.numbers),
            VideoFormat::Vp9 { .. } => Vp9Descriptor::parse(payload).map(|d| d.numbers),
            VideoFormat::H264 { .. } | VideoFormat::Av1 => None,
        }
        .unwrap_or_default()
    }

    /// Moves the numbers in `payload`, from which they were read, on by these offsets.
    pub fn shift(&self, payload: &mut [u8], picture_id: u16, base_layer: u8) {
        if let Some(placed) = self.picture_id {
            let rest = payload.get_mut(placed.at..).unwrap_or_default();
            match (placed.value.wrapping_add(picture_id), rest) {
                (PictureId::Short(number), [octet, ..]) => *octet = number,
                (PictureId::Long(number), [high, low, ..]) => {
                    [*high, *low] = (number | 0x8000).to_be_bytes();
                }
                (PictureId::Short(_) | PictureId::Long(_), _) => {}
            }
        }
        if let Some(placed) = self.base_layer
            && let Some(octet) = payload.get_mut(placed.at)
        {
            *octet = placed.value.wrapping_add(base_layer);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_wrap_at_their_width() {
        assert_eq!(PictureId::Short(127).wrapping_add(1), PictureId::Short(0));
        assert_eq!(PictureId::Long(0x7fff).wrapping_add(2), PictureId::Long(1));
    }

    #[test]
    fn shifted_numbers_read_back_in_place() {
        let mut payload = vec![0x90, 0xc0, 0x80 | 0x12, 0x34, 0xff, 1, 2, 3];
        let numbers = PictureNumbers::read(VideoFormat::Vp8, &payload);
        numbers.shift(&mut payload, 2, 3);
        let shifted = PictureNumbers::read(VideoFormat::Vp8, &payload);
        assert_eq!(shifted.picture_id.unwrap().value, PictureId::Long(0x1236));
        assert_eq!(shifted.base_layer.unwrap().value, 2);
        assert_eq!(payload[5..], [1, 2, 3]);
    }

    proptest! {
        #[test]
        fn shifting_there_and_back_changes_nothing(
            payload in prop::collection::vec(any::<u8>(), 0..20),
            picture_id in any::<u16>(),
            base_layer in any::<u8>(),
        ) {
            let format = VideoFormat::Vp8;
            let mut shifted = payload.clone();
            PictureNumbers::read(format, &payload).shift(&mut shifted, picture_id, base_layer);
            let back = (picture_id.wrapping_neg(), base_layer.wrapping_neg());
            let numbers = PictureNumbers::read(format, &shifted);
            numbers.shift(&mut shifted, back.0, back.1);
            prop_assert_eq!(shifted, payload);
        }
    }
}
