//! What goes on, for the operator: no operations of the original service.

use std::sync::Arc;

use carillon_types::{
    Caller, Meeting, MeetingId, WallTime,
    api::{ListMeetingsResponse, PageRequest},
};

use super::ControlPlane;
use crate::{
    error::ControlError,
    page,
    record::{AttendeeRecord, MeetingState},
};

/// A meeting with everything that is known of it.
#[derive(Clone, Debug)]
pub struct Overview {
    /// As the API shows it.
    pub meeting: Meeting,
    /// When it was made.
    pub created: WallTime,
    /// What of it changes.
    pub state: MeetingState,
    /// Its attendees, in the order of creation.
    pub attendees: Vec<Arc<AttendeeRecord>>,
}

impl ControlPlane {
    /// Returns a page of the account's meetings in the order of their identifiers.
    ///
    /// # Errors
    /// [`ControlError::BadPageToken`].
    pub fn list_meetings(
        &self,
        caller: &Caller,
        request: &PageRequest,
    ) -> Result<ListMeetingsResponse, ControlError> {
        let (account, token) = (&caller.account, request.next_token.as_ref());
        let directory = self.shared.directory();
        let after = token
            .map(|token| {
                let keys = directory.keys();
                keys.find(|key| page::resume_after_meeting(key, account, token))
                    .ok_or(ControlError::BadPageToken)
            })
            .transpose()?;
        let mut rest =
            directory.meetings_after(after).filter(|entry| entry.record.owner.account == *account);
        let page: Vec<_> = rest.by_ref().take(request.max_results.get()).collect();
        let next_token = page.last().filter(|_| rest.next().is_some()).map(|last| {
            page::token_after_meeting(
                &directory.keys().current().seal,
                account,
                last.record.meeting_id,
            )
        });
        let meetings = page.into_iter().map(|entry| self.show_meeting(&entry.record)).collect();
        Ok(ListMeetingsResponse { meetings, next_token })
    }

    /// Returns all that is known of a meeting.
    ///
    /// # Errors
    /// [`ControlError::MeetingNotFound`].
    pub fn overview(&self, caller: &Caller, id: MeetingId) -> Result<Overview, ControlError> {
        let directory = self.shared.directory();
        let entry = directory.owned(&caller.account, id)?;
        Ok(Overview {
            meeting: self.show_meeting(&entry.record),
            created: entry.record.created,
            state: entry.state.clone(),
            attendees: entry.attendees_after(None).map(Arc::clone).collect(),
        })
    }

    /// Counts the meetings of the caller's account.
    #[must_use]
    pub fn meetings_of(&self, caller: &Caller) -> usize {
        self.shared.directory().owned_by(&caller.account)
    }
}
