//! Where sound and pictures come from, and where they go: what devices and applications implement, and sessions drive.

use std::time::Duration;

use crate::{AudioFrame, EncodedAudio, EncodedVideo, StereoFrame, VideoFrame};

/// What became of asking a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Captured<T> {
    /// Here it is.
    Frame(T),
    /// Nothing new at the moment: ask again when the next frame is due.
    Nothing,
    /// There will be nothing any more, for instance because the device is gone or the file at its end.
    Ended,
}

/// A source of sound, asked every 20 ms.
pub trait AudioSource: Send {
    /// Writes the next 20 ms into `frame`; must not block. [`Captured::Nothing`] is sent as silence.
    fn next_frame(&mut self, frame: &mut AudioFrame) -> Captured<()>;
}

/// A source of sound in stereo, asked every 20 ms.
pub trait StereoAudioSource: Send {
    /// Writes the next 20 ms into `frame`; must not block. [`Captured::Nothing`] is sent as silence.
    fn next_frame(&mut self, frame: &mut StereoFrame) -> Captured<()>;
}

/// Somewhere that sound is played or kept, given 20 ms every 20 ms.
pub trait AudioSink: Send {
    /// Takes the next 20 ms; must not block.
    fn play(&mut self, frame: &AudioFrame);
}

/// A source of pictures, asked as often as the session sends them.
pub trait VideoSource: Send {
    /// The newest picture, `elapsed` after the source was started; called on a thread of its own, so it may take its time.
    fn next_frame(&mut self, elapsed: Duration) -> Captured<VideoFrame>;
}

/// Somewhere that pictures are shown or kept.
pub trait VideoSink: Send {
    /// Takes the next picture; must not block.
    fn show(&mut self, frame: &VideoFrame);
}

/// A source of sound that is encoded already, asked every 20 ms.
pub trait EncodedAudioSource: Send {
    /// The next packet; must not block.
    fn next_packet(&mut self) -> Captured<EncodedAudio>;
}

/// A source of pictures that are encoded already, asked as often as the session sends them.
pub trait EncodedVideoSource: Send {
    /// The next picture, `elapsed` after the source was started.
    fn next_picture(&mut self, elapsed: Duration) -> Captured<EncodedVideo>;
    /// Somebody cannot decode what came so far: let a picture that needs no other come soon.
    fn request_key_frame(&mut self);
}

/// Somewhere that encoded sound goes, for instance a recorder.
pub trait EncodedAudioSink: Send {
    /// Takes the next packet; must not block.
    fn take(&mut self, packet: &EncodedAudio);
}

/// Somewhere that encoded pictures go, for instance a recorder.
pub trait EncodedVideoSink: Send {
    /// Takes the next picture; must not block.
    fn take(&mut self, picture: &EncodedVideo);
}
