//! The ways from a frame to packets and back, as one client goes them.

#[cfg(feature = "opus")]
pub mod audio_receive;
#[cfg(feature = "opus")]
pub mod audio_send;
