//! Finding out before a meeting whether it will work.
//!
//! A check of a connection joins the meeting as the attendee would, looks, and leaves again.

mod feedback;
mod local;
mod visit;

use std::sync::Arc;
use std::time::Duration;

pub use self::feedback::*;
use self::visit::{Missing, Visit};
use crate::audio::AudioInput;
use crate::camera::VideoInput;
use crate::configuration::MeetingSessionConfiguration;
use crate::event::{ContentShareEvent, SessionEvent};
use crate::logger::Logger;

/// How long a check may take. The defaults are the browser client's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeetingReadinessCheckerConfiguration {
    /// How long a connection, a device or a share may take.
    pub timeout: Duration,
    /// How long sound or pictures may take to flow once there is a connection.
    pub wait_duration: Duration,
}

impl Default for MeetingReadinessCheckerConfiguration {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(10), wait_duration: Duration::from_secs(3) }
    }
}

/// Checks devices, and the way to one meeting.
///
/// Use an attendee made for the purpose: whoever is in the meeting with the same answers is put out by a check.
/// Checks need a tokio runtime, and one that is dropped while it waits leaves the meeting.
///
/// ```no_run
/// # use std::sync::Arc;
/// # use carillon_facade::{AudioInput, MeetingReadinessChecker, MeetingSessionConfiguration, TracingLogger};
/// # async fn check(meeting: &str, attendee: &str) -> Result<(), Box<dyn std::error::Error>> {
/// use carillon_facade::{CheckAudioConnectivityFeedback, CheckNetworkUdpConnectivityFeedback};
///
/// let configuration = MeetingSessionConfiguration::from_json(meeting, attendee)?;
/// let checker = MeetingReadinessChecker::new(configuration, Arc::new(TracingLogger));
/// match checker.check_network_udp_connectivity().await {
///     CheckNetworkUdpConnectivityFeedback::IceNegotiationFailed => println!("a firewall is in the way"),
///     other => println!("the network: {other:?}"),
/// }
/// let sound = checker.check_audio_connectivity(AudioInput::Silence).await;
/// assert_eq!(sound, CheckAudioConnectivityFeedback::Succeeded);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct MeetingReadinessChecker {
    session: MeetingSessionConfiguration,
    logger: Arc<dyn Logger>,
    settings: MeetingReadinessCheckerConfiguration,
}

impl MeetingReadinessChecker {
    /// A checker of the way to this meeting, with the default settings.
    #[must_use]
    pub fn new(session: MeetingSessionConfiguration, logger: Arc<dyn Logger>) -> Self {
        Self { session, logger, settings: MeetingReadinessCheckerConfiguration::default() }
    }

    /// The same with other settings.
    ///
    /// ```no_run
    /// # fn example(checker: carillon_facade::MeetingReadinessChecker) {
    /// use carillon_facade::MeetingReadinessCheckerConfiguration;
    ///
    /// let hasty = MeetingReadinessCheckerConfiguration {
    ///     timeout: std::time::Duration::from_secs(3),
    ///     ..MeetingReadinessCheckerConfiguration::default()
    /// };
    /// let checker = checker.with_settings(hasty);
    /// # }
    /// ```
    #[must_use]
    pub fn with_settings(self, settings: MeetingReadinessCheckerConfiguration) -> Self {
        Self { settings, ..self }
    }

    /// Whether the server can be reached, and media gets through to it by UDP.
    ///
    /// ```no_run
    /// # async fn example(checker: &carillon_facade::MeetingReadinessChecker) {
    /// let network = checker.check_network_udp_connectivity().await;
    /// println!("{network:?}");
    /// # }
    /// ```
    pub async fn check_network_udp_connectivity(&self) -> CheckNetworkUdpConnectivityFeedback {
        let mut visit = Visit::new(&self.session, &self.logger, self.settings.timeout);
        let connected = visit.connect().await;
        visit.end().await;
        match connected {
            Ok(()) => CheckNetworkUdpConnectivityFeedback::Succeeded,
            Err(Missing::Server) => CheckNetworkUdpConnectivityFeedback::ConnectionFailed,
            Err(Missing::Media) => CheckNetworkUdpConnectivityFeedback::IceNegotiationFailed,
        }
    }

    /// Whether sound goes to the meeting and comes from it.
    ///
    /// ```no_run
    /// # async fn example(checker: &carillon_facade::MeetingReadinessChecker) {
    /// let sound = checker.check_audio_connectivity(carillon_facade::AudioInput::Silence).await;
    /// println!("{sound:?}");
    /// # }
    /// ```
    pub async fn check_audio_connectivity(
        &self,
        input: AudioInput,
    ) -> CheckAudioConnectivityFeedback {
        let visit = Visit::new(&self.session, &self.logger, self.settings.timeout);
        visit.session.device_controller().start_audio_input(input);
        self.look_at_audio(visit).await
    }

    /// The same with the sound of a microphone.
    ///
    /// ```no_run
    /// # async fn example(checker: &carillon_facade::MeetingReadinessChecker) {
    /// use carillon_facade::{DeviceChoice, Following};
    ///
    /// let choice = DeviceChoice::Default(Following::Stay);
    /// println!("{:?}", checker.check_audio_connectivity_device(&choice).await);
    /// # }
    /// ```
    #[cfg(feature = "devices")]
    pub async fn check_audio_connectivity_device(
        &self,
        choice: &crate::DeviceChoice,
    ) -> CheckAudioConnectivityFeedback {
        let visit = Visit::new(&self.session, &self.logger, self.settings.timeout);
        let (devices, choice) = (visit.session.device_controller().clone(), choice.clone());
        let opening = move || devices.start_audio_input_device(&choice);
        match tokio::task::spawn_blocking(opening).await {
            Ok(Ok(())) => self.look_at_audio(visit).await,
            Ok(Err(crate::DeviceError::PermissionDenied { .. })) => {
                CheckAudioConnectivityFeedback::AudioInputPermissionDenied
            }
            Ok(Err(_)) | Err(_) => CheckAudioConnectivityFeedback::AudioInputRequestFailed,
        }
    }

