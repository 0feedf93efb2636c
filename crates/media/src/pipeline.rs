//! The ways from a frame to packets and back, as one client goes them.

#[cfg(feature = "opus")]
pub mod audio_receive;
#[cfg(feature = "opus")]
pub mod audio_send;
pub mod video_receive;
#[cfg(any(feature = "h264", feature = "h264-binary"))]
pub mod video_send;
