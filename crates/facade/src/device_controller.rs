//! Which microphone, speaker and camera a session uses.

#[cfg(feature = "camera")]
mod camera_desk;
#[cfg(feature = "camera")]
mod cameras;
mod change;
#[cfg(feature = "devices")]
mod desk;
#[cfg(feature = "devices")]
mod sound;

use std::sync::Arc;

#[cfg(feature = "camera")]
pub use carillon_devices::camera::{CameraChoice, CameraInfo, VideoQuality};
#[cfg(feature = "devices")]
pub use carillon_devices::catalog::{DeviceChoice, DeviceInfo, Following};
#[cfg(feature = "files")]
pub use carillon_devices::{DeviceError, DeviceId};

#[cfg(feature = "camera")]
use self::camera_desk::CameraDesk;
pub use self::change::{DeviceChangeEvent, StreamEnd};
#[cfg(feature = "devices")]
use self::desk::DeviceDesk;
use crate::audio::{AudioInput, AudioOutput, AudioOutputId, InputKind, Origin};
use crate::camera::VideoInput;
use crate::error::VideoStartError;
use crate::event::MeetingEvent;
use crate::observer::{DeviceChangeObserver, Observer, ObserverId};
use crate::shared::lock;
use crate::side::Side;

/// Chooses where sound and pictures come from and go to, before or during a meeting.
#[derive(Clone, Debug)]
pub struct DeviceController {
    side: Arc<Side>,
    #[cfg(feature = "devices")]
    desk: Arc<DeviceDesk>,
    #[cfg(feature = "camera")]
    camera_desk: Arc<CameraDesk>,
}

impl DeviceController {
    pub(crate) fn new(side: Arc<Side>) -> Self {
        Self {
            #[cfg(feature = "devices")]
            desk: Arc::new(DeviceDesk::new(Arc::clone(&side.shared))),
            #[cfg(feature = "camera")]
            camera_desk: Arc::new(CameraDesk::new(Arc::clone(&side.shared))),
            side,
        }
    }

    /// Takes the own sound from here on from this input; [`AudioInput::Silence`] joins without a microphone.
    ///
    /// ```no_run
    /// # fn example(devices: &carillon_facade::DeviceController) {
    /// use carillon_facade::{AudioInput, devices::ToneSource};
    ///
    /// devices.start_audio_input(AudioInput::Sound(Box::new(ToneSource::new(440.0, 8_000))));
    /// # }
    /// ```
    pub fn start_audio_input(&self, input: AudioInput) {
        let kind = input.kind();
        self.side.shared.audio.set_input(input, Origin::Application);
        #[cfg(feature = "devices")]
        self.desk.forget_input();
        self.side.shared.tell_step(match kind {
            InputKind::Silence => MeetingEvent::AudioInputUnselected,
            InputKind::Sound | InputKind::Stereo | InputKind::Encoded => {
                MeetingEvent::AudioInputSelected
            }
        });
    }

    /// Releases the microphone; silence is sent.
    ///
    /// ```no_run
    /// # fn example(devices: &carillon_facade::DeviceController) {
    /// devices.stop_audio_input();
    /// # }
    /// ```
    pub fn stop_audio_input(&self) {
        self.start_audio_input(AudioInput::Silence);
    }

    /// Of which kind the input in use is; a source that came to its end has left silence behind.
    ///
    /// ```no_run
    /// # fn example(devices: &carillon_facade::DeviceController) {
    /// use carillon_facade::InputKind;
    ///
    /// if devices.active_audio_input() == InputKind::Silence {
    ///     println!("nobody can hear you");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn active_audio_input(&self) -> InputKind {
        self.side.shared.audio.input_kind()
    }

    /// Plays the meeting's sound here, beside other outputs.
    ///
    /// ```no_run
    /// # fn example(devices: &carillon_facade::DeviceController) {
    /// use carillon_facade::{AudioOutput, devices::NullSink};
    ///
    /// let output = devices.add_audio_output(AudioOutput::Sound(Box::new(NullSink)));
    /// assert!(devices.remove_audio_output(output));
    /// # }
    /// ```
    pub fn add_audio_output(&self, output: AudioOutput) -> AudioOutputId {
        self.side.shared.audio.add_output(output)
    }

    /// Stops playing there; false if it is no output of this session.
    ///
    /// ```no_run
    /// # fn example(devices: &carillon_facade::DeviceController, output: carillon_facade::AudioOutputId) {
    /// devices.remove_audio_output(output);
    /// # }
    /// ```
    pub fn remove_audio_output(&self, output: AudioOutputId) -> bool {
        self.side.shared.audio.remove_output(output)
    }

    /// Takes the own pictures from this input: at once if the video runs, otherwise when it is started.
    ///
    /// ```no_run
    /// # fn example(devices: &carillon_facade::DeviceController) -> Result<(), Box<dyn std::error::Error>> {
    /// use carillon_facade::{VideoInput, frame::VideoSize, media::pattern::{Hue, TestPattern}};
    ///
    /// let camera = TestPattern::new(VideoSize::new(1_280, 720), Hue::new(120)).ok_or("no picture")?;
    /// devices.start_video_input(VideoInput::Pictures(Box::new(camera)))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start_video_input(&self, input: VideoInput) -> Result<(), VideoStartError> {
        self.side.shared.capture.clear();
        self.take_video_input(input)
    }

    fn take_video_input(&self, input: VideoInput) -> Result<(), VideoStartError> {
        let shared = &self.side.shared;
        *lock(&self.side.video_input) = Some(input);
        let runs = shared.camera().is_some();
        let started = if runs { self.side.start_video().map(|_| ()) } else { Ok(()) };
        shared.tell_step(match &started {
            Ok(()) => MeetingEvent::VideoInputSelected,
            Err(error) => MeetingEvent::VideoInputFailed { message: error.to_string() },
        });
        started
    }

    /// Releases the camera; the own tile goes.
    ///
    /// ```no_run
    /// # fn example(devices: &carillon_facade::DeviceController) {
    /// devices.stop_video_input();
    /// # }
    /// ```
    pub fn stop_video_input(&self) {
        *lock(&self.side.video_input) = None;
        self.side.shared.capture.clear();
        self.side.stop_video();
        self.side.shared.tell_step(MeetingEvent::VideoInputUnselected);
    }

    /// Adds an observer of devices that come and go, and of sources that end.
    ///
    /// ```no_run
    /// # fn example(devices: &carillon_facade::DeviceController) {
    /// use carillon_facade::{DeviceChangeObserver, StreamEnd};
    ///
    /// struct Tell;
    /// impl DeviceChangeObserver for Tell {
    ///     fn audio_input_stream_ended(&self, end: &StreamEnd) {
    ///         println!("the microphone is gone: {end:?}");
    ///     }
    /// }
    /// devices.add_device_change_observer(std::sync::Arc::new(Tell));
    /// # }
    /// ```
    pub fn add_device_change_observer(
        &self,
        observer: Arc<dyn DeviceChangeObserver>,
    ) -> ObserverId {
        #[cfg(feature = "devices")]
        self.desk.watch();
        #[cfg(feature = "camera")]
        self.camera_desk.watch();
        self.side.shared.hub.add(Observer::Device(observer))
    }

    /// Removes an observer.
    ///
    /// ```no_run
    /// # fn example(devices: &carillon_facade::DeviceController, observer: carillon_facade::ObserverId) {
    /// devices.remove_device_change_observer(observer);
    /// # }
    /// ```
    pub fn remove_device_change_observer(&self, observer: ObserverId) {
        self.side.shared.hub.remove(observer);
    }
}
