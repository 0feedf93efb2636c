//! One session: starting and leaving, being told, and how its sound is treated.

mod active_speakers;
mod meeting_events;
mod realtime;
mod video_tiles;

use std::sync::Arc;

#[cfg(feature = "opus")]
use carillon_media::pipeline::audio_send::AudioProfile;
#[cfg(feature = "opus")]
use carillon_media::processing::AudioProcessor;
#[cfg(feature = "processing")]
use carillon_media::processing::VoiceProcessing;

pub use self::realtime::AttendeePresence;
#[cfg(feature = "opus")]
use crate::audio::Processing;
use crate::configuration::MeetingSessionConfiguration;
use crate::connection::Purpose;
use crate::error::StartError;
use crate::event::SessionEvents;
use crate::metrics::MetricsReport;
use crate::observer::{AudioVideoObserver, EventObserver, Observer, ObserverId, RealtimeObserver};
use crate::shared::lock;
use crate::side::Side;
use crate::status::MeetingSessionStatus;

/// Controls one session, and tells what happens in it. Copies control the same session.
#[derive(Clone, Debug)]
pub struct AudioVideoFacade {
    side: Arc<Side>,
}

/// The session: starting, leaving, being told.
impl AudioVideoFacade {
    pub(crate) const fn new(side: Arc<Side>) -> Self {
        Self { side }
    }

    pub(crate) fn configuration(&self) -> &MeetingSessionConfiguration {
        &self.side.shared.configuration
    }

    /// Adds an observer of the session and its videos.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// use carillon_facade::{AudioVideoObserver, MeetingSessionStatus};
    ///
    /// struct Tell;
    /// impl AudioVideoObserver for Tell {
    ///     fn audio_video_did_stop(&self, status: &MeetingSessionStatus) {
    ///         println!("left: {status}");
    ///     }
    /// }
    /// audio_video.add_observer(std::sync::Arc::new(Tell));
    /// # }
    /// ```
    pub fn add_observer(&self, observer: Arc<dyn AudioVideoObserver>) -> ObserverId {
        self.side.shared.hub.add(Observer::AudioVideo(observer))
    }

    /// Adds an observer of roster, volumes and messages.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// use carillon_facade::{AttendeeInfo, RealtimeObserver};
    ///
    /// struct Tell;
    /// impl RealtimeObserver for Tell {
    ///     fn attendee_did_join(&self, attendee: &AttendeeInfo) {
    ///         println!("{} came", attendee.external_user_id);
    ///     }
    /// }
    /// audio_video.add_realtime_observer(std::sync::Arc::new(Tell));
    /// # }
    /// ```
    pub fn add_realtime_observer(&self, observer: Arc<dyn RealtimeObserver>) -> ObserverId {
        self.side.shared.hub.add(Observer::Realtime(observer))
    }

    /// Adds an observer of the steps in the life of the session.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// use carillon_facade::{EventObserver, MeetingEvent};
    ///
    /// struct Tell;
    /// impl EventObserver for Tell {
    ///     fn event_did_receive(&self, event: &MeetingEvent) {
    ///         println!("{event:?}");
    ///     }
    /// }
    /// audio_video.add_event_observer(std::sync::Arc::new(Tell));
    /// # }
    /// ```
    pub fn add_event_observer(&self, observer: Arc<dyn EventObserver>) -> ObserverId {
        self.side.shared.hub.add(Observer::Event(observer))
    }

    /// Removes an observer of any kind.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade, observer: carillon_facade::ObserverId) {
    /// audio_video.remove_observer(observer);
    /// # }
    /// ```
    pub fn remove_observer(&self, observer: ObserverId) {
        self.side.shared.hub.remove(observer);
    }

