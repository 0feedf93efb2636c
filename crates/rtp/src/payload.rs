//! What payloads tell about themselves without being decoded.

pub mod av1;
pub mod h264;
pub mod opus;
pub mod picture;
pub mod red;
pub mod vp8;
pub mod vp9;

use carillon_frame::VideoSize;

use crate::VideoFormat;

/// Whether this payload starts a picture that a decoder can begin with.
#[must_use]
pub fn key_frame(format: VideoFormat, payload: &[u8]) -> bool {
    match format {
        VideoFormat::Vp8 => vp8::Vp8Descriptor::parse(payload).is_some_and(|d| d.starts_key_frame),
        VideoFormat::H264 { .. } => h264::starts_key_frame(payload),
        VideoFormat::Vp9 { .. } => {
            vp9::Vp9Descriptor::parse(payload).is_some_and(|d| d.starts_key_frame())
        }
        VideoFormat::Av1 => av1::starts_key_frame(payload),
    }
}

/// Whether this payload, which starts a key frame, is its first for sure.
///
/// In most formats only one payload of a key frame looks like its start. In H.264 the picture does, and so do the
/// parameters in front of it, which may have been lost.
#[must_use]
pub fn is_first_for_sure(format: VideoFormat, payload: &[u8]) -> bool {
    match format {
        VideoFormat::H264 { .. } => h264::holds_parameters(payload),
        VideoFormat::Vp8 | VideoFormat::Vp9 { .. } | VideoFormat::Av1 => true,
    }
}

/// How large the pictures are that begin with this payload, before any scaling or turning; the largest where there are
/// several sizes of one picture.
///
/// Only the starts of key frames tell. It is what the sender says, which a decoder goes by as well; a payload that a
/// sender encrypted tells nothing.
#[must_use]
pub fn picture_size(format: VideoFormat, payload: &[u8]) -> Option<VideoSize> {
    match format {
        VideoFormat::Vp8 => vp8::key_frame_size(payload),
        VideoFormat::H264 { .. } => h264::sequence_parameters(payload).map(|read| read.size),
        VideoFormat::Vp9 { .. } => vp9::picture_size(payload),
        VideoFormat::Av1 => av1::sequence_size(payload),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::properties;

    proptest! {
        #[test]
        fn any_bytes_are_judged_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            properties::payload(&bytes);
        }
    }

    #[test]
    fn shortest_payload_with_a_size_is_a_still_picture_of_av1() {
        let bytes = [0xdd, 0x09, 0x3d, 0, 0];
        properties::payload(&bytes);
        let size = picture_size(VideoFormat::Av1, &bytes);
        assert_eq!(size, Some(VideoSize::new(1, 1)));
    }
}
