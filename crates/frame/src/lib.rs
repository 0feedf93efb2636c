//! What travels through Carillon: sound, encoded frames, and the units that measure them.
//!
//! It is a vocabulary of plain data: no I/O, no clock, no codec, no network.
//! The main types are [`AudioFrame`] (20 ms of sound), [`SeqNo`], [`MediaTime`] and [`AudioLevel`].
//! Read on in `carillon-rtp`, which carries these over packets, and `carillon-media`, which makes them.

mod audio;
mod level;
mod rate;
mod seq;
mod ssrc;
mod time;

pub use audio::{AudioFrame, FRAME_DURATION, FRAME_SAMPLES, SAMPLE_RATE};
pub use level::AudioLevel;
pub use rate::Bitrate;
pub use seq::{SeqExtender, SeqNo};
pub use ssrc::Ssrc;
pub use time::{ClockRate, MediaTime};
