//! The operations on transcription.

use carillon_types::{Caller, MeetingId, api::StartMeetingTranscriptionRequest};

use super::ControlPlane;
use crate::{error::ControlError, moment::Moment};

impl ControlPlane {
    /// Turns the speech of a meeting into text, or goes on doing so in another way.
    ///
    /// # Errors
    /// [`ControlError::MeetingNotFound`], [`ControlError::NoTranscriptionEngine`],
    /// [`ControlError::TranscriptionOfReplica`], or why nothing could be written.
    pub async fn start_meeting_transcription(
        &self,
        now: Moment,
        caller: &Caller,
        meeting: MeetingId,
        request: StartMeetingTranscriptionRequest,
    ) -> Result<(), ControlError> {
        let account = caller.account.clone();
        let configuration = request.transcription_configuration;
        self.change(now, move |scene| scene.start_transcription(&account, meeting, configuration))
            .await
    }

    /// Stops turning the speech of a meeting into text.
    ///
    /// # Errors
    /// As for the start, and [`ControlError::NotTranscribing`].
    pub async fn stop_meeting_transcription(
        &self,
        now: Moment,
        caller: &Caller,
        meeting: MeetingId,
    ) -> Result<(), ControlError> {
        let account = caller.account.clone();
        self.change(now, move |scene| scene.stop_transcription(&account, meeting)).await
    }
}
