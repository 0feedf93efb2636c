//! A sink in which everything vanishes.

use carillon_frame::{
    AudioFrame, AudioSink, EncodedAudio, EncodedAudioSink, EncodedVideo, EncodedVideoSink,
    VideoFrame, VideoSink,
};

/// Takes sound and pictures of every kind, and keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NullSink;

impl AudioSink for NullSink {
    fn play(&mut self, _: &AudioFrame) {}
}

impl VideoSink for NullSink {
    fn show(&mut self, _: &VideoFrame) {}
}

impl EncodedAudioSink for NullSink {
    fn take(&mut self, _: &EncodedAudio) {}
}

impl EncodedVideoSink for NullSink {
    fn take(&mut self, _: &EncodedVideo) {}
}
