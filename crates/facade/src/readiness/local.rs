//! Checks of what is on this machine, for which nobody has to be reached.

#[cfg(feature = "h264")]
use std::{sync::Arc, time::Duration};

#[cfg(feature = "devices")]
use carillon_devices::{DeviceError, Microphone, Speaker};
use carillon_frame::{AudioFrame, AudioSink, AudioSource, Captured, FRAME_DURATION, SAMPLE_RATE};
#[cfg(feature = "h264")]
use carillon_frame::{Picture, VideoSize, VideoSource};

use super::MeetingReadinessChecker;
use super::feedback::*;
#[cfg(feature = "h264")]
use super::visit::Visit;
#[cfg(feature = "devices")]
use crate::DeviceChoice;
#[cfg(feature = "h264")]
use crate::camera::VideoInput;
use crate::containment::contained;

/// The tone that a speaker is checked with, and its share of the loudest: the browser client's figures.
const TONE_HERTZ: f64 = 440.0;
const TONE_GAIN: f64 = 0.1;

/// Between two looks at a camera's preview.
#[cfg(feature = "h264")]
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

impl MeetingReadinessChecker {
    /// Whether this source delivers sound.
    ///
    /// ```no_run
    /// # async fn example(checker: &carillon_facade::MeetingReadinessChecker) {
    /// use carillon_facade::devices::ToneSource;
    ///
    /// let sound = checker.check_audio_input(Box::new(ToneSource::new(440.0, 8_000))).await;
    /// println!("{sound:?}");
    /// # }
    /// ```
    pub async fn check_audio_input(
        &self,
        mut source: Box<dyn AudioSource>,
    ) -> CheckAudioInputFeedback {
        let listening = async {
            let mut frames = tokio::time::interval(FRAME_DURATION);
            let mut frame = AudioFrame::SILENCE;
            loop {
                frames.tick().await;
                let asked = contained("an audio input", || source.next_frame(&mut frame));
                match asked.unwrap_or(Captured::Ended) {
                    Captured::Frame(()) => return CheckAudioInputFeedback::Succeeded,
                    Captured::Nothing => {}
                    Captured::Ended => return CheckAudioInputFeedback::Failed,
                }
            }
        };
        let listened = tokio::time::timeout(self.settings.timeout, listening).await;
        listened.unwrap_or(CheckAudioInputFeedback::Failed)
    }

    /// Whether this microphone can be used, and delivers sound.
    ///
    /// ```no_run
    /// # async fn example(checker: &carillon_facade::MeetingReadinessChecker) {
    /// use carillon_facade::{DeviceChoice, Following};
    ///
    /// let choice = DeviceChoice::Default(Following::Stay);
    /// println!("{:?}", checker.check_audio_input_device(&choice).await);
    /// # }
    /// ```
    #[cfg(feature = "devices")]
    pub async fn check_audio_input_device(&self, choice: &DeviceChoice) -> CheckAudioInputFeedback {
        let choice = choice.clone();
        match tokio::task::spawn_blocking(move || Microphone::open(&choice)).await {
            Ok(Ok(microphone)) => self.check_audio_input(Box::new(microphone)).await,
            Ok(Err(DeviceError::PermissionDenied { .. })) => {
                CheckAudioInputFeedback::PermissionDenied
            }
            Ok(Err(_)) | Err(_) => CheckAudioInputFeedback::Failed,
        }
    }

    /// Whether a tone is heard from this output, which `is_heard` finds out: it asks the person, for instance.
    ///
    /// ```no_run
    /// # async fn ask_the_person() -> bool { true }
    /// # async fn example(checker: &carillon_facade::MeetingReadinessChecker) {
    /// use carillon_facade::devices::NullSink;
    ///
    /// let tone = checker.check_audio_output(Box::new(NullSink), ask_the_person()).await;
    /// println!("{tone:?}");
    /// # }
    /// ```
    pub async fn check_audio_output(
        &self,
        mut sink: Box<dyn AudioSink>,
        is_heard: impl Future<Output = bool>,
    ) -> CheckAudioOutputFeedback {
        let playing = async {
            let mut frames = tokio::time::interval(FRAME_DURATION);
            let mut sample = 0_u32;
            loop {
                frames.tick().await;
                let frame = tone(&mut sample);
                if contained("an audio output", || sink.play(&frame)).is_none() {
                    return;
                }
            }
        };
        let heard = tokio::select! {
            heard = is_heard => heard,
            () = playing => false,
        };
        if heard { CheckAudioOutputFeedback::Succeeded } else { CheckAudioOutputFeedback::Failed }
    }

