//! What travels through Carillon: sound, encoded frames, and the units that measure them.
//!
//! It is a vocabulary of plain data: no I/O, no clock, no codec, no network.
//! The main types are [`AudioFrame`] (20 ms of sound), [`VideoFrame`], [`SeqNo`], [`MediaTime`] and [`AudioLevel`].
//! Read on in `carillon-rtp`, which carries these over packets, and `carillon-media`, which makes them.

mod audio;
mod encoded;
mod level;
mod rate;
mod seq;
mod source;
mod ssrc;
mod time;
mod video;

pub use audio::{AudioFrame, FRAME_DURATION, FRAME_SAMPLES, SAMPLE_RATE, StereoFrame};
pub use encoded::{EncodedAudio, EncodedVideo, FrameKind};
pub use level::AudioLevel;
pub use rate::Bitrate;
pub use seq::{SeqExtender, SeqNo};
pub use source::{
    AudioSink, AudioSource, Captured, EncodedAudioSink, EncodedAudioSource, EncodedVideoSink,
    EncodedVideoSource, StereoAudioSource, VideoSink, VideoSource,
};
pub use ssrc::Ssrc;
pub use time::{ClockRate, MediaTime};
pub use video::{Picture, PicturePool, Planes, PlanesMut, VideoFrame, VideoSize};
