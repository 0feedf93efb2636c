//! VP8 (RFC 7741 section 4).

use carillon_frame::VideoSize;

use super::picture::{PictureNumbers, Placed, read_picture_id};

/// What a VP8 payload says about itself before the coded picture starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vp8Descriptor {
    /// Whether the payload is the first of its picture.
    pub starts_frame: bool,
    /// Whether that picture needs no other.
    pub starts_key_frame: bool,
    /// The numbers of the picture.
    pub numbers: PictureNumbers,
    /// The temporal layer, if the sender tells.
    pub temporal_layer: Option<u8>,
    /// How many octets the descriptor has; the coded picture follows.
    pub size: usize,
}

impl Vp8Descriptor {
    const EXTENDED: u8 = 0x80;
    const START_OF_PARTITION: u8 = 0x10;
    const PARTITION_MASK: u8 = 0x0f;
    const HAS_PICTURE_ID: u8 = 0x80;
    const HAS_BASE_LAYER: u8 = 0x40;
    const HAS_LAYER_OR_KEY_INDEX: u8 = 0x30;
    const HAS_LAYER: u8 = 0x20;
    /// The first bit of the coded picture, clear on key frames (RFC 6386 section 9.1).
    const INTER_FRAME: u8 = 0x01;

    /// Reads the descriptor at the start of `payload`, if a coded picture follows it.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let first = *payload.first()?;
        let starts_frame =
            first & Self::START_OF_PARTITION != 0 && first & Self::PARTITION_MASK == 0;
        let mut numbers = PictureNumbers::default();
        let mut temporal_layer = None;
        let mut size = 1;
        if first & Self::EXTENDED != 0 {
            let present = *payload.get(size)?;
            size = 2;
            if present & Self::HAS_PICTURE_ID != 0 {
                let (value, len) = read_picture_id(payload.get(size..)?)?;
                numbers.picture_id = Some(Placed { value, at: size });
                size = size.saturating_add(len);
            }
            if present & Self::HAS_BASE_LAYER != 0 {
                numbers.base_layer = Some(Placed { value: *payload.get(size)?, at: size });
                size = size.saturating_add(1);
            }
            if present & Self::HAS_LAYER_OR_KEY_INDEX != 0 {
                let layer = *payload.get(size)? >> 6;
                temporal_layer = Some(layer).filter(|_| present & Self::HAS_LAYER != 0);
                size = size.saturating_add(1);
            }
        }
        let key = payload.get(size)? & Self::INTER_FRAME == 0;
        let starts_key_frame = starts_frame && key;
        Some(Self { starts_frame, starts_key_frame, numbers, temporal_layer, size })
    }
}

/// The octets between a key frame's first three and its size (RFC 6386 section 9.1).
const START_CODE: [u8; 3] = [0x9d, 0x01, 0x2a];

/// The lower bits of a side are its length, the upper two how it is scaled afterwards.
const LENGTH_MASK: u16 = 0x3fff;

/// How large a picture is, if the payload starts a key frame (RFC 6386 section 9.1).
#[must_use]
pub fn key_frame_size(payload: &[u8]) -> Option<VideoSize> {
    let descriptor = Vp8Descriptor::parse(payload).filter(|read| read.starts_key_frame)?;
    let header = payload.get(descriptor.size..)?.first_chunk::<10>()?;
    let [_, _, _, code @ .., low_width, high_width, low_height, high_height] = *header;
    let side = |octets| u32::from(u16::from_le_bytes(octets) & LENGTH_MASK);
    let size = VideoSize::new(side([low_width, high_width]), side([low_height, high_height]));
    (code == START_CODE).then_some(size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::picture::PictureId;

    #[test]
    fn a_key_frame_tells_its_size_without_its_scaling() {
        // 640 by 360, to be doubled in both directions.
        let payload = [0x10, 0x50, 0x1d, 0x03, 0x9d, 0x01, 0x2a, 0x80, 0x42, 0x68, 0x41];
        assert_eq!(key_frame_size(&payload), Some(VideoSize::new(640, 360)));
        let mut inter = payload;
        inter[1] |= 1;
        let mut damaged = payload;
        damaged[4] = 0;
        for payload in [&inter[..], &damaged, &payload[..10], &[]] {
            assert_eq!(key_frame_size(payload), None, "{payload:x?}");
        }
    }

    #[test]
    fn a_plain_descriptor_is_one_octet() {
        let key = Vp8Descriptor::parse(&[0x10, 0x00]).unwrap();
        assert!(key.starts_frame && key.starts_key_frame);
        assert_eq!((key.size, key.numbers), (1, PictureNumbers::default()));
        let inter = Vp8Descriptor::parse(&[0x10, 0x01]).unwrap();
        assert!(inter.starts_frame && !inter.starts_key_frame);
    }

    #[test]
    fn later_partitions_and_packets_start_no_frame() {
        for first in [0x00, 0x11] {
            assert!(!Vp8Descriptor::parse(&[first, 0x00]).unwrap().starts_frame);
        }
    }

    #[test]
    fn a_full_descriptor_is_read_in_order() {
        let payload = [0x90, 0xe0, 0x81, 0x02, 0x07, 0x40, 0x00];
        let descriptor = Vp8Descriptor::parse(&payload).unwrap();
        assert_eq!(descriptor.size, 6);
        assert_eq!(descriptor.temporal_layer, Some(1));
        let picture = descriptor.numbers.picture_id.unwrap();
        assert_eq!((picture.value, picture.at), (PictureId::Long(0x102), 2));
        let base = descriptor.numbers.base_layer.unwrap();
        assert_eq!((base.value, base.at), (7, 4));
        assert!(descriptor.starts_key_frame);
    }

    #[test]
    fn a_descriptor_without_a_picture_is_refused() {
        for payload in [&[][..], &[0x10], &[0x90, 0x80, 0x81], &[0x90, 0x10, 0x00]] {
            assert_eq!(Vp8Descriptor::parse(payload), None, "{payload:x?}");
        }
    }
}
