//! Which microphone, speaker and camera a session uses.

use std::sync::Arc;

use crate::audio::{AudioInput, AudioOutput, AudioOutputId};
use crate::camera::VideoInput;
use crate::error::VideoStartError;
use crate::shared::lock;
use crate::side::Side;

/// Chooses where sound and pictures come from and go to, before or during a meeting.
#[derive(Clone, Debug)]
pub struct DeviceController {
    side: Arc<Side>,
}

impl DeviceController {
    pub(crate) const fn new(side: Arc<Side>) -> Self {
        Self { side }
    }

    /// Takes the own sound from here on from this input; [`AudioInput::Silence`] joins without a microphone.
    pub fn start_audio_input(&self, input: AudioInput) {
        self.side.shared.audio.set_input(input);
    }

    /// Releases the microphone; silence is sent.
    pub fn stop_audio_input(&self) {
        self.side.shared.audio.set_input(AudioInput::Silence);
    }

    /// Plays the meeting's sound here, beside other outputs.
    pub fn add_audio_output(&self, output: AudioOutput) -> AudioOutputId {
        self.side.shared.audio.add_output(output)
    }

    /// Stops playing there; false if it is no output of this session.
    pub fn remove_audio_output(&self, output: AudioOutputId) -> bool {
        self.side.shared.audio.remove_output(output)
    }

    /// Takes the own pictures from this input: at once if the video runs, otherwise when it is started.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start_video_input(&self, input: VideoInput) -> Result<(), VideoStartError> {
        *lock(&self.side.video_input) = Some(input);
        let runs = self.side.shared.camera().is_some();
        if runs {
            self.side.start_video()?;
        }
        Ok(())
    }

    /// Releases the camera; the own tile goes.
    pub fn stop_video_input(&self) {
        *lock(&self.side.video_input) = None;
        self.side.stop_video();
    }
}
