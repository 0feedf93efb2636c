//! One meeting's sound: packets of everybody in, one encoded mix for each listener out, 50 times a second.
//!
//! It knows no sockets, no encryption, no signaling and no names: sources and listeners are numbers their owner gives.
//! Its main type is [`Mixer`], driven by packets, ticks and time that are handed in.
//! Read on in [`Mixer`], then in `carillon-media` for the codec, the jitter buffer and the arithmetic.

mod error;
mod listener;
mod meter;
mod mixer;
mod packet;
mod source;

pub use carillon_media::pipeline::audio_receive::PayloadError;
pub use carillon_media::{JitterConfig, JitterStats};
pub use error::MixerError;
pub use listener::ListenerId;
pub use mixer::{MixedFrame, Mixer, MixerConfig, MixerStats, Output};
pub use packet::{AudioPacket, PacketContent};
pub use source::{Gate, SourceId};
