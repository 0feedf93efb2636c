//! The root of it all: one attendee's session in one meeting.

use std::sync::Arc;

use carillon_signaling::Modality;

use crate::audio_video::AudioVideoFacade;
use crate::configuration::MeetingSessionConfiguration;
use crate::content_share::ContentShareController;
use crate::device_controller::DeviceController;
use crate::logger::Logger;
use crate::observer::EventHub;
use crate::shared::Shared;
use crate::side::Side;

/// One attendee's session in one meeting. Dropping it, and what was cloned from its parts, leaves the meeting.
///
/// A process may have any number of sessions; they share nothing.
///
/// ```no_run
/// # use std::sync::Arc;
/// # use carillon_facade::{MeetingSession, MeetingSessionConfiguration, TracingLogger};
/// # async fn join(meeting: &str, attendee: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let configuration = MeetingSessionConfiguration::from_json(meeting, attendee)?;
/// let session = MeetingSession::new(configuration, Arc::new(TracingLogger));
/// session.audio_video().start()?;
/// let status = session.audio_video().stopped().await;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct MeetingSession {
    audio_video: AudioVideoFacade,
    content_share: ContentShareController,
    device_controller: DeviceController,
}

impl MeetingSession {
    /// A session that has not been started.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use carillon_facade::{MeetingSession, MeetingSessionConfiguration, TracingLogger};
    /// # let meeting = r#"{ "MediaPlacement": { "SignalingUrl": "ws://127.0.0.1:8080/s" } }"#;
    /// # let attendee = r#"{ "AttendeeId": "01234567-89ab-4def-8123-456789abcdef", "JoinToken": "secret" }"#;
    /// let configuration = MeetingSessionConfiguration::from_json(meeting, attendee)?;
    /// let session = MeetingSession::new(configuration, Arc::new(TracingLogger));
    /// assert!(session.audio_video().all_video_tiles().is_empty());
    /// # Ok::<(), carillon_facade::ConfigurationError>(())
    /// ```
    #[must_use]
    pub fn new(configuration: MeetingSessionConfiguration, logger: Arc<dyn Logger>) -> Self {
        let hub = Arc::new(EventHub::new());
        let side = |modality| {
            let shared =
                Shared::new(configuration.clone(), modality, Arc::clone(&logger), Arc::clone(&hub));
            Arc::new(Side::new(Arc::new(shared)))
        };
        let main = side(Modality::Main);
        let content = side(Modality::Content);
        Self {
            audio_video: AudioVideoFacade::new(Arc::clone(&main)),
            content_share: ContentShareController::new(Arc::clone(&main), content),
            device_controller: DeviceController::new(main),
        }
    }

    /// What the session was made of.
    ///
    /// ```no_run
    /// # fn example(session: &carillon_facade::MeetingSession) {
    /// let attendee = session.configuration().credentials.attendee_id;
    /// # }
    /// ```
    #[must_use]
    pub fn configuration(&self) -> &MeetingSessionConfiguration {
        self.audio_video.configuration()
    }

    /// Sound, video, roster and messages.
    ///
    /// ```no_run
    /// # fn example(session: &carillon_facade::MeetingSession) {
    /// let audio_video = session.audio_video().clone();
    /// std::thread::spawn(move || audio_video.realtime_mute_local_audio());
    /// # }
    /// ```
    #[must_use]
    pub const fn audio_video(&self) -> &AudioVideoFacade {
        &self.audio_video
    }

    /// Sharing a screen or anything else.
    ///
    /// ```no_run
    /// # fn example(session: &carillon_facade::MeetingSession) {
    /// if session.content_share().is_sharing() {
    ///     println!("this attendee shares content");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub const fn content_share(&self) -> &ContentShareController {
        &self.content_share
    }

    /// Microphones, speakers and cameras.
    ///
    /// ```no_run
    /// # fn example(session: &carillon_facade::MeetingSession) {
    /// session.device_controller().stop_audio_input();
    /// # }
    /// ```
    #[must_use]
    pub const fn device_controller(&self) -> &DeviceController {
        &self.device_controller
    }
}
