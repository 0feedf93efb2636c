//! H.264 through OpenH264: constrained baseline, one picture in and one access unit out.

mod decoder;
mod encoder;
mod ffi;
mod library;
mod parameter_set;

pub use decoder::H264Decoder;
pub use encoder::{H264Config, H264Encoder, MAX_ENCODED_SIDES, MIN_ENCODED_SIDE, VideoContent};
pub use library::H264Library;
pub use parameter_set::ParameterSetError;

use carillon_frame::VideoSize;

/// Why the codec refused.
#[derive(Debug, thiserror::Error)]
pub enum H264Error {
    /// No library could be loaded: give the path of one that Cisco published.
    #[error("OpenH264 could not be loaded")]
    Library(#[source] openh264::Error),
    /// The codec could not be created or configured: the configuration is out of range, or memory is exhausted.
    #[error("H.264 codec could not be set up")]
    Setup(#[source] openh264::Error),
    /// The encoder takes no picture of that size: scale it first.
    #[error("{size} cannot be encoded: sides go from 16 to 3840, the shorter one to 2160")]
    Size {
        /// How large the picture was.
        size: VideoSize,
    },
    /// The picture could not be encoded: drop it.
    #[error("picture could not be encoded")]
    Encode(#[source] openh264::Error),
    /// Decoding can only begin at a key frame: ask the sender for one, and drop pictures until it comes.
    #[error("decoding waits for a key frame")]
    NeedsKeyFrame,
    /// The stream's parameters are broken or ask for more than is allowed: drop the picture and ask for a key frame.
    #[error("parameters of the stream are not accepted")]
    Parameters(#[from] ParameterSetError),
    /// The picture could not be decoded: ask the sender for a key frame, without which nothing more will be.
    #[error("picture could not be decoded")]
    Decode(#[source] openh264::Error),
}

#[cfg(test)]
#[cfg(feature = "h264")]
mod tests;