    /// Everything that happens from here on, as a stream.
    ///
    /// ```no_run
    /// # async fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// let mut events = audio_video.events();
    /// while let Some(event) = events.next().await {
    ///     println!("{event:?}");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn events(&self) -> SessionEvents {
        self.side.shared.hub.stream()
    }

    /// Joins the meeting. It returns at once: what becomes of it is told to observers and streams.
    ///
    /// ```no_run
    /// # async fn example(audio_video: &carillon_facade::AudioVideoFacade) -> Result<(), carillon_facade::StartError> {
    /// audio_video.start()?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`StartError`] outside of a tokio runtime, or when too many other wishes wait.
    pub fn start(&self) -> Result<(), StartError> {
        self.side.start(None, Purpose::Meeting)
    }

    /// Goes to the server without sound and pictures, so that [`Self::start`] is sooner in the meeting.
    ///
    /// Until then messages arrive and can be sent, and it is told which videos there are; who is there is told with the
    /// sound, and nobody sees this attendee before.
    ///
    /// ```no_run
    /// # async fn example(audio_video: &carillon_facade::AudioVideoFacade) -> Result<(), carillon_facade::StartError> {
    /// audio_video.start_signaling_only()?;
    /// // The person looks into the mirror, and then:
    /// audio_video.start()?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`StartError`] outside of a tokio runtime.
    pub fn start_signaling_only(&self) -> Result<(), StartError> {
        self.side.start(None, Purpose::Signaling)
    }

    /// Leaves the meeting. It returns at once; [`Self::stopped`] waits until it is done.
    ///
    /// ```no_run
    /// # async fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// audio_video.stop();
    /// audio_video.stopped().await;
    /// # }
    /// ```
    pub fn stop(&self) {
        self.side.stop();
    }

    /// Waits until the session has ended, and says why; nothing if it was never started.
    ///
    /// ```no_run
    /// # async fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// if let Some(status) = audio_video.stopped().await
    ///     && status.is_failure()
    /// {
    ///     println!("{status}");
    /// }
    /// # }
    /// ```
    pub async fn stopped(&self) -> Option<MeetingSessionStatus> {
        self.side.ended().await
    }

    /// The latest figures.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// let figures = audio_video.metrics();
    /// println!("{} b/s come", figures.downstream_bitrate.bps());
    /// # }
    /// ```
    #[must_use]
    pub fn metrics(&self) -> MetricsReport {
        lock(&self.side.shared.metrics).clone()
    }
}

/// How the own sound is treated.
#[cfg(feature = "opus")]
impl AudioVideoFacade {
    /// Sends sound of another kind from the next 20 ms on.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// audio_video.set_audio_profile(carillon_facade::AudioProfile::FullbandMusicStereo);
    /// # }
    /// ```
    pub fn set_audio_profile(&self, profile: AudioProfile) {
        self.side.shared.audio.set_profile(profile);
    }

    /// Takes out echo and noise and evens out loudness, or does not any more; it can change at any time.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// use carillon_facade::{Switch, VoiceProcessing};
    ///
    /// let headset = VoiceProcessing { echo_cancellation: Switch::Off, ..VoiceProcessing::ALL };
    /// audio_video.set_voice_processing(headset);
    /// # }
    /// ```
    #[cfg(feature = "processing")]
    pub fn set_voice_processing(&self, steps: VoiceProcessing) {
        self.side.shared.audio.change_processing(|processing| processing.set_steps(steps));
    }

    /// What is done to the own voice at the moment.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// let is_raw = audio_video.voice_processing() == carillon_facade::VoiceProcessing::NONE;
    /// # }
    /// ```
    #[cfg(feature = "processing")]
    #[must_use]
    pub fn voice_processing(&self) -> VoiceProcessing {
        let mut steps = VoiceProcessing::NONE;
        self.side.shared.audio.change_processing(|processing| steps = processing.steps());
        steps
    }

    /// Hands the own voice and everybody else's to a processor of the application's own, or does not any more.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// use carillon_facade::{frame::AudioFrame, media::processing::AudioProcessor};
    ///
    /// struct Quieter;
    /// impl AudioProcessor for Quieter {
    ///     fn process_capture(&mut self, frame: &mut AudioFrame) {
    ///         frame.samples_mut().iter_mut().for_each(|sample| *sample /= 2);
    ///     }
    ///     fn analyse_render(&mut self, _: &AudioFrame) {}
    /// }
    /// audio_video.set_audio_processor(Some(Box::new(Quieter)));
    /// # }
    /// ```
    pub fn set_audio_processor(&self, processor: Option<Box<dyn AudioProcessor>>) {
        self.side.shared.audio.change_processing(|processing| {
            *processing = processor.map_or(Processing::Nothing, Processing::Other);
        });
    }
}
