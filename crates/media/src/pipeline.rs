//! From captured frames to encoded ones, and back.

pub mod video_receive;
#[cfg(any(feature = "h264", feature = "h264-binary"))]
pub mod video_send;
