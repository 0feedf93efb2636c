//! What a control plane should know, said as plainly as possible.

use std::time::Duration;

use carillon_control::{ControlError, Quotas};
use carillon_types::{
    Attendee, AttendeeCapabilities, AttendeeId, Meeting, MeetingId, ResourceArn,
    TranscriptionConfiguration,
};

use super::expected_meeting::ExpectedMeeting;

pub(super) const QUOTAS: Quotas =
    Quotas { meetings: 4, attendees: 4, high_definition_attendees: 1, replicas: 2 };

type Answer<T> = Result<T, ControlError>;

/// Everything there should be.
pub(super) struct Expected {
    /// All meetings there ever were, in the order of creation.
    pub(super) meetings: Vec<ExpectedMeeting>,
    /// Whether an engine is there that turns speech into text.
    engine: bool,
}

impl Default for Expected {
    fn default() -> Self {
        Self { meetings: Vec::new(), engine: true }
    }
}

impl Expected {
    pub(super) fn living(&self) -> impl Iterator<Item = &ExpectedMeeting> {
        self.meetings.iter().filter(|meeting| meeting.alive)
    }

    /// Returns the meetings that were, the latest first.
    pub(super) fn ended(&self) -> impl Iterator<Item = &ExpectedMeeting> {
        self.meetings.iter().rev().filter(|meeting| !meeting.alive)
    }

    pub(super) fn alive(&mut self, id: MeetingId) -> Answer<&mut ExpectedMeeting> {
        let mut meetings = self.meetings.iter_mut();
        meetings
            .find(|meeting| meeting.alive && meeting.meeting.meeting_id == id)
            .ok_or(ControlError::MeetingNotFound(id))
    }

    /// Returns the meeting that is there already; without one, a new one is to be made.
    pub(super) fn create(
        &self,
        token: &str,
        primary: Option<MeetingId>,
    ) -> Answer<Option<Meeting>> {
        if let Some(known) = self.living().find(|meeting| meeting.token == token) {
            return Ok(Some(known.meeting.clone()));
        }
        if let Some(id) = primary {
            let primary = self.living().find(|meeting| meeting.meeting.meeting_id == id);
            if primary.ok_or(ControlError::UnknownPrimary)?.is_replica() {
                return Err(ControlError::PrimaryIsReplica);
            }
            let most = QUOTAS.replicas;
            if self.living().filter(|meeting| meeting.primary == Some(id)).count() == most {
                return Err(ControlError::ReplicaQuota { most });
            }
        }
        let most = QUOTAS.meetings;
        if self.living().count() == most {
            return Err(ControlError::MeetingQuota { most });
        }
        Ok(None)
    }

    pub(super) fn delete(&mut self, id: MeetingId) -> Answer<()> {
        self.alive(id)?;
        self.end(id);
        Ok(())
    }

    /// Ends a meeting and its replicas.
    fn end(&mut self, id: MeetingId) {
        let over = |meeting: &&mut ExpectedMeeting| {
            meeting.meeting.meeting_id == id || meeting.primary == Some(id)
        };
        self.meetings.iter_mut().filter(over).for_each(|meeting| meeting.alive = false);
    }

    /// Lets time pass, and returns how many meetings end by it.
    pub(super) fn pass(&mut self, time: Duration) -> usize {
        let before = self.living().count();
        self.meetings.iter_mut().for_each(|meeting| meeting.pass(time));
        let over = self.living().filter(|meeting| meeting.is_over());
        let over: Vec<_> = over.map(|meeting| meeting.meeting.meeting_id).collect();
        over.into_iter().for_each(|id| self.end(id));
        before - self.living().count()
    }

    /// Restarts the service, after which everybody has the whole idle time to come back.
    pub(super) fn reopen(&mut self, engine: bool) {
        self.engine = engine;
        for meeting in &mut self.meetings {
            meeting.empty_for = Some(Duration::ZERO);
        }
    }

    pub(super) fn update(
        &mut self,
        (meeting, attendee): (MeetingId, AttendeeId),
        rights: AttendeeCapabilities,
    ) -> Answer<Attendee> {
        let meeting = self.alive(meeting)?;
        let at = meeting.find(attendee)?;
        meeting.permit(rights)?;
        meeting.attendees[at].capabilities = rights;
        Ok(meeting.attendees[at].clone())
    }

    pub(super) fn update_except(
        &mut self,
        (meeting, kept): (MeetingId, AttendeeId),
        rights: AttendeeCapabilities,
    ) -> Answer<()> {
        let meeting = self.alive(meeting)?;
        meeting.permit(rights)?;
        let others = meeting.attendees.iter_mut().filter(|attendee| attendee.attendee_id != kept);
        others.for_each(|attendee| attendee.capabilities = rights);
        Ok(())
    }

    pub(super) fn remove(&mut self, meeting: MeetingId, attendee: AttendeeId) -> Answer<()> {
        let meeting = self.alive(meeting)?;
        let gone = meeting.attendees.remove(meeting.find(attendee)?);
        meeting.removed.push(gone);
        Ok(())
    }

    /// Returns a meeting to look at its tags or change them.
    pub(super) fn named(
        &mut self,
        id: MeetingId,
        arn: ResourceArn,
    ) -> Answer<&mut ExpectedMeeting> {
        self.alive(id).map_err(|_| ControlError::ResourceNotFound(arn))
    }

    pub(super) fn start_transcription(
        &mut self,
        id: MeetingId,
        configuration: TranscriptionConfiguration,
    ) -> Answer<()> {
        self.transcribable(id)?.transcription = Some(configuration);
        Ok(())
    }

    pub(super) fn stop_transcription(&mut self, id: MeetingId) -> Answer<()> {
        let running = self.transcribable(id)?.transcription.take();
        running.map(drop).ok_or(ControlError::NotTranscribing(id))
    }

    fn transcribable(&mut self, id: MeetingId) -> Answer<&mut ExpectedMeeting> {
        let engine = self.engine;
        let meeting = self.alive(id)?;
        if !engine {
            Err(ControlError::NoTranscriptionEngine)
        } else if meeting.is_replica() {
            Err(ControlError::TranscriptionOfReplica)
        } else {
            Ok(meeting)
        }
    }
}
