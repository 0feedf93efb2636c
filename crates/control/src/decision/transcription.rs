//! Decisions on turning a meeting's speech into text.

use std::sync::Arc;

use carillon_types::{AccountId, MeetingId, TranscriptionConfiguration};

use super::{Decision, Scene};
use crate::{directory::MeetingEntry, error::ControlError, event::Change};

impl Scene<'_> {
    /// Starts, or goes on with another configuration.
    pub(crate) fn start_transcription(
        &self,
        account: &AccountId,
        meeting: MeetingId,
        configuration: TranscriptionConfiguration,
    ) -> Result<Decision<()>, ControlError> {
        let entry = self.transcribable(account, meeting)?;
        let started = Change::TranscriptionStarted(Arc::new(configuration));
        Ok(Decision { events: vec![self.event(&entry.record, started)], answer: () })
    }

    pub(crate) fn stop_transcription(
        &self,
        account: &AccountId,
        meeting: MeetingId,
    ) -> Result<Decision<()>, ControlError> {
        let entry = self.transcribable(account, meeting)?;
        let running =
            entry.state.transcription.as_ref().ok_or(ControlError::NotTranscribing(meeting))?;
        let stopped = Change::TranscriptionStopped(Arc::clone(running));
        Ok(Decision { events: vec![self.event(&entry.record, stopped)], answer: () })
    }

    fn transcribable(
        &self,
        account: &AccountId,
        meeting: MeetingId,
    ) -> Result<&MeetingEntry, ControlError> {
        let entry = self.directory.owned(account, meeting)?;
        if !self.rules.transcription {
            return Err(ControlError::NoTranscriptionEngine);
        }
        if entry.record.is_replica() {
            return Err(ControlError::TranscriptionOfReplica);
        }
        Ok(entry)
    }
}