    /// Whether pictures of this input can be sent.
    ///
    /// ```no_run
    /// # async fn example(checker: &carillon_facade::MeetingReadinessChecker) -> Result<(), &'static str> {
    /// use carillon_facade::{VideoInput, frame::VideoSize, media::pattern::{Hue, TestPattern}};
    ///
    /// let camera = TestPattern::new(VideoSize::new(1_280, 720), Hue::new(120)).ok_or("no picture")?;
    /// let pictures = checker.check_video_connectivity(VideoInput::Pictures(Box::new(camera))).await;
    /// println!("{pictures:?}");
    /// # Ok(()) }
    /// ```
    pub async fn check_video_connectivity(
        &self,
        input: VideoInput,
    ) -> CheckVideoConnectivityFeedback {
        let mut visit = Visit::new(&self.session, &self.logger, self.settings.timeout);
        let started = visit.session.device_controller().start_video_input(input);
        let feedback = if started.is_err() {
            CheckVideoConnectivityFeedback::VideoInputRequestFailed
        } else if visit.connect().await.is_err() {
            CheckVideoConnectivityFeedback::ConnectionFailed
        } else {
            self.look_at_video(&mut visit).await
        };
        visit.end().await;
        feedback
    }

    /// Whether these pictures can be shared as content.
    ///
    /// ```no_run
    /// # async fn example(checker: &carillon_facade::MeetingReadinessChecker) -> Result<(), &'static str> {
    /// use carillon_facade::{VideoInput, frame::VideoSize, media::pattern::{Hue, TestPattern}};
    ///
    /// let slides = TestPattern::new(VideoSize::new(1_280, 720), Hue::new(60)).ok_or("no picture")?;
    /// let share = checker.check_content_share_connectivity(VideoInput::Pictures(Box::new(slides))).await;
    /// println!("{share:?}");
    /// # Ok(()) }
    /// ```
    pub async fn check_content_share_connectivity(
        &self,
        content: VideoInput,
    ) -> CheckContentShareConnectivityFeedback {
        let mut visit = Visit::new(&self.session, &self.logger, self.settings.timeout);
        let feedback = if visit.connect().await.is_err() {
            CheckContentShareConnectivityFeedback::ConnectionFailed
        } else {
            self.look_at_share(&mut visit, content).await
        };
        visit.end().await;
        feedback
    }

    async fn look_at_audio(&self, mut visit: Visit) -> CheckAudioConnectivityFeedback {
        let feedback = if visit.connect().await.is_err() {
            CheckAudioConnectivityFeedback::ConnectionFailed
        } else {
            let flows = |event: &SessionEvent| {
                let SessionEvent::Metrics(figures) = event else { return None };
                let both = [figures.audio_packets_received, figures.audio_packets_sent];
                both.iter().all(|packets| *packets > 0).then_some(())
            };
            match visit.wait(self.settings.wait_duration, flows).await {
                Some(()) => CheckAudioConnectivityFeedback::Succeeded,
                None => CheckAudioConnectivityFeedback::AudioNotReceived,
            }
        };
        visit.end().await;
        feedback
    }

    async fn look_at_video(&self, visit: &mut Visit) -> CheckVideoConnectivityFeedback {
        if visit.session.audio_video().start_local_video_tile().is_err() {
            return CheckVideoConnectivityFeedback::VideoInputRequestFailed;
        }
        let flows = |event: &SessionEvent| {
            let SessionEvent::Metrics(figures) = event else { return None };
            figures.video_upstream.filter(|video| video.frames_encoded > 0)
        };
        match visit.wait(self.settings.wait_duration, flows).await {
            Some(_) => CheckVideoConnectivityFeedback::Succeeded,
            None => CheckVideoConnectivityFeedback::VideoNotSent,
        }
    }

    async fn look_at_share(
        &self,
        visit: &mut Visit,
        content: VideoInput,
    ) -> CheckContentShareConnectivityFeedback {
        let share = visit.session.content_share();
        if let Err(error) = share.start_content_share(content, AudioInput::Silence) {
            self.logger.debug(&format_args!("content is not shared: {error}"));
            return CheckContentShareConnectivityFeedback::Failed;
        }
        let shown = |event: &SessionEvent| {
            let SessionEvent::ContentShare(event) = event else { return None };
            Some(event.clone())
        };
        match visit.wait(self.settings.timeout, shown).await {
            Some(ContentShareEvent::Stopped(_)) => {
                CheckContentShareConnectivityFeedback::ConnectionFailed
            }
            Some(
                ContentShareEvent::Started
                | ContentShareEvent::Paused
                | ContentShareEvent::Unpaused,
            ) => CheckContentShareConnectivityFeedback::Succeeded,
            None => CheckContentShareConnectivityFeedback::TimedOut,
        }
    }
}

impl std::fmt::Debug for MeetingReadinessChecker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MeetingReadinessChecker")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