    /// Whether a tone is heard from this speaker.
    ///
    /// ```no_run
    /// # async fn ask_the_person() -> bool { true }
    /// # async fn example(checker: &carillon_facade::MeetingReadinessChecker) {
    /// use carillon_facade::{DeviceChoice, Following};
    ///
    /// let choice = DeviceChoice::Default(Following::Stay);
    /// println!("{:?}", checker.check_audio_output_device(&choice, ask_the_person()).await);
    /// # }
    /// ```
    #[cfg(feature = "devices")]
    pub async fn check_audio_output_device(
        &self,
        choice: &DeviceChoice,
        is_heard: impl Future<Output = bool>,
    ) -> CheckAudioOutputFeedback {
        let choice = choice.clone();
        match tokio::task::spawn_blocking(move || Speaker::open(&choice)).await {
            Ok(Ok(speaker)) => self.check_audio_output(Box::new(speaker), is_heard).await,
            Ok(Err(_)) | Err(_) => CheckAudioOutputFeedback::Failed,
        }
    }

    /// Whether this source delivers pictures.
    ///
    /// ```no_run
    /// # async fn example(checker: &carillon_facade::MeetingReadinessChecker) -> Result<(), &'static str> {
    /// use carillon_facade::{frame::VideoSize, media::pattern::{Hue, TestPattern}};
    ///
    /// let camera = TestPattern::new(VideoSize::new(1_280, 720), Hue::new(120)).ok_or("no picture")?;
    /// println!("{:?}", checker.check_video_input(Box::new(camera)).await);
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "h264")]
    pub async fn check_video_input(&self, source: Box<dyn VideoSource>) -> CheckVideoInputFeedback {
        match self.preview(source).await {
            Some(_) => CheckVideoInputFeedback::Succeeded,
            None => CheckVideoInputFeedback::Failed,
        }
    }

    /// Whether this source delivers pictures of this size.
    ///
    /// ```no_run
    /// # async fn example(checker: &carillon_facade::MeetingReadinessChecker) -> Result<(), &'static str> {
    /// use carillon_facade::{frame::VideoSize, media::pattern::{Hue, TestPattern}};
    ///
    /// let size = VideoSize::new(1_280, 720);
    /// let camera = TestPattern::new(size, Hue::new(120)).ok_or("no picture")?;
    /// println!("{:?}", checker.check_camera_resolution(Box::new(camera), size).await);
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "h264")]
    pub async fn check_camera_resolution(
        &self,
        source: Box<dyn VideoSource>,
        size: VideoSize,
    ) -> CheckCameraResolutionFeedback {
        match self.preview(source).await {
            Some(picture) if picture.size() == size => CheckCameraResolutionFeedback::Succeeded,
            Some(_) => CheckCameraResolutionFeedback::ResolutionNotSupported,
            None => CheckCameraResolutionFeedback::Failed,
        }
    }

    /// The first picture of a source, as somebody looks at it before the meeting.
    #[cfg(feature = "h264")]
    async fn preview(&self, source: Box<dyn VideoSource>) -> Option<Arc<Picture>> {
        let visit = Visit::new(&self.session, &self.logger, self.settings.timeout);
        let input = VideoInput::Pictures(source);
        visit.session.device_controller().start_video_input(input).ok()?;
        let audio_video = visit.session.audio_video();
        let tile = audio_video.start_local_video_tile().ok()?;
        let looking = async {
            let mut looks = tokio::time::interval(LOOK_INTERVAL);
            loop {
                looks.tick().await;
                if let Some(frame) = audio_video.latest_frame(tile) {
                    return frame.picture;
                }
            }
        };
        let seen = tokio::time::timeout(self.settings.timeout, looking).await.ok();
        audio_video.stop_local_video_tile();
        seen
    }
}

/// The next 20 ms of the tone, from this sample on.
fn tone(sample: &mut u32) -> AudioFrame {
    let mut frame = AudioFrame::SILENCE;
    for slot in frame.samples_mut() {
        let turns = TONE_HERTZ * f64::from(*sample) / f64::from(SAMPLE_RATE.hz());
        let value = (turns * std::f64::consts::TAU).sin() * TONE_GAIN * f64::from(i16::MAX);
        #[expect(clippy::cast_possible_truncation, reason = "a tenth of a sample's range is in it")]
        {
            *slot = value as i16;
        }
        // The tone repeats every second, as its frequency is whole.
        *sample = sample.wrapping_add(1) % SAMPLE_RATE.hz();
    }
    frame
}
