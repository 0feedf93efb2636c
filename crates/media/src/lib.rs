//! The media engine: the Opus and H.264 codecs, loudness, mixing arithmetic, the jitter buffer, and pictures in all sizes and colours.
//!
//! It is not a pipeline to a device or a socket: frames and payloads go in, payloads and frames come out, and time is an argument.
//! Its main types are those of [`pipeline`], and what they are made of: [`opus::OpusEncoder`] and [`opus::OpusDecoder`], `h264::H264Encoder` and
//! `h264::H264Decoder`, [`JitterBuffer`] and [`Mix`].
//! Read on in `carillon-mixer`, which makes one meeting's sound of them.

pub mod colour;
#[cfg(any(feature = "h264", feature = "h264-binary"))]
pub mod h264;
mod jitter_buffer;
mod level;
mod mix;
#[cfg(feature = "opus")]
pub mod opus;
pub mod pattern;
pub mod pipeline;
pub mod processing;
mod resample;
pub mod scale;
#[cfg(feature = "opus")]
mod stretch;

pub use jitter_buffer::{
    JitterBuffer, JitterConfig, JitterStats, Pace, Playout, TimedPayload, Waiting,
};
pub use level::audio_level;
pub use mix::Mix;
pub use resample::{MonoResampler, ResampleError};
