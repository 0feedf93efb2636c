//! Sharing a screen, a window or any other pictures, as an attendee of its own.

use std::sync::Arc;

#[cfg(feature = "screen")]
pub use carillon_devices::screen::{Cursor, ScreenChoice, ScreenConfig, ScreenInfo, ScreenKind};
#[cfg(feature = "screen")]
use carillon_devices::{DeviceError, DeviceId, ScreenSource};
#[cfg(feature = "opus")]
use carillon_media::pipeline::audio_send::AudioProfile;
use tokio_util::sync::CancellationToken;

use crate::audio::{AudioInput, Origin};
use crate::camera::VideoInput;
use crate::configuration::MaxResolution;
use crate::connection::{Command, Purpose};
use crate::error::ContentShareError;
use crate::event::{ContentShareEvent, SessionEvent};
use crate::observer::{ContentShareObserver, Observer, ObserverId};
use crate::policy::{
    ContentShareSimulcastParameters, DefaultSimulcastUplinkPolicyForContentShare,
    NScaleVideoUplinkBandwidthPolicy,
};
use crate::shared::lock;
use crate::side::Side;

/// Starts, pauses and stops the content share of an attendee.
///
/// The share joins the meeting beside the attendee, and shows in the roster as `<AttendeeId>#content`.
#[derive(Clone, Debug)]
pub struct ContentShareController {
    main: Arc<Side>,
    content: Arc<Side>,
}

impl ContentShareController {
    pub(crate) const fn new(main: Arc<Side>, content: Arc<Side>) -> Self {
        Self { main, content }
    }

    /// Adds an observer.
    ///
    /// ```no_run
    /// # fn example(share: &carillon_facade::ContentShareController) {
    /// use carillon_facade::ContentShareObserver;
    ///
    /// struct Tell;
    /// impl ContentShareObserver for Tell {
    ///     fn content_share_did_start(&self) {
    ///         println!("everybody sees it");
    ///     }
    /// }
    /// share.add_observer(std::sync::Arc::new(Tell));
    /// # }
    /// ```
    pub fn add_observer(&self, observer: Arc<dyn ContentShareObserver>) -> ObserverId {
        self.main.shared.hub.add(Observer::ContentShare(observer))
    }

    /// Removes an observer.
    ///
    /// ```no_run
    /// # fn example(share: &carillon_facade::ContentShareController, observer: carillon_facade::ObserverId) {
    /// share.remove_observer(observer);
    /// # }
    /// ```
    pub fn remove_observer(&self, observer: ObserverId) {
        self.main.shared.hub.remove(observer);
    }

    /// Shares these pictures, and this sound if there is any. That it started is told once it shows in the meeting.
    ///
    /// ```no_run
    /// # fn example(share: &carillon_facade::ContentShareController) -> Result<(), Box<dyn std::error::Error>> {
    /// use carillon_facade::{AudioInput, VideoInput, frame::VideoSize, media::pattern::{Hue, TestPattern}};
    ///
    /// let slides = TestPattern::new(VideoSize::new(1_920, 1_080), Hue::new(60)).ok_or("no picture")?;
    /// share.start_content_share(VideoInput::Pictures(Box::new(slides)), AudioInput::Silence)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ContentShareError`] while the attendee is not in the meeting, or when the meeting allows no content.
    pub fn start_content_share(
        &self,
        video: VideoInput,
        audio: AudioInput,
    ) -> Result<(), ContentShareError> {
        let parent = self.parent()?;
        self.content.shared.capture.clear();
        self.share(video, audio, parent)
    }

    /// The screens, the preferred one first, and the windows.
    ///
    /// ```no_run
    /// # fn example(share: &carillon_facade::ContentShareController) -> Result<(), carillon_facade::DeviceError> {
    /// for found in share.list_screen_capture_sources()? {
    ///     println!("{} ({:?}, {})", found.label, found.kind, found.size);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`DeviceError::NotFound`] without an X11 server.
    #[cfg(feature = "screen")]
    pub fn list_screen_capture_sources(&self) -> Result<Vec<ScreenInfo>, DeviceError> {
        carillon_devices::screen::list()
    }

