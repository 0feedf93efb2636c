//! The operations on attendees and on what they may do.

use carillon_types::{
    Attendee, AttendeeId, Caller, CreateAttendeeError, MeetingId,
    api::{
        BatchCreateAttendeeRequest, BatchCreateAttendeeResponse,
        BatchUpdateAttendeeCapabilitiesExceptRequest, ListAttendeesResponse, NewAttendee,
        PageRequest, UpdateAttendeeCapabilitiesRequest,
    },
};

use super::ControlPlane;
use crate::{
    decision::{Placed, Scene},
    error::ControlError,
    moment::Moment,
    page,
    record::{AttendeeRecord, MeetingRecord},
    token,
};

impl ControlPlane {
    /// Makes an attendee, or returns the one that was made for the same `ExternalUserId`.
    ///
    /// # Errors
    /// Why there is no attendee; see [`ControlError`].
    pub async fn create_attendee(
        &self,
        now: Moment,
        caller: &Caller,
        meeting: MeetingId,
        wish: NewAttendee,
    ) -> Result<Attendee, ControlError> {
        let account = caller.account.clone();
        let (meeting, record) = self
            .change(now, move |mut scene| {
                let record = scene.meeting(&account, meeting)?;
                Ok(scene.create_attendee(&account, meeting, &wish)?.beside(record))
            })
            .await?;
        Ok(show_attendee(&meeting, &record))
    }

    /// Makes several attendees; those that are refused do not keep the others out.
    ///
    /// # Errors
    /// Why there is no attendee at all; see [`ControlError`].
    pub async fn batch_create_attendee(
        &self,
        now: Moment,
        caller: &Caller,
        meeting: MeetingId,
        request: BatchCreateAttendeeRequest,
    ) -> Result<BatchCreateAttendeeResponse, ControlError> {
        let account = caller.account.clone();
        let (meeting, placed) = self
            .change(now, move |mut scene| {
                let record = scene.meeting(&account, meeting)?;
                Ok(scene.create_attendees(&account, meeting, &request.attendees)?.beside(record))
            })
            .await?;
        Ok(show_batch(&meeting, placed))
    }

    /// Returns an attendee.
    ///
    /// # Errors
    /// [`ControlError::MeetingNotFound`] or [`ControlError::AttendeeNotFound`].
    pub fn get_attendee(
        &self,
        caller: &Caller,
        meeting: MeetingId,
        attendee: AttendeeId,
    ) -> Result<Attendee, ControlError> {
        let directory = self.shared.directory();
        let entry = directory.owned(&caller.account, meeting)?;
        let record = entry.attendee(attendee).ok_or(ControlError::AttendeeNotFound(attendee))?;
        Ok(show_attendee(&entry.record, record))
    }

    /// Returns a page of a meeting's attendees in the order of their creation.
    ///
    /// # Errors
    /// [`ControlError::MeetingNotFound`] or [`ControlError::BadPageToken`].
    pub fn list_attendees(
        &self,
        caller: &Caller,
        meeting: MeetingId,
        request: &PageRequest,
    ) -> Result<ListAttendeesResponse, ControlError> {
        let directory = self.shared.directory();
        let entry = directory.owned(&caller.account, meeting)?;
        let after = request
            .next_token
            .as_ref()
            .map(|token| {
                let keys = directory.keys();
                keys.find(|key| page::resume_after(key, meeting, token))
                    .ok_or(ControlError::BadPageToken)
            })
            .transpose()?;
        let mut rest = entry.attendees_after(after);
        let page: Vec<_> = rest.by_ref().take(request.max_results.get()).collect();
        let next_token = page.last().filter(|_| rest.next().is_some()).map(|last| {
            page::token_after(&directory.keys().current().seal, meeting, last.sequence)
        });
        let attendees = page.into_iter().map(|record| show_attendee(&entry.record, record));
        Ok(ListAttendeesResponse { attendees: attendees.collect(), next_token })
    }

    /// Removes an attendee, whose token is worthless from then on.
    ///
    /// # Errors
    /// [`ControlError::MeetingNotFound`], [`ControlError::AttendeeNotFound`], or why nothing could be written.
    pub async fn delete_attendee(
        &self,
        now: Moment,
        caller: &Caller,
        meeting: MeetingId,
        attendee: AttendeeId,
    ) -> Result<(), ControlError> {
        let account = caller.account.clone();
        self.change(now, move |scene| scene.delete_attendee(&account, meeting, attendee)).await
    }

    /// Gives an attendee other capabilities.
    ///
    /// # Errors
    /// As [`Self::delete_attendee`], and [`ControlError::FeatureConflict`].
    pub async fn update_attendee_capabilities(
        &self,
        now: Moment,
        caller: &Caller,
        (meeting, attendee): (MeetingId, AttendeeId),
        request: UpdateAttendeeCapabilitiesRequest,
    ) -> Result<Attendee, ControlError> {
        let account = caller.account.clone();
        let (meeting, record) = self
            .change(now, move |scene| {
                let record = scene.meeting(&account, meeting)?;
                let capabilities = request.capabilities;
                let updated =
                    scene.update_capabilities(&account, meeting, attendee, capabilities)?;
                Ok(updated.beside(record))
            })
            .await?;
        Ok(show_attendee(&meeting, &record))
    }

    /// Gives every attendee but the excluded other capabilities.
    ///
    /// # Errors
    /// [`ControlError::MeetingNotFound`], [`ControlError::FeatureConflict`], or why nothing could be written.
    pub async fn batch_update_attendee_capabilities_except(
        &self,
        now: Moment,
        caller: &Caller,
        meeting: MeetingId,
        request: BatchUpdateAttendeeCapabilitiesExceptRequest,
    ) -> Result<(), ControlError> {
        let account = caller.account.clone();
        let decide =
            move |scene: Scene<'_>| scene.update_capabilities_except(&account, meeting, &request);
        self.change(now, decide).await
    }
}

/// Shows an attendee with its token, which is the same whenever it is shown.
fn show_attendee(meeting: &MeetingRecord, record: &AttendeeRecord) -> Attendee {
    Attendee {
        external_user_id: record.external_user_id.clone(),
        attendee_id: record.attendee_id,
        join_token: token::issue(&meeting.key.seal, meeting.meeting_id, record.attendee_id),
        capabilities: record.capabilities,
    }
}

pub(super) fn show_batch(
    meeting: &MeetingRecord,
    placed: Vec<Placed>,
) -> BatchCreateAttendeeResponse {
    let mut response = BatchCreateAttendeeResponse::default();
    for outcome in placed {
        match outcome {
            Ok(record) => response.attendees.push(show_attendee(meeting, &record)),
            Err((external_user_id, error)) => response.errors.push(CreateAttendeeError {
                external_user_id,
                error_code: error.kind(),
                error_message: error.to_string(),
            }),
        }
    }
    response
}
