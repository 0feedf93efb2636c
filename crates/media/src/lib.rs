//! The media engine: the Opus codec, loudness, mixing arithmetic and the jitter buffer.
//!
//! It is not a pipeline to a device or a socket: frames and payloads go in, payloads and frames come out, and time is an argument.
//! Its main types are those of [`pipeline`], and what they are made of: [`opus::OpusEncoder`], [`opus::OpusDecoder`], [`JitterBuffer`] and [`Mix`].
//! Read on in `carillon-mixer`, which makes one meeting's sound of them.

mod jitter_buffer;
mod level;
mod mix;
#[cfg(feature = "opus")]
pub mod opus;
pub mod pipeline;
pub mod processing;
mod resample;
#[cfg(feature = "opus")]
mod stretch;

pub use jitter_buffer::{
    JitterBuffer, JitterConfig, JitterStats, Pace, Playout, TimedPayload, Waiting,
};
pub use level::audio_level;
pub use mix::Mix;
pub use resample::{MonoResampler, ResampleError};
