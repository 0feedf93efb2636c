//! The steps in the life of a session: published, remembered, and posted to whoever collects them.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::AudioVideoFacade;
use crate::error::PublishEventError;
use crate::event::MeetingEvent;
use crate::ingestion::MeetingHistoryItem;

/// Characters of an event's name, and bytes of its attributes: what the service keeps of an event.
const MAX_NAME_CHARS: usize = 64;
const MAX_ATTRIBUTES_BYTES: usize = 3_000;

/// Telling how the meeting goes.
impl AudioVideoFacade {
    /// Publishes an event of the application among those of the session: observers are told, and it is posted with them.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) -> Result<(), Box<dyn std::error::Error>> {
    /// let attributes = serde_json::from_str(r#"{ "stars": 4 }"#)?;
    /// audio_video.publish_event("callRated", attributes)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`PublishEventError`] says what is wrong with it.
    pub fn publish_event(
        &self,
        name: &str,
        attributes: Map<String, Value>,
    ) -> Result<(), PublishEventError> {
        let legal = (1..=MAX_NAME_CHARS).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        if !legal {
            return Err(PublishEventError::InvalidName);
        }
        let attributes = Value::Object(attributes);
        let bytes = attributes.to_string().len();
        let Value::Object(attributes) = attributes else { return Ok(()) };
        if bytes > MAX_ATTRIBUTES_BYTES {
            return Err(PublishEventError::TooLong { bytes });
        }
        self.side.shared.tell_step(MeetingEvent::Custom { name: Arc::from(name), attributes });
        Ok(())
    }

    /// The latest events of the session, oldest first.
    ///
    /// ```no_run
    /// # fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// for step in audio_video.meeting_history() {
    ///     println!("{} {}", step.timestamp.as_millis(), step.name);
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn meeting_history(&self) -> Vec<MeetingHistoryItem> {
        self.side.shared.journal.history()
    }

    /// Waits until whoever collects events has those so far, or is given up on; at once if nobody does.
    ///
    /// A program that ends with the session waits for it after [`Self::stopped`], or its last events are lost. It takes
    /// no longer than five seconds then.
    ///
    /// ```no_run
    /// # async fn example(audio_video: &carillon_facade::AudioVideoFacade) {
    /// audio_video.stop();
    /// audio_video.stopped().await;
    /// audio_video.events_posted().await;
    /// # }
    /// ```
    pub async fn events_posted(&self) {
        self.side.shared.journal.settled().await;
    }
}