    /// Shares a screen or a window, without sound. The share ends when its window is closed.
    ///
    /// ```no_run
    /// # fn example(share: &carillon_facade::ContentShareController) -> Result<(), Box<dyn std::error::Error>> {
    /// use carillon_facade::{ScreenChoice, ScreenConfig};
    ///
    /// let slides = share.list_screen_capture_sources()?.into_iter().find(|it| it.label == "slides");
    /// let choice = slides.map_or(ScreenChoice::Primary, |slides| ScreenChoice::Id(slides.id));
    /// share.start_content_share_from_screen_capture(&choice, ScreenConfig::default())?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ContentShareError::Screen`] says what to do about the screen; the others are those of
    /// [`Self::start_content_share`].
    #[cfg(feature = "screen")]
    pub fn start_content_share_from_screen_capture(
        &self,
        choice: &ScreenChoice,
        config: ScreenConfig,
    ) -> Result<(), ContentShareError> {
        let parent = self.parent()?;
        let source = ScreenSource::open(choice, config)?;
        let id = match choice {
            ScreenChoice::Primary => DeviceId::new("the primary screen"),
            ScreenChoice::Id(id) => id.clone(),
        };
        self.content.shared.capture.set(id, source.monitor());
        self.share(VideoInput::Pictures(Box::new(source)), AudioInput::Silence, parent)
    }

    /// By which a share ends with its attendee.
    fn parent(&self) -> Result<CancellationToken, ContentShareError> {
        let features = &self.content.shared.configuration.meeting_features;
        if features.content_max_resolution == MaxResolution::None {
            return Err(ContentShareError::NotAllowed);
        }
        let parent = self.main.cancellation().filter(|_| self.main.is_running());
        parent.ok_or(ContentShareError::NotRunning)
    }

    fn share(
        &self,
        video: VideoInput,
        audio: AudioInput,
        parent: CancellationToken,
    ) -> Result<(), ContentShareError> {
        self.content.shared.audio.set_input(audio, Origin::Application);
        *lock(&self.content.video_input) = Some(video);
        self.content.start_video()?;
        self.content.start(Some(parent), Purpose::Meeting)?;
        Ok(())
    }

    /// Holds the pictures back; the share stays in the meeting.
    ///
    /// ```no_run
    /// # fn example(share: &carillon_facade::ContentShareController) {
    /// share.pause_content_share();
    /// # }
    /// ```
    pub fn pause_content_share(&self) {
        self.set_paused(true, ContentShareEvent::Paused);
    }

    /// Lets the pictures go on.
    ///
    /// ```no_run
    /// # fn example(share: &carillon_facade::ContentShareController) {
    /// share.unpause_content_share();
    /// # }
    /// ```
    pub fn unpause_content_share(&self) {
        self.set_paused(false, ContentShareEvent::Unpaused);
    }

    /// Ends the share.
    ///
    /// ```no_run
    /// # fn example(share: &carillon_facade::ContentShareController) {
    /// share.stop_content_share();
    /// # }
    /// ```
    pub fn stop_content_share(&self) {
        self.content.stop();
    }

    /// Whether there is a share at the moment, shown or about to be.
    ///
    /// ```no_run
    /// # fn example(share: &carillon_facade::ContentShareController) {
    /// if share.is_sharing() {
    ///     share.stop_content_share();
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn is_sharing(&self) -> bool {
        self.content.is_running()
    }

    /// Sends the shared sound of another kind from here on.
    ///
    /// ```no_run
    /// # fn example(share: &carillon_facade::ContentShareController) {
    /// share.set_content_audio_profile(carillon_facade::AudioProfile::FullbandMusicMono);
    /// # }
    /// ```
    #[cfg(feature = "opus")]
    pub fn set_content_audio_profile(&self, profile: AudioProfile) {
        self.content.shared.audio.set_profile(profile);
    }

    /// Shares pictures in two sizes, for the server to give each viewer the one that fits; or in one, as it begins.
    ///
    /// It holds for the share that runs, too.
    ///
    /// ```no_run
    /// # fn example(share: &carillon_facade::ContentShareController) {
    /// use carillon_facade::{ContentShareSimulcastParameters, LayerParameters};
    ///
    /// let sharp = Some(LayerParameters::new(2_500, 1));
    /// share.enable_simulcast_for_content_share(Some(ContentShareSimulcastParameters { high: sharp, low: None }));
    /// # }
    /// ```
    pub fn enable_simulcast_for_content_share(
        &self,
        parameters: Option<ContentShareSimulcastParameters>,
    ) {
        *lock(&self.content.shared.uplink) = match parameters {
            Some(parameters) => {
                Box::new(DefaultSimulcastUplinkPolicyForContentShare::new(parameters))
            }
            None => Box::new(NScaleVideoUplinkBandwidthPolicy::default()),
        };
        self.content.command(Command::CameraChanged);
    }

    fn set_paused(&self, paused: bool, event: ContentShareEvent) {
        let control = self.content.shared.camera().as_ref().map(|camera| camera.control());
        if let Some(control) = control {
            control.set_paused(paused);
            self.main.shared.hub.publish(SessionEvent::ContentShare(event));
        }
    }
}
